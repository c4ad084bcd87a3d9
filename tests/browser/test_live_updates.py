"""What changes elsewhere shows in every open page by itself; while the link is lost the page says so, and asks."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.filing import Subject, approves, files, untouched
from tests.browser.link import Link

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

LOST_LINK = ["WebSocket connection to"]


async def shows(page: Page, account: Subject) -> None:
    """Open the list that holds only this account."""
    await page.goto(f"/management/active?q={account.name}")
    await expect(page.locator("tbody tr")).to_have_count(1)


async def test_a_request_filed_elsewhere_is_counted_announced_and_shown_on_its_account(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await shows(page, account)
    zone = page.get_by_role("link", name=re.compile("^Applications"))
    await expect(zone.locator(".count")).to_have_text(re.compile(r"^\d+$"))
    before = int(await zone.locator(".count").inner_text())

    await files(page, account, 15)

    await expect(page.locator("tbody .badge.pending")).to_be_visible()
    await expect(zone.locator(".count")).to_have_text(str(before + 1))
    await expect(page.get_by_role("status").filter(has_text="wait for approval")).to_have_text(
        f"{before + 1} requests wait for approval"
    )


async def test_an_approval_elsewhere_changes_the_row_that_another_person_looks_at(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    request = await files(ada, account, 15)
    await shows(ada, account)

    await approves(carla, request)

    await expect(ada.locator("tbody .number")).to_have_text(f"{account.datapoints + 15:,}")
    await expect(ada.locator("tbody .badge.pending")).to_have_count(0)


async def test_what_changes_between_the_first_answer_and_the_beginning_of_the_news_is_not_missed(
    visitors: Visitors,
) -> None:
    link = Link()
    page = await visitors.person(ADA)
    account = await untouched(page)
    await link.guard(page.context)
    link.tarry()
    await shows(page, account)

    await files(page, account, 15)
    await expect(page.locator("tbody .badge.pending")).to_have_count(0)
    link.come()

    await expect(page.locator("tbody .badge.pending")).to_be_visible()


async def test_a_lost_link_is_told_and_what_was_missed_is_there_on_its_return(visitors: Visitors) -> None:
    visitors.expected = LOST_LINK
    link = Link()
    page = await visitors.person(ADA)
    await link.guard(page.context)
    account = await untouched(page)
    await shows(page, account)
    await expect(page.get_by_text("Live updates paused")).to_have_count(0)

    await link.cut()
    await expect(page.get_by_text("Live updates paused")).to_be_visible()
    await files(page, account, 15)
    link.mend()

    await expect(page.locator("tbody .badge.pending")).to_be_visible(timeout=30_000)
    await expect(page.get_by_text("Live updates paused")).to_have_count(0)


async def test_while_the_link_is_lost_the_page_asks_every_minute(visitors: Visitors) -> None:
    visitors.expected = LOST_LINK
    link = Link()
    page = await visitors.person(ADA)
    await link.guard(page.context)
    account = await untouched(page)
    await page.clock.install()
    await shows(page, account)
    await link.cut()
    await page.clock.run_for(4_000)
    await expect(page.get_by_text("Live updates paused")).to_be_visible()
    await files(page, account, 15)
    await expect(page.locator("tbody .badge.pending")).to_have_count(0)

    await page.clock.run_for(60_000)

    await expect(page.locator("tbody .badge.pending")).to_be_visible()
    await expect(page.get_by_text("Live updates paused")).to_be_visible()
