"""Search conditions on each kind of row, and adding them to a list.

Each condition has a trigram index of its own. An OR over several tables could use none of them: a list is narrowed to
the union of what each condition finds.
"""

import re

from backend.storage.keyset import Where, containing

ACCOUNT = "lower({row}.name || ' ' || {row}.client_name) LIKE lower(?)"
REQUEST = "lower({row}.account_name || ' ' || coalesce({row}.fields->>'client_name', '')) LIKE lower(?)"
ORGANISATION = "lower({row}.name) LIKE lower(?)"
PERSON = "lower({row}.name || ' ' || {row}.email) LIKE lower(?)"

IN_INDEX = re.compile(r"[^\W_]{3}")
"""What a trigram index can find. For less it would be scanned as a whole: IS TRUE keeps PostgreSQL from using it."""


def text_of(search: str | None) -> str:
    """The text to search for; empty for none."""
    return search.strip() if search else ""


def add_condition(where: Where, text: str, by_index: str, row_by_row: str) -> None:
    """Narrow a list to rows that contain a text, by indexes where they can find it; each ``?`` is the pattern."""
    condition = by_index if IN_INDEX.search(text) else f"({row_by_row}) IS TRUE"
    where.add(condition, *[containing(text)] * condition.count("?"))
