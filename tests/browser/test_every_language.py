"""Every page in each language, on a phone: no English is left in it, and nothing is wider than the window."""

import re
from collections.abc import Mapping

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.test_every_page import ACCOUNTS, PAGES, SIGNED_OUT
from tests.browser.words import LOCALES, words

READ_OR_HEARD = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (texts.nextNode()) found.add(texts.currentNode.data.trim());
  for (const name of ["aria-label", "placeholder", "title", "data-label"])
    for (const part of document.querySelectorAll(`[${name}]`)) found.add(part.getAttribute(name));
  return [...found];
}"""

USUAL_REASON = re.compile(r"reason\.\d+$")

CHOOSE = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { errors { code } } }"


def english(language: str) -> set[str]:
    """English words of the interface that the language has others for; a usual reason stays as its decider said it."""
    of_the_page = {text for key, text in words("en").items() if "{" not in text and not USUAL_REASON.match(key)}
    return of_the_page - set(words(language).values())


async def faults(page: Page, language: str) -> list[str]:
    """What is wrong with a page that should speak the language."""
    await page.locator("h1").wait_for()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    found = sorted(english(language) & set(await page.evaluate(READ_OR_HEARD)))
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found


@pytest.mark.parametrize("language", [language for language in LOCALES if language != "en"])
async def test_no_english_is_left_and_nothing_is_wider_than_a_phone(visitors: Visitors, language: str) -> None:
    found: dict[str, list[str]] = {}

    async def visit(page: Page, pages: Mapping[str, str]) -> None:
        for name, address in pages.items():
            await page.goto(address)
            found[name] = await faults(page, language)

    await visit(await visitors.stranger(width=390, locale=LOCALES[language]), SIGNED_OUT)
    for email, pages in PAGES.items():
        page = await visitors.person(email, width=390)
        await asks(page, CHOOSE, input={"language": language.upper()})
        try:
            await visit(page, pages)
            for name, address in ACCOUNTS.items() if "active" in pages else ():
                await page.goto(address)
                await expect(page.locator("[aria-busy=true]")).to_have_count(0)
                await page.locator(".table-accounts tbody th a").first.click()
                await page.locator(".key-facts").wait_for()
                found[name] = await faults(page, language)
        finally:
            await asks(page, CHOOSE, input={"language": "EN"})
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
