"""Letters about ways in: a link to set a new password, and a sign-in from a device not seen before."""

from datetime import datetime
from typing import Any

from backend.mail.letter import Letter, Row
from backend.mail.wording import Wording
from backend.settings import settings


def password_reset(facts: dict[str, Any], wording: Wording) -> Letter:
    """A link to set a new password; once the mail has ended, its secret is gone from the ledger and from here."""
    return Letter(
        subject=wording.say("reset.subject"),
        heading=wording.say("reset.heading"),
        lead=wording.say("reset.lead"),
        after=[wording.say("reset.otherwise")],
        button=wording.say("reset.button"),
        # In the fragment, which no browser sends to a server or names as the page that it came from.
        link=f"{settings().origin}/reset-password#{facts.get('token', '')}",
    )


def new_sign_in(facts: dict[str, Any], time_zone: str, wording: Wording) -> Letter:
    """Somebody has signed in as the reader from a device not seen before."""
    return Letter(
        subject=wording.say("sign_in.subject"),
        heading=wording.say("sign_in.heading"),
        lead=wording.say("sign_in.lead"),
        rows=[
            Row(wording.say("sign_in.when"), wording.instant(datetime.fromisoformat(facts["at"]), time_zone)),
            Row(wording.say("sign_in.device"), facts["device"] or wording.say("sign_in.no_device")),
        ],
        after=[wording.say("sign_in.otherwise")],
        button=wording.say("sign_in.button"),
        link=f"{settings().origin}/forgot-password",
    )
