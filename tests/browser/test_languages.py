"""The main story in each language of the interface, and the words of the help article."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors

CATALOGUES = Path(__file__).parents[2] / "frontend" / "src" / "i18n"
LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES", "ca": "ca-ES"}
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


def words(language: str) -> Mapping[str, str]:
    """Every word of the interface in a language."""
    told: Mapping[str, str] = json.loads((CATALOGUES / f"{language}.json").read_text(encoding="utf-8"))
    return told


async def speak(page: Page, language: str) -> None:
    """Choose a language in the menu behind the round button."""
    await page.locator(".avatar").click()
    await page.locator(".menu select").first.select_option(language.upper())
    await expect(page.locator("html")).to_have_attribute("lang", LOCALES["en"] if language == "en" else language)
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
