"""Every page, in light and dark, on a desktop and on a phone: axe finds nothing, and nothing is cut off."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.looking import look_of, looked_at

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
    look = look_of(width, dark=dark)

    async def look_at(page: Page, name: str) -> None:
        await page.locator("h1").wait_for()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found[name] = await looked_at(page, f"{name}-{look}")

    for email, pages in PAGES.items():
        page = await visitors.person(email, width=width, dark=dark)
        for name, address in pages.items():
            await page.goto(address)
            await look_at(page, name)
    page = await visitors.person("superadmin@northwind.example", width=width, dark=dark)
    for name, address in ACCOUNTS.items():
        await page.goto(address)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await page.locator(".table-accounts tbody th a").first.click()
        await page.locator(".key-facts").wait_for()
        await look_at(page, name)
    page = await visitors.stranger(width=width, dark=dark)
    for name, address in SIGNED_OUT.items():
        await page.goto(address)
        await look_at(page, name)
    assert {name: faults for name, faults in found.items() if faults} == {}
