"""Where the server asks to wait, the seconds count down, and the button is of use again once they are over."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect
from redis.asyncio import Redis

from tests.browser.conftest import Visitors
from tests.browser.test_trouble import is_filing
from tests.browser.words import LOCALES, said, words
from tests.desk import PASSWORD, Desk

ADA, CARLA = "ada@acme.example", "carla@platform.example"

TRIES = 5
"""So often may a person be mistaken before the server asks them to wait."""

SECONDS = re.compile(r"\d+")

REFUSED = ["Failed to load resource"]
"""What Chromium writes of an answer that is a refusal."""


async def asks_to_wait(route: Route, code: str = "TOO_MANY_REQUESTS", seconds: int = 2) -> None:
    """Answer as a server that wants to be left alone for some seconds."""
    error = {"message": "Later.", "extensions": {"code": code, "retryAfter": seconds}}
    await route.fulfill(
        status=429 if code == "TOO_MANY_REQUESTS" else 503, content_type="application/json", json={"errors": [error]}
    )


async def is_waited_for(page: Page, note: Locator, seconds: int, message: str, over: str) -> None:
    """Let the seconds go by for the page, and see each of them go."""
    for left in range(seconds, max(seconds - 3, 0), -1):
        await expect(note).to_contain_text(said(message, n=left))
        await page.clock.run_for(1000)
    await page.clock.run_for((seconds - 2) * 1000)
    await expect(note).to_have_text(over)


@pytest.mark.parametrize("language", LOCALES)
async def test_the_seconds_before_another_try_to_sign_in_count_down_in_every_language(
    office: Visitors, valkey_url: str, language: str
) -> None:
    office.expected = REFUSED
    t = words(language)
    page = await office.stranger(locale=LOCALES[language])
    await page.clock.install()
    await page.goto("/sign-in")
    await page.get_by_label(t["email"]).fill(ADA)
    await page.get_by_label(t["password"], exact=True).fill("not this one")
    button = page.get_by_role("button", name=t["signin"], exact=True)
    note = page.get_by_role("alert")
    for _ in range(TRIES):
        await button.click()
        await expect(button).not_to_have_attribute("aria-busy", "true")
    await button.click()
    await expect(button).to_have_attribute("aria-disabled", "true")
    told = SECONDS.search(await note.inner_text())
    assert told

    await is_waited_for(page, note, int(told[0]), t["throttled"], t["wait.over"])

    await expect(button).to_have_attribute("aria-disabled", "false")
    async with Redis.from_url(valkey_url) as counts:
        await counts.flushall()
    await page.get_by_label(t["password"], exact=True).fill(PASSWORD)
    await button.click()
    await expect(page.locator(".avatar")).to_be_visible()


async def test_while_the_seconds_run_a_button_asks_nothing_and_somebody_else_may_sign_in(office: Visitors) -> None:
    office.expected = REFUSED
    page = await office.stranger()
    await page.goto("/sign-in")
    await page.get_by_label("E-mail").fill(ADA)
    await page.get_by_label("Password", exact=True).fill("not this one")
    button = page.get_by_role("button", name="Sign in", exact=True)
    asked: list[Any] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.post_data)
        await asks_to_wait(route, seconds=600)

    await page.route("**/graphql*", refuse)
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("Too many attempts. Try again in")

    await button.click(force=True)
    await page.get_by_label("Password", exact=True).press("Enter")
    assert len(asked) == 1

    await page.unroute_all(behavior="wait")
    await page.get_by_label("E-mail").fill(CARLA)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await button.click()
    await expect(page.locator(".avatar")).to_be_visible()


async def test_a_request_waits_in_its_form_and_is_filed_when_the_seconds_are_over(office: Visitors, desk: Desk) -> None:
    office.expected = REFUSED
    account = await desk.account(name="Plant")
    page = await office.person(ADA, start=f"/management/accounts/{account}/datapoints")
    await page.get_by_label("Datapoints to add or remove").fill("15")

    async def refuse_filing(route: Route) -> None:
        await (asks_to_wait(route) if is_filing(route.request) else route.continue_())

    await page.route("**/graphql", refuse_filing)
    button = page.get_by_role("dialog").get_by_role("button", name="Request extension")
    await button.click()

    note = page.get_by_role("alert")
    await expect(note).to_be_focused()
    await expect(note).to_contain_text("Try again in")
    await expect(button).to_have_attribute("aria-disabled", "true")
    await expect(note).to_have_text("You can try again now.")
    await page.unroute_all(behavior="wait")
    await button.click()
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def test_a_list_that_the_server_has_no_time_for_can_be_asked_for_again_when_the_seconds_are_over(
    office: Visitors, desk: Desk
) -> None:
    office.expected = REFUSED
    await desk.account(name="Plant")
    page = await office.person(CARLA, start="/queue")
    await page.route("**/graphql*", lambda route: asks_to_wait(route, "UNAVAILABLE"))
    await page.get_by_role("link", name="All accounts").click()
    again = page.get_by_role("button", name="Try again").first
    await expect(again).to_have_attribute("aria-disabled", "true")
    await expect(page.get_by_text("Not available at the moment. Try again in").first).to_be_visible()

    await page.unroute_all(behavior="wait")
    await expect(again).to_have_attribute("aria-disabled", "false")
    await again.click()

    await expect(page.get_by_role("link", name="Plant")).to_be_visible()
