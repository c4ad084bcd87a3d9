"""Privileges of the role that serves: read and write rows, delete those of some tables, and nothing else."""

from contextlib import suppress

import asyncpg
import structlog

from backend.storage.database import fetch

log = structlog.get_logger()

APPEND_ONLY = frozenset({"audit_entry", "timeline_event"})
"""Tables whose rows are never changed."""

REMOVABLE = frozenset(
    {
        "known_device",
        "mail",
        "password_reset",
        "recent_count",
        "recovery_code",
        "remembered_answer",
        "second_factor",
        "session",
        "session_token",
    }
)
"""Tables whose rows may be deleted; those of every other table are kept for ever."""

READ_ONLY = frozenset({"tortoise_migrations"})

RELATIONS = """
SELECT c.relkind = 'S' AS is_sequence, c.relname AS name, format('%I.%I', current_schema(), c.relname) AS quoted
  FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'S')
   AND pg_has_role(current_user, c.relowner, 'USAGE')
"""

NAMES = """
SELECT quote_ident(current_schema()) AS schema, quote_ident(current_database()) AS database, quote_ident($1) AS role
"""

IS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"

IS_OVERPRIVILEGED = """
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (SELECT FROM pg_class c
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
                  AND pg_has_role(current_user, c.relowner, 'USAGE')) AS is_overprivileged
"""


class NoSuchRole(Exception):
    """The role that serves does not exist."""


async def require(connection: asyncpg.Connection, role: str) -> None:
    """Raises: NoSuchRole, when the role does not exist."""
    if not await connection.fetchval(IS_ROLE, role):
        raise NoSuchRole(f"There is no role {role}: create it, or set EMP_DATABASE_RUNTIME_ROLE.")


async def grant(connection: asyncpg.Connection, role: str) -> None:
    """Grant a role the privileges that serving takes in the connection's schema, and revoke its others there.

    In one transaction. Afterwards only the owner may create tables, temporary ones included.
    """
    schema, database, grantee = await connection.fetchrow(NAMES, role)
    statements = [
        f"REVOKE ALL ON SCHEMA {schema} FROM {grantee}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {grantee}",
        f"GRANT USAGE ON SCHEMA {schema} TO {grantee}",
    ]
    for is_sequence, name, quoted in await connection.fetch(RELATIONS):
        kind, privileges = ("SEQUENCE", "USAGE") if is_sequence else ("TABLE", _privileges(name))
        statements.append(f"REVOKE ALL ON {kind} {quoted} FROM PUBLIC, {grantee}")
        statements.append(f"GRANT {privileges} ON {kind} {quoted} TO {grantee}")
    async with connection.transaction():
        await connection.execute(";".join(statements))


async def warn_if_overprivileged() -> None:
    """Log a warning when this process connects as a superuser or as the owner of the tables."""
    with suppress(Exception):  # an error of the database is reported by whatever needs it
        (row,) = await fetch(IS_OVERPRIVILEGED)
        if row["is_overprivileged"]:
            log.warning("this process owns the tables it serves: give it a role of its own", docs="docs/operations.md")


def _privileges(table: str) -> str:
    if table in READ_ONLY:
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE" if table in REMOVABLE else "SELECT, INSERT, UPDATE"
