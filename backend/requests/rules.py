"""A rule of a request: said once, checked in the preview, at filing and at approval."""

import dataclasses
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import Code, Problem, Refused
from backend.texts import BIDIRECTIONAL_CONTROLS, has_ink, is_invisible, one_space

MAX_NAME_LENGTH = 120
MOST_IN_ONE = 4
"""Characters that are composed into one (Unicode Standard Annex 15)."""

MAX_COMMENT_LENGTH = 500
MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a condition holds, and what is said of which field when it does not."""

    field: str | None
    code: Code
    holds: bool
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        """The rule as its breaker reads it."""
        return Problem(self.code, self.field, self.values)


def require(rules: Iterable[Rule]) -> None:
    """Raises: Refused, with a problem for each rule that does not hold."""
    broken = [rule.problem for rule in rules if not rule.holds]
    if broken:
        raise Refused(broken)


def tidy_name(text: str) -> str:
    """A name in canonical form: Unicode composed, no space around it, single plain spaces within.

    What no composing could make short enough is left as it is, to be refused: composing takes the square of its length.
    """
    text = one_space(text)
    return unicodedata.normalize("NFC", text) if len(text) <= MAX_NAME_LENGTH * MOST_IN_ONE else text


def name_rules(field_name: str, text: str) -> Iterator[Rule]:
    """What holds for every name: something to be seen, and nothing that is not, of bounded length."""
    yield Rule(field_name, Code.REQUIRED, one_space(text) != "")
    yield Rule(field_name, Code.TOO_LONG, len(text) <= MAX_NAME_LENGTH, {"limit": MAX_NAME_LENGTH})
    # Of an empty name, and of one that is too long, it is said already that there is nothing to read.
    is_seen = has_ink(text) or one_space(text) == "" or len(text) > MAX_NAME_LENGTH
    yield Rule(field_name, Code.BAD_CHARACTERS, is_seen and not any(map(is_invisible, text)))


def text_rules(field_name: str, text: str, limit: int) -> Iterator[Rule]:
    """What holds for free text: bounded length; of the control characters only line ends and tabs.

    Nor characters that turn its direction: who decides would read another text than was written.
    """
    yield Rule(field_name, Code.TOO_LONG, len(text) <= limit, {"limit": limit})
    readable = BIDIRECTIONAL_CONTROLS.isdisjoint(text) and all(
        char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in text
    )
    yield Rule(field_name, Code.BAD_CHARACTERS, readable)
