"""The page of one account: what it is, what waits, what happened, and the datapoints over time."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors

ADA = "superadmin@northwind.example"


async def visit(page: Page, address: str) -> str:
    """Open the first account of a list by its name, and return the name."""
    await page.goto(address)
    link = page.locator(".table-accounts tbody th a").first
    name = await link.inner_text()
    await link.click()
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return name


def timeline(page: Page) -> Locator:
    """What happened to the account."""
    return page.locator("ol.timeline > li")


async def test_datapoints_are_a_step_for_each_change_and_a_table_of_the_same(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/applications?state=decided")
    approved = ada.locator("tbody tr").filter(has_text="Two new floors are being metered.")
    name = await approved.locator("th").first.locator("a, strong").first.inner_text()
    await visit(ada, f"/management/active?q={name}")
    figure = ada.get_by_role("region", name="Datapoints over time")
    await expect(figure.locator(".steps-point")).not_to_have_count(1)
    points = await figure.locator(".steps-point").count()

    await figure.get_by_role("button", name="Show as table").click()

    lines = figure.locator("tbody tr")
    await expect(lines).to_have_count(points)
    now = await ada.locator(".key-fact").first.inner_text()
    await expect(lines.last.locator("td").last).to_have_text(now)
    await expect(lines.last.locator("td").first).to_have_text(re.compile(r"^[+−]\d"))


async def test_what_waits_shows_its_path_and_can_be_withdrawn(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/active")
    row = ada.locator(".table-accounts tbody tr").filter(has_not=ada.locator(".badge.pending")).nth(3)
    name = await row.locator("th a").inner_text()
    await row.locator("th a").click()
    await ada.get_by_role("button", name=f"Actions for {name}").click()
    await ada.get_by_role("menuitem", name="Edit datapoints").click()
    await ada.get_by_role("textbox", name="Datapoints to add or remove").fill("7")
    await ada.get_by_role("button", name="Request extension").click()

    path = ada.get_by_role("list", name="Path of the request")
    await expect(path.get_by_role("listitem")).to_have_count(3)
    await expect(path.locator("[aria-current=step]")).to_contain_text("Customer Success")
    await expect(path).to_contain_text("Ada Whitfield")
    await ada.locator(".pending-request").get_by_role("button", name="Withdraw request").click()
    await ada.get_by_role("dialog").get_by_role("button", name="Withdraw request").click()

    await expect(path).to_have_count(0)
    await expect(timeline(ada).first).to_contain_text("Ada Whitfield withdrew: Datapoints")


async def test_the_timeline_is_read_by_kind_and_the_address_keeps_it(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await visit(ada, "/management/active?q=Canary+Wharf+Tower")
    kinds = ada.get_by_role("group", name="Kinds of events")
    await expect(timeline(ada)).to_have_count(2)

    await kinds.get_by_role("button", name="Approvals").click()

    await expect(timeline(ada)).to_have_count(1)
    await expect(timeline(ada)).to_contain_text("Carla Ferrer approved: New account")
    await ada.reload()
    await expect(kinds.get_by_role("button", name="Approvals")).to_have_attribute("aria-pressed", "true")
    await expect(timeline(ada)).to_have_count(1)
    await kinds.get_by_role("button", name="Rejections").click()
    await expect(ada.get_by_text("Nothing of this kind has happened.")).to_be_visible()


async def test_an_expired_account_tells_when_its_term_ended_and_offers_its_renewal(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    name = await visit(ada, "/management/expired?sort=expires")

    await expect(ada.get_by_text("The term ended.")).to_be_visible()
    await expect(ada.locator(".title-line").get_by_text("Expired", exact=True)).to_be_visible()
    await ada.get_by_role("link", name="Renew subscription").click()
    await expect(ada.get_by_role("dialog", name=f"Renew subscription · {name}")).to_be_visible()

    await ada.keyboard.press("Escape")

    await expect(ada.get_by_role("dialog")).to_have_count(0)
    await expect(ada.get_by_role("link", name="Renew subscription")).to_be_focused()


async def test_what_is_not_there_has_a_page_with_a_way_back(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/accounts/QWNjb3VudDo5OTk5OTk")

    await expect(ada.get_by_text("It does not exist, or is not yours.")).to_be_visible()
    await ada.get_by_role("main").get_by_role("link", name="Account management").click()

    await expect(ada.locator(".table-accounts")).to_be_visible()
