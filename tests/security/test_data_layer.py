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

OWNED = "(?:account|account_count|change_request|queue_count|timeline_event|audit_entry|mail|person)"

TABLES = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?{OWNED}\b|^{OWNED} [a-z]\b", re.IGNORECASE)
"""In a statement, or in what a list is read from."""

ROWS = {"execute", "fetch", "read", "read_by_id", "reading"}
"""Ways past the models, of the storage room."""

QUERIES = {
    "api/identity/demo.py User": "the demo's people, where the demo is on",
    "api/identity/second_factor.py User": "the viewer's own row",
    "api/mail/ledger.py Account": "Customer Success alone reaches it",
    "api/mail/ledger.py Mail": "Customer Success alone reaches it",
    "api/requests/subscriptions.py User": "the viewer's own row",
    "cli/mail.py Account": "an operator's command",
}
"""Module and model."""

STATEMENTS = {
    "cli/mail.py": "an operator's command",
    "retention.py": "the worker's, which serves every organisation",
}

REACHED = "of what its viewer has reached before"
OF_WORKER = "the worker's, which serves every organisation"
OF_CUSTOMER_SUCCESS = "Customer Success alone reaches it"
OF_OPERATOR = "an operator's command"
OF_ONE = "about one person, by who they are"
NARROWED = "what reads it adds the viewer's organisation"

STATEMENTS_OF_ROOMS = {
    "accounts/clients.py NAMES": NARROWED,
    "accounts/datapoints_history.py CHANGES": REACHED,
    "accounts/timeline.py EVENT": REACHED,
    "accounts/timeline.py EVENTS": REACHED,
    "identity/audit.py SOURCE": NARROWED,
    "identity/deactivation.py LOCK_WITH_COLLEAGUES": OF_OPERATOR,
    "identity/trusted_devices.py KNOWN": OF_ONE,
    "mail/lease.py CLAIM": OF_WORKER,
    "mail/lease.py END": OF_WORKER,
    "mail/lease.py HOLD": OF_WORKER,
    "mail/lease.py MARK": OF_WORKER,
    "mail/lease.py MARK_UNCHANGED": OF_WORKER,
    "mail/renderable.py RENDERABLE": OF_WORKER,
    "mail/lease.py RENEW": OF_WORKER,
    "mail/health.py ENDED": OF_OPERATOR,
    "mail/health.py OLDEST": OF_OPERATOR,
    "mail/health.py OPEN": OF_OPERATOR,
    "mail/ledger.py CANCEL_EARLIER_LINKS": OF_ONE,
    "mail/ledger.py CANCEL_MAILS_OF_TERM": REACHED,
    "mail/ledger.py END_WHAT_WAS_DUE": OF_OPERATOR,
    "mail/ledger.py TO_CUSTOMER_SUCCESS": "whoever decides is told, whoever asks",
    "mail/ledger.py TO_ONE": OF_ONE,
    "mail/planning.py PLAN_LATE_NOTICES": OF_WORKER,
    "mail/reminders.py RECORDED": REACHED,
    "mail/terms.py PENDING_RENEWALS": OF_WORKER,
    "mail/eligibility.py ARE_PENDING": OF_WORKER,
    "requests/pending_counts.py COUNTS": NARROWED,
    "requests/target.py PENDING_FOR_ACCOUNT": REACHED,
}
"""Module and definition of those that do not name the organisation themselves."""

DOORS_WITH_ROWS = {
    "backups.py": "an operator's command",
    "api/core/dataloaders.py": "hands out what its viewer may see, and for anything else says that it is not there",
    "web/health.py": "asks whether the database answers and takes writes",
    "cli/mail.py": "an operator's command",
    "retention.py": "the worker's, which serves every organisation",
}


def modules() -> Iterator[tuple[str, list[ast.AST]]]:
    """Every module above the rooms that runs beside clients, by its path, with its nodes."""
    for name, tree in trees():
        if not name.startswith((*ROOMS, "demo/", "embedded/")):
            yield name, list(ast.walk(tree))


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module by its path."""
    for path in sorted(BACKEND.rglob("*.py")):
        yield path.relative_to(BACKEND).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def definitions_of_rooms() -> Iterator[tuple[str, str]]:
    """What is defined in a room, by module and name, with the texts in it; migrations are not of the day's work."""
    for module, tree in trees():
        for defined in tree.body if module.startswith(ROOMS) and "migrations/" not in module else ():
            if isinstance(defined, ast.Assign) and isinstance(defined.targets[0], ast.Name):
                yield f"{module} {defined.targets[0].id}", text_in(defined)
            elif isinstance(defined, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module} {defined.name}", text_in(defined)


def text_in(defined: ast.AST) -> str:
    """Its texts, a line each, without docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = list(ast.walk(defined))
    said = {
        id(node.body[0].value) for node in nodes if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    }
    texts = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in said]
    return "\n".join(node.value for node in texts if isinstance(node.value, str))


def models_asked(nodes: list[ast.AST]) -> Iterator[str]:
    """The models that a module asks for rows, whatever it calls them."""
    imported = [alias for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    names = {alias.asname: alias.name for alias in imported if alias.asname}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if names.get(name, name) in MODELS:
                yield names.get(name, name)


def test_nothing_above_the_rooms_asks_a_model_that_organisations_own_unless_it_stands_here() -> None:
    found = {f"{module} {model}" for module, nodes in modules() for model in models_asked(nodes)}

    assert found == set(QUERIES)


def test_no_statement_on_what_organisations_own_is_written_above_the_rooms_unless_it_stands_here() -> None:
    texts = (
        (module, node.value)
        for module, nodes in modules()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

    assert {module for module, text in texts if TABLES.search(text)} == set(STATEMENTS)


def test_each_statement_of_a_room_names_the_organisation_unless_it_stands_here() -> None:
    found = {
        name
        for name, text in definitions_of_rooms()
        if any(TABLES.search(line) for line in (text, *text.splitlines())) and "organisation_id" not in text
    }

    assert found == set(STATEMENTS_OF_ROOMS)


def test_nothing_above_the_rooms_reads_rows_past_the_models_unless_it_stands_here() -> None:
    found = {module for module, nodes in modules() if any(map(opens_a_door, nodes))}

    assert found == set(DOORS_WITH_ROWS)


def opens_a_door(node: ast.AST) -> bool:
    """Whether it imports a way to rows, or a module of the storage room as a whole."""
    if isinstance(node, ast.Import):
        return any(alias.name.startswith("backend.storage") for alias in node.names)
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backend.storage"):
        return node.module == "backend.storage" or bool(ROWS & {alias.name for alias in node.names})
    return False
