"""What opens, is said or fails on a page, in light and dark, on a desktop and on a phone: axe finds nothing."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Visitors
from tests.browser.link import Link
from tests.browser.looking import look_of, looked_at
from tests.browser.test_trouble import ends_elsewhere

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

EXPECTED = ["Failed to load resource", "WebSocket connection to", "RangeError"]


async def openings(page: Page) -> AsyncIterator[str]:
    """Open what a SuperAdmin's pages can open, one after the other; the name of each."""
    await page.goto("/management/active?q=Grenoble+Water+Plant")
    await page.locator("tbody [aria-haspopup]").first.click()
    await expect(page.get_by_role("menu")).to_be_visible()
    yield "opening-row-menu"
    await page.get_by_role("menuitem", name="Copy link").click()
    await expect(page.get_by_text("Link copied.")).to_be_visible()
    yield "opening-toast"
    await page.locator(".avatar").click()
    await expect(page.get_by_role("link", name="Explorer of the API")).to_be_visible()
    yield "opening-user-menu"
    await page.keyboard.press("Escape")
    await page.goto("/management/active")
    for _ in range(2):
        await page.get_by_role("button", name="Show as table").first.click()
    await expect(page.locator(".figure-table")).to_have_count(2)
    yield "opening-tables"
    await page.get_by_role("combobox", name="Client").click()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[role=option][aria-selected=true]")).to_be_visible()
    yield "opening-clients"
    await page.keyboard.press("Escape")
    await page.locator("tbody input[type=checkbox]").first.check()
    await page.locator("tbody input[type=checkbox]").nth(1).check()
    await expect(page.get_by_text("2 selected")).to_be_visible()
    yield "opening-ticked"
    await page.get_by_role("button", name="Renew 2 accounts").click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)
    yield "opening-renew-several"
    await page.goto("/management/new")
    await page.get_by_role("button", name="Create new account").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    yield "opening-new-refused"
    await page.get_by_label("Account name").fill("Half a name")
    await page.get_by_role("banner").get_by_role("link", name="Account management").click()
    await expect(page.get_by_role("dialog", name="Leave without sending?")).to_be_visible()
    yield "opening-leave"
    await page.get_by_role("button", name="Leave", exact=True).click()
    await page.goto("/profile")
    await page.get_by_role("button", name="Set up an app").click()
    await expect(page.get_by_role("region", name="Codes at sign-in").get_by_label("Current password")).to_be_visible()
    yield "opening-codes"


async def troubles(page: Page, visitors: Visitors) -> AsyncIterator[str]:
    """Let one thing after the other go wrong; the name of each."""
    link = Link()
    await link.guard(page.context)
    await page.goto("/management/active")
    await expect(page.locator("tbody tr").first).to_be_visible()
    while not link.open:
        await page.wait_for_event("websocket")
    await link.cut()
    await expect(page.get_by_text("Live updates paused")).to_be_visible()
    yield "trouble-live"
    await page.context.set_offline(True)
    await expect(page.get_by_text("You are offline. Showing data from")).to_be_visible()
    yield "trouble-offline"
    await page.context.set_offline(False)
    fault = {"message": "…", "extensions": {"code": "INTERNAL", "correlationId": "5f0c2a"}}

    async def fail(route: Route) -> None:
        await route.fulfill(json={"data": None, "errors": [fault]})

    await page.route("**/graphql?*Accounts*", fail)
    await page.goto("/management/active")
    await expect(page.get_by_role("alert")).to_contain_text("Number for our support")
    yield "trouble-server"
    await page.unroute_all(behavior="wait")
    link.mend()
    await page.goto("/management/active")
    await expect(page.locator("tbody tr").first).to_be_visible()
    await ends_elsewhere(visitors, page)
    await expect(page.get_by_role("dialog", name="Sign in")).to_be_visible(timeout=15_000)
    yield "trouble-session"


async def of_the_queue(page: Page) -> AsyncIterator[str]:
    """Open what the queue can open; the name of each."""
    await page.goto("/queue")
    await page.locator(".queue-item input").first.check()
    await page.locator(".bulk-bar").get_by_role("button", name="Reject…").click()
    await expect(page.get_by_role("dialog", name="Reject 1 request")).to_be_visible()
    yield "opening-reject-several"
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    yield "opening-keys"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_in_what_opens_and_in_what_fails(visitors: Visitors, width: int, dark: bool) -> None:
    visitors.expected = EXPECTED
    found: dict[str, list[str]] = {}
    look = look_of(width, dark=dark)

    async def look_at(page: Page, names: AsyncIterator[str]) -> None:
        async for name in names:
            found[name] = await looked_at(page, f"{name}-{look}", whole=False)

    ada = await visitors.person(ADA, width=width, dark=dark)
    await ada.context.grant_permissions(["clipboard-write"])
    await look_at(ada, openings(ada))
    await look_at(ada, troubles(ada, visitors))
    carla = await visitors.person(CARLA, width=width, dark=dark)
    await look_at(carla, of_the_queue(carla))
    stranger = await visitors.stranger(width=width, dark=dark)
    await stranger.goto("/sign-in")
    await stranger.get_by_label("E-mail").fill(ADA)
    await stranger.locator("[name=password]").fill("not this one")
    await stranger.get_by_role("button", name="Sign in", exact=True).click()
    await expect(stranger.get_by_role("alert")).to_be_visible()
    found["trouble-sign-in"] = await looked_at(stranger, f"trouble-sign-in-{look}")
    assert {name: faults for name, faults in found.items() if faults} == {}
