"""What each kind of mail says, before it is laid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from backend import clock
from backend.accounts.models import Account
from backend.catalogue import Language
from backend.global_ids import global_id
from backend.identity.models import Organisation, User
from backend.mail.models import Mail, MailKind
from backend.mail.wording import Wording
from backend.settings import settings
from backend.storage.database import fetch

PENDING_RENEWAL = "SELECT 1 FROM change_request WHERE account_id = $1 AND type = 'RENEWAL' AND state = 'PENDING'"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of facts; ``before`` where it tells of a change."""

    label: str
    value: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its reader's language; ``domain`` is the account's own e-mail domain, if it has one."""

    subject: str
    heading: str
    lead: str
    button: str
    link: str
    rows: Sequence[Row] = ()
    after: Sequence[str] = ()
    quote_label: str = ""
    quote: str = ""
    domain: str | None = None


async def letter_of(mail: Mail, recipient: User) -> Letter:
    """What a mail says to its recipient now."""
    wording = Wording(Language(recipient.language))
    match mail.kind:
        case MailKind.REMINDER:
            return await _reminder(mail, wording)
        case MailKind.REQUEST_FILED:
            return _request_filed(mail.facts, wording)
        case MailKind.REQUEST_DECIDED:
            return _request_decided(mail.facts, wording)
        case MailKind.PASSWORD_RESET:
            return _password_reset(mail.facts, wording)
    raise ValueError(f"a mail of kind {mail.kind} has no letter")


async def _reminder(mail: Mail, wording: Wording) -> Letter:
    account = await Account.get(id=mail.account_id)
    time_zone = (await Organisation.get(id=account.organisation_id)).time_zone
    days = (account.expires_on - clock.now().astimezone(ZoneInfo(time_zone)).date()).days
    pending = bool(await fetch(PENDING_RENEWAL, account.id))
    expires_on = wording.date(account.expires_on)
    page = f"{settings().origin}/management/accounts/{global_id('Account', account.id)}"
    return Letter(
        subject=wording.say("reminder.subject", account=account.name, date=expires_on),
        heading=wording.count("reminder.heading", days, account=account.name, days=wording.number(days)),
        lead=wording.say("reminder.lead", date=expires_on),
        rows=[
            Row(wording.say("field.NAME"), account.name),
            Row(wording.say("field.CLIENT_NAME"), account.client_name),
            Row(wording.say("field.LICENCE"), wording.value("LICENCE", account.licence)),
            Row(wording.say("field.DATAPOINTS"), wording.number(account.datapoints)),
            Row(wording.say("field.EXPIRES_ON"), expires_on),
        ],
        after=[wording.say("reminder.pending" if pending else "reminder.next")],
        button=wording.say("reminder.pending_button" if pending else "reminder.button"),
        link=page if pending else f"{page}/renew",
        domain=account.mail_domain,
    )


def _request_filed(facts: dict[str, Any], wording: Wording) -> Letter:
    type_ = wording.say(f"type.{facts['type']}")
    return Letter(
        subject=wording.say(
            "filed.subject", organisation=facts["organisation_name"], type=type_, account=facts["account_name"]
        ),
        heading=wording.say("filed.heading"),
        lead=wording.say("filed.lead", requester=facts["requester_name"], organisation=facts["organisation_name"]),
        rows=_rows_of_request(facts, wording),
        quote_label=wording.say("filed.comment"),
        quote=facts["comment"],
        button=wording.say("filed.button"),
        link=f"{settings().origin}/queue/{facts['request_link_id']}",
    )


def _request_decided(facts: dict[str, Any], wording: Wording) -> Letter:
    decided = facts["decision"].lower()
    type_ = wording.say(f"type.{facts['type']}")
    account = facts["account_link_id"]
    where = f"accounts/{account}" if account else "applications?state=decided"
    return Letter(
        subject=wording.say(f"{decided}.subject", type=type_, account=facts["account_name"]),
        heading=wording.say(f"{decided}.heading"),
        lead=wording.say(f"{decided}.lead", decider=facts["decider_name"]),
        rows=_rows_of_request(facts, wording),
        quote_label=wording.say("rejected.reason"),
        quote=facts["reason"] or "",
        button=wording.say("approved.button" if account else "rejected.button"),
        link=f"{settings().origin}/management/{where}",
        domain=facts["mail_domain"],
    )


def _password_reset(facts: dict[str, Any], wording: Wording) -> Letter:
    return Letter(
        subject=wording.say("reset.subject"),
        heading=wording.say("reset.heading"),
        lead=wording.say("reset.lead"),
        after=[wording.say("reset.otherwise")],
        button=wording.say("reset.button"),
        # In the fragment, which no browser sends to a server or names as the page that it came from.
        link=f"{settings().origin}/reset-password#{facts['token']}",
    )


def _rows_of_request(facts: dict[str, Any], wording: Wording) -> list[Row]:
    rows = [Row(wording.say("field.NAME"), facts["account_name"])]
    if facts["client_name"]:
        rows.append(Row(wording.say("field.CLIENT_NAME"), facts["client_name"]))
    for change in facts["changes"]:
        if change["field"] in {"NAME", "CLIENT_NAME"}:
            continue
        before = None if change["before"] is None else wording.value(change["field"], change["before"])
        rows.append(
            Row(wording.say(f"field.{change['field']}"), wording.value(change["field"], change["after"]), before)
        )
    return rows
