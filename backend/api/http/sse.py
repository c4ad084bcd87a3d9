"""Subscriptions as server-sent events, in the distinct connections mode of graphql-sse: for whoever has no websocket.

The id of an event is when what it tells had changed: a browser's EventSource sends the last one back by itself when it
connects again, and so misses nothing. Strawberry's ``SSETransport`` has no ids, and ends lines by CRLF, at which urql's
reader of a fetched stream finds no events (``tests/clients``): of Strawberry's only the heartbeat is used.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http.streaming import merge_stream_with_heartbeat
from strawberry.types import ExecutionResult

from backend.api.core.context import Context
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.api.http.connection_limits import ConnectionLimits
from backend.api.http.response import EVENTS, accepted_types, encoded, refusal, response_body
from backend.api.schema import Schema

HEARTBEAT_S = 15.0
"""Seconds between two comments without meaning, so that nothing on the way takes the connection for dead."""

HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
"""Nothing on the way keeps, changes or holds back an event; the second is nginx's."""

ALIVE = ": alive\n\n"

COMPLETE = "event: complete\ndata:\n\n"


class Events(StreamingResponse):
    """A stream of live updates, counted from before its first byte to after its last; a refusal past the limit."""

    def __init__(
        self, content: AsyncIterator[str], request: Request, context: Context, limits: ConnectionLimits
    ) -> None:
        super().__init__(content, media_type=EVENTS, headers=HEADERS)
        self._request, self._context, self._limits = request, context, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            with self._limits.slot(self._context):
                await super().__call__(scope, receive, send)
        except RequestRefused as refused:
            await refusal(self._request, refused.code, self._context.language)(scope, receive, send)


async def events(
    request: Request, operation: GraphQLRequest, context: Context, schema: Schema, limits: ConnectionLimits
) -> Response:
    """The events of a subscription, until it ends. Raises: RequestRefused."""
    if EVENTS not in accepted_types(request):
        raise RequestRefused(RequestCode.NOT_ACCEPTABLE)
    context.last_changed_at = _last_event(request)

    async def stream() -> AsyncGenerator[str, None]:
        assert context.document is not None
        results = await schema.stream(
            context.document.text,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async with aclosing(results):
            async for result in results:
                assert isinstance(result, ExecutionResult)
                yield _event(result, context.last_changed_at)
        # Without this word a client connects again, with the tokens that it holds now.
        if not context.is_outdated:
            yield COMPLETE

    with_heartbeat = merge_stream_with_heartbeat(stream, lambda: ALIVE, HEARTBEAT_S, send_initial_heartbeat=True)
    return Events(with_heartbeat(), request, context, limits)


def _event(result: ExecutionResult, at: datetime | None) -> str:
    # Lines end as urql and other readers of fetch look for them: with a line feed alone.
    number = f"id: {at.isoformat()}\n" if at else ""
    return f"{number}event: next\ndata: {encoded(response_body(result)).decode()}\n\n"


def _last_event(request: Request) -> datetime | None:
    with suppress(ValueError):
        instant = datetime.fromisoformat(request.headers.get("last-event-id", ""))
        if instant.tzinfo is not None:
            return instant
    return None
