"""Yesterday's backup is put in place: the ledger has forgotten what went out since, and its mails are known again."""

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
from tests.faults.tenants import Town, town
from tests.promises import Promise
from tests.running import MONDAY_MORNING

DAY = timedelta(days=1)

EXPIRE_EACH_DAY = 5

DAYS = 4


async def goes_out(host: FaultyHost) -> None:
    """What a worker does each minute."""
    await plan_due(clock.now())
    await Sender(Host.of(host.url, tls_demanded=False)).send_due()


async def signs_in(acme: Town, key: str) -> None:
    """Somebody is told of a new device."""
    await ledger.new_sign_in(user_id=acme.people[0].id, session_key=key, device="A phone")


@pytest.mark.parametrize("old_mails", [True, False])
async def test_a_restore_repeats_only_mails_sent_since_the_backup_and_none_with_no_old_mails(
    environment: pytest.MonkeyPatch, tmp_path: Path, promise: Promise, old_mails: bool
) -> None:
    url, backup = settings().owner_url, tmp_path / "yesterday"
    with clock.set_to(MONDAY_MORNING):
        async with faulty_host(tmp_path / "accepted") as host:
            async with database(url):
                acme = await town()
                for number in range(DAYS * EXPIRE_EACH_DAY):
                    await acme.account(clock.today("Europe/Madrid") + DAY * (number // EXPIRE_EACH_DAY))
                await goes_out(host)
                await signs_in(acme, "waits while the backup is made")
                await back_up(url, backup, lambda table: None)
                before = host.copies()

                clock.advance(DAY)
                await goes_out(host)
                since = host.copies() - before

            clock.advance(timedelta(hours=1))
            await restore(url, backup, lambda table: None, replace=True, old_mails=old_mails)
            async with database(url):
                await goes_out(host)
                again = host.copies() - before - since
                clock.advance(DAY)
                await goes_out(host)
                later = host.copies() - before - since - again

    assert (before.total(), since.total()) == (DAYS * EXPIRE_EACH_DAY, EXPIRE_EACH_DAY + 1)
    assert again == (since if old_mails else Counter())
    assert (later.total(), later & since) == (EXPIRE_EACH_DAY, Counter())
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
                acme = await town()
                await back_up(url, backup, lambda table: None)
                await signs_in(acme, "1")
                await goes_out(host)

            clock.advance(DAY)
            await restore(url, backup, lambda table: None, replace=True)
            async with database(url):
                await signs_in(acme, "1")
                await goes_out(host)

    assert sorted(host.copies().values()) == [1, 1]
