"""What organisations own is asked for where it is scoped, and each place that does so stands here with its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

BACKEND = Path(__file__).parents[2] / "backend"

MODELS = {"Account", "ChangeRequest", "TimelineEvent", "AuditEntry", "Mail", "User"}

ASKING = {
    "all",
    "annotate",
    "exclude",
    "filter",
    "first",
    "get",
    "get_or_none",
    "in_bulk",
    "raw",
    "select_for_update",
    "values",
    "values_list",
}

TABLES = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(account|change_request|timeline_event|audit_entry|mail|person)\b")

ROWS = {"fetch", "read", "read_by_id", "reading"}
"""Ways past the models, of the storage room."""

ROOMS = ("accounts/", "requests/", "identity/", "mail/", "storage/")

QUERIES = {
    "the viewer's organisation is a condition of it": {
        "accounts/sight.py visible_to Account",
        "requests/sight.py visible_to ChangeRequest",
        "requests/subject.py subject_of Account",
    },
    "of what was reached through such a condition": {
        "accounts/timeline.py changes_since TimelineEvent",
        "mail/reminders.py reminders_of Mail",
        "mail/reminders.py _to_come User",
        "requests/lifecycle.py already_decided User",
        "requests/locking.py hold ChangeRequest",
        "requests/notices.py _facts User",
        "requests/retries.py _first_answer ChangeRequest",
        "requests/subject.py current_preview User",
    },
    "the row of who asks": {
        "graphql/second_factor.py _as_changed User",
        "graphql/watching.py _look_again User",
        "identity/people.py set_password User",
        "identity/reset.py begin User",
        "identity/reset.py finish User",
        "identity/second_factor.py _hold User",
        "identity/second_factor.py confirm User",
        "identity/second_factor.py remove User",
        "identity/sessions.py _end User",
        "identity/sign_in.py authenticate User",
        "requests/locking.py hold_people User",
    },
    "Customer Success alone reaches it": {
        "graphql/tending_mail.py mail Mail",
        "graphql/tending_mail.py reminder_preview Account",
        "mail/again.py send_again Mail",
        "mail/again.py send_again User",
        "mail/preview.py preview_of Mail",
        "mail/preview.py preview_of User",
        "mail/preview.py _sharing Mail",
    },
    "the worker's, for every organisation": {
        "mail/claiming.py _write Mail",
        "mail/rendering.py write User",
        "mail/terms.py terms_of_accounts Account",
    },
    "an operator's command, or the demo's": {
        "graphql/demo.py resolve_demo User",
        "identity/audit.py latest AuditEntry",
        "identity/closing.py _become User",
        "mail_commands.py shown Account",
    },
}
"""Every query of a model that organisations own: module, function, model."""

SQL = {
    "accounts/clients.py account",
    "accounts/datapoints_history.py timeline_event",
    "identity/closing.py person",
    "identity/sessions.py person",
    "mail/claiming.py mail",
    "mail/health.py mail",
    "mail/ledger.py mail",
    "mail/ledger.py person",
    "mail/lists.py person",
    "mail/planning.py account",
    "mail/planning.py change_request",
    "mail/planning.py mail",
    "mail/planning.py person",
    "mail/reminders.py mail",
    "mail/terms.py change_request",
    "mail/terms.py person",
    "mail/windows.py change_request",
    "mail_commands.py account",
    "mail_commands.py mail",
    "mail_commands.py person",
    "requests/changed.py change_request",
    "requests/lists.py account",
    "requests/locking.py person",
    "requests/subject.py account",
    "requests/subject.py change_request",
}
"""Every statement's table that organisations own: rooms, and commands; no module that a client's call comes in by."""

DOORS_WITH_ROWS = {"graphql/loaders.py", "health.py", "mail_commands.py"}
"""Of what stands above the rooms, what reads past the models: loaders hand out what is in sight, the others are an
operator's."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product that runs beside clients, by its path."""
    for path in sorted(BACKEND.rglob("*.py")):
        name = path.relative_to(BACKEND).as_posix()
        if not name.startswith(("storage/migrations/", "demo/", "embedded/")):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def inside(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node of a module, with the name of the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        here = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield function, node
        yield from inside(node, here)


def model_asked(node: ast.AST) -> str | None:
    """The model that a call asks for rows."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in ASKING:
        return None
    owner = node.func.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else None
    return name if name in MODELS else None


def test_every_query_of_what_organisations_own_stands_here_with_its_reason() -> None:
    found = {
        f"{module} {function} {model}"
        for module, tree in modules()
        for function, node in inside(tree)
        if (model := model_asked(node)) is not None
    }

    assert found == set().union(*QUERIES.values())


def test_every_statement_on_what_organisations_own_is_of_a_room_or_a_command() -> None:
    found = {
        f"{module} {table}"
        for module, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for table in TABLES.findall(node.value)
    }

    assert found == SQL


def test_no_call_of_a_client_reads_rows_past_the_rooms() -> None:
    found = {
        module
        for module, tree in modules()
        if not module.startswith(ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backend.storage")
        if ROWS & {alias.name for alias in node.names}
    }

    assert found == DOORS_WITH_ROWS
