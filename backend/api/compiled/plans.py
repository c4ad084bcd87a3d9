"""Plans: a query's selection sets, collected once and executed level by level."""

from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from backend.api.compiled.columns import Column, FieldCall, type_name, values_of
from backend.api.compiled.completion import Completion, ObjectsCompletion, completion
from backend.api.compiled.row_json import RowJsonCompilers
from backend.api.compiled.run import FieldInfo, NotCompiled, Run
from backend.api.core.field_resolvers import Level

Plan = ObjectsCompletion
"""Takes a list of the one root value, answers a list of the one ``data``."""


def plan(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, conditions: VariableValues
) -> Plan:
    """A query's plan, with ``@skip`` and ``@include`` evaluated for these variables. Raises: NotCompiled."""
    root = schema.query_type
    assert root is not None
    planner = _Planner(schema, document, operation, conditions)
    return planner.of_fields(root, collect_fields(schema, planner.fragments, conditions, root, operation))


class _Planner:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: VariableValues,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.conditions = conditions
        definitions = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        self.fragment_definitions = {node.name.value: node for node in definitions}
        self.fragments = {name: FragmentDetails(node) for name, node in self.fragment_definitions.items()}
        self.row_json_compilers = RowJsonCompilers(schema, self._selected, self.of_objects)

    def of_fields(self, kind: GraphQLObjectType, collected: CollectedFields) -> ObjectsCompletion:
        """The completion of objects of one type, by their fields."""
        if collected.new_defer_usages:
            raise NotCompiled("deferred")
        fields = [self.of_field(kind, details) for details in collected.grouped_field_set.values()]
        if not fields:
            return _nothing
        assemble = _dictionaries(list(collected.grouped_field_set))

        async def complete(objects: Sequence[Any], run: Run) -> Sequence[Any]:
            level = Level(objects)
            columns: list[Any] = []
            for column, complete_values in fields:
                values: Any = column(level, run)
                if isinstance(values, CoroutineType):
                    values = await values
                completed: Any = complete_values(values, run)
                columns.append(await completed if isinstance(completed, CoroutineType) else completed)
            return assemble(columns)

        return complete

    def of_field(self, kind: GraphQLObjectType, details: FieldDetailsList) -> tuple[Column, Completion]:
        """A field's column, and the completion of its values."""
        name = details[0].node.name.value
        definition = self.schema.get_field(kind, name)
        if definition is None:
            raise NotCompiled(f"no field {name}")
        inner = get_named_type(definition.type)
        complete_values = completion(definition.type, self.of_objects(inner, details))
        if name == "__typename":
            return type_name(kind.name), complete_values
        nodes = [detail.node for detail in details]
        field_info: FieldInfo = (name, nodes, definition.type, kind, None, self.schema, self.fragment_definitions, None)
        column = values_of(FieldCall(definition, details[0], field_info))
        of_list = self.row_json_compilers.of_list(inner, details)
        return of_list.with_row_json(column) if of_list else column, complete_values

    def of_objects(self, kind: GraphQLNamedType, details: FieldDetailsList) -> ObjectsCompletion | None:
        """The completion of objects of a type or an interface, by their selection set; None for a leaf."""
        if is_object_type(kind):
            return self.of_fields(kind, self._selected(kind, details))
        return self._of_any_type(kind, details) if is_abstract_type(kind) else None

    def _of_any_type(self, kind: GraphQLAbstractType, details: FieldDetailsList) -> ObjectsCompletion:
        """The completion of objects of several types, each type of them as one level."""
        by_class = {
            possible.extensions["strawberry-definition"].origin: self.of_fields(
                possible, self._selected(possible, details)
            )
            for possible in self.schema.get_possible_types(kind)
        }

        async def complete(objects: Sequence[Any], run: Run) -> Sequence[Any]:
            completed: list[Any] = [None] * len(objects)
            for class_ in set(map(type, objects)):
                if class_ not in by_class:
                    raise NotCompiled(f"{class_} is no {kind}")
                places = [place for place, item in enumerate(objects) if item.__class__ is class_]
                of_class = await by_class[class_]([objects[place] for place in places], run)
                for place, item in zip(places, of_class, strict=True):
                    completed[place] = item
            return completed

        return complete

    def _selected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> CollectedFields:
        return collect_subfields(self.schema, self.fragments, self.conditions, self.operation, kind, details)


async def _nothing(objects: Sequence[Any], run: Run) -> Sequence[Any]:
    return [{} for _ in objects]


def _dictionaries(keys: Sequence[str]) -> Callable[[Sequence[Sequence[Any]]], list[Any]]:
    """From a column for each key to a dictionary for each row, as one expression: twice as fast as ``dict(zip())``."""
    names = [f"v{place}" for place in range(len(keys))]
    pairs = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    to_dictionaries: Callable[[Sequence[Sequence[Any]]], list[Any]] = eval(  # noqa: S307 - keys are names of GraphQL
        f"lambda columns: [{{{pairs}}} for {', '.join(names)}, in zip(*columns)]"
    )
    return to_dictionaries
