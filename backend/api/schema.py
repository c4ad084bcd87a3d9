"""The schema, put together and checked."""

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from backend.api.accounts.queries import AccountQueries
from backend.api.core.context import Info
from backend.api.core.descriptions import describe
from backend.api.core.errors import CodedErrors
from backend.api.core.matrix import printed_matrix as matrix_of
from backend.api.core.matrix import undeclared
from backend.api.execution.validation import PreparedDocuments
from backend.api.identity.audit import AuditQueries
from backend.api.identity.devices import DeviceMutations
from backend.api.identity.second_factor import SecondFactorMutations
from backend.api.identity.sign_in import SignInMutations
from backend.api.mail.ledger import MailMutations, MailQueries
from backend.api.queries import CommonQueries
from backend.api.requests.decisions import DecisionMutations
from backend.api.requests.queries import RequestQueries
from backend.api.requests.registry import OBJECT_TYPES, VALUE_DESCRIPTIONS, FilingMutations, OtherRequest
from backend.api.requests.subscriptions import Subscription

HOW_TO_DECLARE = (
    "a root field says it with a guard (extensions=[Requires(Permission.…)]), an object's fields with"
    " @visible_to(Audience.…) above their type, both of api/core/authorization.py"
)


class Schema(strawberry.Schema):
    """Strawberry's schema; errors are logged where they are given their code, once."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logged by CodedErrors."""


@cache
def build_schema() -> Schema:
    """The schema, with every type registered. Raises: RuntimeError, when nobody has declared who may reach a field."""
    schema = Schema(
        query=merge_types("Query", (CommonQueries, AccountQueries, RequestQueries, AuditQueries, MailQueries)),
        mutation=merge_types(
            "Mutation",
            (
                FilingMutations,
                DecisionMutations,
                SignInMutations,
                SecondFactorMutations,
                DeviceMutations,
                MailMutations,
            ),
        ),
        subscription=Subscription,
        types=[*OBJECT_TYPES.values(), OtherRequest],
        config=StrawberryConfig(info_class=Info),
        extensions=[CodedErrors, PreparedDocuments],
    )
    describe(schema._schema, VALUE_DESCRIPTIONS)
    missing = undeclared(schema._schema)
    if missing:
        raise RuntimeError(f"nobody has declared who may reach {', '.join(missing)}: {HOW_TO_DECLARE}")
    return schema


def printed_schema() -> str:
    """The schema's text, as ``schema.graphql`` holds it."""
    return build_schema().as_str() + "\n"


def printed_matrix() -> str:
    """Who may reach each field, as ``docs/authorization.csv`` holds it."""
    return matrix_of(build_schema()._schema)
