"""The form for a new account: what it says at each field, what it keeps, and what it asks before it is left."""

import re

from playwright.async_api import Dialog, Page, Route, expect

from tests.browser.conftest import Visitors

ADA = "superadmin@northwind.example"


async def open_form(visitors: Visitors, width: int = 1280) -> Page:
    """The empty form, as Ada sees it; whoever closes the tab all the same may."""
    ada = await visitors.person(ADA, width=width)
    await ada.goto("/management/new")
    await expect(ada.get_by_label("Account name")).to_be_visible()

    async def let_go(dialog: Dialog) -> None:
        await dialog.accept()

    ada.on("dialog", let_go)
    return ada


async def test_an_empty_form_says_what_it_needs_and_leads_to_each_field(visitors: Visitors) -> None:
    ada = await open_form(visitors)

    await ada.get_by_role("button", name="Create new account").click()

    summary = ada.get_by_role("alert")
    await expect(summary).to_be_focused()
    await expect(summary.get_by_role("listitem")).to_have_text(
        ["Enter the account name.", "Enter the client name.", "Choose a licence.", "Choose a sector."]
    )
    for words in ("Enter the account name.", "Choose a sector."):
        await expect(ada.locator(".field-error").filter(has_text=words)).to_be_visible()
    await summary.get_by_role("link", name="Choose a sector.").click()
    await expect(ada.get_by_label("Sector")).to_be_focused()
    await summary.get_by_role("link", name="Enter the client name.").click()
    await expect(ada.get_by_role("combobox", name="Client name")).to_be_focused()


async def test_who_mends_a_field_of_a_refused_form_types_on_in_it_to_the_end(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    await ada.get_by_role("button", name="Create new account").click()
    await expect(ada.get_by_role("alert")).to_be_focused()

    await ada.get_by_role("alert").get_by_role("link", name="Enter the account name.").click()
    await ada.keyboard.type("Norwich Annex")
    await ada.keyboard.press("Tab")
    await ada.keyboard.type("ciel")

    await expect(ada.get_by_label("Account name")).to_have_value("Norwich Annex")
    await expect(ada.get_by_role("combobox", name="Client name")).to_be_focused()
    await expect(ada.get_by_role("option", name="Ciel Hôtels")).to_be_visible()
    await expect(ada.get_by_role("alert").get_by_role("listitem")).to_have_count(2)


async def test_a_name_that_is_taken_is_told_as_soon_as_the_field_is_left(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    name = ada.get_by_label("Account name")

    await name.fill("canary wharf TOWER")
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await name.press("Tab")

    await expect(name).to_have_attribute("aria-invalid", "true")
    await name.fill("Canary Wharf Tower East")
    await expect(name).not_to_have_attribute("aria-invalid", "true")


async def test_what_was_said_of_an_empty_field_is_not_said_of_what_is_typed_in_it(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    async with ada.expect_response(lambda response: "Preview" in response.url):
        await ada.get_by_label("Variables/Datapoints").fill("40")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await ada.route(re.compile("operationName=Preview"), hold)

    async with ada.expect_request(lambda request: "Preview" in request.url):
        await ada.get_by_label("Account name").fill("Norwich Annex")
        await ada.get_by_label("Account name").press("Tab")

    await expect(ada.locator(".field-error")).to_have_count(0)
    await held[0].continue_()


async def test_the_summary_is_the_servers_and_follows_what_is_typed(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    await ada.get_by_label("Account name").fill("Norwich Annex")
    await ada.get_by_role("combobox", name="Client name").press_sequentially("ciel", delay=20)
    await ada.get_by_role("option", name="Ciel Hôtels").click()
    await ada.get_by_role("radio", name="Optimise").check()
    await ada.get_by_label("Variables/Datapoints").fill("250")
    await ada.get_by_label("Sector").select_option(label="Hospitality")

    told = ada.get_by_role("complementary", name="Summary").get_by_role("status")
    await expect(told).to_have_text(
        re.compile("^Norwich Annex for Ciel Hôtels, Optimise, 250 datapoints: would run .* if approved today.$")
    )

    await ada.get_by_label("Variables/Datapoints").fill("19")
    await ada.get_by_label("Variables/Datapoints").press("Tab")
    await expect(ada.locator(".field-error").first).to_be_visible()
    await expect(ada.get_by_label("Variables/Datapoints")).to_have_attribute("aria-invalid", "true")


async def test_rtc_lines_are_asked_for_in_spain_only(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    await expect(ada.get_by_label("RTC lines")).to_have_count(0)

    await ada.get_by_label("Country").select_option(label="Spain")
    await ada.get_by_label("RTC lines").fill("6")
    await ada.get_by_label("Country").select_option(label="France")

    await expect(ada.get_by_label("RTC lines")).to_have_count(0)
    await expect(ada.get_by_text("RTC lines exist in Spain only; the field was cleared.")).to_have_count(1)
    await ada.get_by_label("Country").select_option(label="Spain")
    await expect(ada.get_by_label("RTC lines")).to_have_value("0")


async def test_what_was_typed_outlives_a_reload_and_leaving_asks(visitors: Visitors) -> None:
    ada = await open_form(visitors)
    await ada.get_by_label("Account name").fill("Half a name")
    await ada.reload()
    await expect(ada.get_by_label("Account name")).to_have_value("Half a name")

    await ada.get_by_role("banner").get_by_role("link", name="Account management").click()
    asks = ada.get_by_role("dialog", name="Leave without sending?")
    await expect(asks.get_by_role("button", name="Stay")).to_be_focused()
    await asks.get_by_role("button", name="Stay").click()
    await expect(ada.get_by_label("Account name")).to_have_value("Half a name")
    await ada.get_by_role("banner").get_by_role("link", name="Account management").click()
    await asks.get_by_role("button", name="Leave", exact=True).click()
    await expect(ada.locator(".table-accounts")).to_be_visible()

    await ada.get_by_role("link", name="Create a new account").click()
    await expect(ada.get_by_label("Account name")).to_have_value("Half a name")
    await ada.get_by_role("button", name="Start over").click()
    await expect(ada.get_by_label("Account name")).to_have_value("")


async def test_an_account_is_asked_for_like_another_and_shown_among_the_applications(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/active?q=Canary+Wharf+Tower")
    await ada.get_by_role("button", name="Actions for Canary Wharf Tower", exact=True).click()
    await ada.get_by_role("menuitem", name="Duplicate account").click()
    await expect(ada.get_by_text("Like Canary Wharf Tower")).to_be_visible()
    await expect(ada.get_by_role("combobox", name="Client name")).to_have_value("Bluewater Group")
    await expect(ada.get_by_label("Variables/Datapoints")).to_have_value("320")
    await expect(ada.get_by_role("radio", name="Optimise")).to_be_checked()
    await ada.get_by_label("Account name").fill("Canary Wharf Annex")

    await ada.get_by_role("button", name="Create new account").click()

    await expect(ada.get_by_text("Request sent.")).to_be_visible()
    row = ada.locator("tbody tr").filter(has_text="Canary Wharf Annex")
    await expect(row).to_be_visible()
    await ada.goto("/management/new")
    await expect(ada.get_by_label("Account name")).to_have_value("")


async def test_on_a_phone_the_summary_stands_before_the_button(visitors: Visitors) -> None:
    ada = await open_form(visitors, width=390)

    summary = await ada.get_by_role("complementary", name="Summary").bounding_box()
    button = await ada.get_by_role("button", name="Create new account").bounding_box()
    comment = await ada.get_by_label("Comment").bounding_box()

    assert summary
    assert button
    assert comment
    assert comment["y"] < summary["y"] < button["y"]
