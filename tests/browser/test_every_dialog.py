"""Every dialog of requests, in light and dark, on a desktop and a phone: axe finds nothing, and nothing is cut off."""

import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import ARTEFACTS, Visitors
from tests.browser.filing import files, untouched

ADA = "superadmin@northwind.example"


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


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_in_any_dialog_and_nothing_is_wider_than_the_window(
    visitors: Visitors, width: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    ARTEFACTS.mkdir(exist_ok=True)
    page = await visitors.person(ADA, width=width, dark=dark)
    async for name in dialogs(page):
        await page.screenshot(path=ARTEFACTS / f"{name}-{'dark' if dark else 'light'}-{width}.png")
        found[name] = [
            f"{violation['id']}: {node['html'][:120]}"
            for violation in (await Axe().run(page)).response["violations"]
            for node in violation["nodes"]
        ]
        if await page.evaluate(
            "[...document.querySelectorAll('dialog')].some((dialog) =>"
            " dialog.scrollWidth > dialog.clientWidth || dialog.getBoundingClientRect().right > innerWidth)"
        ):
            found[name].append("wider than the window")
    assert {name: faults for name, faults in found.items() if faults} == {}
