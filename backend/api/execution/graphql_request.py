"""An operation as a client asks for it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """An operation as its client sent it. ``hash`` is the document's, when the client named it by hash."""

    text: str | None
    hash: str | None
    variables: dict[str, Any]
    operation_name: str | None
