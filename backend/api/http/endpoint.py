"""``/graphql``: the schema over HTTP and websockets, for the page, the explorer and phones."""

import asyncio
from contextlib import suppress
from copy import copy

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from backend.api.compiled import GivenUp, Reader
from backend.api.core.context import Context, spoken_language
from backend.api.core.cookies import signed_in
from backend.api.execution.documents import Document, Documents, is_query
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.api.execution.validation import errors_for, permitted_cost
from backend.api.http.connection_limits import ConnectionLimits
from backend.api.http.rate_limits import (
    ORDINARY_TIMES,
    calls_more,
    cost_per_person,
    of_a_stream,
    of_an_operation,
    per_address,
    per_person,
    steps,
)
from backend.api.http.request import read_request
from backend.api.http.response import answer, media_type, refusal
from backend.api.http.sse import events
from backend.api.http.websocket import WebsocketServices, serve_websocket
from backend.api.schema import build_schema
from backend.errors import BadInput, NotSignedIn, TooManyAttempts
from backend.events import EventBus
from backend.identity.audit import acting_from
from backend.identity.throttle import Throttle
from backend.settings import settings
from backend.storage.pool import caller
from backend.storage.rate_limiter import RateLimiter
from backend.storage.statement_budget import TooManyStatements


class Endpoint:
    """The ASGI application of ``/graphql``: reading, executing and answering by HTTP, and the start of websockets."""

    def __init__(self, events: EventBus, rate_limiter: RateLimiter, documents: Documents) -> None:
        self._events = events
        self._rate_limiter = rate_limiter
        self._throttle = Throttle(rate_limiter)
        self._documents = documents
        self._connection_limits = ConnectionLimits()
        self._schema = build_schema()
        self._reader = Reader(self._schema._schema)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            with of_a_stream().limited():
                response = await self._answered(Request(scope, receive))
                await response(scope, receive, send)
        else:
            websocket = WebSocket(scope, receive, send)
            services = WebsocketServices(self._schema, self._connection_limits, self._document, self._charge_operation)
            await serve_websocket(websocket, lambda: self._context(websocket, websocket), services)

    async def _context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Who asks: by access token, or by cookie from a page of ours."""
        caller.set(f"address:{request.client.host}" if request.client else None)
        user, session_id, renewals = None, None, 0
        with suppress(NotSignedIn):
            who = await signed_in(request)
            user, session_id, renewals = who.user, who.session_id, who.renewals
        spoken = spoken_language(request.headers.get("accept-language", ""))
        return Context(request, response, self._events, self._throttle, user, session_id, renewals, spoken)

    async def _document(self, asked: GraphQLRequest, context: Context) -> Document:
        """The document that was sent or named; one that is not known counts for its length, before it is read.

        Raises: RequestRefused, TooManyAttempts.
        """
        known = self._documents.known(asked)
        if known is not None:
            return known
        assert asked.text is not None
        more = calls_more(asked.text)
        await self._rate_limiter.count(per_address(), context.network, more)
        if context.user is not None:
            await self._rate_limiter.count(per_person(), str(context.user.id), more)
        return await self._documents.read(asked.text, context.network)

    async def _charge_operation(self, document: Document, asked: GraphQLRequest, context: Context) -> None:
        """Count what an operation costs whoever is signed in, unless it will be refused. Raises: TooManyAttempts."""
        given = None if errors_for(document, context) else document.given(asked.operation_name, asked.variables)
        if given is None:
            return
        with suppress(BadInput, RequestRefused):
            cost = permitted_cost(document, asked.operation_name, given)
            is_mutation = document.operation(asked.operation_name).operation is OperationType.MUTATION
            await self._charge(cost * ORDINARY_TIMES if is_mutation else cost, context)

    async def _charge(self, cost: int, context: Context) -> None:
        if context.user is not None:
            await self._rate_limiter.count(cost_per_person(), str(context.user.id), steps(cost))

    async def _answered(self, request: Request) -> Response:
        added = Response()
        del added.headers["content-length"]
        context = await self._context(request, added)
        try:
            if context.user is not None:
                await self._rate_limiter.count(per_person(), str(context.user.id))
            return await self._executed(request, context, added)
        except RequestRefused as refused:
            return refusal(request, refused.code, context.language)
        except TooManyAttempts as refused:
            return refusal(request, RequestCode.TOO_MANY_REQUESTS, context.language, refused.retry_after)

    async def _executed(self, request: Request, context: Context, added: Response) -> Response:
        asked = await read_request(request)
        context.document = document = await self._document(asked, context)
        if document.tree is None:
            return answer(request, PreExecutionError(data=None, errors=errors_for(document, context)), added)
        operation = document.operation(asked.operation_name)
        if request.method == "GET" and operation.operation is OperationType.MUTATION:
            raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
        await self._charge_operation(document, asked, context)
        if operation.operation is OperationType.MUTATION:
            context.become(copy(context.user))  # which it may change
        if operation.operation is OperationType.SUBSCRIPTION:
            return await events(request, asked, context, self._schema, self._connection_limits)
        if media_type(request) is None:
            raise RequestRefused(RequestCode.NOT_ACCEPTABLE)
        with acting_from(context.address):
            return answer(request, await self._result(document, asked, context), added)

    async def _result(self, document: Document, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        budget = of_an_operation()
        try:
            # What runs when the time is over is cancelled with its SQL, and an open transaction is rolled back.
            async with asyncio.timeout(settings().deadline.total_seconds()):
                with budget.limited():
                    result = await self._by_an_executor(document, asked, context)
        except TimeoutError:
            raise RequestRefused(RequestCode.TIMEOUT) from None
        except TooManyStatements:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX) from None
        if budget.is_exceeded and is_query(document.operation(asked.operation_name)):
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        return result

    async def _by_an_executor(self, document: Document, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        try:
            given = None if document.errors else document.given(asked.operation_name, asked.variables)
            read = await self._reader.result(document, asked.operation_name, given, context)
        except GivenUp as given_up:
            read = None
            if not given_up.is_transient_error:
                # A document with a field that fails takes the ordinary executor as often as it is sent.
                await self._charge(given_up.cost * (ORDINARY_TIMES - 1), context)
        return read or await self._schema.execute(
            document.text,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
        )
