"""Every dialog of requests and the queue, in light and dark, on a desktop and a phone: no fault by axe."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.filing import files, untouched
from tests.browser.looking import look_of, looked_at

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"


async def dialogs(page: Page) -> AsyncIterator[str]:
    """Open one after the other, filled in as far as it can be; the name of each."""
    account = await untouched(page)
    dialog = page.get_by_role("dialog")
    here = f"/management/accounts/{account.id}"
    await page.goto(f"{here}/datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("−15" if account.datapoints > 35 else "15")
    await expect(dialog.locator("output")).to_contain_text(re.compile("15 (more|fewer)"))
    yield "dialog-datapoints"
    await dialog.get_by_label("Datapoints to add or remove").fill(str(-account.datapoints))
    await dialog.get_by_role("button", name="Request reduction").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    yield "dialog-refused"
    await page.goto(f"{here}/license")
    await dialog.locator("input[type=radio]:enabled").last.check()
    await expect(dialog.locator("output strong")).to_be_visible()
    yield "dialog-licence"
    await page.goto(f"{here}/renew")
    await expect(dialog.locator("output strong")).to_be_visible()
    yield "dialog-renewal"
    request = await files(page, account, 15)
    await page.goto(f"/management/applications/{request}")
    await expect(dialog.get_by_role("button", name="Withdraw request")).to_be_visible()
    yield "dialog-request"
    await dialog.get_by_role("button", name="Withdraw request").click()
    await expect(page.get_by_role("button", name="Keep it")).to_be_visible()
    yield "dialog-withdraw"
    await page.get_by_role("dialog", name="Withdraw request").get_by_role("button", name="Withdraw request").click()
    await expect(page.get_by_text("Request withdrawn.")).to_be_visible()
    yield "dialog-decided"


async def decisions(page: Page, request: str) -> AsyncIterator[str]:
    """The queue, an examination, and what opens over them; the name of each."""
    await page.goto("/queue")
    await expect(page.locator(".queue-item").first).to_be_visible()
    await page.locator(".queue-item input").first.check()
    await page.locator(".queue-item input").nth(1).check()
    yield "queue-ticked"
    await page.locator(".bulk-bar").get_by_role("button", name="Approve").click()
    yield "queue-approve-several"
    await page.keyboard.press("Escape")
    await page.goto(f"/queue/{request}")
    await expect(page.locator(".examination").get_by_role("button", name="Approve")).to_be_visible()
    yield "queue-examination"
    await page.get_by_role("button", name="Reject…").click()
    await page.get_by_role("button", name="Reject", exact=True).click()
    yield "queue-reject"
    await page.get_by_role("button", name="This was asked for twice.").click()
    await page.get_by_role("button", name="Reject", exact=True).click()
    await expect(page.get_by_text("Rejected by Carla Ferrer")).to_be_visible()
    yield "queue-rejected"
    await page.goto("/queue?size=1000&age=14")
    await expect(page.get_by_text("No request matches.")).to_be_visible()
    yield "queue-nothing"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_in_any_dialog_and_nothing_is_wider_than_the_window(
    visitors: Visitors, width: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    look = look_of(width, dark=dark)
    ada = await visitors.person(ADA, width=width, dark=dark)
    async for name in dialogs(ada):
        found[name] = await faults(ada, f"{name}-{look}")
    carla = await visitors.person(CARLA, width=width, dark=dark)
    async for name in decisions(carla, await files(ada, await untouched(ada), 15)):
        found[name] = await faults(carla, f"{name}-{look}")
    assert {name: faults for name, faults in found.items() if faults} == {}


async def faults(page: Page, name: str) -> list[str]:
    """Take a picture of what is shown, and say what is wrong with it."""
    found = await looked_at(page, name, whole=False)
    if await page.evaluate(
        "[...document.querySelectorAll('dialog, .queue')].some((part) =>"
        " part.scrollWidth > part.clientWidth || part.getBoundingClientRect().right > innerWidth)"
    ):
        found.append("a part is wider than the window")
    return found
