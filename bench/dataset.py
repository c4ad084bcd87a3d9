"""The data of the measurements: any number of accounts in 200 organisations, with requests and timelines."""

import asyncpg

from backend.catalogue import Language
from backend.identity import people
from backend.identity.models import User
from backend.identity.roles import Role
from backend.storage.database import database

ORGANISATIONS = 200

SUPER_ADMIN = "superadmin1@bench.example"
CUSTOMER_SUCCESS = "success{}@bench.example"
CUSTOMER_SUCCESS_COUNT = 16
PASSWORD = "a password of benches"

LOAD_ORGANISATIONS = """
INSERT INTO organisation (id, name, country, time_zone, language, mail_domains)
SELECT n, 'Organisation ' || n, (ARRAY['ES', 'FR', 'GB', 'IT'])[1 + n % 4],
       (ARRAY['Europe/Madrid', 'Europe/Paris', 'Europe/London', 'Europe/Rome'])[1 + n % 4], 'en', '{}'
  FROM generate_series(1, $1::int) AS n
"""

LOAD_PEOPLE = """
INSERT INTO person (organisation_id, name, email, role, language, time_zone, password_hash,
                    is_active)
SELECT o.id, 'Superadmin ' || o.id, 'superadmin' || o.id || '@bench.example', 'SUPER_ADMIN', 'en', o.time_zone, $1,
       true
  FROM organisation o
"""

LOAD_ACCOUNTS = """
INSERT INTO account (organisation_id, name, client_name, licence, datapoints, sector, country, rtc_lines, mail_domain,
                     anchor, months, starts_on, expires_on, version)
SELECT 1 + n % $2, (ARRAY['Harbour', 'Station', 'Market', 'Garden', 'River', 'Castle', 'Bridge', 'Forest'])[1 + r % 8]
       || ' ' || (ARRAY['Tower', 'Campus', 'Works', 'Depot', 'Hotel', 'Clinic', 'Arena'])[1 + r / 8 % 7] || ' ' || n,
       'Client ' || r % 500, (ARRAY['ANALYSE', 'DETECT', 'OPTIMISE', 'PROFESSIONAL'])[1 + r % 4], 20 + r % 5000,
       (ARRAY['OFFICES', 'RETAIL', 'HOSPITALITY', 'HEALTH'])[1 + r / 4 % 4],
       (ARRAY['ES', 'FR', 'GB', 'IT'])[1 + n % $2 % 4], 0, NULL,
       first_day, 12, first_day, (first_day + interval '12 months')::date - 1, 1
  FROM (
      SELECT n, r, $3::date - CASE WHEN r % 5 = 0 THEN 366 + r % 700 ELSE r % 264 END AS first_day
        FROM (SELECT n, hashint4(n) & 2147483647 AS r FROM generate_series(1, $1::int) AS n) AS numbered
  ) AS dated
"""
"""One account in five is expired, the others expire within 264 days; names are unique, their words are not."""

LOAD_REQUESTS = """
INSERT INTO change_request (organisation_id, account_id, account_name, type, state, fields, comment, requested_by_id,
                            requested_at, decided_by_id, decided_at, changes)
SELECT a.organisation_id, a.id, a.name, kind.type, kind.state, kind.fields::jsonb, '', p.id,
       $1::timestamptz - a.id % 500 * interval '1 hour', CASE WHEN kind.state = 'APPROVED' THEN $2::bigint END,
       CASE WHEN kind.state = 'APPROVED' THEN $1::timestamptz END, '[]'
  FROM account a
  JOIN person p ON p.organisation_id = a.organisation_id
  JOIN (VALUES (0, 'DATAPOINTS', 'PENDING', '{"delta": 20}'), (1, 'RENEWAL', 'APPROVED', '{"period_months": 12}'))
       AS kind (remainder, type, state, fields) ON (hashtext(a.name) & 2147483647) % 10 = kind.remainder
"""
"""One account in ten has a pending request, another one in ten a decided one."""

LOAD_TIMELINE = """
INSERT INTO timeline_event (account_id, request_id, kind, at, by_id, changes, account_version)
SELECT account_id, id, CASE state WHEN 'PENDING' THEN 'REQUESTED' ELSE state END, requested_at, requested_by_id, '[]', 1
  FROM change_request
"""


LOADING_SETTINGS = {"synchronous_commit": "off", "maintenance_work_mem": "512MB", "work_mem": "256MB", "jit": "off"}

LOADED_TABLES = ["account", "change_request", "timeline_event"]

INDEXES = """
SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS drop, pg_get_indexdef(i.indexrelid) AS make
  FROM pg_index i
 WHERE i.indrelid = ANY($1::text[]::regclass[])
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
"""Indexes and foreign keys are created after the rows, which is many times faster than maintaining them row by row."""

REFERENCES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS drop,
       format('ALTER TABLE %s ADD CONSTRAINT %I ', c.conrelid::regclass, c.conname)
       || pg_get_constraintdef(c.oid) AS make
  FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = ANY($1::text[]::regclass[])
"""


async def load(database_url: str, accounts: int) -> None:
    """Fill a migrated, empty database, and analyse it."""
    async with database(database_url):
        approver = await _customer_success()
    connection = await asyncpg.connect(database_url, server_settings=LOADING_SETTINGS)
    try:
        async with connection.transaction():
            today = await connection.fetchval("SELECT current_date")
            await connection.execute(LOAD_ORGANISATIONS, ORGANISATIONS)
            await connection.execute(LOAD_PEOPLE, approver.password_hash)
            dropped = [
                *await connection.fetch(INDEXES, LOADED_TABLES),
                *await connection.fetch(REFERENCES, LOADED_TABLES),
            ]
            for index_or_reference in reversed(dropped):
                await connection.execute(index_or_reference["drop"])
            await connection.execute(LOAD_ACCOUNTS, accounts, ORGANISATIONS, today)
            now = await connection.fetchval("SELECT now()")
            await connection.execute(LOAD_REQUESTS, now, approver.id)
            await connection.execute(LOAD_TIMELINE)
            for index_or_reference in dropped:
                await connection.execute(index_or_reference["make"])
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _customer_success() -> User:
    for number in range(CUSTOMER_SUCCESS_COUNT):
        approver = await people.add_user(
            CUSTOMER_SUCCESS.format(number),
            name=f"Success {number}",
            role=Role.CUSTOMER_SUCCESS,
            password=PASSWORD,
            language=Language.EN,
        )
    return approver
