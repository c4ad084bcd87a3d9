"""The demo's story: who asked for what, and what became of it."""

import random
from dataclasses import dataclass
from datetime import timedelta

from backend import clock
from backend.accounts.models import Account
from backend.demo.accounts import build
from backend.demo.people import PASSWORD, DemoPeople, invite
from backend.identity import people
from backend.identity.models import Organisation, User
from backend.mail import ledger
from backend.mail.models import Reason
from backend.requests import lifecycle
from backend.requests.change import Change
from backend.requests.models import ChangeRequest
from backend.requests.target import current_preview
from backend.requests.types.datapoints import DatapointsChange
from backend.requests.types.licence import LicenceChange
from backend.requests.types.new_account import NewAccount
from backend.requests.types.renewal import Renewal
from backend.storage.database import transaction

SEED = 20270403


@dataclass(frozen=True, slots=True)
class DemoWriter:
    """Files and decides requests as they happened some hours ago."""

    cast: DemoPeople

    async def files(self, change: Change, by: User, hours_ago: int, comment: str = "") -> ChangeRequest:
        """A request, filed so many hours before now."""
        with clock.set_to(clock.now() - timedelta(hours=hours_ago)):
            return await lifecycle.file(change, by=by, comment=comment)

    async def approves(self, request: ChangeRequest, hours_ago: int) -> None:
        """Its approval by Customer Success."""
        with clock.set_to(clock.now() - timedelta(hours=hours_ago)):
            _, shown = await current_preview(request)
            await lifecycle.approve(request.id, by=self.cast.carla, preview_version=shown.version)

    async def rejects(self, request: ChangeRequest, hours_ago: int, reason: str) -> None:
        """Its rejection by Customer Success."""
        with clock.set_to(clock.now() - timedelta(hours=hours_ago)):
            await lifecycle.reject(request.id, by=self.cast.sofia, reason=reason)

    async def withdraws(self, request: ChangeRequest, by: User, hours_ago: int) -> None:
        """Its withdrawal by the organisation."""
        with clock.set_to(clock.now() - timedelta(hours=hours_ago)):
            await lifecycle.withdraw(request.id, by=by)

    async def sets_a_password(self, user: User, hours_ago: int) -> None:
        """Somebody's own choice of a password, which is the one that they had."""
        with clock.set_to(clock.now() - timedelta(hours=hours_ago)):
            await people.set_password(user, PASSWORD, "password", by=user, notify=ledger.credentials_changed)


async def load_demo() -> bool:
    """Load the demo, all or nothing; False where there is an organisation already, which is then left alone."""
    async with transaction():
        if await Organisation.exists():
            return False
        cast = await invite()
        chance = random.Random(SEED)  # noqa: S311 - the same demo every time
        northwind = await build(cast.northwind, 60, 14, chance)
        globex = await build(cast.globex, 12, 3, chance)
        narrator = DemoWriter(cast)
        await _long_decided(narrator, northwind[3:46])
        # Nobody is told now of what was decided days before the demo's first mail could go out.
        await ledger.end_what_was_due(Reason.NOT_OPEN_YET)
        await _lately_decided(narrator)
        await narrator.sets_a_password(cast.ada, 2)
        await _pending(narrator, northwind, globex)
    return True


async def _long_decided(narrator: DemoWriter, active: list[Account]) -> None:
    ada = narrator.cast.ada
    more = await narrator.files(DatapointsChange(active[0].id, 85), ada, 260, "Two new floors are being metered.")
    await narrator.approves(more, 236)
    fewer = await narrator.files(DatapointsChange(active[1].id, 5000), ada, 200)
    await narrator.rejects(fewer, 190, "Please send the list of meters first; 5,000 looks like a slip.")
    upgrade = await narrator.files(
        LicenceChange(active[2].id, "PROFESSIONAL" if active[2].licence != "PROFESSIONAL" else "DETECT"), ada, 170
    )
    await narrator.approves(upgrade, 150)
    regretted = await narrator.files(
        LicenceChange(active[3].id, "ANALYSE" if active[3].licence != "ANALYSE" else "DETECT"), ada, 140
    )
    await narrator.withdraws(regretted, ada, 139)
    longer = await narrator.files(Renewal(active[4].id, 24), ada, 120, "As agreed with the client.")
    await narrator.approves(longer, 100)


async def _lately_decided(narrator: DemoWriter) -> None:
    ada = narrator.cast.ada
    opened = await narrator.files(_new_account("Canary Wharf Tower", "GB", 320), ada, 96)
    await narrator.approves(opened, 66)
    refused = await narrator.files(_new_account("Test 123", "GB", 20), ada, 60)
    await narrator.rejects(refused, 50, "Test accounts belong on the sandbox, not on a contract.")


async def _pending(narrator: DemoWriter, northwind: list[Account], globex: list[Account]) -> None:
    ada, hugo = narrator.cast.ada, narrator.cast.hugo
    expired = northwind[-1]
    await narrator.files(DatapointsChange(northwind[10].id, 150), ada, 52, "New sub-meters in the west wing.")
    await narrator.files(_new_account("Sagrada Família Depot", "ES", 140, rtc_lines=6), ada, 30, "Opens in January.")
    other = "OPTIMISE" if northwind[11].licence != "OPTIMISE" else "DETECT"
    await narrator.files(LicenceChange(northwind[11].id, other), ada, 27)
    await narrator.files(Renewal(expired.id, 12), ada, 20, "The client is back.")
    await narrator.files(Renewal(northwind[1].id, 12), ada, 4)
    await narrator.files(_new_account("Tour Part-Dieu", "FR", 210), hugo, 9)
    await narrator.files(DatapointsChange(globex[4].id, 40), hugo, 3, "Ajout de compteurs d’eau.")


def _new_account(name: str, country: str, datapoints: int, rtc_lines: int = 0) -> NewAccount:
    return NewAccount(
        account_name=name,
        client_name="Bluewater Group",
        licence="OPTIMISE",
        datapoints=datapoints,
        sector="OFFICES",
        country=country,
        rtc_lines=rtc_lines,
    )
