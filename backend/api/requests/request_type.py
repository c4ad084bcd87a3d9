"""What the API has of each type of request: an input that files it, an object that shows it, and their words."""

from dataclasses import dataclass

from backend.api.requests.types import ChangeRequestType
from backend.requests.change import Change, RequestType

COMMENT_DESCRIPTION = "For Customer Success; at most 500 characters."

PREVIEW_VERSION_DESCRIPTION = (
    "The version of the preview that was shown; if the account changed since, the answer is STALE."
)


class FilingInput:
    """What every input that files a request has; each lists its fields itself, in the order of the schema."""

    comment: str
    client_mutation_id: str | None
    preview_version: str | None = None
    """Of an account that exists; a new one has none to compare."""

    def change(self) -> Change:
        """The change that it asks for. Raises: NotFound, for an id that is none."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RequestTypeApi:
    """A type of request in the API; from its line in ``registry.py`` comes all else that the schema has of it."""

    request_type: RequestType
    summary: str
    """What is asked for, as the values of enums describe it."""
    filing: str
    """What its mutation does."""
    input: type[FilingInput]
    """Its name without ``Input`` names the mutation and its payload."""
    object: type[ChangeRequestType]

    @property
    def name(self) -> str:
        """Of the mutation, as Python has it, such as ``request_datapoints_change``."""
        words = self.input.__name__.removesuffix("Input")
        return "request" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words)

    @property
    def member(self) -> str:
        """Of ``ChangeInput``, as Python has it."""
        return self.request_type.lower()
