"""A restored backup has no rows of mails that were sent since: they are sent again with the same Message-ID."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from backend import clock
from backend.backups import back_up, restore
from backend.mail import ledger
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import database
from tests.faults.mail_host import FaultyHost, faulty_host
from tests.faults.tenants import Tenant, create_tenant
from tests.promises import Promise
from tests.running import MONDAY_MORNING

DAY = timedelta(days=1)

EXPIRING_PER_DAY = 5

DAYS = 4


async def plan_and_send(host: FaultyHost) -> None:
    """Plan and send due mails, as a worker does each minute."""
    await plan_due(clock.now())
    await Sender(Host.of(host.url, tls_demanded=False)).send_due()


async def record_sign_in(acme: Tenant, key: str) -> None:
    """Record a sign-in by a new device, with its mail."""
    await ledger.new_sign_in(user_id=acme.users[0].id, session_key=key, device="A phone")


@pytest.mark.parametrize("old_mails", [True, False])
async def test_a_restore_repeats_only_mails_sent_since_the_backup_and_none_with_no_old_mails(
    environment: pytest.MonkeyPatch, tmp_path: Path, promise: Promise, old_mails: bool
) -> None:
    url, backup = settings().owner_url, tmp_path / "yesterday"
    with clock.set_to(MONDAY_MORNING):
        async with faulty_host(tmp_path / "accepted") as host:
            async with database(url):
                acme = await create_tenant()
                for number in range(DAYS * EXPIRING_PER_DAY):
                    await acme.create_account(clock.today("Europe/Madrid") + DAY * (number // EXPIRING_PER_DAY))
                await plan_and_send(host)
                await record_sign_in(acme, "waits while the backup is made")
                await back_up(url, backup, lambda table: None)
                before = host.copies()

                clock.advance(DAY)
                await plan_and_send(host)
                since = host.copies() - before

            clock.advance(timedelta(hours=1))
            await restore(url, backup, lambda table: None, replace=True, old_mails=old_mails)
            async with database(url):
                await plan_and_send(host)
                again = host.copies() - before - since
                clock.advance(DAY)
                await plan_and_send(host)
                later = host.copies() - before - since - again

    assert (before.total(), since.total()) == (DAYS * EXPIRING_PER_DAY, EXPIRING_PER_DAY + 1)
    assert again == (since if old_mails else Counter())
    assert (later.total(), later & since) == (EXPIRING_PER_DAY, Counter())
    promise(
        f"Of {since.total()} mails sent since a backup, doubled by its restore"
        + ("" if old_mails else " with --no-old-mails"),
        again.total(),
    )
    promise("Of these, with another Message-ID than the first copy", (again - since).total())


async def test_a_sign_in_after_a_restore_is_notified_although_its_key_was_used_before(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, backup = settings().owner_url, tmp_path / "yesterday"
    with clock.set_to(MONDAY_MORNING):
        async with faulty_host(tmp_path / "accepted") as host:
            async with database(url):
                acme = await create_tenant()
                await back_up(url, backup, lambda table: None)
                await record_sign_in(acme, "1")
                await plan_and_send(host)

            clock.advance(DAY)
            await restore(url, backup, lambda table: None, replace=True)
            async with database(url):
                await record_sign_in(acme, "1")
                await plan_and_send(host)

    assert sorted(host.copies().values()) == [1, 1]
