"""Every page by keyboard alone: all that can be used is reached, in the order of reading, in sight, with a ring."""

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Visitors
from tests.browser.test_every_page import ACCOUNTS, PAGES, SIGNED_OUT

# A stop of the tab key: what is wrong with it, and whether the round is over.
STOP = """() => {
  const at = document.activeElement;
  const stops = (window.stops ??= []);
  if (at === document.body || at === document.documentElement || at === stops[0]) return { isOver: true, faults: [] };
  const name = at.outerHTML.slice(0, 80);
  const faults = [];
  const follows = stops.at(-1)?.compareDocumentPosition(at) ?? Node.DOCUMENT_POSITION_FOLLOWING;
  if (!(follows & Node.DOCUMENT_POSITION_FOLLOWING)) faults.push(`${name}: after what is read later`);
  const box = at.getBoundingClientRect();
  const parts = [0.5, 0.1, 0.9];
  const seen = parts.flatMap((x) => parts.map((y) => [x, y])).some(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (at.contains(top) || [...(at.labels ?? [])].some((label) => label.contains(top)));
  });
  if (!seen) faults.push(`${name}: not in sight`);
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) faults.push(`${name}: no ring`);
  stops.push(at);
  return { isOver: false, faults };
}"""

# What can be used and was no stop; of a group of radio buttons one is enough.
MISSED = """() => {
  const usable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    (part) => !part.matches(":disabled, [tabindex='-1'], [type=radio]") && part.checkVisibility());
  const missed = usable.filter((part) => !window.stops.includes(part));
  return missed.map((part) => `${part.outerHTML.slice(0, 80)}: not reached`);
}"""


async def walked(page: Page) -> list[str]:
    """Press Tab from the top of the page to its end; what is wrong on the way."""
    await page.locator("h1").wait_for()
    await expect(page.locator("[aria-busy=true], .portfolio-placeholder")).to_have_count(0)
    await page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    faults: list[str] = []
    for _ in range(400):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(STOP)
        if stop["isOver"]:
            return [*faults, *await page.evaluate(MISSED)]
        faults += stop["faults"]
    return [*faults, "the tab key finds no end"]


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_tab_key_reaches_all_that_can_be_used_in_sight_and_in_order(visitors: Visitors, width: int) -> None:
    found: dict[str, list[str]] = {}
    for email, pages in PAGES.items():
        page = await visitors.person(email, width=width)
        for name, address in pages.items():
            await page.goto(address)
            found[name] = await walked(page)
    page = await visitors.person("superadmin@northwind.example", width=width)
    for name, address in ACCOUNTS.items():
        await page.goto(address)
        href = await page.locator(".table-accounts tbody th a").first.get_attribute("href")
        await page.goto(str(href))
        await page.locator(".key-facts").wait_for()
        found[name] = await walked(page)
    page = await visitors.person("success@platform.example", width=width, start="/queue")
    href = await page.locator(".queue-item a").first.get_attribute("href")
    await page.goto(str(href))
    await expect(page.locator(".examination h2")).to_be_focused()
    found["examination"] = await walked(page)
    page = await visitors.stranger(width=width)
    for name, address in SIGNED_OUT.items():
        await page.goto(address)
        found[name] = await walked(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


IN_DIALOG = """() => {
  const open = [...document.querySelectorAll("dialog[open], [popover]:popover-open")].at(-1);
  return document.activeElement === document.body || open.contains(document.activeElement);
}"""


async def opens_and_closes(page: Page, opener: Locator) -> None:
    """Open a dialog by Enter: Tab stays in it, Esc closes it, and the focus is where it was."""
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await expect(page.get_by_role("dialog").locator("[aria-busy=true]")).to_have_count(0)
    assert await page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)")
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate(IN_DIALOG)

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_each_dialog_holds_the_tab_key_and_esc_gives_the_focus_back(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example", start="/management/applications")
    await opens_and_closes(ada, ada.locator("tbody th a").first)
    await ada.goto("/management/active?q=Grenoble+Water+Plant")
    await opens_and_closes(ada, ada.locator("tbody .badge.pending").first)
    await ada.locator("tbody th a").first.click()
    await opens_and_closes(ada, ada.get_by_role("button", name="Withdraw request").first)
    await ada.goto("/management/active")
    await ada.locator("tbody input[type=checkbox]").first.check()
    await opens_and_closes(ada, ada.get_by_role("button", name="Renew 1 account"))
    await ada.goto("/management/new")
    await ada.get_by_label("Account name").fill("Half a name")
    await opens_and_closes(ada, ada.get_by_role("banner").get_by_role("link", name="Account management"))
    await ada.get_by_role("button", name="Start over").click()

    carla = await visitors.person("success@platform.example", start="/queue")
    await opens_and_closes(carla, carla.get_by_role("button", name="Keyboard"))
    await carla.locator(".queue-item input").first.check()
    await opens_and_closes(carla, carla.locator(".bulk-bar").get_by_role("button", name="Approve"))
    await opens_and_closes(carla, carla.locator(".bulk-bar").get_by_role("button", name="Reject…"))


async def test_the_user_menu_is_opened_walked_and_left_by_keyboard(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example")
    avatar = ada.locator(".avatar")
    menu = ada.get_by_role("group", name="Ada Whitfield: menu")
    await avatar.focus()
    await ada.keyboard.press("Enter")
    await expect(menu.get_by_role("link", name="Account management")).to_be_focused()
    await ada.keyboard.press("Tab")
    await expect(menu.get_by_role("link", name="Audit log")).to_be_focused()

    await ada.keyboard.press("Escape")

    await expect(menu).to_have_count(0)
    await expect(avatar).to_be_focused()


async def test_what_a_toast_offers_is_taken_by_keyboard_and_the_focus_stays_on_the_page(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example", start="/management/active")
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ada.locator("tbody [aria-haspopup]").first.click()
    await ada.get_by_role("menuitem", name="Copy link").click()
    close = ada.locator(".toasts").get_by_role("button", name="Close")
    await close.focus()

    await ada.keyboard.press("Enter")

    await expect(ada.locator(".toast")).to_have_count(0)
    await expect(ada.get_by_role("main")).to_be_focused()


async def test_a_toast_stays_while_the_focus_is_in_it_wherever_the_pointer_goes(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example", start="/management/active")
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ada.clock.install()
    toast = ada.locator(".toast")
    await ada.locator("tbody [aria-haspopup]").first.click()
    await ada.get_by_role("menuitem", name="Copy link").click()
    await toast.get_by_role("button", name="Close").focus()

    await toast.hover()
    await ada.mouse.move(0, 0)
    await ada.clock.fast_forward("01:00")

    await expect(toast).to_be_visible()
    await ada.get_by_role("main").focus()
    await ada.clock.fast_forward("01:00")
    await expect(toast).to_have_count(0)


async def test_where_a_page_may_not_copy_the_link_is_shown(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example")
    await ada.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await ada.goto("/management/active")
    address = await ada.locator("tbody th a").first.get_attribute("href")
    await ada.locator("tbody [aria-haspopup]").first.click()

    await ada.get_by_role("menuitem", name="Copy link").click()

    await expect(ada.locator(".toasts")).to_contain_text(f"{visitors.address}{address}")


async def test_the_client_that_the_arrow_keys_have_reached_is_in_sight(visitors: Visitors) -> None:
    ada = await visitors.person("superadmin@northwind.example")

    async def offer_many(route: Route) -> None:
        response = await route.fetch()
        answer = await response.json()
        answer["data"]["clients"] = [f"Client {number}" for number in range(20)]
        await route.fulfill(response=response, json=answer)

    await ada.route("**/graphql?*Clients*", offer_many)
    await ada.goto("/management/active")
    await ada.get_by_role("combobox", name="Client").click()
    await expect(ada.get_by_role("option", name="Client 19")).to_be_attached()

    await ada.keyboard.press("ArrowUp")

    last = ada.get_by_role("listbox").get_by_role("option").last
    await expect(last).to_have_attribute("aria-selected", "true")
    assert await last.evaluate(
        "option => option.getBoundingClientRect().bottom <= option.parentElement.getBoundingClientRect().bottom"
    )
