"""What shape a document may have, whatever the schema: it bounds what its validation may cost; a pure function.

It passes once over the document, and once over a fragment however often it is spread: Strawberry's own limits pass
again at each spread, so that 22 fragments of two spreads each would hold the server for half a minute.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

MAX_FIELDS = 500
MAX_ALIASES = 30
MAX_DEPTH = 10
MAX_OPERATIONS = 10
MAX_MUTATIONS = 4
MAX_FRAGMENTS = 40
MAX_MERGES = 1_000
"""Pairs of fields with the same name in the answer: validation compares the two of each pair."""

ONCE_PER_DOCUMENT = frozenset({"signIn"})
"""Mutations that a document may have once: each of them tries a password."""

SATURATED = 10**9
"""Where counting stops: beyond every limit."""


class TooComplex(Exception):
    """The document is past a limit of this module."""


class Cyclic(Exception):
    """A fragment spreads itself, directly or by others."""


@dataclass(slots=True)
class Shape:
    """The size of a selection set with every fragment spread."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    root: dict[str, int] = field(default_factory=dict)
    """Selections of each field at the top level of the set."""

    def add(self, other: "Shape") -> None:
        """Add a selection of the same level."""
        self.fields = min(self.fields + other.fields, SATURATED)
        self.aliases = min(self.aliases + other.aliases, SATURATED)
        self.depth = max(self.depth, other.depth)
        for name, times in other.root.items():
            self.root[name] = min(self.root.get(name, 0) + times, SATURATED)


def check_shape(document: DocumentNode) -> None:
    """Raises: TooComplex, Cyclic."""
    fragments = fragments_of(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > MAX_OPERATIONS or len(fragments) > MAX_FRAGMENTS:
        raise TooComplex
    shape_of = _shapes(fragments)
    for definition in (*operations, *fragments.values()):
        # A fragment that nothing spreads is validated all the same.
        if shape_of(definition.selection_set).fields > MAX_FIELDS:
            raise TooComplex
        if _merges([definition.selection_set], fragments) > MAX_MERGES:
            raise TooComplex
    for operation in operations:
        shape = shape_of(operation.selection_set)
        if shape.aliases > MAX_ALIASES or shape.depth > MAX_DEPTH:
            raise TooComplex
        if operation.operation is OperationType.MUTATION:
            _check_mutations(shape)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments that a document defines, by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def has_field(document: DocumentNode, names: Collection[str]) -> bool:
    """Whether a document selects one of these fields anywhere."""
    pending = [getattr(node, "selection_set", None) for node in document.definitions]
    while pending:
        selections = pending.pop()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode) and selection.name.value in names:
                return True
            pending.append(getattr(selection, "selection_set", None))
    return False


def _check_mutations(shape: Shape) -> None:
    if sum(shape.root.values()) > MAX_MUTATIONS or any(shape.root.get(name, 0) > 1 for name in ONCE_PER_DOCUMENT):
        raise TooComplex


def _merges(selection_sets: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """How many pairs of fields share a place in the answer, in these selections and below."""
    inner: dict[str, list[SelectionSetNode]] = defaultdict(list)
    times: dict[str, int] = defaultdict(int)
    spread: set[str] = set()
    pending = list(selection_sets)
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in fragments and name not in spread:
                    spread.add(name)
                    pending.append(fragments[name].selection_set)
            elif isinstance(selection, InlineFragmentNode):
                pending.append(selection.selection_set)
            elif isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                times[key] += 1
                if selection.selection_set:
                    inner[key].append(selection.selection_set)
    here = sum(count * (count - 1) // 2 for count in times.values())
    return here if here > MAX_MERGES else here + sum(_merges(below, fragments) for below in inner.values())


def _shapes(fragments: Mapping[str, FragmentDefinitionNode]) -> Callable[[SelectionSetNode | None], Shape]:
    shapes: dict[str, Shape | None] = {}

    def of_fragment(name: str) -> Shape:
        if name not in shapes:
            shapes[name] = None
            shapes[name] = of(fragments[name].selection_set) if name in fragments else Shape()
        shape = shapes[name]
        if shape is None:
            raise Cyclic
        return shape

    def of(selections: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FragmentSpreadNode):
                shape.add(of_fragment(selection.name.value))
            elif isinstance(selection, InlineFragmentNode):
                shape.add(of(selection.selection_set))
            elif isinstance(selection, FieldNode):
                inner = of(selection.selection_set)
                # Introspection is bounded by a rule of graphql-core's own, and is deep where it does no harm.
                depth = 0 if selection.name.value.startswith("__") else inner.depth
                alias = 1 if selection.alias else 0
                shape_of_field = Shape(inner.fields + 1, inner.aliases + alias, depth + 1, {selection.name.value: 1})
                shape.add(shape_of_field)
        return shape

    return of
