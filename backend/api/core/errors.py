"""The two kinds of error: what a user can mend is data; what a client did wrong is a GraphQL error with a code."""

import uuid
from collections.abc import Mapping

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import MaskErrors

from backend.api.core.authorization import Audience, visible_to
from backend.api.core.context import Context, Info
from backend.api.core.field_changes import FieldChangeType
from backend.api.core.nodes import LazyRequest, request_of
from backend.api.execution.documents import without_suggestion
from backend.api.execution.request_errors import RequestCode, coded
from backend.catalogue import Language, message
from backend.errors import (
    BadInput,
    CannotBeWritten,
    Code,
    Forbidden,
    InFlight,
    NotFound,
    NotSignedIn,
    Problem,
    Refused,
    TooManyAttempts,
)
from backend.events import Disconnected
from backend.storage.statement_budget import TooManyStatements
from backend.storage.transient_errors import RETRY_AFTER_S, is_transient_error, write_refusals

strawberry.enum(Code, name="ErrorCode", description="Why something was refused that its user can mend.")

log = structlog.get_logger()

REQUEST_ERRORS: Mapping[type[Exception], RequestCode] = {
    NotSignedIn: RequestCode.UNAUTHENTICATED,
    Forbidden: RequestCode.FORBIDDEN,
    NotFound: RequestCode.NOT_FOUND,
    BadInput: RequestCode.BAD_USER_INPUT,
    InFlight: RequestCode.IN_FLIGHT,
    CannotBeWritten: RequestCode.CANNOT_BE_WRITTEN,
    TooManyAttempts: RequestCode.TOO_MANY_REQUESTS,
    TooManyStatements: RequestCode.QUERY_TOO_COMPLEX,
}

MAX_MESSAGE_LENGTH = 300
"""Characters of a message of graphql-core, which may quote what was sent."""


@visible_to(Audience.PARENT)
@strawberry.type(description="Something that the user can mend.")
class UserError:
    code: Code = strawberry.field(description="For clients to branch on.")
    message: str = strawberry.field(description="For the user, in their language.")
    field: str | None = strawberry.field(default=None, description="The input's field; null when it is none alone.")
    request: LazyRequest | None = strawberry.field(
        default=None, description="The request that stands in the way (ALREADY_PENDING, ALREADY_DECIDED)."
    )
    changes: list[FieldChangeType] = strawberry.field(
        default_factory=list, description="What changed since the preview was shown (STALE)."
    )


async def user_errors(refusal: Refused, info: Info) -> list[UserError]:
    """A refusal's problems as its user reads them."""
    return [await user_error(problem, info) for problem in refusal.problems]


async def user_error(problem: Problem, info: Info) -> UserError:
    """One problem as its user reads it."""
    return UserError(
        code=problem.code,
        message=message(problem.code, info.context.language, problem.values),
        field=problem.field,
        request=request_of(await info.context.loaders.request.load(problem.request_id)) if problem.request_id else None,
        changes=[FieldChangeType.of(change) for change in problem.changes],
    )


class CodedErrors(MaskErrors):
    """Gives every GraphQL error a code, and keeps to itself what only the log should know."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda error: True)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """The error as its client may see it."""
        context: Context = self.execution_context.context
        told = masked_error(error, context.language)
        if (told.extensions or {}).get("code") == RequestCode.FORBIDDEN:
            log.warning("somebody asked for what their role may not do", path=error.path, user_id=context.viewer.id)
        return GraphQLError(
            told.message,
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions=told.extensions,
        )


def masked_error(error: GraphQLError, language: Language) -> GraphQLError:
    """What a client is told of an error: a message and a code. The log keeps what a fault said of itself."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    known = REQUEST_ERRORS.get(type(original)) if original is not None else None
    if known is not None:
        more = {"retryAfter": original.retry_after} if isinstance(original, TooManyAttempts) else {}
        return coded(known, language, **more)
    if original is None or isinstance(original, GraphQLError) or (error.path is None and error.nodes):
        # graphql-core's own: a document that is not valid, or a value that does not fit its type. It stands somewhere
        # in the document, unlike what a stream of news raises.
        code = (error.extensions or {}).get("code", RequestCode.BAD_USER_INPUT.value)
        return GraphQLError(without_suggestion(error.message)[:MAX_MESSAGE_LENGTH], extensions={"code": code})
    if is_transient_error(original) or isinstance(original, Disconnected):
        write_refusals.record(original)
        log.warning("something that it takes is away or too busy", path=error.path, error=repr(original))
        return coded(RequestCode.UNAVAILABLE, language, retryAfter=RETRY_AFTER_S)
    correlation_id = uuid.uuid4().hex
    log.error("a resolver failed", correlation_id=correlation_id, path=error.path, exc_info=original)
    return coded(RequestCode.INTERNAL, language, correlationId=correlation_id)
