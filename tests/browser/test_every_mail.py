"""Every kind of mail as Chromium shows it, in light and dark, on a phone and in a wide window; and as plain text."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from backend.accounts.models import Account
from backend.catalogue import Language
from backend.identity.audit import Act
from backend.identity.models import Organisation
from backend.mail import request_mails, sign_in_mails, term_mails
from backend.mail.content import Content
from backend.mail.models import Milestone
from backend.mail.rendering import html_of, text_of
from backend.mail.terms import PendingRenewal, Term
from backend.mail.wording import Wording
from tests.browser.conftest import ARTEFACTS

EXPIRES_ON = date(2027, 3, 31)

WORDS_OF_CODE = re.compile(r"[{}\ufffd]|\bNone\b|\bundefined\b|[A-Z]{2,}_[A-Z]{2,}")
"""What a template or a catalogue leaves behind where something is missing."""

FOR_MAILS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""Rules for any page; a mail has no landmarks of a site."""

FACTS = {
    "type": "DATAPOINTS",
    "account_name": "Sagrada Família Depot",
    "client_name": "Ciel Hôtels",
    "organisation_name": "Globex Bâtiments",
    "requester_name": "Hugo Lambert",
    "comment": "Two new floors are being metered.\nThe list of meters follows.",
    "decision": None,
    "decider_name": None,
    "reason": None,
    "mail_domain": None,
    "changes": [{"field": "DATAPOINTS", "before": "4200", "after": "4350"}],
    "request_link_id": "Q2hhbmdlUmVxdWVzdDoz",
    "account_link_id": "QWNjb3VudDoz",
}

NEW_ACCOUNT = [
    {"field": field, "before": None, "after": after}
    for field, after in {
        "NAME": "Sagrada Família Depot",
        "CLIENT_NAME": "Ciel Hôtels",
        "LICENCE": "OPTIMISE",
        "DATAPOINTS": "140",
        "SECTOR": "LOGISTICS",
        "COUNTRY": "ES",
        "RTC_LINES": "6",
        "MAIL_DOMAIN": "energy.northwind.example",
        "STARTS_ON": "2026-12-01",
        "EXPIRES_ON": "2027-11-30",
    }.items()
]


TOLD_BY_MAIL = [
    Act.PASSWORD_SET,
    Act.SECOND_FACTOR_SET,
    Act.SECOND_FACTOR_REMOVED,
    Act.RECOVERY_CODES_RENEWED,
    Act.REFRESH_TOKEN_REUSED,
]


def term(name: str, days_left: int, *, later: int = 0, renewal: bool = False) -> Term:
    """An account whose term ends on a day near the end of March."""
    organisation = Organisation(name="Globex Bâtiments", time_zone="Europe/Paris")
    account = Account(
        id=3,
        name=name,
        client_name="Ciel Hôtels",
        licence="PROFESSIONAL",
        datapoints=4200,
        expires_on=EXPIRES_ON + timedelta(days=later),
    )
    waiting = PendingRenewal(7, datetime(2027, 3, 1, tzinfo=UTC), "Hugo Lambert") if renewal else None
    return Term(account, organisation, EXPIRES_ON - timedelta(days=days_left), waiting)


def every_letter(wording: Wording) -> Iterator[tuple[str, Content]]:
    """Each kind of mail, and the variants that read differently."""
    one = "Barcelona Greenhouses and Leisure Park North-East"
    several = ["Milano Data Hall", one, "Lille Campus"]
    decided = FACTS | {"decider_name": "Carla Ferrer", "comment": ""}
    rejected = decided | {"decision": "REJECTED", "reason": "Please send the list of meters first."}
    yield "filed", request_mails.filed(FACTS, wording)
    yield (
        "filed-new-account",
        request_mails.filed(FACTS | {"type": "NEW_ACCOUNT", "changes": NEW_ACCOUNT, "comment": ""}, wording),
    )
    yield "approved", request_mails.decided(decided | {"decision": "APPROVED"}, wording)
    yield "rejected", request_mails.decided(rejected, wording)
    yield "reminder-month", term_mails.reminder([term(one, 31)], Milestone.ONE_MONTH, wording)
    yield "reminder-week", term_mails.reminder([term(one, 7)], Milestone.ONE_WEEK, wording)
    yield "reminder-day", term_mails.reminder([term(one, 0)], Milestone.EXPIRY_DAY, wording)
    yield "reminder-pending", term_mails.reminder([term(one, 7, renewal=True)], Milestone.ONE_WEEK, wording)
    mixed = [term(name, 7, renewal=name == one) for name in several]
    yield "reminder-several", term_mails.reminder(mixed, Milestone.ONE_WEEK, wording)
    span = [term(name, 31, later=number) for number, name in enumerate(several)]
    yield "reminder-span", term_mails.reminder(span, Milestone.ONE_MONTH, wording)
    yield "waiting", term_mails.renewal_waiting([term(one, 7, renewal=True)], wording)
    yield "waiting-several", term_mails.renewal_waiting([term(name, 0, renewal=True) for name in several], wording)
    yield "late", term_mails.reminders_late([term(one, -1)], wording)
    yield "late-several", term_mails.reminders_late([term(name, -1) for name in several], wording)
    yield "password-reset", sign_in_mails.password_reset({"token": "a-secret-of-tests"}, wording)
    facts = {"at": "2026-12-01T08:05:00+00:00", "device": "Pixel 9, Android 16"}
    yield "new-sign-in", sign_in_mails.new_sign_in(facts, "Europe/Madrid", wording)
    for act in TOLD_BY_MAIL:
        yield f"credentials-{act}", sign_in_mails.credentials_changed(facts | {"act": act}, "Europe/Madrid", wording)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 700])
@pytest.mark.parametrize("language", Language)
async def test_every_mail_is_whole_in_any_window(browser: Browser, language: Language, width: int, dark: bool) -> None:
    wording = Wording(language)
    found: dict[str, list[str]] = {}
    ARTEFACTS.mkdir(exist_ok=True)
    window = await browser.new_context(
        viewport={"width": width, "height": 700}, color_scheme="dark" if dark else "light"
    )
    page = await window.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    for kind, letter in every_letter(wording):
        await page.set_content(html_of(letter, "Ada Whitfield", wording))
        look = f"{language}-{'dark' if dark else 'light'}-{width}"
        await page.screenshot(path=ARTEFACTS / f"mail-{kind}-{look}.png", full_page=True)
        text = await page.inner_text("body")
        links = await page.eval_on_selector_all("a", "links => links.map((link) => link.getAttribute('href'))")
        faults = [f"left behind: {word}" for word in WORDS_OF_CODE.findall(text)]
        faults += [f"not absolute: {link}" for link in links if not link.startswith("http")]
        if await page.get_attribute("html", "lang") != language:
            faults.append("another language")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append("wider than the window")
        if language is Language.EN:
            violations = (await Axe().run(page, options=FOR_MAILS)).response["violations"]
            faults += [f"{one['id']}: {node['html'][:120]}" for one in violations for node in one["nodes"]]
        found[kind] = faults

    await window.close()
    assert {kind: faults for kind, faults in found.items() if faults} == {}
    assert asked == []


@pytest.mark.parametrize("language", Language)
def test_the_plain_text_of_every_mail_says_what_the_html_says(language: Language) -> None:
    wording = Wording(language)
    for kind, letter in every_letter(wording):
        text, html = text_of(letter, "Ada Whitfield", wording), html_of(letter, "Ada Whitfield", wording)
        assert WORDS_OF_CODE.findall(text) == [], kind
        assert "\n\n\n" not in text, kind
        for words in (letter.heading, letter.lead, letter.button, *(row.value for row in letter.rows), *letter.after):
            assert words in text, kind
        for link in (letter.link, *(item.link for item in letter.items)):
            assert link in text, kind
            assert link.replace("&", "&amp;") in html, kind
