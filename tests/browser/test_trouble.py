"""When the network, the server or the session goes, people are told so, and lose nothing that they typed."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from backend.demo import PASSWORD
from tests.browser.conftest import Visitors, asks
from tests.browser.filing import Subject, files, untouched, waiting
from tests.browser.link import Link

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

GONE = ["Failed to load resource", "WebSocket connection to"]


async def begins_to_file(page: Page, account: Subject) -> None:
    """Fill in the form for more datapoints, up to its button; the server has said what that gives."""
    await page.goto(f"/management/active?q={account.name}")
    await page.get_by_role("button", name=f"Actions for {account.name}", exact=True).click()
    await page.get_by_role("menuitem", name="Edit datapoints").click()
    await page.get_by_label("Datapoints to add or remove").fill("15")
    await page.get_by_label("Comment").fill("A new wing.")
    await expect(page.locator("output.preview")).to_contain_text(f"{account.datapoints + 15:,}")


async def sends(page: Page) -> None:
    """Press the button of the form."""
    await page.get_by_role("button", name="Request extension").click()


def is_filing(request: Any) -> bool:
    """Whether a request of the page files something."""
    return bool(request.method == "POST" and json.loads(request.post_data)["operationName"] == "FileDatapoints")


async def test_offline_is_said_with_the_time_and_all_is_asked_for_again_on_return(visitors: Visitors) -> None:
    visitors.expected = GONE
    page, elsewhere = await visitors.person(ADA), await visitors.person(ADA)
    account = await untouched(page)
    await page.goto(f"/management/active?q={account.name}")
    await expect(page.locator("tbody tr")).to_have_count(1)

    await page.context.set_offline(True)
    await expect(page.get_by_text("You are offline. Showing data from")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await files(elsewhere, account, 15)
    await page.context.set_offline(False)

    await expect(page.locator("tbody .badge.pending")).to_be_visible()
    await expect(page.get_by_text("You are offline")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
async def test_offline_is_said_above_the_top_wherever_one_has_scrolled_to(visitors: Visitors, width: int) -> None:
    visitors.expected = GONE
    page = await visitors.person(ADA, width=width, start="/management/active")
    await page.locator("tbody tr").last.scroll_into_view_if_needed()

    await page.context.set_offline(True)

    said = page.locator(".offline")
    await expect(said).to_be_in_viewport(ratio=1)
    banner, top = await said.bounding_box(), await page.locator(".top").bounding_box()
    assert banner
    assert top
    assert (banner["y"], top["y"]) == (0, banner["height"])


async def test_a_form_that_finds_no_server_keeps_what_was_typed_and_sends_it_once(visitors: Visitors) -> None:
    visitors.expected = GONE
    page = await visitors.person(ADA)
    account = await untouched(page)
    await begins_to_file(page, account)
    await page.route("**/graphql*", lambda route: route.abort("connectionrefused"))

    await sends(page)

    await expect(page.get_by_role("dialog").get_by_text("The server cannot be reached.")).to_be_visible()
    await expect(page.get_by_label("Datapoints to add or remove")).to_have_value("15")
    await expect(page.get_by_label("Comment")).to_have_value("A new wing.")
    await page.unroute_all(behavior="wait")
    await sends(page)
    await expect(page.get_by_text("Request sent")).to_be_visible()
    assert await waiting(page, account) == 1


async def test_a_request_whose_answer_was_lost_is_filed_once_however_often_it_is_sent(visitors: Visitors) -> None:
    visitors.expected = GONE
    page = await visitors.person(ADA)
    account = await untouched(page)
    link = Link()
    await link.guard(page.context)
    await begins_to_file(page, account)
    await link.cut()
    keys = []

    async def lose_the_answer(route: Route) -> None:
        if not is_filing(route.request):
            await route.continue_()
            return
        keys.append(json.loads(route.request.post_data or "")["variables"]["input"]["clientMutationId"])
        if len(keys) < 3:
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose_the_answer)
    for _ in range(2):
        await sends(page)
        await expect(page.get_by_role("dialog").get_by_text("The server cannot be reached.")).to_be_visible()

    await sends(page)

    await expect(page.get_by_text("Request sent")).to_be_visible()
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert await waiting(page, account) == 1


async def ends_elsewhere(visitors: Visitors, page: Page) -> None:
    """The page's session is ended by another device; its cookie stays where it is."""
    elsewhere = await visitors.with_the_session_of(page)
    await asks(elsewhere, "mutation { signOut { errors { code } } }")


async def signs_in_over(page: Page) -> None:
    """Sign in again in the dialog over the page."""
    again = page.get_by_role("dialog", name="Sign in")
    await expect(again.get_by_text("Your session has ended.")).to_be_visible(timeout=15_000)
    await expect(again.get_by_label("Password", exact=True)).to_be_focused()
    await again.get_by_label("Password", exact=True).fill(PASSWORD)
    await again.get_by_role("button", name="Sign in", exact=True).click()
    await expect(again).to_have_count(0)


async def test_a_session_that_ended_on_another_device_asks_to_sign_in_over_the_page_and_loses_nothing(
    visitors: Visitors,
) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await begins_to_file(page, account)

    await ends_elsewhere(visitors, page)

    await signs_in_over(page)
    await expect(page.get_by_label("Comment")).to_have_value("A new wing.")
    await sends(page)
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def test_a_request_that_finds_the_session_over_is_sent_again_once_somebody_has_signed_in(
    visitors: Visitors,
) -> None:
    visitors.expected = GONE
    page = await visitors.person(ADA)
    account = await untouched(page)
    link = Link()
    await link.guard(page.context)
    await begins_to_file(page, account)
    await link.cut()

    tries = []

    async def comes_too_late(route: Route) -> None:
        if is_filing(route.request):
            tries.append(route.request)
            if len(tries) == 1:
                await ends_elsewhere(visitors, page)
        await route.continue_()

    await page.route("**/graphql", comes_too_late)
    await sends(page)

    await signs_in_over(page)
    await expect(page.get_by_text("Request sent")).to_be_visible()
    assert len(tries) == 2
    assert await waiting(page, account) == 1


async def test_another_tab_that_signs_out_and_in_again_stops_this_one_and_lets_it_go_on(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await begins_to_file(page, account)
    other = await page.context.new_page()
    await other.goto("/")
    await other.locator(".avatar").click()
    await other.get_by_role("button", name="Sign out").click()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_text("Your session has ended.")).to_be_visible()

    await other.get_by_role("button", name="Continue as Ada").click()

    await expect(page.get_by_role("dialog", name="Sign in")).to_have_count(0)
    await sends(page)
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def test_a_tab_does_not_go_on_as_the_person_who_signed_in_in_another(visitors: Visitors) -> None:
    page = await visitors.person(ADA, start="/management/active")
    other = await page.context.new_page()
    await other.goto("/")
    await other.locator(".avatar").click()
    await other.get_by_role("button", name="Sign out").click()

    await other.get_by_role("button", name="Continue as Carla").click()

    await expect(page.get_by_text("Somebody else has signed in in this browser.")).to_be_visible()
    await page.get_by_role("button", name="Go on as the other person").click()
    await expect(page.get_by_role("link", name="Queue", exact=True)).to_be_visible()


async def test_a_fault_of_one_page_leaves_the_others_whole_and_can_be_tried_again(visitors: Visitors) -> None:
    visitors.expected = ["RangeError"]
    page = await visitors.person(ADA)

    async def spoil(route: Route) -> None:
        response = await route.fetch()
        answer = await response.json()
        for account in answer["data"].get("accounts", {}).get("nodes", []):
            account["expiresOn"] = "never"
        await route.fulfill(response=response, json=answer)

    await page.route("**/graphql*", spoil)
    await page.goto("/management/active")
    await expect(page.get_by_role("heading", name="This page has a fault.")).to_be_visible()
    await page.locator(".brand").click()
    await expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    await page.go_back()
    await page.unroute_all(behavior="wait")

    await page.get_by_role("button", name="Try again").click()

    await expect(page.locator("tbody tr")).to_have_count(25)


async def test_a_fault_of_the_server_is_told_with_its_number_and_can_be_tried_again(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    fault = {"message": "…", "extensions": {"code": "INTERNAL", "correlationId": "5f0c2a"}}

    async def fail(route: Route) -> None:
        if "Accounts" in route.request.url or '"Accounts"' in (route.request.post_data or ""):
            await route.fulfill(json={"data": None, "errors": [fault]})
        else:
            await route.continue_()

    await page.route("**/graphql*", fail)
    await page.goto("/management/active")
    await expect(page.get_by_role("alert")).to_contain_text("Number for our support: 5f0c2a")
    await page.unroute_all(behavior="wait")

    await page.get_by_role("button", name="Try again").click()

    await expect(page.locator("tbody tr")).to_have_count(25)


async def test_a_page_that_is_older_than_the_server_is_loaded_anew(visitors: Visitors) -> None:
    visitors.expected = GONE
    page = await visitors.person(ADA)

    async def forget_the_operation(route: Route) -> None:
        if "Accounts" in route.request.url:
            await route.continue_(url=re.sub("(?<=%22)[0-9a-f]{64}", "0" * 64, route.request.url))
        else:
            await route.continue_()

    await page.route("**/graphql?*", forget_the_operation)
    await page.goto("/management/active")
    await expect(page.get_by_role("alert")).to_contain_text("There is a newer version of this page.")
    await page.unroute_all(behavior="wait")

    await page.get_by_role("button", name="Try again").click()

    await expect(page.locator("tbody tr")).to_have_count(25)
