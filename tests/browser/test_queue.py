"""Customer Success's queue: narrowed, walked by keys, examined beside the list, and decided one by one or together."""

import re
from datetime import datetime, timedelta

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.filing import Subject, approves, files, untouched

ADA, CARLA, SOFIA = "superadmin@northwind.example", "success@platform.example", "success2@platform.example"

FILE_RENEWAL = (
    "mutation ($input: RenewalInput!) { requestRenewal(input: $input) { request { id } errors { message } } }"
)

OLDEST = "{ changeRequests(first: 1, orderBy: {field: REQUESTED_AT}) { nodes { id requestedAt } } }"

COUNTS = "{ requestCounts { type count } }"


def row_of(page: Page, account: Subject) -> Locator:
    """The row of a request on an account."""
    return page.locator(".queue-item").filter(has=page.get_by_text(account.name, exact=True))


async def files_renewal(page: Page, account: Subject) -> str:
    """The page's viewer asks elsewhere for another year."""
    filed = await asks(page, FILE_RENEWAL, input={"accountId": account.id, "periodMonths": 12})
    return str(filed["requestRenewal"]["request"]["id"])


async def test_kinds_are_counted_and_narrow_the_queue_by_its_address(visitors: Visitors) -> None:
    page = await visitors.person(CARLA, start="/queue")
    counts = {counted["type"]: counted["count"] for counted in (await asks(page, COUNTS))["requestCounts"]}
    kinds = page.get_by_role("navigation", name="Kind")
    await expect(kinds.get_by_role("link", name=f"All {sum(counts.values())}", exact=True)).to_be_visible()

    await kinds.get_by_role("link", name=f"Renewal {counts['RENEWAL']}").click()

    await expect(page).to_have_url(re.compile(r"/queue\?kind=RENEWAL"))
    await expect(page.locator(".queue-item")).to_have_count(counts["RENEWAL"])
    await expect(page.locator(".queue-item").filter(has_not_text="Renewal")).to_have_count(0)
    await page.get_by_label("Waiting for").select_option("14 days or more")
    await expect(page).to_have_url(re.compile(r"kind=RENEWAL&age=14|age=14&kind=RENEWAL"))
    await expect(page.get_by_text("No request matches.")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.locator(".queue-item").first).to_be_visible()


async def test_the_oldest_request_comes_first(visitors: Visitors) -> None:
    page = await visitors.person(CARLA, start="/queue")
    await expect(page.locator(".queue-item").first).to_be_visible()

    filed = await page.locator(".queue-item time").evaluate_all("times => times.map((time) => time.dateTime)")

    assert filed == sorted(filed)


async def test_what_waits_for_almost_five_hours_waits_for_four_wherever_it_is_told(visitors: Visitors) -> None:
    page = await visitors.person(CARLA)
    oldest = (await asks(page, OLDEST))["changeRequests"]["nodes"][0]
    filed = datetime.fromisoformat(oldest["requestedAt"])
    await page.clock.set_fixed_time(filed + timedelta(hours=4, minutes=50))

    await page.goto(f"/queue/{oldest['id']}")

    await expect(page.locator(".queue-item").first).to_contain_text("4 hours")
    await expect(page.locator(".examination")).to_contain_text("4 hours ago")


async def test_an_examination_shows_the_difference_what_stays_the_clients_total_and_the_reminders(
    visitors: Visitors,
) -> None:
    ada, page = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    request = await files(ada, account, 15)

    await page.goto(f"/queue/{request}")

    panel = page.locator(".examination")
    was, asked = f"{account.datapoints:,}", f"{account.datapoints + 15:,}"
    await expect(panel.get_by_role("row", name=re.compile(f"Datapoints {was} {asked} .*15 more"))).to_be_visible()
    await expect(panel.get_by_role("row", name=re.compile(r"Licence (\w+) \1$"))).to_be_visible()
    await expect(
        panel.get_by_text(re.compile(r"has \d+ active accounts? with [\d,]+ datapoints in all"))
    ).to_be_visible()
    await expect(panel.get_by_role("link", name="View the account")).to_be_visible()
    reminder = panel.get_by_role("listitem").filter(has_text="Day of expiry")
    await expect(reminder).to_contain_text("Ada Whitfield")
    await expect(reminder).to_contain_text("Planned")


async def test_what_was_decided_keeps_its_row_and_the_next_request_is_one_step_away(visitors: Visitors) -> None:
    ada, page = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    await files(ada, account, 15)
    await files_renewal(ada, account)
    await page.goto(f"/queue?q={account.name}")
    await row_of(page, account).first.get_by_role("link").click()
    panel = page.locator(".examination")

    await panel.get_by_role("button", name="Approve").click()

    await expect(panel.get_by_text("Approved by Carla Ferrer")).to_be_visible()
    await expect(panel.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(row_of(page, account)).to_have_count(2)
    await expect(row_of(page, account).first).to_contain_text("Approved")
    await panel.get_by_role("button", name="Next request").click()
    await expect(panel.get_by_role("row", name=re.compile("Expires"))).to_contain_text("Changed")


async def test_a_rejection_needs_a_reason_of_ten_characters_which_a_usual_one_has(visitors: Visitors) -> None:
    ada, page = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    request = await files(ada, account, 15)
    await page.goto(f"/queue/{request}")
    await page.get_by_role("button", name="Reject…").click()
    reason = page.get_by_label("Reason (sent to the requester)")
    await expect(reason).to_be_focused()
    await reason.fill("No.")
    await page.get_by_role("button", name="Reject", exact=True).click()
    await expect(page.get_by_text("Say it in at least 10 characters.")).to_be_visible()
    await expect(reason).to_be_focused()

    await page.get_by_role("button", name="The numbers do not match the contract.").click()
    await page.get_by_role("button", name="Reject", exact=True).click()

    await expect(page.get_by_text("Rejected by Carla Ferrer")).to_be_visible()
    await ada.goto(f"/management/applications/{request}")
    await expect(ada.get_by_role("dialog").get_by_text("The numbers do not match the contract.")).to_be_visible()


async def test_a_request_decided_by_somebody_else_says_so_and_its_buttons_go(visitors: Visitors) -> None:
    ada, page, sofia = await visitors.person(ADA), await visitors.person(CARLA), await visitors.person(SOFIA)
    account = await untouched(ada)
    request = await files(ada, account, 15)
    await page.goto(f"/queue/{request}?q={account.name}")
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()

    await approves(sofia, request)

    await expect(page.locator(".examination").get_by_text("Approved by Sofia Lindqvist")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(row_of(page, account)).to_contain_text("Sofia Lindqvist")


async def test_who_comes_too_late_without_news_learns_it_by_the_answer(visitors: Visitors) -> None:
    visitors.expected = ["WebSocket connection to"]
    ada, page, sofia = await visitors.person(ADA), await visitors.person(CARLA), await visitors.person(SOFIA)
    await page.context.route_web_socket("**/graphql", lambda socket: socket.close(code=1012))
    account = await untouched(ada)
    request = await files(ada, account, 15)
    await page.goto(f"/queue/{request}")
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    await approves(sofia, request)

    await page.get_by_role("button", name="Approve").click()

    await expect(page.get_by_text("Approved by Sofia Lindqvist")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)


async def test_new_requests_wait_to_be_shown_and_move_no_row(visitors: Visitors) -> None:
    ada, page = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    await files(ada, account, 15)
    await page.goto(f"/queue?q={account.name}")
    await expect(page.locator(".queue-item")).to_have_count(1)

    await files_renewal(ada, account)

    show = page.get_by_role("button", name="1 new request · Show")
    await expect(show).to_be_visible()
    await expect(page.locator(".queue-item")).to_have_count(1)
    await show.click()
    await expect(page.locator(".queue-item")).to_have_count(2)
    await expect(show).to_have_count(0)


async def test_several_are_approved_together_each_with_its_own_result_and_failures_stay_ticked(
    visitors: Visitors,
) -> None:
    ada, page, sofia = await visitors.person(ADA), await visitors.person(CARLA), await visitors.person(SOFIA)
    account = await untouched(ada)
    changing = await files(ada, account, 15)
    await files_renewal(ada, account)
    other = await untouched(ada)
    await files(ada, other, 20)
    await page.goto(f"/queue/{changing}")
    await page.goto("/queue?age=")
    await page.get_by_label(f"Select Renewal for {account.name}", exact=True).check()
    await page.get_by_label(f"Select Datapoints for {other.name}", exact=True).check()
    await expect(page.get_by_text("2 selected")).to_be_visible()
    await page.locator(".bulk-bar").get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve 2 requests")
    await expect(dialog.get_by_text(f"{other.datapoints + 20:,}")).to_be_visible()

    await approves(sofia, changing)
    await dialog.get_by_role("button", name="Approve 2 requests").click()

    await expect(dialog.get_by_text("1 approved, 1 changed meanwhile")).to_be_visible()
    await expect(dialog.get_by_role("listitem").filter(has_text=account.name)).to_contain_text("changed meanwhile")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(page.get_by_text("1 selected")).to_be_visible()
    await expect(page.get_by_label(f"Select Renewal for {account.name}", exact=True)).to_be_checked()
    await expect(row_of(page, other)).to_contain_text("Approved")


async def test_single_keys_walk_decide_and_can_be_switched_off(visitors: Visitors) -> None:
    ada, page = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(ada)
    await files(ada, account, 15)
    await files_renewal(ada, account)
    await page.goto(f"/queue?q={account.name}")
    await expect(page.locator(".queue-item")).to_have_count(2)
    current = page.locator(".queue-item.current")
    panel = page.locator(".examination")

    await page.keyboard.press("j")
    await expect(current).to_contain_text("Datapoints")
    await expect(panel.get_by_role("heading", name=account.name)).to_be_focused()
    await page.keyboard.press("j")
    await expect(current).to_contain_text("Renewal")
    await page.keyboard.press("k")
    await expect(current).to_contain_text("Datapoints")
    await expect(panel.get_by_role("button", name="Approve")).to_be_visible()
    await page.keyboard.press("a")
    await expect(panel.get_by_text("Approved by Carla Ferrer")).to_be_visible()
    await page.keyboard.press("j")
    await expect(panel.get_by_role("button", name="Approve")).to_be_visible()
    await page.keyboard.press("r")
    await expect(page.get_by_label("Reason (sent to the requester)")).to_be_focused()
    await page.keyboard.press("a")
    await expect(page.get_by_label("Reason (sent to the requester)")).to_have_value("a")
    await page.get_by_role("button", name="Cancel").click()

    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    await keys.get_by_label("Single-letter keys").uncheck()
    await page.keyboard.press("Escape")
    await expect(keys).to_have_count(0)
    await page.keyboard.press("k")
    await page.keyboard.press("?")
    await expect(keys).to_have_count(0)
    await expect(current).to_contain_text("Renewal")


async def test_back_from_an_examination_leads_to_the_list_however_far_one_walked(visitors: Visitors) -> None:
    page = await visitors.person(CARLA, start="/queue?kind=DATAPOINTS")
    await page.locator(".queue-item").first.get_by_role("link").click()
    await expect(page).to_have_url(re.compile(r"/queue/.+\?kind=DATAPOINTS"))
    await page.keyboard.press("j")

    await page.go_back()

    await expect(page).to_have_url(re.compile(r"/queue\?kind=DATAPOINTS"))
    await expect(page.locator(".examination")).to_have_count(0)
