"""The section's zones: pictures, search, filters, order, pages, what can be taken along, and the keyboard."""

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors, held_back
from tests.browser.test_languages import speak
from tests.browser.words import LOCALES
from tests.desk import Desk

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

SLOWLY = 210
"""Milliseconds between two letters: a little longer than the page waits before it searches."""


def asked(page: Page) -> dict[str, str]:
    """The parameters of the page's address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def rows(page: Page) -> Locator:
    """The accounts that are shown."""
    return page.locator(".table-accounts tbody tr")


def count(page: Page) -> Locator:
    """How many accounts the list says that it has."""
    return page.locator(".list-count")


async def height(row: Locator) -> float:
    """How high a row stands."""
    box = await row.bounding_box()
    assert box
    return box["height"]


async def test_the_first_accounts_are_asked_for_once_and_before_any_script(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("about:blank")
    asked_for: list[str] = []
    ada.on("request", lambda request: asked_for.append(request.url))

    await ada.goto("/management/active")

    await rows(ada).first.wait_for()
    names = [parse_qs(urlsplit(url).query).get("operationName", [urlsplit(url).path])[0] for url in asked_for]
    assert names[1:3] == ["Viewer", "Accounts"]
    assert [len([name for name in names if name == once]) for once in ("Viewer", "Accounts")] == [1, 1]


@pytest.mark.parametrize("width", [1280, 390])
async def test_no_row_moves_under_the_pointer_when_the_pictures_arrive(
    office: Visitors, desk: Desk, width: int
) -> None:
    await desk.account(name="Plant 7", licence="DETECT")
    ada = await office.person("ada@acme.example", width=width, start="/management/active")
    pictures = await held_back(ada, "**/graphql?*Portfolio*")
    for language in LOCALES:
        await speak(ada, language)
        pictures.clear()
        await ada.reload()
        before = await rows(ada).first.bounding_box()

        pictures.set()

        await expect(ada.locator(".bar-value").last).to_be_visible()
        assert await rows(ada).first.bounding_box() == before, language


async def test_a_bar_narrows_the_list_to_its_licence_and_a_second_press_lets_go(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    whole = await count(ada).inner_text()
    bar = ada.get_by_role("link", name=re.compile("^Detect"))
    (accounts,) = re.findall(r"in (\d+) account", await bar.inner_text())

    await bar.click()

    await expect(count(ada)).to_have_text(re.compile(rf"^{accounts} account"))
    assert asked(ada) == {"license": "DETECT"}
    await expect(rows(ada).filter(has_not_text="Detect")).to_have_count(0)
    await expect(bar).to_have_attribute("aria-current", "true")
    await ada.go_back()
    await expect(count(ada)).to_have_text(whole)
    await bar.click()
    await bar.click()
    await expect(count(ada)).to_have_text(whole)
    assert asked(ada) == {}


async def test_each_request_that_waits_names_its_kind_and_leads_there(office: Visitors, desk: Desk) -> None:
    account = await desk.account(name="Plant 7", licence="DETECT")
    await desk.super_admin.files("datapoints", accountId=account, delta=20)
    await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")

    for who, place, shown in (
        ("ada@acme.example", "/management/applications/", "dialog"),
        ("carla@platform.example", "/queue/", ".examination"),
    ):
        page = await office.person(who, start="/management/active")
        for kind, effect in (("Datapoints", "120"), ("Licence", "Optimise")):
            await rows(page).get_by_role("link", name=f"{kind} pending").click()
            await expect(page).to_have_url(re.compile(re.escape(place)))
            await expect(page.locator(shown)).to_contain_text("Plant 7")
            await expect(page.locator(shown)).to_contain_text(effect)
            await page.go_back()


async def test_a_month_narrows_the_list_to_what_expires_in_it(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    month = ada.locator("a.column").nth(1)
    name, accounts = re.findall(r"(\w+ \d{4}):\s+(\d+)", await month.inner_text())[0]

    await month.click()

    await expect(count(ada)).to_have_text(re.compile(rf"^{accounts} account"))
    await expect(ada.get_by_role("button", name=f"Remove filter: {name}")).to_be_visible()
    await expect(ada.get_by_label("Expires", exact=True)).to_have_value(asked(ada)["expires"])
    short = f"{name[:3]}\\w* {name[-4:]}"
    await expect(rows(ada).filter(has_not_text=re.compile(short))).to_have_count(0)


async def test_each_picture_has_a_table_of_the_same_numbers(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    for title, first in (("Contracted datapoints", "Analyse"), ("Expiring in the next twelve months", "")):
        figure = ada.get_by_role("region", name=title)
        await expect(figure).to_be_visible()
        values = figure.locator(".bar-value, .column-value")
        await expect(values.first).to_have_text(re.compile(r"\d"))
        shown = await values.all_inner_texts()
        await figure.get_by_role("button", name="Show as table").click()
        told = await figure.locator("tbody tr").all_inner_texts()
        assert len(told) == len(shown)
        assert told[0].startswith(first)
        for number, line in zip(shown, told, strict=True):
            assert number.split()[0] in line.split()
        await figure.get_by_role("button", name="Show as chart").click()


async def test_search_replaces_the_address_and_a_filter_adds_to_the_history(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    await expect(rows(ada)).to_have_count(25)
    visited = await ada.evaluate("history.length")

    await ada.get_by_role("searchbox").press_sequentially("depot", delay=20)
    await expect(ada.get_by_role("button", name="Remove filter: “depot”")).to_be_visible()
    assert await ada.evaluate("history.length") == visited
    await ada.get_by_label("Licence", exact=True).select_option(label="Detect")
    await expect(ada.get_by_role("button", name="Remove filter: Detect")).to_be_visible()
    assert asked(ada) == {"q": "depot", "license": "DETECT"}

    await ada.go_back()
    await expect(ada.get_by_label("Licence", exact=True)).to_have_value("")
    await expect(ada.get_by_role("searchbox")).to_have_value("depot")
    await ada.get_by_role("button", name="Clear filters").click()
    await expect(rows(ada)).to_have_count(25)
    assert asked(ada) == {}


async def test_who_types_slowly_keeps_each_letter_while_what_is_there_is_searched_for(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    search = ada.get_by_role("searchbox")

    await search.press_sequentially("depot", delay=SLOWLY)

    await expect(ada).to_have_url(re.compile(r"q=depot$"))
    await expect(search).to_have_value("depot")


async def test_words_that_an_address_makes_up_are_no_filters(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/active?license=GOLD&sector=MOON&expires=soon&sort=colour&after=nowhere")

    await expect(rows(ada)).to_have_count(25)
    await expect(ada.locator(".chip")).to_have_count(0)


async def test_a_client_is_found_by_keyboard_and_kept_in_the_address(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    field = ada.get_by_role("combobox", name="Client")

    await field.press_sequentially("hôt", delay=20)
    await expect(ada.get_by_role("listbox", name="Client").get_by_role("option")).to_have_text(["Ciel Hôtels"])
    await field.press("ArrowDown")
    await expect(ada.get_by_role("listbox", name="Client").get_by_role("option", selected=True)).to_have_text(
        "Ciel Hôtels"
    )
    await field.press("Enter")

    await expect(ada.get_by_role("button", name="Remove filter: Ciel Hôtels")).to_be_visible()
    assert asked(ada) == {"client": "Ciel Hôtels"}
    await expect(rows(ada).filter(has_not_text="Ciel Hôtels")).to_have_count(0)
    await ada.get_by_role("button", name="Remove filter: Ciel Hôtels").click()
    await expect(field).to_have_value("")


@pytest.mark.parametrize("zone", ["active", "expired"])
async def test_what_the_first_screen_shows_is_asked_for_once(visitors: Visitors, zone: str) -> None:
    ada = await visitors.person(ADA)
    calls: list[str] = []
    ada.on("request", lambda request: calls.extend(parse_qs(urlsplit(request.url).query).get("operationName", [])))

    await ada.goto(f"/management/{zone}")
    await expect(rows(ada).first).to_be_visible()

    assert (calls.count("Viewer"), calls.count("Accounts")) == (1, 1)


async def test_headers_sort_and_say_so(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    header = ada.get_by_role("columnheader", name="Datapoints")

    await header.get_by_role("button").click()
    await expect(header).to_have_attribute("aria-sort", "ascending")
    await header.get_by_role("button").click()
    await expect(header).to_have_attribute("aria-sort", "descending")

    assert asked(ada) == {"sort": "-datapoints"}
    await expect(rows(ada).first.locator(".number")).to_have_text(re.compile(r"4,\d{3}"))


async def test_pages_say_where_they_stand_and_lead_to_their_neighbours(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    first = await rows(ada).first.locator("th a").inner_text()
    total = (await count(ada).inner_text()).split()[0]
    place = ada.locator(".pager > span")
    await expect(place).to_have_text(f"1–25 of {total}")

    await ada.get_by_role("button", name="Next").click()
    await expect(place).to_have_text(f"26–{total} of {total}")
    await expect(ada.get_by_role("button", name="Next")).to_have_count(0)

    await ada.get_by_role("button", name="Previous").click()
    await expect(rows(ada).first.locator("th a")).to_have_text(first)


async def test_the_list_can_be_taken_along_as_it_is_narrowed(visitors: Visitors, tmp_path: Path) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/active?license=DETECT&sort=-datapoints")
    names = await rows(ada).locator("th a").all_inner_texts()

    async with ada.expect_download() as downloading:
        await ada.get_by_role("link", name="Export CSV").click()
    file = await downloading.value
    await file.save_as(tmp_path / "accounts.csv")

    assert file.suggested_filename.startswith("accounts-active-")
    with (tmp_path / "accounts.csv").open(encoding="utf-8-sig", newline="") as text:
        header, *lines = csv.reader(text)
    assert header[:2] == ["Account name", "Client name"]
    assert [line[0] for line in lines][: len(names)] == names
    assert {line[2] for line in lines} == {"Detect"}


async def test_compact_rows_are_remembered(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    row = rows(ada).first
    high = await height(row)

    await ada.get_by_role("button", name="Compact rows").click()
    low = await height(row)
    await ada.reload()

    await expect(ada.get_by_role("button", name="Compact rows")).to_have_attribute("aria-pressed", "true")
    await expect(row).to_be_visible()
    assert low < high
    assert await height(row) == low


async def test_a_row_is_walked_by_keyboard_and_focus_returns_to_its_menu(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active")
    button = rows(ada).first.get_by_role("button")
    await button.focus()

    await ada.keyboard.press("Enter")
    await expect(ada.get_by_role("menuitem", name="Edit datapoints")).to_be_focused()
    await ada.keyboard.press("End")
    await expect(ada.get_by_role("menuitem", name="Copy link")).to_be_focused()
    await ada.keyboard.press("ArrowDown")
    await expect(ada.get_by_role("menuitem", name="Edit datapoints")).to_be_focused()
    await ada.keyboard.press("Escape")

    await expect(ada.get_by_role("menu")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_tab_leads_from_the_top_of_the_page_to_its_rows_in_the_order_of_reading(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/management/active?q=depot&license=DETECT")
    await expect(rows(ada).first).to_be_visible()

    stops = []
    for _ in range(60):
        await ada.keyboard.press("Tab")
        stops.append(
            await ada.evaluate(
                """() => {
                  const { x, y } = document.activeElement.getBoundingClientRect();
                  return { where: document.activeElement.closest(
                    ".skip, .top, .page-head, .zones, .portfolio, .toolbar, .list-head, .table")?.classList[0] };
                }"""
            )
        )
        if stops[-1]["where"] == "table":
            break

    order = list(dict.fromkeys(stop["where"] for stop in stops))
    assert order == ["skip", "top", "page-head", "zones", "portfolio", "toolbar", "list-head", "table"]


async def test_on_a_phone_each_row_is_a_card_that_keeps_its_words(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, width=390, start="/management/active")
    card = rows(ada).first

    for label in ("Client", "Licence", "Datapoints", "Sector", "Expires"):
        cell = card.locator(f"[data-label='{label}']")
        await expect(cell).to_be_visible()
        content = await cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert content == f'"{label}"'
    await expect(card).to_have_role("row")
    assert await ada.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("email", [ADA, "superadmin@globex.example"])
async def test_on_a_phone_all_three_zones_are_in_sight(visitors: Visitors, email: str) -> None:
    somebody = await visitors.person(email, width=390, start="/management/active")
    zones = somebody.locator(".zones a")
    await expect(zones).to_have_count(3)

    for zone in await zones.all():
        await expect(zone).to_be_in_viewport(ratio=1)


async def test_print_leaves_out_what_paper_cannot_press(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, dark=True, start="/management/active")
    await expect(rows(ada)).to_have_count(25)

    await ada.emulate_media(media="print")

    await expect(ada.get_by_role("searchbox")).to_be_hidden()
    await expect(ada.locator(".top")).to_be_hidden()
    await expect(rows(ada).first).to_be_visible()
    assert await ada.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


async def test_customer_success_sees_whose_accounts_they_are_and_asks_for_nothing(visitors: Visitors) -> None:
    carla = await visitors.person(CARLA, start="/management/active?client=Gran+Via")
    await expect(rows(carla).first.locator("th small")).to_have_text(re.compile("Northwind Energy|Globex Bâtiments"))
    await expect(carla.get_by_role("link", name="Create a new account")).to_have_count(0)

    await rows(carla).first.get_by_role("button").click()

    await expect(carla.get_by_role("menuitem")).to_have_text(["View details", "Copy link"])


@pytest.mark.parametrize("zone", ["active", "expired"])
async def test_an_empty_answer_offers_the_way_back(visitors: Visitors, zone: str) -> None:
    ada = await visitors.person(ADA)
    await ada.goto(f"/management/{zone}?q=nothing+like+it")

    await expect(ada.get_by_text("No account matches these filters.")).to_be_visible()
    await ada.get_by_role("button", name="Clear filters").last.click()

    await expect(rows(ada).first).to_be_visible()


async def test_in_forced_colours_bars_and_the_chosen_zone_can_still_be_told_apart(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active?license=DETECT")
    await expect(rows(ada).first).to_be_visible()

    await ada.emulate_media(forced_colors="active")

    chosen, other = ada.locator(".bar[aria-current] .bar-fill"), ada.locator(".bar-muted").first
    colour = "element => getComputedStyle(element).backgroundColor"
    assert len({await element.evaluate(colour) for element in (chosen, other, ada.locator("body"))}) == 3
    line = "element => getComputedStyle(element).borderBottomColor"
    zones = ada.locator(".zones a")
    assert await zones.first.evaluate(line) != await zones.last.evaluate(line)
