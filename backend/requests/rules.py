"""A rule of a request: said once, checked in the preview, at filing and at approval."""

import dataclasses
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.problems import Code, Problem, Refused

MAX_NAME_LENGTH = 120
MOST_IN_ONE = 4
"""Characters that are composed into one (Unicode Standard Annex 15)."""

MAX_COMMENT_LENGTH = 500
MAX_REASON_LENGTH = 500

UNREADABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories that a name cannot hold: control, direction and other characters that nobody sees."""


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
    """A name in canonical form: Unicode composed, no space around it, single spaces within.

    What no composing could make short enough is left as it is, to be refused: composing takes the square of its length.
    """
    text = " ".join(part for part in text.split(" ") if part)
    return unicodedata.normalize("NFC", text) if len(text) <= MAX_NAME_LENGTH * MOST_IN_ONE else text


def name_rules(field_name: str, text: str) -> Iterator[Rule]:
    """What holds for every name: something readable, of bounded length."""
    yield Rule(field_name, Code.REQUIRED, text.strip() != "")
    yield Rule(field_name, Code.TOO_LONG, len(text) <= MAX_NAME_LENGTH, {"limit": MAX_NAME_LENGTH})
    yield Rule(field_name, Code.BAD_CHARACTERS, not any(unicodedata.category(char) in UNREADABLE for char in text))


def text_rules(field_name: str, text: str, limit: int) -> Iterator[Rule]:
    """What holds for free text: bounded length; of the control characters only line ends and tabs."""
    yield Rule(field_name, Code.TOO_LONG, len(text) <= limit, {"limit": limit})
    readable = all(char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in text)
    yield Rule(field_name, Code.BAD_CHARACTERS, readable)
