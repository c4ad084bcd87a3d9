"""During outages of the mail host, the queue server or the database mails are late, in their windows, and sent once."""

import os
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from backend import clock
from backend.embedded.databases import create_database, database_name
from backend.embedded.postgres import OWNER, SUPERUSER, Cluster
from backend.embedded.supervisor import Supervisor
from backend.embedded.valkey import QueueServer
from backend.mail import ledger
from backend.mail.planning import plan_due
from backend.mail.sending import MAX_CONNECTIONS, Sender
from backend.mail.smtp_url import Host
from backend.storage.database import database, fetch
from backend.storage.migrator import migrate
from backend.storage.transient_errors import TRANSIENT_ERRORS
from tests.faults.mail_host import FaultyHost
from tests.faults.mail_workers import worker_process
from tests.faults.proxy import proxy_before
from tests.faults.tenants import Tenant, create_tenant, create_user, ledger_rows
from tests.promises import Promise
from tests.running import MONDAY_MORNING
from tests.servers import open_folder
from tests.waiting import until

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEND_TIMEOUT_S = 60.0
"""Within which mail must be sent again; a worker looks for due mail once a minute, and here twice a second."""

FLUSHES = 5
"""Flushes of the queue server, each while mail is being sent."""


@pytest.mark.parametrize(("away", "step"), [(3 * HOUR, HOUR / 6), (3 * DAY, HOUR * 2), (40 * DAY, HOUR * 12)])
async def test_a_mail_host_back_after_an_outage_gets_one_mail_per_account_and_person(
    connected: None, host: FaultyHost, promise: Promise, away: timedelta, step: timedelta
) -> None:
    with clock.set_to(MONDAY_MORNING):
        acme = await create_tenant(user_count=2)
        await create_user("carla@platform.example", None)
        await plan_due(clock.now())
        accounts = [await acme.create_account(MONDAY_MORNING.date() + DAY * number) for number in range(1, 75, 3)]
        async with proxy_before(host.port) as proxy:
            sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
            proxy.refuses_connections = True
            end = clock.now() + away
            while clock.now() < end:
                await plan_due(clock.now())
                await sender.send_due()
                clock.advance(step)
            tried = proxy.connections
            proxy.refuses_connections = False
            for _ in range(2):  # the second run notifies Customer Success of mails that were too late at the first
                await plan_due(clock.now())
                await sender.send_due()
                clock.advance(timedelta(minutes=10))
            opened = proxy.connections - tried

        today = clock.today("Europe/Madrid")
        rows = await ledger_rows(kind="REMINDER")
    sent = [row for row in rows if row["state"] == "SENT"]
    assert len({(row["account_id"], row["recipient_id"]) for row in sent}) == len(sent)
    assert {row["state"] for row in rows} <= {"SENT", "SKIPPED"}
    assert {row["failures"] for row in rows} == {0}
    expired = [account.id for account in accounts if account.expires_on < today]
    assert {row["reason"] for row in rows if row["account_id"] in expired} <= {"late", "superseded"}
    notices = await ledger_rows(kind="REMINDERS_LATE")
    assert sorted(row["account_id"] for row in notices) == sorted(expired)
    assert len({row["message_id"] for row in notices}) <= 2
    assert opened <= 2 * MAX_CONNECTIONS
    promise(f"Mails for one account and person when a host returns after {away}", 1 if sent else 0)
    promise(f"Connections opened at once to a host that returns after {away}", opened)


async def record_sign_ins(acme: Tenant, count: int, start: int = 0) -> None:
    """Record sign-ins, each with a mail that is due."""
    for number in range(start, start + count):
        await ledger.new_sign_in(user_id=acme.users[0].id, session_key=str(number), device="A phone")


async def test_mail_is_sent_during_each_fault_of_the_queue_server(
    connected: None, host: FaultyHost, tmp_path: Path, promise: Promise
) -> None:
    with open_folder() as folder:
        queue, supervisor = QueueServer(folder / "valkey"), Supervisor(folder / "logs")
        await supervisor.start(queue.part())
        acme = await create_tenant()
        arrived = 0

        async def expect_one_more() -> None:
            nonlocal arrived
            await record_sign_ins(acme, 1, arrived)
            arrived += 1
            await until(lambda: host.copies().total() == arrived, SEND_TIMEOUT_S)

        try:
            with worker_process(REDIS_URL=queue.url, SMTP_URL=host.url) as worker:
                await expect_one_more()
                async with Redis.from_url(queue.url) as redis:
                    for _ in range(FLUSHES):
                        await redis.flushall()
                        await expect_one_more()
                    await redis.execute_command("REPLICAOF", "127.0.0.1", "9")
                    await expect_one_more()
                    await redis.execute_command("REPLICAOF", "NO", "ONE")
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGSTOP)
                await expect_one_more()
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGCONT)
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGKILL)
                await expect_one_more()
                assert worker.is_alive()
        finally:
            await supervisor.stop()
    assert max(host.copies().values()) == 1
    promise(
        "Mails lost or doubled by a queue server emptied, read-only, frozen and killed", arrived - len(host.copies())
    )


async def test_mail_sending_resumes_after_kills_of_the_database_under_load(
    environment: pytest.MonkeyPatch, host: FaultyHost, long: bool, promise: Promise
) -> None:
    restarts, mails = (20, 400) if long else (2, 20)
    with open_folder() as folder:
        cluster, supervisor = (
            Cluster(folder / "postgres", folder / "sockets"),
            Supervisor(folder / "logs"),
        )
        await supervisor.start(cluster.part())
        url = await create_database(cluster.url(role=SUPERUSER), "lasting", owner=OWNER)
        assert database_name(url) == "lasting"
        await migrate(url)
        try:
            async with database(url):
                acme = await create_tenant()
                with worker_process(DATABASE_URL=url, SMTP_URL=host.url) as worker:
                    for number in range(restarts):
                        before = host.copies().total()
                        await until(
                            partial(are_recorded, acme, mails // restarts, number * mails // restarts), SEND_TIMEOUT_S
                        )
                        await until(partial(has_more_than, host, before), SEND_TIMEOUT_S)
                        os.kill(supervisor.pid_of(cluster.part().name), signal.SIGQUIT)
                    await until(is_nothing_waiting, SEND_TIMEOUT_S * 2)
                    assert worker.is_alive()
                rows = await ledger_rows()
        finally:
            await supervisor.stop()
    copies = host.copies()
    assert max(copies.values()) == 1
    lost = [row for row in rows if row["state"] == "SENT" and copies[row["message_id"]] != 1]
    assert lost == []
    promise(f"Mails lost or doubled by {restarts} kills of the database under load", len(lost))


def has_more_than(host: FaultyHost, before: int) -> bool:
    """Whether more mails have been accepted."""
    return host.copies().total() > before


async def are_recorded(acme: Tenant, count: int, start: int) -> bool:
    """Whether the sign-ins could be recorded; one that has a row is not recorded twice."""
    try:
        await record_sign_ins(acme, count, start)
    except TRANSIENT_ERRORS:
        return False
    return True


async def is_nothing_waiting() -> bool:
    """Whether each mail is sent, or in doubt until its lease ends."""
    try:
        return not await fetch("SELECT 1 FROM mail WHERE state = 'WAITING'")
    except TRANSIENT_ERRORS:
        return False
