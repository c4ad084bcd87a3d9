"""Data of organisations is queried in the domain packages, which scope it; other queries are listed with a reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from backend.storage.named_sql import read_statements

BACKEND = Path(__file__).parents[2] / "backend"

DOMAIN_PACKAGES = ("accounts/", "requests/", "identity/", "mail/", "storage/")
"""The packages that own queries: the layers above them pass the viewer of a call."""

OWNED_MODELS = {"Account", "ChangeRequest", "TimelineEvent", "AuditEntry", "Mail", "User"}

QUERY_METHODS = {
    "all",
    "exclude",
    "filter",
    "first",
    "get",
    "get_or_none",
    "in_bulk",
    "raw",
    "select_for_update",
    "values",
}

OWNED_TABLES = "(?:account|account_count|change_request|queue_count|timeline_event|audit_entry|mail|person)"

OWNED_TABLE_IN_SQL = re.compile(
    rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?{OWNED_TABLES}\b|^{OWNED_TABLES} [a-z]\b", re.IGNORECASE
)
"""Matches an owned table in a statement or in the source of a list."""

RAW_ROW_FUNCTIONS = {"execute", "fetch", "read", "read_by_id", "reading"}
"""Functions of ``storage`` that read or write rows without models."""

ALLOWED_QUERIES = {
    "api/identity/demo.py User": "the demo's people, where the demo is on",
    "api/identity/second_factor.py User": "the viewer's own row",
    "api/mail/ledger.py Account": "Customer Success alone reaches it",
    "api/mail/ledger.py Mail": "Customer Success alone reaches it",
    "api/requests/subscriptions.py User": "the viewer's own row",
    "cli/mail.py Account": "an operator's command",
}
"""By module and model."""

ALLOWED_SQL = {
    "cli/mail.py": "an operator's command",
    "retention.py": "the worker's, which serves every organisation",
}

OF_REACHED_OBJECT = "of an object that its viewer may see"
OF_WORKER = "the worker's, which serves every organisation"
OF_CUSTOMER_SUCCESS = "Customer Success alone reaches it"
OF_OPERATOR = "an operator's command"
OF_ONE = "about one person, by their id"
NARROWED = "what reads it adds the viewer's organisation"

UNSCOPED_SQL = {
    "accounts/clients.py NAMES": NARROWED,
    "accounts/datapoints_history.py CHANGES": OF_REACHED_OBJECT,
    "accounts/timeline.py EVENT": OF_REACHED_OBJECT,
    "accounts/timeline.py EVENTS": OF_REACHED_OBJECT,
    "identity/audit.py SOURCE": NARROWED,
    "identity/deactivation.py LOCK_WITH_COLLEAGUES": OF_OPERATOR,
    "identity/trusted_devices.py KNOWN": OF_ONE,
    "mail/renderable.py RENDERABLE": OF_WORKER,
    "mail/ledger.sql cancel_earlier_links": OF_ONE,
    "mail/ledger.sql cancel_mails_of_term": OF_REACHED_OBJECT,
    "mail/ledger.sql claim": OF_WORKER,
    "mail/ledger.sql count_ended": OF_OPERATOR,
    "mail/ledger.sql count_open": OF_OPERATOR,
    "mail/ledger.sql end_mails": OF_WORKER,
    "mail/ledger.sql end_what_was_due": OF_OPERATOR,
    "mail/ledger.sql insert_for_customer_success": "every user of Customer Success is notified, whoever files",
    "mail/ledger.sql insert_for_user": OF_ONE,
    "mail/ledger.sql lock_claimed": OF_WORKER,
    "mail/ledger.sql mark": OF_WORKER,
    "mail/ledger.sql mark_unchanged": OF_WORKER,
    "mail/ledger.sql oldest_due": OF_OPERATOR,
    "mail/ledger.sql plan_late_notices": OF_WORKER,
    "mail/ledger.sql reminders_of_newest_terms": OF_REACHED_OBJECT,
    "mail/ledger.sql renew_leases": OF_WORKER,
    "mail/terms.py PENDING_RENEWALS": OF_WORKER,
    "mail/eligibility.py ARE_PENDING": OF_WORKER,
    "requests/pending_counts.py COUNTS": NARROWED,
    "requests/target.py PENDING_FOR_ACCOUNT": OF_REACHED_OBJECT,
}
"""By module and definition: SQL that does not name the organisation itself."""

ALLOWED_RAW_ACCESS = {
    "backups.py": "an operator's command",
    "api/core/dataloaders.py": "returns what its viewer may see, and for other ids that there is nothing",
    "web/health.py": "checks whether the database answers and accepts writes",
    "cli/mail.py": "an operator's command",
    "retention.py": "the worker's, which serves every organisation",
}


def modules_outside_domain() -> Iterator[tuple[str, list[ast.AST]]]:
    """Path and syntax nodes of each module outside DOMAIN_PACKAGES, without those of the demo."""
    for name, tree in syntax_trees():
        if not name.startswith((*DOMAIN_PACKAGES, "demo/", "embedded/")):
            yield name, list(ast.walk(tree))


def syntax_trees() -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of each module."""
    for path in sorted(BACKEND.rglob("*.py")):
        yield path.relative_to(BACKEND).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def domain_definitions() -> Iterator[tuple[str, str]]:
    """File and name of each definition and named statement in DOMAIN_PACKAGES with its text, without migrations."""
    for path in sorted(BACKEND.rglob("*.sql")):
        for name, sql in read_statements(f"backend.{path.parent.name}", path.name).items():
            yield f"{path.relative_to(BACKEND).as_posix()} {name}", sql
    for module, tree in syntax_trees():
        for defined in tree.body if module.startswith(DOMAIN_PACKAGES) and "migrations/" not in module else ():
            if isinstance(defined, ast.Assign) and isinstance(defined.targets[0], ast.Name):
                yield f"{module} {defined.targets[0].id}", text_in(defined)
            elif isinstance(defined, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module} {defined.name}", text_in(defined)


def text_in(defined: ast.AST) -> str:
    """The string constants of a definition, one per line, without docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = list(ast.walk(defined))
    docstrings = {
        id(node.body[0].value) for node in nodes if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    }
    texts = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return "\n".join(node.value for node in texts if isinstance(node.value, str))


def queried_models(nodes: list[ast.AST]) -> Iterator[str]:
    """The owned models that a module queries, also under an alias."""
    imported = [alias for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    names = {alias.asname: alias.name for alias in imported if alias.asname}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUERY_METHODS:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if names.get(name, name) in OWNED_MODELS:
                yield names.get(name, name)


def test_queries_of_owned_models_outside_the_domain_packages_are_listed() -> None:
    found = {f"{module} {model}" for module, nodes in modules_outside_domain() for model in queried_models(nodes)}

    assert found == set(ALLOWED_QUERIES)


def test_sql_on_owned_tables_outside_the_domain_packages_is_listed() -> None:
    texts = (
        (module, node.value)
        for module, nodes in modules_outside_domain()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

    assert {module for module, text in texts if OWNED_TABLE_IN_SQL.search(text)} == set(ALLOWED_SQL)


def test_sql_of_domain_packages_filters_by_organisation_or_is_listed() -> None:
    found = {
        name
        for name, text in domain_definitions()
        if any(OWNED_TABLE_IN_SQL.search(line) for line in (text, *text.splitlines())) and "organisation_id" not in text
    }

    assert found == set(UNSCOPED_SQL)


def test_raw_row_access_outside_the_domain_packages_is_listed() -> None:
    found = {module for module, nodes in modules_outside_domain() if any(map(has_raw_row_access, nodes))}

    assert found == set(ALLOWED_RAW_ACCESS)


def has_raw_row_access(node: ast.AST) -> bool:
    """Whether a node imports a function of RAW_ROW_FUNCTIONS, or ``storage`` as a whole."""
    if isinstance(node, ast.Import):
        return any(alias.name.startswith("backend.storage") for alias in node.names)
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backend.storage"):
        return node.module == "backend.storage" or bool(RAW_ROW_FUNCTIONS & {alias.name for alias in node.names})
    return False
