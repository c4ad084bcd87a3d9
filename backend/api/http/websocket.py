"""Websockets of the protocol graphql-transport-ws: subscriptions by text or by hash, each with a context of its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from json import JSONDecodeError
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    ErrorMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.unset import UNSET

from backend.api.core.context import Context
from backend.api.core.errors import masked_error
from backend.api.execution.documents import Document
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused, coded
from backend.api.http.connection_limits import ConnectionLimits
from backend.api.http.rate_limits import stream_budget
from backend.api.http.request import parse_json, parse_request
from backend.api.http.response import encoded, formatted
from backend.api.schema import Schema
from backend.errors import TooManyAttempts
from backend.settings import settings

INIT_TIMEOUT_S = 10.0
"""Seconds in which a client must send ``connection_init``."""

MAX_SUBSCRIPTIONS = 20
"""Subscriptions that one websocket has at the same time."""

MAX_MESSAGES_PER_SECOND = 60
"""Messages from one websocket, which one process serves: they are counted here, without a call of the queue server."""

CLOSE_TOKENS_RENEWED = 4498
"""The close code after which a client connects again with its new tokens."""

READ_TIMEOUT_S = 15.0
"""Seconds in which a client must read enough for a message to be sent; past it, the websocket is closed."""


@dataclass(frozen=True, slots=True)
class WebsocketServices:
    """What a websocket takes from the endpoint; it stands in for the view that Strawberry's handler expects."""

    schema: Schema
    connection_limits: ConnectionLimits
    document: Callable[[GraphQLRequest, Context], Awaitable[Document]]
    """Raises: RequestRefused, TooManyAttempts."""
    charge: Callable[[Document, GraphQLRequest, Context], Awaitable[None]]
    """Raises: TooManyAttempts."""

    def decode_json(self, data: str | bytes) -> object:
        """Decode a message. Raises: JSONDecodeError."""
        try:
            return parse_json(data)
        except RequestRefused:
            raise JSONDecodeError("no JSON", "", 0) from None

    def encode_json(self, data: object) -> str:
        """Encode a message."""
        return encoded(data).decode()

    async def on_ws_connect(self, context: Context) -> object:
        """``connection_ack`` has no payload."""
        return UNSET


async def serve_websocket(
    websocket: WebSocket, context: Callable[[], Awaitable[Context]], services: WebsocketServices
) -> None:
    """Accept a websocket and serve it until either side closes it; other subprotocols are closed with 4406."""
    is_supported = GRAPHQL_TRANSPORT_WS_PROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL if is_supported else None)
    if not is_supported:
        await websocket.close(4406, "Subprotocol not acceptable")
        return
    view: Any = services
    await Socket(
        services,
        view=view,
        websocket=ASGIWebSocketAdapter(view, websocket, websocket),
        context=await context(),
        root_value=None,
        schema=services.schema,
        connection_init_wait_timeout=timedelta(seconds=INIT_TIMEOUT_S),
        max_subscriptions_per_connection=MAX_SUBSCRIPTIONS,
    ).handle()


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    """One client's websocket. Queries and mutations go by HTTP, where their rules are."""

    def __init__(self, services: WebsocketServices, **parts: Any) -> None:
        super().__init__(**parts)
        self._services = services
        self._documents: dict[str, Document] = {}
        self._second = 0
        self._messages = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def handle(self) -> None:
        """Serve messages until either side closes; past a limit of streams, close with 4429."""
        try:
            with self._services.connection_limits.slot(self.context):
                await super().handle()
        except RequestRefused:
            await self.websocket.close(4429, "Too many connections")

    async def handle_message(self, message: Message) -> None:
        """Handle a message; close with 1008 past MAX_MESSAGES_PER_SECOND, with 4400 for what is no message."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        if self._messages > MAX_MESSAGES_PER_SECOND:
            await self.websocket.close(1008, "Too many messages")
        elif not _is_message(message):
            await self.handle_invalid_message("A message is an object with a type")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge the connection; close with 4401 when nobody is signed in."""
        if self.context.user is None:
            await self.websocket.close(4401, "Unauthorized")
            return
        await super().handle_connection_init(message)
        self._watch_idleness()

    async def send_message(self, message: Message) -> None:
        """Send a message. Raises: WebSocketDisconnected (the client did not read within READ_TIMEOUT_S)."""
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                await super().send_message(message)
        except TimeoutError:
            raise WebSocketDisconnected from None

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start a subscription, or send its error."""
        if not self.connection_acknowledged:
            await super().handle_subscribe(message)
            return
        operation_id, payload = message["id"], message["payload"]
        try:
            graphql_request = parse_request(payload)
            document = await self._document(graphql_request)
        except RequestRefused as refused:
            await self._refuse(operation_id, coded(refused.code, self.context.language))
            return
        except Exception as fault:
            # One subscription fails, not all that the websocket carries.
            error = GraphQLError(str(fault), original_error=fault)
            await self._refuse(operation_id, masked_error(error, self.context.language))
            return
        self._documents[operation_id] = document
        await super().handle_subscribe(
            {
                "id": operation_id,
                "type": "subscribe",
                "payload": {
                    "query": document.text,
                    "variables": graphql_request.variables,
                    "operationName": graphql_request.operation_name,
                    "extensions": None,
                },
            }
        )
        self._watch_idleness()

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Send a subscription's results until it ends."""
        context = replace(self.context, document=self._documents[operation.id])
        with stream_budget().limited():
            stream = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            async with aclosing(stream):
                await self._send_result_stream(operation, stream)
        if context.is_outdated:
            # Not complete: a client with the new tokens connects again and resumes.
            await self.websocket.close(CLOSE_TOKENS_RENEWED, "Tokens were renewed")
            return
        await operation.send_operation_message({"id": operation.id, "type": "complete"})
        if context.user is None:
            # Every further subscription of this websocket would be refused.
            await self.websocket.close(4401, "Unauthorized")

    def forget_id(self, id: str) -> None:
        """Drop an operation that ended."""
        super().forget_id(id)
        self._documents.pop(id, None)
        self._watch_idleness()

    async def cleanup_operation(self, operation_id: str) -> None:
        """Cancel an operation that its client completed."""
        await super().cleanup_operation(operation_id)
        self._documents.pop(operation_id, None)
        self._watch_idleness()

    async def shutdown(self) -> None:
        """Cancel all operations and the idle timer."""
        await super().shutdown()
        self._stop_timer()

    def _watch_idleness(self) -> None:
        self._stop_timer()
        if self.connection_acknowledged and not self.operations:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(settings().idle_websocket_timeout_s, self._close_idle)

    def _close_idle(self) -> None:
        self._closing = asyncio.create_task(self.websocket.close(1000, "Idle"))

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    async def _refuse(self, operation_id: str, error: GraphQLError) -> None:
        await self.send_message(ErrorMessage(id=operation_id, type="error", payload=formatted([error])))

    async def _document(self, graphql_request: GraphQLRequest) -> Document:
        if len(self.operations) >= MAX_SUBSCRIPTIONS:
            raise RequestRefused(RequestCode.TOO_MANY_SUBSCRIPTIONS)
        try:
            document = await self._services.document(graphql_request, self.context)
            if document.tree is None:
                raise RequestRefused(RequestCode.GRAPHQL_PARSE_FAILED)
            if document.operation(graphql_request.operation_name).operation is not OperationType.SUBSCRIPTION:
                raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
            await self._services.charge(document, graphql_request, self.context)
        except TooManyAttempts:
            raise RequestRefused(RequestCode.TOO_MANY_REQUESTS) from None
        return document


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and all(isinstance(message.get(name, ""), str) for name in ("type", "id"))
