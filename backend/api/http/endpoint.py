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

from backend.api.compiled import Reader, RunFailed
from backend.api.core.context import Context, accepted_language_of
from backend.api.core.cookies import signed_in
from backend.api.execution.documents import Document, Documents, is_query
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.execution.request_errors import RequestCode, RequestRefused
from backend.api.execution.validation import errors_for, permitted_cost
from backend.api.http.connection_limits import ConnectionLimits
from backend.api.http.rate_limits import (
    ORDINARY_EXECUTOR_FACTOR,
    cost_per_person,
    cost_steps,
    extra_calls,
    operation_budget,
    per_address,
    per_person,
    stream_budget,
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
    """The ASGI application of ``/graphql``: executes operations over HTTP, and opens websockets."""

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
            with stream_budget().limited():
                response = await self._respond(Request(scope, receive))
                await response(scope, receive, send)
        else:
            websocket = WebSocket(scope, receive, send)
            services = WebsocketServices(self._schema, self._connection_limits, self._document, self._charge_operation)
            await serve_websocket(websocket, lambda: self._context(websocket, websocket), services)

    async def _context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The context of a request: its user by access token, or by cookie from the page's own origin."""
        caller.set(f"address:{request.client.host}" if request.client else None)
        user, session_id, renewals = None, None, 0
        with suppress(NotSignedIn):
            session = await signed_in(request)
            user, session_id, renewals = session.user, session.session_id, session.renewals
        accepted_language = accepted_language_of(request.headers.get("accept-language", ""))
        return Context(request, response, self._events, self._throttle, user, session_id, renewals, accepted_language)

    async def _document(self, graphql_request: GraphQLRequest, context: Context) -> Document:
        """The document of a request; one that is not cached counts for its length before it is parsed.

        Raises: RequestRefused, TooManyAttempts.
        """
        cached = self._documents.cached(graphql_request)
        if cached is not None:
            return cached
        assert graphql_request.text is not None
        calls = extra_calls(graphql_request.text)
        await self._rate_limiter.count(per_address(), context.network, calls)
        if context.user is not None:
            await self._rate_limiter.count(per_person(), str(context.user.id), calls)
        return await self._documents.read(graphql_request.text, context.network)

    async def _charge_operation(self, document: Document, graphql_request: GraphQLRequest, context: Context) -> None:
        """Count an operation's cost for its user, unless it will be refused. Raises: TooManyAttempts."""
        if errors_for(document, context):
            return
        variables = document.variables(graphql_request.operation_name, graphql_request.variables)
        if variables is None:
            return
        with suppress(BadInput, RequestRefused):
            cost = permitted_cost(document, graphql_request.operation_name, variables)
            is_mutation = document.operation(graphql_request.operation_name).operation is OperationType.MUTATION
            await self._charge(cost * ORDINARY_EXECUTOR_FACTOR if is_mutation else cost, context)

    async def _charge(self, cost: int, context: Context) -> None:
        if context.user is not None:
            await self._rate_limiter.count(cost_per_person(), str(context.user.id), cost_steps(cost))

    async def _respond(self, request: Request) -> Response:
        resolver_response = Response()
        del resolver_response.headers["content-length"]
        context = await self._context(request, resolver_response)
        try:
            if context.user is not None:
                await self._rate_limiter.count(per_person(), str(context.user.id))
            return await self._execute(request, context, resolver_response)
        except RequestRefused as refused:
            return refusal(request, refused.code, context.language)
        except TooManyAttempts as refused:
            return refusal(request, RequestCode.TOO_MANY_REQUESTS, context.language, refused.retry_after)

    async def _execute(self, request: Request, context: Context, resolver_response: Response) -> Response:
        graphql_request = await read_request(request)
        context.document = document = await self._document(graphql_request, context)
        if document.tree is None:
            return answer(
                request, PreExecutionError(data=None, errors=errors_for(document, context)), resolver_response
            )
        operation = document.operation(graphql_request.operation_name)
        if request.method == "GET" and operation.operation is OperationType.MUTATION:
            raise RequestRefused(RequestCode.METHOD_NOT_ALLOWED)
        await self._charge_operation(document, graphql_request, context)
        if operation.operation is OperationType.MUTATION:
            context.become(copy(context.user))  # resolvers may change it
        if operation.operation is OperationType.SUBSCRIPTION:
            return await events(request, graphql_request, context, self._schema, self._connection_limits)
        if media_type(request) is None:
            raise RequestRefused(RequestCode.NOT_ACCEPTABLE)
        with acting_from(context.address):
            return answer(request, await self._run_operation(document, graphql_request, context), resolver_response)

    async def _run_operation(
        self, document: Document, graphql_request: GraphQLRequest, context: Context
    ) -> ExecutionResult:
        budget = operation_budget()
        try:
            # At the deadline its SQL is cancelled, and an open transaction is rolled back.
            async with asyncio.timeout(settings().deadline.total_seconds()):
                with budget.limited():
                    result = await self._run_by_an_executor(document, graphql_request, context)
        except TimeoutError:
            raise RequestRefused(RequestCode.TIMEOUT) from None
        except TooManyStatements:
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX) from None
        if budget.is_exceeded and is_query(document.operation(graphql_request.operation_name)):
            raise RequestRefused(RequestCode.QUERY_TOO_COMPLEX)
        return result

    async def _run_by_an_executor(
        self, document: Document, graphql_request: GraphQLRequest, context: Context
    ) -> ExecutionResult:
        try:
            variables = (
                None
                if document.errors
                else document.variables(graphql_request.operation_name, graphql_request.variables)
            )
            result = await self._reader.result(document, graphql_request.operation_name, variables, context)
        except RunFailed as failure:
            result = None
            if not failure.is_transient_error:
                # A document with a field that fails costs the ordinary executor's time whenever it is sent.
                await self._charge(failure.cost * (ORDINARY_EXECUTOR_FACTOR - 1), context)
        return result or await self._schema.execute(
            document.text,
            variable_values=graphql_request.variables,
            context_value=context,
            operation_name=graphql_request.operation_name,
        )
