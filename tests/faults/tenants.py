"""Organisations with accounts and SuperAdmins, by the hundred, and what became of their mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backend import clock
from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.identity.roles import Role
from backend.storage.database import fetch

FINAL = {"SENT", "SENT_MAYBE_TWICE", "UNKNOWN", "CANCELLED", "SKIPPED", "FAILED"}

NOON = 12


@dataclass
class Town:
    """One organisation, with one SuperAdmin unless more are asked for."""

    organisation: Organisation
    people: Sequence[User]
    accounts: int = 0

    async def account(self, expires_on: date | None = None, **changes: Any) -> Account:
        """An account that expires today unless said; its domain is its own, so that it shares its mails with none."""
        self.accounts += 1
        expires_on = expires_on or clock.today(self.organisation.time_zone)
        anchor = expires_on - timedelta(days=365)
        fields: dict[str, Any] = {
            "name": f"Plant {self.accounts}",
            "client_name": "Client",
            "licence": "DETECT",
            "datapoints": 100,
            "sector": "OFFICES",
            "country": "ES",
            "mail_domain": f"plant{self.accounts}.example",
            "anchor": anchor,
            "months": 12,
            "starts_on": anchor,
            "expires_on": expires_on,
        }
        return await Account.create(organisation=self.organisation, **{**fields, **changes})


async def town(name: str = "Acme", time_zone: str = "Europe/Madrid", people: int = 1) -> Town:
    """A new organisation."""
    organisation = await Organisation.create(
        name=name, country="ES", time_zone=time_zone, language="en", mail_domains=[]
    )
    users = [await person(f"{name}{number}@{name}.example".lower(), organisation) for number in range(people)]
    return Town(organisation, users)


def where_it_is_noon() -> str:
    """The time zone in which the hour after noon is passing."""
    return f"Etc/GMT{clock.now().hour - NOON:+d}"


async def person(email: str, organisation: Organisation | None) -> User:
    """A SuperAdmin, or one of Customer Success; nobody signs in as them."""
    return await User.create(
        organisation=organisation,
        name=email.partition("@")[0].title(),
        email=email,
        role=(Role.SUPER_ADMIN if organisation else Role.CUSTOMER_SUCCESS).value,
        language="en",
        time_zone="Europe/Madrid",
        password_hash="",
    )


async def lines(**where: Any) -> list[dict[str, Any]]:
    """The ledger's lines with these values, oldest first."""
    conditions = " AND ".join(f"{column} = ${number}" for number, column in enumerate(where, 1)) or "true"
    return await fetch(f"SELECT * FROM mail WHERE {conditions} ORDER BY id", *where.values())
