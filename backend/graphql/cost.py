"""What an operation costs: how many objects it may bring, by the pages that it lists; a pure function."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
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

from backend.catalogue import COUNTRIES, SECTORS
from backend.graphql.limits import SATURATED, fragments_of
from backend.storage.keyset import MAX_PAGE

MAX_COST = 5_000

UNPAGED = 5
"""How many objects a list without pages is taken to have: such lists have a few, by the rules of the domain."""

LONGER: Mapping[str, int] = {
    "Account.datapointsHistory": 20,
    "Portfolio.byMonthOfExpiry": 24,
    "Catalogue.sectors": len(SECTORS),
    "Catalogue.countries": len(COUNTRIES),
}
"""Lists without pages that have more."""


class BadPageSize(Exception):
    """A page of fewer than 1 or more than 100 objects."""


def cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """How many objects an operation may bring: one for each object, times the pages that it stands in.

    The document must be valid. Raises: BadPageSize.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None
    defaults = {
        definition.variable.name.value: definition.default_value for definition in operation.variable_definitions or ()
    }
    return _Costs(schema, fragments_of(document), {**defaults, **variables}).of(operation.selection_set, root, 1)


def page_variables(document: DocumentNode) -> frozenset[str]:
    """The variables on which the cost of a document's operations depends."""
    found: set[str] = set()
    pending: list[SelectionSetNode | None] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while pending:
        selections = pending.pop()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                value = next((given.value for given in selection.arguments or () if given.name.value == "first"), None)
                if isinstance(value, VariableNode):
                    found.add(value.name.value)
            if isinstance(selection, FieldNode | InlineFragmentNode):
                pending.append(selection.selection_set)
    return frozenset(found)


class _Costs:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, int], int] = {}

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
        if (name, page) not in self._known:
            fragment = self._fragments[name]
            parent = self._schema.type_map[fragment.type_condition.name.value]
            self._known[name, page] = self.of(fragment.selection_set, parent, page)
        return self._known[name, page]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType, page: int) -> int:
        name = node.name.value
        if name.startswith("__"):
            return 1 if name != "__typename" else 0
        assert is_object_type(parent) or is_interface_type(parent)
        definition: GraphQLField = parent.fields[name]
        inner = get_named_type(definition.type)
        size = self._page_size(node, definition) if "first" in definition.args else None
        if is_list_type(get_nullable_type(definition.type)):
            in_connection = "pageInfo" in parent.fields
            times = page if in_connection else size or LONGER.get(f"{parent.name}.{name}", UNPAGED)
        else:
            times = 1
        if not is_composite_type(inner):
            return times if size else 0
        return min(times * (1 + self.of(node.selection_set, inner, size or 1)), SATURATED)

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int:
        given = next((argument.value for argument in node.arguments or () if argument.name.value == "first"), None)
        if isinstance(given, VariableNode):
            given = self._variables.get(given.name.value)
        if given is None:
            given = definition.args["first"].default_value
        size = int(given.value) if isinstance(given, IntValueNode) else given
        if not isinstance(size, int):
            return MAX_PAGE  # No number: graphql-core says so to its sender.
        if not 1 <= size <= MAX_PAGE:
            raise BadPageSize
        return size
