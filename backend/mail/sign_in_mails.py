"""Letters about ways in: a link to set a password, a sign-in on a new device, credentials that were changed."""

from datetime import datetime
from typing import Any

from backend.identity.audit import Act
from backend.mail.content import Content, Row
from backend.mail.wording import Wording
from backend.settings import settings


def password_reset(facts: dict[str, Any], wording: Wording) -> Content:
    """A link to set a new password; once the mail has ended, its secret is gone from the ledger and from here."""
    return Content(
        subject=wording.say("reset.subject"),
        heading=wording.say("reset.heading"),
        lead=wording.say("reset.lead"),
        after=[wording.say("reset.otherwise")],
        button=wording.say("reset.button"),
        # In the fragment, which no browser sends to a server or names as the page that it came from.
        link=f"{settings().origin}/reset-password#{facts.get('token', '')}",
    )


def new_sign_in(facts: dict[str, Any], time_zone: str, wording: Wording) -> Content:
    """Somebody has signed in as the reader from a device not seen before."""
    return Content(
        subject=wording.say("sign_in.subject"),
        heading=wording.say("sign_in.heading"),
        lead=wording.say("sign_in.lead"),
        rows=[_when(facts, time_zone, wording), _where(facts, wording)],
        after=[wording.say("sign_in.otherwise")],
        button=wording.say("sign_in.button"),
        link=f"{settings().origin}/forgot-password",
    )


def credentials_changed(facts: dict[str, Any], time_zone: str, wording: Wording) -> Content:
    """A password or codes of the reader's were changed, or a phone's token was used twice."""
    act = Act(facts["act"])
    is_of_phone = act is Act.REFRESH_TOKEN_REUSED
    return Content(
        subject=wording.say(f"credentials.{act}"),
        heading=wording.say(f"credentials.{act}"),
        lead=wording.say(f"credentials.{act}.lead"),
        rows=[_when(facts, time_zone, wording), *([_where(facts, wording)] if is_of_phone else [])],
        after=[
            wording.say("credentials.again" if is_of_phone else "sign_in.lead"),
            wording.say("credentials.otherwise"),
        ],
        button=wording.say("sign_in.button"),
        link=f"{settings().origin}/forgot-password",
    )


def _when(facts: dict[str, Any], time_zone: str, wording: Wording) -> Row:
    return Row(wording.say("sign_in.when"), wording.instant(datetime.fromisoformat(facts["at"]), time_zone))


def _where(facts: dict[str, Any], wording: Wording) -> Row:
    return Row(wording.say("sign_in.device"), facts["device"] or wording.say("sign_in.no_device"))
