"""Letters about requests: to Customer Success when one is filed, to the requester when it is decided."""

from typing import Any

from backend.mail.content import Content, Row
from backend.mail.wording import Wording
from backend.settings import settings


def filed(facts: dict[str, Any], wording: Wording) -> Content:
    """A request awaits Customer Success."""
    type_ = wording.say(f"type.{facts['type']}")
    return Content(
        subject=wording.say(
            "filed.subject", organisation=facts["organisation_name"], type=type_, account=facts["account_name"]
        ),
        heading=wording.say("filed.heading"),
        lead=wording.say("filed.lead", requester=facts["requester_name"], organisation=facts["organisation_name"]),
        rows=_rows(facts, wording),
        quote_label=wording.say("filed.comment"),
        quote=facts["comment"],
        button=wording.say("filed.button"),
        link=f"{settings().origin}/queue/{facts['request_link_id']}",
    )


def decided(facts: dict[str, Any], wording: Wording) -> Content:
    """A request is approved, and this is its effect; or it is rejected, and this is why."""
    decision = facts["decision"].lower()
    type_ = wording.say(f"type.{facts['type']}")
    return Content(
        subject=wording.say(f"{decision}.subject", type=type_, account=facts["account_name"]),
        heading=wording.say(f"{decision}.heading"),
        lead=wording.say(f"{decision}.lead", decider=facts["decider_name"]),
        rows=_rows(facts, wording),
        quote_label=wording.say("rejected.reason"),
        quote=facts["reason"] or "",
        button=wording.say("decided.button"),
        link=f"{settings().origin}/management/applications/{facts['request_link_id']}",
        domain=facts["mail_domain"],
    )


def _rows(facts: dict[str, Any], wording: Wording) -> list[Row]:
    account = facts["account_link_id"]
    page = f"{settings().origin}/management/accounts/{account}" if account else ""
    rows = [Row(wording.say("field.NAME"), facts["account_name"], link=page)]
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
