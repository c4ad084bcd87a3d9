"""Organisations with accounts and SuperAdmins, and the rows of the mail ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backend import clock
from backend.accounts.models import Account
from backend.identity.models import Organisation, User
from backend.identity.roles import Role
from backend.storage.database import fetch

FINAL_STATES = {"SENT", "SENT_MAYBE_TWICE", "UNKNOWN", "CANCELLED", "SKIPPED", "FAILED"}

NOON_HOUR = 12


@dataclass
class Tenant:
    """One organisation with its SuperAdmins."""

    organisation: Organisation
    users: Sequence[User]
    account_count: int = 0

    async def create_account(self, expires_on: date | None = None, **changes: Any) -> Account:
        """A new account, by default expiring today; its own mail domain keeps its mails apart from other accounts'."""
        self.account_count += 1
        expires_on = expires_on or clock.today(self.organisation.time_zone)
        anchor = expires_on - timedelta(days=365)
        fields: dict[str, Any] = {
            "name": f"Plant {self.account_count}",
            "client_name": "Client",
            "licence": "DETECT",
            "datapoints": 100,
            "sector": "OFFICES",
            "country": "ES",
            "mail_domain": f"plant{self.account_count}.example",
            "anchor": anchor,
            "months": 12,
            "starts_on": anchor,
            "expires_on": expires_on,
        }
        return await Account.create(organisation=self.organisation, **{**fields, **changes})


async def create_tenant(name: str = "Acme", time_zone: str = "Europe/Madrid", user_count: int = 1) -> Tenant:
    """Create an organisation with so many SuperAdmins."""
    organisation = await Organisation.create(
        name=name, country="ES", time_zone=time_zone, language="en", mail_domains=[]
    )
    users = [await create_user(f"{name}{number}@{name}.example".lower(), organisation) for number in range(user_count)]
    return Tenant(organisation, users)


def time_zone_at_noon() -> str:
    """A time zone where it is now between 12:00 and 13:00."""
    return f"Etc/GMT{clock.now().hour - NOON_HOUR:+d}"


async def create_user(email: str, organisation: Organisation | None) -> User:
    """Create a SuperAdmin of the organisation, or a user of Customer Success without one; neither can sign in."""
    return await User.create(
        organisation=organisation,
        name=email.partition("@")[0].title(),
        email=email,
        role=(Role.SUPER_ADMIN if organisation else Role.CUSTOMER_SUCCESS).value,
        language="en",
        time_zone="Europe/Madrid",
        password_hash="",
    )


async def ledger_rows(**where: Any) -> list[dict[str, Any]]:
    """Rows of the mail ledger with these values, oldest first."""
    conditions = " AND ".join(f"{column} = ${number}" for number, column in enumerate(where, 1)) or "true"
    return await fetch(f"SELECT * FROM mail WHERE {conditions} ORDER BY id", *where.values())
