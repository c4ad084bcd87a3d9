"""What a change of the schema would break for clients of the last release."""

from graphql import build_schema as schema_of
from graphql import find_breaking_changes


def breaking_changes(released: str, printed: str) -> list[str]:
    """Each way in which a client of the released schema might fail with the printed one, in words."""
    return [change.description for change in find_breaking_changes(schema_of(released), schema_of(printed))]
