"""The main story in each language of the interface, and the words of the help article."""

from collections.abc import Mapping

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.words import LOCALES, said, words
from tests.desk import Desk
from tests.waiting import until

ADA, HUGO, CARLA = "superadmin@northwind.example", "superadmin@globex.example", "success@platform.example"

ARTICLE = {
    "section": "Gestion des comptes",
    "zone.active": "Comptes actifs",
    "zone.expired": "Comptes expirés",
    "zone.applications": "Applications",
    "create": "Créer un nouveau compte",
    "name": "Nom du compte",
    "client": "Nom du client",
    "license": "Licence",
    "datapoints": "Variables/Datapoints",
    "sector": "Secteur",
    "rtc": "Lignes RTC",
    "domain": "Domaine associé à l’e-mail",
    "comment": "Commentaire",
    "request.extension.datapoints": "Demander une extension",
    "request.extension.license": "Demande d’extension",
}


async def speak(page: Page, language: str) -> None:
    """Choose a language in the menu behind the round button; it is the person's from then on, in every window."""

    async def is_kept() -> bool:
        return bool((await asks(page, "{ viewer { language } }"))["viewer"]["language"] == language.upper())

    await page.locator(".avatar").click()
    await page.locator(".menu select").first.select_option(language.upper())
    await expect(page.locator("html")).to_have_attribute("lang", LOCALES["en"] if language == "en" else language)
    await until(is_kept)
    await page.keyboard.press("Escape")


@pytest.mark.parametrize("language", LOCALES)
async def test_the_page_to_sign_in_speaks_the_browsers_language(visitors: Visitors, language: str) -> None:
    somebody = await visitors.stranger(locale=LOCALES[language])
    await somebody.goto("/sign-in")

    await expect(somebody.get_by_role("heading", name=words(language)["signin"])).to_be_visible()
    await expect(somebody.get_by_role("button", name=words(language)["signin"], exact=True)).to_be_visible()


async def test_datapoints_are_asked_for_approved_and_changed_in_every_language(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    carla = await visitors.person(CARLA)
    for place, language in enumerate(LOCALES):
        t = words(language)
        await speak(ada, language)
        await speak(carla, language)
        await ada.goto("/management/active?sort=-expires")
        await expect(ada.get_by_role("heading", name=t["section"])).to_be_visible()
        row = ada.locator(".table-accounts tbody tr").filter(has_not=ada.locator(".badge.pending")).nth(place)
        account = await row.locator("th a").inner_text()
        before = await number_of(ada, account)

        await ada.get_by_role("button", name=t["row.actions"].replace("{name}", account), exact=True).click()
        await ada.get_by_role("menuitem", name=t["menu.datapoints"]).click()
        await ada.get_by_role("textbox", name=t["delta"]).fill("11")
        await ada.get_by_role("button", name=t["request.extension.datapoints"]).click()
        await expect(ada.get_by_text(t["sent"])).to_be_visible()

        await carla.goto("/queue")
        await carla.locator(".queue-row").filter(has_text=account).click()
        await carla.get_by_role("button", name=t["approve"]).click()
        await expect(carla.locator(".examination").get_by_text(t["state.APPROVED"], exact=True)).to_be_visible()

        assert await number_of(ada, account) == before + 11
    await speak(ada, "en")
    await speak(carla, "en")


async def opens(page: Page, choice: str, t: Mapping[str, str]) -> Locator:
    """Choose a dialog in the menu of the account Plant; the dialog."""
    await page.get_by_role("button", name=said(t["row.actions"], name="Plant"), exact=True).click()
    await page.get_by_role("menuitem", name=choice).click()
    dialog = page.get_by_role("dialog", name=f"{choice} · Plant")
    await expect(dialog.get_by_label(t["comment"])).to_be_visible()
    return dialog


async def files_one_of_each(page: Page, t: Mapping[str, str]) -> None:
    """Ask for datapoints, a licence and a renewal by the three dialogs of an account's row."""
    dialog = await opens(page, t["menu.datapoints"], t)
    await expect(dialog.get_by_text(t["delta.help"])).to_be_visible()
    await dialog.get_by_label(t["delta"]).fill("11")
    await expect(dialog.locator("output")).to_contain_text(said(t["delta.more"], n=11))
    await dialog.get_by_role("button", name=t["request.extension.datapoints"]).click()
    await expect(page.get_by_text(t["sent"])).to_be_visible()

    dialog = await opens(page, t["menu.license"], t)
    await expect(dialog.get_by_role("radio", name="Detect")).to_be_disabled()
    await expect(dialog.get_by_text(t["license.current"], exact=True)).to_be_visible()
    await dialog.get_by_role("radio", name="Professional").check()
    await dialog.get_by_role("button", name=t["request.extension.license"]).click()
    await expect(dialog).to_have_count(0)

    dialog = await opens(page, t["menu.renew"], t)
    await expect(dialog.get_by_label(t["period"])).to_have_value("12")
    await dialog.get_by_role("button", name=t["request.renewal"]).click()
    await expect(dialog).to_have_count(0)


async def examines(page: Page, kind: str, t: Mapping[str, str]) -> Locator:
    """Open the request of a type from the queue; the panel that shows it."""
    await page.locator(".queue-item").filter(has_text=t[f"type.{kind}"]).get_by_role("link").click()
    panel = page.get_by_role("region", name="Plant")
    await expect(panel.get_by_text(t[f"type.{kind}"], exact=True).first).to_be_visible()
    for column in ("field", "now", "requested"):
        await expect(panel.get_by_role("columnheader", name=t[column])).to_be_visible()
    return panel


@pytest.mark.parametrize("language", LOCALES)
async def test_each_dialog_files_and_the_queue_examines_approves_and_rejects_in_every_language(
    office: Visitors, desk: Desk, language: str
) -> None:
    t = words(language)
    await desk.account(name="Plant", licence="DETECT")
    ada, carla = await office.person("ada@acme.example"), await office.person("carla@platform.example")
    await speak(ada, language)
    await speak(carla, language)
    await ada.goto("/management/active")
    await files_one_of_each(ada, t)

    await carla.goto("/queue")
    await expect(carla.get_by_role("heading", name=t["queue.title"])).to_be_visible()
    panel = await examines(carla, "DATAPOINTS", t)
    changed = panel.get_by_role("row").filter(has=carla.get_by_role("rowheader", name=t["field.DATAPOINTS"]))
    await expect(changed).to_contain_text(said(t["delta.more"], n=11))
    await panel.get_by_role("button", name=t["approve"]).click()
    await expect(panel.get_by_text(said(t["decided.APPROVED"], who="Carla"))).to_be_visible()
    await expect(carla.locator(".toast")).to_contain_text(t["approved"])

    panel = await examines(carla, "LICENCE", t)
    await panel.get_by_role("button", name=t["reject.open"]).click()
    await panel.get_by_role("button", name=t["reject"], exact=True).click()
    await expect(panel.get_by_text(said(t["reason.short"], min=10))).to_be_visible()
    await panel.get_by_role("button", name=t["reason.1"]).click()
    await expect(panel.get_by_label(t["reason"])).to_have_value(t["reason.1"])
    await panel.get_by_role("button", name=t["reject"], exact=True).click()
    await expect(panel.get_by_text(said(t["decided.REJECTED"], who="Carla"))).to_be_visible()

    panel = await examines(carla, "RENEWAL", t)
    await expect(panel.get_by_role("row").filter(has_text=t["field.EXPIRES_ON"])).to_contain_text(t["changed"])
    await panel.get_by_role("button", name=t["approve"]).click()
    await expect(panel.get_by_text(said(t["decided.APPROVED"], who="Carla"))).to_be_visible()

    await ada.goto("/management/applications?state=decided")
    for kind, state in (("DATAPOINTS", "APPROVED"), ("LICENCE", "REJECTED"), ("RENEWAL", "APPROVED")):
        line = ada.locator("tbody tr").filter(has=ada.locator(".badge", has_text=t[f"type.{kind}"])).first
        await expect(line).to_contain_text(t[f"state.{state}"])
    await expect(ada.get_by_text(t["reason.1"])).to_be_visible()


async def number_of(page: Page, account: str) -> int:
    """An account's datapoints, as the section shows them."""
    await page.goto(f"/management/active?q={account}")
    row = page.locator(".table-accounts tbody tr").filter(has=page.get_by_role("link", name=account, exact=True))
    shown = await row.locator(".number").inner_text()
    return int("".join(filter(str.isdigit, shown)))


async def test_the_french_page_has_the_words_of_the_help_article(visitors: Visitors) -> None:
    for key, text in ARTICLE.items():
        assert words("fr")[key] == text
    hugo = await visitors.person(HUGO, start="/management/active")
    for key in ("zone.active", "zone.expired", "zone.applications"):
        await expect(hugo.get_by_role("navigation", name="Zones").get_by_text(ARTICLE[key])).to_be_visible()
    await hugo.get_by_role("link", name=ARTICLE["create"]).click()
    await hugo.get_by_label("Pays").select_option(label="Espagne")

    for key in ("name", "client", "datapoints", "sector", "rtc", "domain", "comment"):
        await expect(hugo.get_by_label(ARTICLE[key]).first).to_be_visible()
    await expect(hugo.get_by_label("Période")).to_be_visible()
    await expect(hugo.get_by_role("group", name=ARTICLE["license"])).to_be_visible()
    await expect(hugo.get_by_role("button", name=ARTICLE["create"])).to_be_visible()
