"""``/graphql``: the schema over HTTP and websockets, for the page, the explorer and phones."""

from contextlib import suppress
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from backend.graphql.context import Context, spoken_language
from backend.graphql.cookie import token_of
from backend.graphql.schema import build_schema
from backend.identity import sessions
from backend.identity.throttle import Throttle
from backend.live import Live
from backend.problems import NotSignedIn


class Endpoint(GraphQL[Context, None]):
    """Strawberry's endpoint with our sessions; queries come by POST only."""

    def __init__(self, live: Live, throttle: Throttle) -> None:
        super().__init__(
            build_schema(),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=10),
            max_subscriptions_per_connection=20,
        )
        self.live = live
        self.throttle = throttle

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Who asks: by access token, or by cookie from a page of ours."""
        token, _ = token_of(request)
        user, session_id = None, None
        if token:
            with suppress(NotSignedIn):
                user, session_id = await sessions.user_of(token)
        spoken = spoken_language(request.headers.get("accept-language", ""))
        return Context(request, response, self.live, self.throttle, user, session_id, spoken)
