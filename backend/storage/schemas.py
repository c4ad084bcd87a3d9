"""The product's objects in a schema: moving, dropping and comparing them; extensions stay in place."""

import re
from collections.abc import Iterable

import asyncpg

PUBLIC = "public"

EXTENSIONS = ("btree_gin", "pg_trgm")
"""Extensions that the indexes need. They are in ``public``, and belong to the role that created them."""

OBJECTS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
       AS kind, format('%I.%I', $1::text, c.relname) AS name
  FROM pg_class c
 WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
UNION ALL
SELECT 'ROUTINE', format('%I.%I(%s)', $1::text, p.proname, pg_get_function_identity_arguments(p.oid))
  FROM pg_proc p
 WHERE p.pronamespace = $1::text::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'TYPE', format('%I.%I', $1::text, t.typname)
  FROM pg_type t
 WHERE t.typnamespace = $1::text::regnamespace AND t.typtype IN ('e', 'd')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
"""
"""All objects but those of extensions and those that go with their table."""

DROPPED_IN_ORDER = ("VIEW", "MATERIALIZED VIEW", "TABLE", "SEQUENCE", "ROUTINE", "TYPE")

FEATURES = """
SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
UNION ALL
SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attnotnull THEN 'NOT NULL' END, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = $1::text
UNION ALL
SELECT concat_ws(' ', 'constraint', r.relname, c.conname, pg_get_constraintdef(c.oid))
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
 WHERE c.connamespace = $1::text::regnamespace AND c.contype NOT IN ('n', 't')
UNION ALL
SELECT concat_ws(' ', 'trigger', t.tgenabled, pg_get_triggerdef(t.oid))
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = $1::text::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid)) FROM pg_proc p
 WHERE p.pronamespace = $1::text::regnamespace AND p.prokind = 'f'
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""

CASTS = re.compile(r"::(?:character varying|text)(?:\[\])?")

PARENTHESES = str.maketrans("", "", "()")


async def create_extensions(connection: asyncpg.Connection) -> None:
    """Create the missing extensions: both are trusted, so the database's owner may."""
    for name in EXTENSIONS:
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {PUBLIC}")


async def move(connection: asyncpg.Connection, source: str, target: str) -> None:
    """Move all objects to another schema; what belongs to a table goes with it."""
    for kind, name in await connection.fetch(OBJECTS, source):
        await connection.execute(f"ALTER {kind} {name} SET SCHEMA {target}")


async def clear(connection: asyncpg.Connection, schema: str) -> None:
    """Drop all objects. Raises: DependentObjectsStillExistError, where a foreign object depends on one."""
    objects = await connection.fetch(OBJECTS, schema)
    for kind in DROPPED_IN_ORDER:
        names = [row["name"] for row in objects if row["kind"] == kind]
        if names:
            await connection.execute(f"DROP {kind} {', '.join(names)}")


async def remove(connection: asyncpg.Connection, schemas: Iterable[str]) -> None:
    """Drop whole schemas, where they exist."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {', '.join(schemas)} CASCADE")


async def features(connection: asyncpg.Connection, schema: str) -> frozenset[str]:
    """Columns, indexes, constraints, triggers and functions of a schema, and the extensions, each as its definition.

    The schema's own name is left out, so that those of two schemas can be compared.
    """
    async with connection.transaction():
        await connection.execute(f"SET LOCAL search_path = {schema}, {PUBLIC}")
        definitions = await connection.fetch(FEATURES, schema)
    return frozenset(_comparable(row[0].replace(f"{schema}.", "")) for row in definitions)


def _comparable(definition: str) -> str:
    """A definition without string casts and parentheses, which PostgreSQL writes differently after a restore."""
    return " ".join(CASTS.sub("", definition).translate(PARENTHESES).split())
