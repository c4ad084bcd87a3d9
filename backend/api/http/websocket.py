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
from backend.api.http.rate_limits import of_a_stream
from backend.api.http.request import asked_for, json_of
from backend.api.http.response import encoded, formatted
from backend.api.schema import Schema
from backend.errors import TooManyAttempts
from backend.settings import settings

INIT_TIMEOUT_S = 10.0
"""In which a client must have said who it is."""

MAX_SUBSCRIPTIONS = 20
"""Of one websocket."""

MAX_MESSAGES_PER_SECOND = 60

CLOSE_TOKENS_RENEWED = 4498
"""The code of a close after which a client connects again."""

READ_TIMEOUT_S = 15.0
"""Seconds in which a client must make room for what is sent to it."""


@dataclass(frozen=True, slots=True)
class WebsocketServices:
    """What a websocket needs of the endpoint, in the place of the view that Strawberry's handler expects."""

    schema: Schema
    connection_limits: ConnectionLimits
    document: Callable[[GraphQLRequest, Context], Awaitable[Document]]
    """Raises: RequestRefused, TooManyAttempts."""
    charge: Callable[[Document, GraphQLRequest, Context], Awaitable[None]]
    """Raises: TooManyAttempts."""

    def decode_json(self, data: str | bytes) -> object:
        """A message. Raises: JSONDecodeError."""
        try:
            return json_of(data)
        except RequestRefused:
            raise JSONDecodeError("no JSON", "", 0) from None

    def encode_json(self, data: object) -> str:
        """A message's text."""
        return encoded(data).decode()

    async def on_ws_connect(self, context: Context) -> object:
        """Nothing is said to a client beside that it is let in."""
        return UNSET


async def serve_websocket(
    websocket: WebSocket, context: Callable[[], Awaitable[Context]], services: WebsocketServices
) -> None:
    """Accept a websocket and serve it until one of the two hangs up; other protocols than ours are closed with 4406."""
    is_ours = GRAPHQL_TRANSPORT_WS_PROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL if is_ours else None)
    if not is_ours:
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
        """Talk with the client until one of the two hangs up."""
        try:
            with self._services.connection_limits.held(self.context):
                await super().handle()
        except RequestRefused:
            await self.websocket.close(4429, "Too many connections")

    async def handle_message(self, message: Message) -> None:
        """One message, unless they come too fast or are none."""
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
        """Let somebody in; nobody has anything to watch who is not signed in."""
        if self.context.user is None:
            await self.websocket.close(4401, "Unauthorized")
            return
        await super().handle_connection_init(message)
        self._watch_idleness()

    async def send_message(self, message: Message) -> None:
        """Send one message; a client that does not read is given up."""
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                await super().send_message(message)
        except TimeoutError:
            raise WebSocketDisconnected from None

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start a subscription, or say why not."""
        if not self.connection_acknowledged:
            await super().handle_subscribe(message)
            return
        operation_id, payload = message["id"], message["payload"]
        try:
            asked = asked_for(payload)
            document = await self._document(asked)
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
                    "variables": asked.variables,
                    "operationName": asked.operation_name,
                    "extensions": None,
                },
            }
        )
        self._watch_idleness()

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Send what a subscription says until it ends."""
        context = replace(self.context, document=self._documents[operation.id])
        with of_a_stream().limited():
            stream = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            async with aclosing(stream):
                await self._send_result_stream(operation, stream)
        if context.is_outdated:
            # Not complete: whoever holds the tokens of now connects again and goes on from where this ended.
            await self.websocket.close(CLOSE_TOKENS_RENEWED, "Tokens were renewed")
            return
        await operation.send_operation_message({"id": operation.id, "type": "complete"})
        if context.user is None:
            # Nothing that this websocket could still ask for would be answered.
            await self.websocket.close(4401, "Unauthorized")

    def forget_id(self, id: str) -> None:
        """Take an operation off the list."""
        super().forget_id(id)
        self._documents.pop(id, None)
        self._watch_idleness()

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation that its client no longer wants."""
        await super().cleanup_operation(operation_id)
        self._documents.pop(operation_id, None)
        self._watch_idleness()

    async def shutdown(self) -> None:
        """End everything; nothing is left to wait for."""
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

    async def _document(self, asked: GraphQLRequest) -> Document:
        if len(self.operations) >= MAX_SUBSCRIPTIONS:
            raise RequestRefused(RequestCode.TOO_MANY_SUBSCRIPTIONS)
        try:
            document = await self._services.document(asked, self.context)
            if document.tree is None:
                raise RequestRefused(RequestCode.GRAPHQL_PARSE_FAILED)
            if document.operation(asked.operation_name).operation is not OperationType.SUBSCRIPTION:
                raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
            await self._services.charge(document, asked, self.context)
        except TooManyAttempts:
            raise RequestRefused(RequestCode.TOO_MANY_REQUESTS) from None
        return document


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and all(isinstance(message.get(name, ""), str) for name in ("type", "id"))
