"""An account's reminders, past and to come: what was sent to whom and when, what will be, what was skipped and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend import clock
from backend.accounts.models import Account
from backend.accounts.term import instant_of, one_month_before, one_week_before
from backend.identity.models import Organisation, User
from backend.identity.roles import Role
from backend.mail.ledger_sql import LEDGER_SQL
from backend.mail.models import Mail, MailState, Milestone, Reason
from backend.mail.planning import REMIND_AT
from backend.storage.rows import columns_of, read, read_by_id

MOST_TERMS = 20


@dataclass(frozen=True, slots=True)
class Reminder:
    """One milestone of one term for one recipient; ``mail`` is its line in the ledger, once it has one."""

    milestone: Milestone
    expires_on: date
    due_at: datetime
    recipient_id: int
    mail: Mail | None = None
    skipped: Reason | None = None
    """Why it will be skipped when its day comes."""

    @property
    def state(self) -> MailState:
        """WAITING until its day, then what the ledger says; SKIPPED where that is certain already."""
        if self.mail is not None:
            return MailState(self.mail.state)
        return MailState.SKIPPED if self.skipped else MailState.WAITING

    @property
    def reason(self) -> str | None:
        """Why it was not sent, or will not be."""
        return self.mail.reason if self.mail is not None else self.skipped


async def reminders_of(accounts: Sequence[Account], terms: int) -> list[list[Reminder]]:
    """For each account, the reminders of the present term, past and to come, and of so many in all; the newest first.

    Three statements, whatever the number of accounts.
    """
    statement = LEDGER_SQL["reminders_of_newest_terms"].format(mail_columns=columns_of(Mail, "m"))
    ids, expiries = [account.id for account in accounts], [account.expires_on for account in accounts]
    recorded: dict[int | None, list[Mail]] = defaultdict(list)
    for mail in await read(Mail, statement, ids, expiries, terms):
        recorded[mail.account_id].append(mail)
    organisations = await read_by_id(Organisation, list({account.organisation_id for account in accounts}))
    people: dict[int | None, list[User]] = defaultdict(list)
    for person in await User.filter(
        organisation_id__in=list(organisations), role=Role.SUPER_ADMIN.value, is_active=True
    ):
        people[person.organisation_id].append(person)
    return [
        _in_order(
            [
                *map(_recorded, recorded[account.id]),
                *_to_come(
                    account,
                    recorded[account.id],
                    organisations[account.organisation_id],
                    people[account.organisation_id],
                ),
            ]
        )
        for account in accounts
    ]


def _in_order(found: Sequence[Reminder]) -> list[Reminder]:
    order = list(Milestone)
    return sorted(found, key=lambda one: (-one.expires_on.toordinal(), order.index(one.milestone), one.recipient_id))


def _to_come(
    account: Account, recorded: Sequence[Mail], organisation: Organisation, people: Sequence[User]
) -> list[Reminder]:
    """What the present term has no line for yet, for those who would get it today."""
    known = {(mail.milestone, mail.recipient_id) for mail in recorded if mail.expires_on == account.expires_on}
    days = {
        Milestone.ONE_MONTH: one_month_before(account.expires_on),
        Milestone.ONE_WEEK: one_week_before(account.expires_on),
        Milestone.EXPIRY_DAY: account.expires_on,
    }
    return [
        Reminder(
            milestone,
            account.expires_on,
            instant_of(day, REMIND_AT, organisation.time_zone),
            person.id,
            skipped=_certain(day, account, clock.today(organisation.time_zone)),
        )
        for milestone, day in days.items()
        for person in people
        if (milestone.value, person.id) not in known
    ]


def _certain(day: date, account: Account, today: date) -> Reason | None:
    """Why a milestone without a line will never be sent, where that is certain."""
    if day <= account.starts_on:
        return Reason.BEFORE_START
    return Reason.LATE if account.expires_on < today else None


def _recorded(mail: Mail) -> Reminder:
    assert mail.expires_on is not None
    return Reminder(Milestone(str(mail.milestone)), mail.expires_on, mail.due_at, mail.recipient_id, mail)
