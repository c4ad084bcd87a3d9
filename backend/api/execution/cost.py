"""The cost of an operation: objects that it may return, by the pages that it lists, and statements that it runs.

A pure function. The unit is an object of an answer, about a twentieth of a millisecond of a processor.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_object_type,
)

from backend.api.execution.document_limits import SATURATED, fragments_of
from backend.catalogue import COUNTRIES, SECTORS
from backend.storage.keyset import MAX_PAGE

MAX_COST = 5_000

MAX_EVENT_COST = 200
"""Of a subscription, whose every event costs as much."""

UNPAGED = 5
"""Objects that a list without pages is assumed to have: such lists are short by the rules of the domain."""

LONGER: Mapping[str, int] = {
    "Account.datapointsHistory": 20,
    "Portfolio.byMonthOfExpiry": 24,
    "Catalogue.sectors": len(SECTORS),
    "Catalogue.countries": len(COUNTRIES),
}
"""Lists without pages that have more."""

LATERAL = 1
"""Of a field for each of its objects: a few rows by an index, with those of the other objects."""

STATEMENT = 10
"""Of a statement that an index serves."""

RENDERING = 50
"""Of a mail that is rendered, with its statements."""

CHANGE = 100
"""Of a mutation: a transaction, its locks, perhaps the hash of a password."""

SCAN = 500
"""Of a statement that may look at every row that its viewer may see."""

INTROSPECTION = 1_000
"""Of the whole schema."""

PRICES: Mapping[str, int] = {
    "Query.__schema": INTROSPECTION,
    "Query.__type": STATEMENT,
    "Query.devices": STATEMENT,
    "Query.node": STATEMENT,
    "Query.homeAccounts": STATEMENT,
    "Query.zoneCounts": 3 * STATEMENT,
    "Query.account": STATEMENT,
    "Query.accounts": STATEMENT,
    "Query.portfolio": SCAN,
    "Query.clients": STATEMENT,
    "Query.changeRequest": STATEMENT,
    "Query.changeRequests": STATEMENT,
    "Query.requestCounts": SCAN,
    "Query.preview": 3 * STATEMENT,
    "Query.auditLog": STATEMENT,
    "Query.mails": STATEMENT,
    "Query.mail": STATEMENT,
    "Query.reminderPreview": RENDERING,
    "Query.mailHealth": SCAN,
    "Portfolio.byMonthOfExpiry": SCAN,
    "AccountConnection.totalCount": SCAN,
    "HomeAccountConnection.totalCount": SCAN,
    "ChangeRequestConnection.totalCount": SCAN,
    "AuditEntryConnection.totalCount": SCAN,
    "MailConnection.totalCount": SCAN,
    "TimelineEventConnection.totalCount": STATEMENT,
    "Account.timeline": LATERAL,
    "Account.reminders": LATERAL,
    "ChangeRequest.preview": LATERAL,
    "ChangeRequest.clientTotal": STATEMENT,
    "Mail.preview": RENDERING,
    "Subscription.changeRequestChanged": STATEMENT,
    "Subscription.accountChanged": STATEMENT,
}
"""The price of a field for each of its parents, beside the objects that it returns. A field of an interface costs
the same in the types that implement it."""

SIZE_ARGUMENTS: Mapping[str, int] = {"first": 1, "terms": 3}
"""Arguments that say how long a list is, and how many objects each of its units is: a term has three reminders."""


class BadPageSize(Exception):
    """A page of fewer than 1 or more than 100 objects."""


def cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """One for each object, and the prices of its fields, times the pages that it stands in.

    The document must be valid, and the variables coerced. Raises: BadPageSize.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None
    return _Costs(schema, fragments_of(document), variables).of(operation.selection_set, root, 1)


def size_variables(document: DocumentNode) -> frozenset[str]:
    """The variables on which the cost of a document's operations depends."""
    names: set[str] = set()
    pending: list[SelectionSetNode | None] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while pending:
        selections = pending.pop()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                names |= {
                    argument.value.name.value
                    for argument in selection.arguments or ()
                    if argument.name.value in SIZE_ARGUMENTS and isinstance(argument.value, VariableNode)
                }
            if isinstance(selection, FieldNode | InlineFragmentNode):
                pending.append(selection.selection_set)
    return frozenset(names)


class _Costs:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._fragment_costs: dict[tuple[str, int], int] = {}

    def of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType, page: int) -> int:
        total = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FragmentSpreadNode):
                total += self._of_fragment(selection.name.value, page)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else parent
                total += self.of(selection.selection_set, inner, page)
            elif isinstance(selection, FieldNode):
                total += self._of_field(selection, parent, page)
        return min(total, SATURATED)

    def _of_fragment(self, name: str, page: int) -> int:
        if (name, page) not in self._fragment_costs:
            fragment = self._fragments[name]
            parent = self._schema.type_map[fragment.type_condition.name.value]
            self._fragment_costs[name, page] = self.of(fragment.selection_set, parent, page)
        return self._fragment_costs[name, page]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType, page: int) -> int:
        name = node.name.value
        assert is_object_type(parent) or is_interface_type(parent)
        if name.startswith("__"):
            return self._price(parent, name) + (1 if name != "__typename" else 0)
        definition: GraphQLField = parent.fields[name]
        inner = get_named_type(definition.type)
        size = next((self._size(node, definition, key) for key in SIZE_ARGUMENTS if key in definition.args), None)
        if is_list_type(get_nullable_type(definition.type)):
            in_connection = "pageInfo" in parent.fields
            times = page if in_connection else size or LONGER.get(f"{parent.name}.{name}", UNPAGED)
        else:
            times = 1
        price = self._price(parent, name)
        if not is_composite_type(inner):
            return price + (times if size else 0)
        return min(price + times * (1 + self.of(node.selection_set, inner, size or 1)), SATURATED)

    def _price(self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str) -> int:
        if parent is self._schema.mutation_type and not name.startswith("__"):
            return CHANGE
        return max(PRICES.get(f"{kind.name}.{name}", 0) for kind in (parent, *parent.interfaces))

    def _size(self, node: FieldNode, definition: GraphQLField, key: str) -> int:
        value = next((argument.value for argument in node.arguments or () if argument.name.value == key), None)
        if isinstance(value, VariableNode):
            value = self._variables.get(value.name.value)
        if value is None:
            value = definition.args[key].default_value
        size = int(value.value) if isinstance(value, IntValueNode) else value
        if not isinstance(size, int):
            return MAX_PAGE  # No number: graphql-core says so to its sender.
        if not 1 <= size <= MAX_PAGE:
            raise BadPageSize
        return size * SIZE_ARGUMENTS[key]
