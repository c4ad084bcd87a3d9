"""What a list says of its rows, and what stands for them while they load or when there are none."""

import re
from datetime import timedelta

from playwright.async_api import expect

from tests.browser.conftest import Visitors, held_back
from tests.desk import NEW_ACCOUNT, Desk

ADA, CARLA = "ada@acme.example", "carla@platform.example"


async def test_each_row_says_how_many_days_are_left_with_a_mark_when_they_are_few(office: Visitors, desk: Desk) -> None:
    for name, days in (("Today", 0), ("Tomorrow", 1), ("Week", 7), ("Month", 30), ("Later", 31), ("Over", -5)):
        await desk.account(name=name, expires_on=desk.today() + timedelta(days=days))
    page = await office.person(ADA, start="/management/active")

    for name, said, mark in (
        ("Today", "expires today", "expiry-urgent"),
        ("Tomorrow", "1 day left", "expiry-urgent"),
        ("Week", "7 days left", "expiry-urgent"),
        ("Month", "30 days left", "expiry-soon"),
        ("Later", "31 days left", "expiry-calm"),
    ):
        left = page.locator("tbody tr").filter(has=page.get_by_role("link", name=name)).locator(".expiry small")
        await expect(left).to_have_text(said)
        await expect(left).to_have_class(mark)
        await expect(left.locator(".icon")).to_have_count(0 if mark == "expiry-calm" else 1)
    await page.goto("/management/expired")
    await expect(page.locator("tbody .expiry small")).to_have_text("expired 5 days ago")


async def test_who_has_nothing_yet_is_told_so_and_where_to_begin(office: Visitors) -> None:
    ada, carla = await office.person(ADA, start="/management/active"), await office.person(CARLA, start="/queue")

    await expect(ada.get_by_text("No accounts yet.")).to_be_visible()
    await expect(carla.get_by_text("All caught up: nothing is waiting.")).to_be_visible()
    await ada.goto("/management/expired")
    await expect(ada.get_by_text("No account has expired.")).to_be_visible()
    await ada.goto("/management/active")
    await ada.locator(".empty").get_by_role("link", name="Create a new account").click()

    await expect(ada.get_by_role("heading", name="Create new account")).to_be_visible()


async def test_on_the_home_page_accounts_come_with_the_notice_that_stands_above_them(
    office: Visitors, desk: Desk
) -> None:
    await desk.account(name="Ends soon", expires_on=desk.today() + timedelta(days=9))
    page = await office.person(ADA)
    notice = await held_back(page, "**/graphql?*Expiring*")
    async with page.expect_response("**/graphql?*operationName=Home*"):
        await page.reload()
    await expect(page.locator(".skeleton-row").first).to_be_visible()
    await expect(page.locator(".account-card")).to_have_count(0)
    notice.set()

    await expect(page.locator(".account-card")).to_have_count(1)
    assert await page.locator(".notice").is_visible()


async def test_a_slow_answer_has_lines_that_stand_for_its_rows_and_a_slow_filter_dims_those_that_are_there(
    office: Visitors, desk: Desk
) -> None:
    await desk.account(name="Detecting")
    await desk.account(name="Optimising", licence="OPTIMISE")
    page = await office.person(ADA)
    await expect(page.locator(".account-card")).to_have_count(2)
    slow = await held_back(page, "**/graphql?*")
    await page.get_by_role("banner").get_by_role("link", name="Account management").click()
    await expect(page.locator("main [aria-busy=true] .skeleton-row").first).to_be_visible()
    slow.set()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await expect(page.locator(".skeleton")).to_have_count(0)
    slow.clear()
    await page.get_by_label("Licence", exact=True).select_option("OPTIMISE")

    await expect(page.locator(".table-accounts.dimmed tbody tr")).to_have_count(2)
    await expect(page.locator(".skeleton")).to_have_count(0)
    slow.set()
    await expect(page.locator(".table-accounts:not(.dimmed) tbody tr")).to_have_count(1)


async def test_the_queue_is_narrowed_by_client_licence_and_size_and_the_address_keeps_it(
    office: Visitors, desk: Desk
) -> None:
    for client, delta in (("Orchard", 20), ("Orchard", 200), ("Mill", 200)):
        await desk.super_admin.files("datapoints", accountId=await desk.account(client_name=client), delta=delta)
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"clientName": "Orchard"})
    page = await office.person(CARLA, start="/queue")
    items = page.locator(".queue-item")
    await expect(items).to_have_count(4)

    await page.get_by_role("combobox", name="Client").select_option("Orchard")
    await expect(items).to_have_count(3)
    await page.get_by_label("Size of change").select_option("100")
    await expect(items).to_have_count(2)
    await page.get_by_role("combobox", name="Licence").select_option("OPTIMISE")
    await expect(items).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"client=Orchard.*size=100.*license=OPTIMISE"))
    await page.reload()
    await expect(items).to_have_count(1)
    await page.go_back()
    await expect(items).to_have_count(2)
    await page.get_by_role("button", name="Clear filters").click()

    await expect(items).to_have_count(4)


async def test_several_are_rejected_together_for_one_reason_that_their_requester_reads(
    office: Visitors, desk: Desk
) -> None:
    for delta in (20, 30):
        await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=delta)
    carla = await office.person(CARLA, start="/queue")
    await carla.get_by_label("Select all on this page").check()
    await carla.locator(".bulk-bar").get_by_role("button", name="Reject…").click()
    dialog = carla.get_by_role("dialog", name="Reject 2 requests")

    await dialog.get_by_role("button", name="Reject 2 requests").click()
    await expect(dialog.get_by_text("Say it in at least 10 characters.")).to_be_visible()
    await dialog.get_by_label("Reason (sent to the requester)").fill("The contract ends in March.")
    await dialog.get_by_role("button", name="Reject 2 requests").click()

    await expect(dialog.get_by_text("2 rejected", exact=True)).to_be_visible()
    ada = await office.person(ADA, start="/management/applications?state=decided")
    await expect(ada.locator("tbody tr").filter(has_text="The contract ends in March.")).to_have_count(2)


async def test_the_page_speaks_the_browsers_language_until_it_knows_the_persons_own(office: Visitors) -> None:
    page = await office.stranger(locale="fr-FR")
    await page.goto("/sign-in")
    await page.get_by_label("E-mail").fill(ADA)
    await page.get_by_label("Mot de passe", exact=True).fill(office.password)

    await page.get_by_role("button", name="Se connecter", exact=True).click()

    await expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en-GB")
