"""What the role that serves may do: read and write rows, remove those that need not be kept, and nothing else."""

from contextlib import suppress

import asyncpg
import structlog

from backend.storage.database import fetch

log = structlog.get_logger()

APPEND_ONLY = frozenset({"audit_entry", "timeline_event"})
"""Tables whose rows stay as they were written."""

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
"""Tables whose rows may be removed; those of every other table are kept for ever."""

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
                  AND pg_has_role(current_user, c.relowner, 'USAGE')) AS too_much
"""


class NoSuchRole(Exception):
    """The role that is to serve does not exist."""


async def require(connection: asyncpg.Connection, role: str) -> None:
    """See that there is such a role. Raises: NoSuchRole."""
    if not await connection.fetchval(IS_ROLE, role):
        raise NoSuchRole(f"There is no role {role}: create it, or set EMP_DATABASE_RUNTIME_ROLE.")


async def grant(connection: asyncpg.Connection, role: str) -> None:
    """Give a role what serving takes in the connection's schema, all at once, and take from it what else it has there.

    Nobody but the owner may make tables after it, temporary ones neither.
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


async def warn_of_too_much() -> None:
    """Say it in the logs when this process serves as a role that could change tables, or do anything at all."""
    with suppress(Exception):  # whatever keeps the database from answering is said by whoever needs it
        (row,) = await fetch(IS_OVERPRIVILEGED)
        if row["too_much"]:
            log.warning("this process owns the tables it serves: give it a role of its own", docs="docs/operations.md")


def _privileges(table: str) -> str:
    if table in READ_ONLY:
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE" if table in REMOVABLE else "SELECT, INSERT, UPDATE"
