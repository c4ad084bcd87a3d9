"""Rules of requests: each is written once and checked in the preview, at filing and at approval."""

import dataclasses
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import Code, Problem, Refused
from backend.texts import BIDIRECTIONAL_CONTROLS, has_ink, is_invisible, one_space

MAX_NAME_LENGTH = 120
MAX_COMPOSED = 4
"""Characters that NFC may compose into one (Unicode Standard Annex 15)."""

MAX_COMMENT_LENGTH = 500
MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a condition holds, and the code, field and values of the problem when it does not."""

    field: str | None
    code: Code
    holds: bool
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        """The problem that is reported when the rule does not hold."""
        return Problem(self.code, self.field, self.values)


def require(rules: Iterable[Rule]) -> None:
    """Raises: Refused, with a problem for each rule that does not hold."""
    broken = [rule.problem for rule in rules if not rule.holds]
    if broken:
        raise Refused(broken)


def tidy_name(text: str) -> str:
    """A name in canonical form: Unicode composed, no space around it, single plain spaces within.

    A text that no composing could make short enough is returned uncomposed, to be refused: NFC takes quadratic time.
    """
    text = one_space(text)
    return unicodedata.normalize("NFC", text) if len(text) <= MAX_NAME_LENGTH * MAX_COMPOSED else text


def name_rules(field_name: str, text: str) -> Iterator[Rule]:
    """The rules of every name: at least one visible character, no invisible ones, at most MAX_NAME_LENGTH long."""
    yield Rule(field_name, Code.REQUIRED, one_space(text) != "")
    yield Rule(field_name, Code.TOO_LONG, len(text) <= MAX_NAME_LENGTH, {"limit": MAX_NAME_LENGTH})
    # An empty name, or one that is too long, has its problem already.
    is_visible = has_ink(text) or one_space(text) == "" or len(text) > MAX_NAME_LENGTH
    yield Rule(field_name, Code.BAD_CHARACTERS, is_visible and not any(map(is_invisible, text)))


def text_rules(field_name: str, text: str, limit: int) -> Iterator[Rule]:
    """The rules of free text: at most ``limit`` long; of the control characters only line ends and tabs.

    Bidirectional controls are refused too: the reader would see another text than was written.
    """
    yield Rule(field_name, Code.TOO_LONG, len(text) <= limit, {"limit": limit})
    readable = BIDIRECTIONAL_CONTROLS.isdisjoint(text) and all(
        char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in text
    )
    yield Rule(field_name, Code.BAD_CHARACTERS, readable)
