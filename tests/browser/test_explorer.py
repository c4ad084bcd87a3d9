"""The explorer: offline, with operations that its visitor's role may try, within a policy of its own."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, Request, expect

from tests.browser.conftest import Visitors
from tests.browser.filing import files, untouched

ADA = "superadmin@northwind.example"


async def explores(visitors: Visitors, page: Page) -> list[str]:
    """Go to the explorer. Returns what it asks of other places, which grows when it does."""
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((visitors.address, "data:", "blob:")):
            elsewhere.append(request.url)

    page.on("request", note)
    await page.goto("/explorer/")
    await expect(page.get_by_text("Send Request")).to_be_visible(timeout=30_000)
    return elsewhere


async def runs(page: Page, sample: str) -> Locator:
    """Choose a sample operation by its tab and send it; the place of its result."""
    await page.get_by_text(sample, exact=True).click()
    await page.get_by_text("Send Request").click()
    return page.locator("app-query-result").locator("visible=true")


def frames(page: Page) -> asyncio.Queue[str]:
    """All that the page's sockets, opened from now on, send."""
    sent: asyncio.Queue[str] = asyncio.Queue()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.put_nowait(str(frame))))
    return sent


@pytest.mark.parametrize(
    ("who", "operation"),
    [
        (ADA, "Ask for a renewal"),
        ("member@northwind.example", "Accounts of the home page"),
        ("success@platform.example", "The queue"),
    ],
    ids=["superadmin", "member", "success"],
)
async def test_it_loads_nothing_from_elsewhere_and_offers_the_roles_own_operations(
    visitors: Visitors, who: str, operation: str
) -> None:
    page = await visitors.person(who)

    elsewhere = await explores(visitors, page)

    await expect(page.get_by_text(operation, exact=True)).to_be_visible()
    await expect(page.get_by_text("Reloaded doc successfully")).to_be_visible(timeout=30_000)
    assert elsewhere == []


async def test_a_query_a_mutation_and_a_subscription_are_run_in_it(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    await explores(visitors, page)

    await expect(await runs(page, "Active accounts")).to_contain_text("totalCount")
    await expect(await runs(page, "Ask for more datapoints")).to_contain_text("PENDING")
    sent = frames(page)
    news = await runs(page, "Live requests")
    while "changeRequestChanged" not in await asyncio.wait_for(sent.get(), 30):
        continue
    account = await untouched(page)
    await files(page, account, 15)
    await expect(news).to_contain_text(account.name)


async def test_the_user_menu_of_the_demo_leads_to_it(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    await page.locator(".avatar").click()

    await expect(page.get_by_role("link", name="Explorer of the API")).to_have_attribute("href", "/explorer/")
