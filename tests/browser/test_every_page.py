"""Every page, in light and dark, on a desktop and on a phone: axe finds nothing, and nothing is cut off."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import ARTEFACTS, Visitors

PAGES = {
    "superadmin@northwind.example": {
        "home": "/",
        "active": "/management/active",
        "expired": "/management/expired",
        "applications": "/management/applications",
        "decided": "/management/applications?state=decided",
        "filtered": "/management/active?q=depot&license=DETECT",
        "nothing": "/management/active?q=nothing+like+it",
        "month": "/management/active?expires=30d&sort=expires",
        "new": "/management/new",
        "profile": "/profile",
        "audit": "/audit",
        "absent": "/management/accounts/none",
    },
    "member@northwind.example": {"member": "/", "forbidden": "/management/active"},
    "success@platform.example": {
        "queue": "/queue",
        "queue-decided": "/queue?state=decided",
        "all-accounts": "/management/active",
        "all-applications": "/management/applications",
        "mails": "/mail",
        "mails-open": "/mail?state=open",
        "mails-sent": "/mail?state=sent",
        "mails-unsent": "/mail?state=unsent",
        "audit-all": "/audit",
        "staff-profile": "/profile",
    },
}

# Pages of one account: the first of a list.
ACCOUNTS = {
    "account": "/management/active?q=Canary+Wharf+Tower",
    "account-pending": "/management/active?q=Grenoble+Water+Plant",
    "account-expired": "/management/expired?sort=expires",
}

SIGNED_OUT = {"sign-in": "/sign-in", "forgot-password": "/forgot-password", "reset-password": "/reset-password#none"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    visitors: Visitors, width: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    look = f"{'dark' if dark else 'light'}-{width}"
    ARTEFACTS.mkdir(exist_ok=True)

    async def look_at(page: Page, name: str) -> None:
        await page.locator("h1").wait_for()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await page.screenshot(path=ARTEFACTS / f"{name}-{look}.png", full_page=True)
        found[name] = [
            f"{violation['id']}: {node['html'][:120]}"
            for violation in (await Axe().run(page)).response["violations"]
            for node in violation["nodes"]
        ]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[name].append("wider than the window")

    for email, pages in PAGES.items():
        page = await visitors.person(email, width=width, dark=dark)
        for name, address in pages.items():
            await page.goto(address)
            await look_at(page, name)
    page = await visitors.person("superadmin@northwind.example", width=width, dark=dark)
    for name, address in ACCOUNTS.items():
        await page.goto(address)
        await page.locator(".table-accounts tbody th a").first.click()
        await page.locator(".key-facts").wait_for()
        await look_at(page, name)
    page = await visitors.stranger(width=width, dark=dark)
    for name, address in SIGNED_OUT.items():
        await page.goto(address)
        await look_at(page, name)
    assert {name: faults for name, faults in found.items() if faults} == {}
