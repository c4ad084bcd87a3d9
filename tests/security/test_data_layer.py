"""What organisations own is asked for in the rooms that scope it; what asks elsewhere stands here with its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

BACKEND = Path(__file__).parents[2] / "backend"

ROOMS = ("accounts/", "requests/", "identity/", "mail/", "storage/")
"""The rooms that own queries: a call of a client comes in above them, and hands them its viewer."""

MODELS = {"Account", "ChangeRequest", "TimelineEvent", "AuditEntry", "Mail", "User"}

ASKING = {"all", "exclude", "filter", "first", "get", "get_or_none", "in_bulk", "raw", "select_for_update", "values"}

TABLES = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(account|change_request|timeline_event|audit_entry|mail|person)\b")

ROWS = {"fetch", "read", "read_by_id", "reading"}
"""Ways past the models, of the storage room."""

QUERIES = {
    "graphql/demo.py User": "the demo's people, where the demo is on",
    "graphql/second_factor.py User": "the viewer's own row",
    "graphql/tending_mail.py Account": "Customer Success alone reaches it",
    "graphql/tending_mail.py Mail": "Customer Success alone reaches it",
    "graphql/watching.py User": "the viewer's own row",
    "mail_commands.py Account": "an operator's command",
}
"""Module and model."""

STATEMENTS = {"mail_commands.py": "an operator's command"}

DOORS_WITH_ROWS = {
    "graphql/loaders.py": "hands out what its viewer may see, and for anything else says that it is not there",
    "health.py": "asks whether the database answers",
    "mail_commands.py": "an operator's command",
}


def modules() -> Iterator[tuple[str, list[ast.AST]]]:
    """Every module above the rooms that runs beside clients, by its path, with its nodes."""
    for path in sorted(BACKEND.rglob("*.py")):
        name = path.relative_to(BACKEND).as_posix()
        if not name.startswith((*ROOMS, "demo/", "embedded/")):
            yield name, list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def model_asked(node: ast.AST) -> str | None:
    """The model that a call asks for rows."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in ASKING:
        return None
    owner = node.func.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else None
    return name if name in MODELS else None


def test_nothing_above_the_rooms_asks_a_model_that_organisations_own_unless_it_stands_here() -> None:
    found = {f"{module} {model}" for module, nodes in modules() for model in map(model_asked, nodes) if model}

    assert found == set(QUERIES)


def test_no_statement_on_what_organisations_own_is_written_above_the_rooms_unless_it_stands_here() -> None:
    texts = (
        (module, node.value)
        for module, nodes in modules()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

    assert {module for module, text in texts if TABLES.search(text)} == set(STATEMENTS)


def test_nothing_above_the_rooms_reads_rows_past_the_models_unless_it_stands_here() -> None:
    found = {
        module
        for module, nodes in modules()
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backend.storage")
        if ROWS & {alias.name for alias in node.names}
    }

    assert found == set(DOORS_WITH_ROWS)
