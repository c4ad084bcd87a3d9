"""An upgrade leaves nobody behind: requests that wait and mails that are due go their way in the new version."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.migrations.api.migrate import migrate as run_migrations

from backend.embedded.databases import with_role
from backend.embedded.postgres import RUNTIME
from backend.global_ids import global_id
from backend.identity import passwords
from backend.identity.models import User
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import APP, configuration, database
from backend.storage.migrator import migrate
from tests.desk import PASSWORD, Desk
from tests.running import running_desk
from tests.servers import MailServer
from tests.storage.test_migrator import ALL

IN_FLIGHT = """
INSERT INTO organisation (id, name, country, time_zone, language, mail_domains)
VALUES (1, 'Acme', 'ES', 'Europe/Madrid', 'en', '{{}}');
INSERT INTO person (id, organisation_id, name, email, role, language, time_zone, password_hash, is_active)
VALUES (1, 1, 'Ada', 'ada@acme.example', 'SUPER_ADMIN', 'en', 'UTC', '{password}', true),
       (2, NULL, 'Carla', 'carla@platform.example', 'CUSTOMER_SUCCESS', 'en', 'UTC', '{password}', true);
INSERT INTO account (id, organisation_id, name, client_name, licence, datapoints, sector, country, rtc_lines, anchor,
                     months, starts_on, expires_on, version)
VALUES (1, 1, 'Plant 1', 'Client', 'DETECT', 70, 'OFFICES', 'ES', 0, '2026-06-01', 12, '2026-06-01', '2027-05-31', 1);
INSERT INTO change_request (id, organisation_id, account_id, account_name, type, state, fields, comment,
                            requested_by_id, requested_at, changes)
VALUES (1, 1, 1, 'Plant 1', 'DATAPOINTS', 'PENDING', '{{"delta": -30}}', '', 1, '2026-11-20T10:00Z', '[]');
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
VALUES ('filed:1:2', 'REQUEST_FILED', 2, 1,
        '{{"type": "DATAPOINTS", "account_name": "Plant 1", "client_name": "Client", "organisation_name": "Acme",
           "requester_name": "Ada", "comment": "", "decision": null, "decider_name": null, "reason": null,
           "mail_domain": null, "request_link_id": "x", "account_link_id": null,
           "changes": [{{"field": "DATAPOINTS", "before": "70", "after": "40"}}]}}',
        '2026-11-20T10:00Z', '2026-11-20T10:00Z', '2026-11-20T10:00Z')
"""


@pytest.fixture
async def desk(environment: pytest.MonkeyPatch, empty_database_url: str) -> AsyncIterator[Desk]:
    """The desk of this version, on the database of the version before, brought up with all that was in flight."""
    async with database(empty_database_url):
        config = configuration(empty_database_url)
        await run_migrations(config=config, target=f"{APP}.{ALL[-2]}", direction="forward")
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(IN_FLIGHT.format(password=await passwords.hash_password(PASSWORD)))
    await connection.close()
    await migrate(empty_database_url, RUNTIME)
    environment.setenv("DATABASE_URL", with_role(empty_database_url, RUNTIME))
    environment.setenv("DATABASE_OWNER_URL", empty_database_url)
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk:
        yield desk


async def test_a_request_filed_before_the_upgrade_is_approved_after_it(desk: Desk) -> None:
    carla = await desk.stranger(await User.get(name="Carla")).signs_in()

    approved = await carla.approves(global_id("ChangeRequest", 1))

    assert approved.errors == []
    assert (await desk.sees(global_id("Account", 1), carla))["datapoints"] == 40


async def test_rows_from_before_the_upgrade_are_counted_after_it(desk: Desk) -> None:
    carla = await desk.stranger(await User.get(name="Carla")).signs_in()

    told = await carla.asks("{ zoneCounts { active expired applications } }")

    assert told.data["zoneCounts"] == {"active": 1, "expired": 0, "applications": 1}


async def test_a_mail_due_before_the_upgrade_is_sent_after_it(desk: Desk, smtp_server: MailServer) -> None:
    await Sender(Host.of(smtp_server.url, tls_demanded=False)).send_due()

    assert smtp_server.recipients == [["carla@platform.example"]]
