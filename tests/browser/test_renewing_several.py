"""Several accounts are renewed at once: each with its own dates, its own request and its own result."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import ARTEFACTS, Visitors, asks

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

RENEWABLE = """query { accounts(zone: ACTIVE, first: 25) {
    nodes { id name expiresOn allowedActions { action allowed } } } }"""

PREVIEW = "query ($change: ChangeInput!) { preview(change: $change) { changes { field after } } }"

FILE_RENEWAL = "mutation ($input: RenewalInput!) { requestRenewal(input: $input) { errors { message } } }"


async def ticks_three(page: Page) -> list[tuple[str, str]]:
    """Tick three accounts of the first page whose renewal can be asked for; the id and the name of each."""
    listed = (await asks(page, RENEWABLE))["accounts"]["nodes"]
    allowed = {"action": "REQUEST_RENEWAL", "allowed": True}
    chosen = [(account["id"], account["name"]) for account in listed if allowed in account["allowedActions"]][:3]
    await page.goto("/management/active")
    for _, name in chosen:
        await page.get_by_label(f"Select {name}", exact=True).check()
    return chosen


async def test_three_are_asked_for_together_and_each_new_date_is_the_servers(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    chosen = await ticks_three(page)
    await expect(page.get_by_text("3 selected")).to_be_visible()

    await page.get_by_role("button", name="Renew 3 accounts").click()

    dialog = page.get_by_role("dialog", name="Renew 3 accounts")
    await expect(page).to_have_url(re.compile(r"/management/renew\?accounts="))
    await dialog.get_by_role("button", name="24 months").click()
    for account, name in chosen:
        change = {"renewal": {"accountId": account, "periodMonths": 24}}
        (after,) = [
            made["after"]
            for made in (await asks(page, PREVIEW, change=change))["preview"]["changes"]
            if made["field"] == "EXPIRES_ON"
        ]
        item = dialog.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))
        await expect(item).to_contain_text(re.compile(f"{int(after[8:])} \\w+ {after[:4]}"))
    ARTEFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTEFACTS / "dialog-renew-several-light-1280.png")
    await dialog.get_by_role("button", name="Request renewal").click()
    await expect(dialog.get_by_text("3 renewals requested")).to_be_visible()
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(page).to_have_url(re.compile("/management/active$"))
    await expect(page.get_by_text("3 selected")).to_have_count(0)
    requests = await asks(page, "{ changeRequests(types: [RENEWAL]) { nodes { accountName } } }")
    assert {name for _, name in chosen} <= {node["accountName"] for node in requests["changeRequests"]["nodes"]}


async def test_one_that_is_refused_says_why_and_does_not_stop_the_others(visitors: Visitors) -> None:
    page, elsewhere = await visitors.person(ADA), await visitors.person(ADA)
    chosen = await ticks_three(page)
    await page.get_by_role("button", name="Renew 3 accounts").click()
    dialog = page.get_by_role("dialog", name="Renew 3 accounts")
    await expect(dialog.get_by_role("listitem").filter(has=page.get_by_text(chosen[2][1], exact=True))).to_be_visible()
    await asks(elsewhere, FILE_RENEWAL, input={"accountId": chosen[1][0], "periodMonths": 6})

    await dialog.get_by_role("button", name="Request renewal").click()

    await expect(dialog.get_by_text("2 renewals requested, 1 not possible")).to_be_visible()
    refused = dialog.get_by_role("listitem").filter(has=page.get_by_text(chosen[1][1], exact=True))
    await expect(refused).to_contain_text("Such a request is already waiting for approval.")


async def test_back_closes_the_dialog_and_the_rows_stay_ticked(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    chosen = await ticks_three(page)
    await page.get_by_role("button", name="Renew 3 accounts").click()
    await expect(page.get_by_role("dialog")).to_be_visible()

    await page.go_back()

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("3 selected")).to_be_visible()
    for _, name in chosen:
        await expect(page.get_by_label(f"Select {name}", exact=True)).to_be_checked()


async def test_customer_success_has_nothing_to_tick(visitors: Visitors) -> None:
    page = await visitors.person(CARLA, start="/management/active")
    await expect(page.locator("tbody tr").first).to_be_visible()
    await expect(page.locator("tbody input[type=checkbox]")).to_have_count(0)
