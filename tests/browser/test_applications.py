"""The applications of an organisation: what waits and what was decided, each to be read whole, and taken back."""

import asyncio
import json
import re

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.filing import Subject, files, untouched, waiting
from tests.waiting import until

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

REJECT = "mutation ($input: RejectRequestInput!) { rejectRequest(input: $input) { errors { message } } }"


async def asks_for_more(page: Page, account: Subject) -> None:
    """Ask for 15 datapoints more, in the page."""
    await page.goto(f"/management/accounts/{account.id}/datapoints")
    await page.get_by_label("Datapoints to add or remove").fill("15")
    await page.get_by_role("button", name="Request extension").click()
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def withdraws(page: Page, account: Subject) -> None:
    """Take back the request on an account, in the page."""
    await page.get_by_role("button", name=f"Actions for {account.name}", exact=True).click()
    await page.get_by_role("menuitem", name="Withdraw request").click()
    await page.get_by_role("dialog").get_by_role("button", name="Withdraw request").click()


async def test_a_request_that_was_sent_can_be_looked_at_where_its_row_stands_out(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await asks_for_more(page, account)

    await page.get_by_role("button", name="View", exact=True).click()

    await expect(page).to_have_url(re.compile(r"/management/applications\?new="))
    row = page.locator("tbody tr.row-new")
    await expect(row).to_contain_text(account.name)
    await expect(row).to_contain_text(f"{account.datapoints:,}")
    await expect(row).to_contain_text(f"{account.datapoints + 15:,}")
    await expect(row).to_contain_text("Ada Whitfield")


async def test_undo_in_the_toast_withdraws_the_request(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await asks_for_more(page, account)

    await page.get_by_role("button", name="Undo").click()

    await expect(page.get_by_text("Request withdrawn.")).to_be_visible()
    assert await waiting(page, account) == 0


async def test_withdrawing_asks_first_names_the_request_and_the_safe_answer_has_the_focus(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await files(page, account, 15)
    await page.goto(f"/management/applications?q={account.name}")
    menu = page.get_by_role("button", name=f"Actions for {account.name}", exact=True)
    await menu.press("Enter")
    await page.get_by_role("menuitem", name="Withdraw request").press("Enter")
    dialog = page.get_by_role("dialog", name="Withdraw request")
    await expect(dialog).to_contain_text(f"Withdraw the request “Datapoints” for {account.name}?")
    await expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(menu).to_be_focused()
    assert await waiting(page, account) == 1

    await menu.press("Enter")
    await page.get_by_role("menuitem", name="Withdraw request").press("Enter")
    await dialog.get_by_role("button", name="Withdraw request").click()
    await expect(page.locator("tbody tr")).to_have_count(0)
    await expect(page.get_by_text("Request withdrawn.")).to_be_visible()
    assert await waiting(page, account) == 0


async def test_a_withdrawal_that_comes_too_late_is_taken_back_and_explained(visitors: Visitors) -> None:
    visitors.expected = ["WebSocket connection to"]
    page, carla = await visitors.person(ADA), await visitors.person(CARLA)
    await page.context.route_web_socket("**/graphql", lambda socket: socket.close(code=1012))
    account = await untouched(page)
    request = await files(page, account, 15)
    await page.goto(f"/management/applications/{request}")
    dialog = page.get_by_role("dialog", name=f"Datapoints · {account.name}")
    await dialog.get_by_role("button", name="Withdraw request").click()
    await asks(carla, REJECT, input={"id": request, "reason": "Asked for twice."})

    await page.get_by_role("dialog", name="Withdraw request").get_by_role("button", name="Withdraw request").click()

    await expect(page.get_by_text("Carla Ferrer has already decided this request.")).to_be_visible()
    await expect(dialog.get_by_text("Rejected by Carla Ferrer")).to_be_visible()


async def test_what_was_decided_stays_readable_with_its_reason(visitors: Visitors) -> None:
    page, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(page)
    request = await files(page, account, 15)
    await asks(carla, REJECT, input={"id": request, "reason": "The contract says 20."})
    await page.goto(f"/management/applications?q={account.name}")

    await page.get_by_role("button", name="Decided · last 90 days").click()

    row = page.locator("tbody tr").filter(has_text="The contract says 20.")
    await expect(row).to_contain_text("Rejected")
    await row.get_by_role("link", name=account.name).click()
    dialog = page.get_by_role("dialog", name=f"Datapoints · {account.name}")
    await expect(dialog.get_by_text("Rejected by Carla Ferrer")).to_be_visible()
    await expect(dialog.get_by_text("The contract says 20.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Withdraw request")).to_have_count(0)
    await page.go_back()
    await expect(dialog).to_have_count(0)
    await expect(row).to_be_visible()


async def test_another_organisations_request_is_told_like_none(visitors: Visitors) -> None:
    hugo, ada = await visitors.person("superadmin@globex.example"), await visitors.person(ADA)
    request = await files(hugo, await untouched(hugo), 15)

    await ada.goto(f"/management/applications/{request}")

    await expect(ada.get_by_role("dialog").get_by_text("It does not exist, or is not yours.")).to_be_visible()


async def test_a_withdrawn_row_goes_before_the_server_has_answered_and_is_back_when_it_could_not_be_asked(
    visitors: Visitors,
) -> None:
    visitors.expected = ["Failed to load resource"]
    page = await visitors.person(ADA)
    account = await untouched(page)
    await files(page, account, 15)
    await page.goto(f"/management/applications?q={account.name}")
    row = page.locator("tbody tr")
    await expect(row).to_have_count(1)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if json.loads(route.request.post_data or "{}").get("operationName") != "Withdraw":
            await route.continue_()
            return
        asked.set()
        await answer.wait()
        await route.abort("connectionrefused")

    await page.route("**/graphql", hold)
    await withdraws(page, account)
    await asyncio.wait_for(asked.wait(), 10)

    await expect(row).to_have_count(0)
    answer.set()

    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await expect(row).to_have_count(1)
    assert await waiting(page, account) == 1


async def test_news_do_not_bring_back_a_row_while_it_is_being_withdrawn(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await files(page, account, 15)
    other = await untouched(page)
    told: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(str(frame))))
    await page.clock.install()
    await page.goto(f"/management/applications?q={account.name}")
    row = page.locator("tbody tr")
    await expect(row).to_have_count(1)
    happened: list[str] = []
    asked, answer = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if "Withdraw" in (route.request.post_data or ""):
            happened.clear()
            asked.set()
            await answer.wait()
            happened.append("answered")
        await route.continue_()

    await page.route("**/graphql", hold)
    page.on("request", lambda request: happened.append("asked") if "operationName=Requests" in request.url else None)
    await withdraws(page, account)
    await asyncio.wait_for(asked.wait(), 10)

    news = await files(page, other, 15)
    await until(lambda: any(news in frame for frame in told))
    await page.clock.fast_forward(1000)
    await expect(row).to_have_count(0)
    answer.set()

    await until(lambda: "asked" in happened)
    assert happened[0] == "answered"
    await expect(row).to_have_count(0)
