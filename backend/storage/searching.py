"""What a search looks at in each kind of row, and how a list is narrowed to what it finds.

Each condition has an index of trigrams of its own. Conditions on several tables in one WHERE could use none of them:
so what is found is the union of what each finds.
"""

import re

from backend.storage.keyset import Where, containing

ACCOUNT = "lower({row}.name || ' ' || {row}.client_name) LIKE lower(?)"
REQUEST = "lower({row}.account_name || ' ' || coalesce({row}.fields->>'client_name', '')) LIKE lower(?)"
ORGANISATION = "lower({row}.name) LIKE lower(?)"
PERSON = "lower({row}.name || ' ' || {row}.email) LIKE lower(?)"

IN_INDEX = re.compile(r"[^\W_]{3}")
"""What an index of trigrams can find. For less it would be read from end to end: IS TRUE keeps PostgreSQL from that."""


def text_of(search: str | None) -> str:
    """What is searched for; empty where nothing is."""
    return search.strip() if search else ""


def add_condition(where: Where, text: str, by_index: str, row_by_row: str) -> None:
    """Narrow a list to what contains a text, by its indexes where they can find it; each ``?`` is the pattern."""
    condition = by_index if IN_INDEX.search(text) else f"({row_by_row}) IS TRUE"
    where.add(condition, *[containing(text)] * condition.count("?"))
