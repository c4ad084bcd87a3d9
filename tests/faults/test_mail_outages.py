"""While the mail host, the queue server or the database is away, mails come late, in their windows, and once."""

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
from tests.faults.mail_workers import working_worker
from tests.faults.proxy import proxy_before
from tests.faults.tenants import Town, lines, person, town
from tests.promises import Promise
from tests.running import MONDAY_MORNING
from tests.servers import open_folder
from tests.waiting import until

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WITHIN = 60.0
"""Seconds in which mail must go on; a worker looks once a minute, and in these tests twice a second."""

EMPTIED = 5
"""Times that the queue server forgets everything, each while mail is on its way."""


@pytest.mark.parametrize(("away", "step"), [(3 * HOUR, HOUR / 6), (3 * DAY, HOUR * 2), (40 * DAY, HOUR * 12)])
async def test_a_mail_host_back_after_an_outage_gets_one_mail_per_account_and_person(
    connected: None, host: FaultyHost, promise: Promise, away: timedelta, step: timedelta
) -> None:
    with clock.set_to(MONDAY_MORNING):
        acme = await town(people=2)
        await person("carla@platform.example", None)
        await plan_due(clock.now())
        accounts = [await acme.account(MONDAY_MORNING.date() + DAY * number) for number in range(1, 75, 3)]
        async with proxy_before(host.port) as proxy:
            sender = Sender(Host.of(f"smtp://127.0.0.1:{proxy.port}", tls_demanded=False))
            proxy.refuses = True
            end = clock.now() + away
            while clock.now() < end:
                await plan_due(clock.now())
                await sender.send_due()
                clock.advance(step)
            tried = proxy.lines
            proxy.refuses = False
            for _ in range(2):  # at the second look, Customer Success is told of what was too late at the first
                await plan_due(clock.now())
                await sender.send_due()
                clock.advance(timedelta(minutes=10))
            opened = proxy.lines - tried

        today = clock.today("Europe/Madrid")
        rows = await lines(kind="REMINDER")
    sent = [row for row in rows if row["state"] == "SENT"]
    assert len({(row["account_id"], row["recipient_id"]) for row in sent}) == len(sent)
    assert {row["state"] for row in rows} <= {"SENT", "SKIPPED"}
    assert {row["failures"] for row in rows} == {0}
    expired = [account.id for account in accounts if account.expires_on < today]
    assert {row["reason"] for row in rows if row["account_id"] in expired} <= {"late", "superseded"}
    told = await lines(kind="REMINDERS_LATE")
    assert sorted(row["account_id"] for row in told) == sorted(expired)
    assert len({row["message_id"] for row in told}) <= 2
    assert opened <= 2 * MAX_CONNECTIONS
    promise(f"Mails for one account and person when a host returns after {away}", 1 if sent else 0)
    promise(f"Lines opened at once to a host that returns after {away}", opened)


async def told_of_sign_ins(acme: Town, count: int, start: int = 0) -> None:
    """So many mails are due."""
    for number in range(start, start + count):
        await ledger.new_sign_in(user_id=acme.people[0].id, session_key=str(number), device="A phone")


async def test_mail_is_sent_during_each_fault_of_the_queue_server(
    connected: None, host: FaultyHost, tmp_path: Path, promise: Promise
) -> None:
    with open_folder() as folder:
        queue, supervisor = QueueServer(folder / "valkey"), Supervisor(folder / "logs")
        await supervisor.start(queue.part())
        acme = await town()
        arrived = 0

        async def one_more_arrives() -> None:
            nonlocal arrived
            await told_of_sign_ins(acme, 1, arrived)
            arrived += 1
            await until(lambda: host.copies().total() == arrived, WITHIN)

        try:
            with working_worker(REDIS_URL=queue.url, SMTP_URL=host.url) as worker:
                await one_more_arrives()
                async with Redis.from_url(queue.url) as redis:
                    for _ in range(EMPTIED):
                        await redis.flushall()
                        await one_more_arrives()
                    await redis.execute_command("REPLICAOF", "127.0.0.1", "9")
                    await one_more_arrives()
                    await redis.execute_command("REPLICAOF", "NO", "ONE")
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGSTOP)
                await one_more_arrives()
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGCONT)
                os.kill(supervisor.pid_of(queue.part().name), signal.SIGKILL)
                await one_more_arrives()
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
                acme = await town()
                with working_worker(DATABASE_URL=url, SMTP_URL=host.url) as worker:
                    for number in range(restarts):
                        seen = host.copies().total()
                        await until(partial(are_told, acme, mails // restarts, number * mails // restarts), WITHIN)
                        await until(partial(more_than, host, seen), WITHIN)
                        os.kill(supervisor.pid_of(cluster.part().name), signal.SIGQUIT)
                    await until(nothing_waits, WITHIN * 2)
                    assert worker.is_alive()
                rows = await lines()
        finally:
            await supervisor.stop()
    copies = host.copies()
    assert max(copies.values()) == 1
    lost = [row for row in rows if row["state"] == "SENT" and copies[row["message_id"]] != 1]
    assert lost == []
    promise(f"Mails lost or doubled by {restarts} kills of the database under load", len(lost))


def more_than(host: FaultyHost, seen: int) -> bool:
    """Whether further mails have arrived."""
    return host.copies().total() > seen


async def are_told(acme: Town, count: int, start: int) -> bool:
    """Whether so many mails could be asked for; what has a row is not asked for twice."""
    try:
        await told_of_sign_ins(acme, count, start)
    except TRANSIENT_ERRORS:
        return False
    return True


async def nothing_waits() -> bool:
    """Whether each line is sent, or in doubt until its lease is over."""
    try:
        return not await fetch("SELECT 1 FROM mail WHERE state = 'WAITING'")
    except TRANSIENT_ERRORS:
        return False
