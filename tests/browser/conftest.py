"""Chromium, the demo that it visits, and visitors whose every fault fails the test."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from backend.demo import PASSWORD
from backend.embedded.mailbox import free_port
from tests.browser.chromium import INSTALL, chromium, closed, program
from tests.demo_process import run, stop, welcome
from tests.desk import PASSWORD as PASSWORD_OF_TESTS
from tests.desk import Desk
from tests.servers import open_folder
from tests.serving import served

PATIENCE = 20_000
"""Milliseconds for what a visitor waits for, beside other tests on a small machine."""

expect.set_options(timeout=PATIENCE)

ARTEFACTS = Path(__file__).parents[2] / "artefacts"

# A report of the content security policy is a fault like any other.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="session")
async def demo() -> AsyncIterator[str]:
    """The address of a demo that runs; each test works on accounts of its own choice."""
    with open_folder() as folder:
        port = free_port()
        process = await run(port, folder)
        await welcome(process)
        yield f"http://localhost:{port}"
        await stop(process)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    found = program()
    if found is None and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip(INSTALL)
    assert found, INSTALL
    async with chromium(found) as browser:
        yield browser


OURS = {"x-requested-with": "tests"}


@dataclass(slots=True)
class Visitors:
    """Opens a window for each visitor, and collects what went wrong in any of them."""

    browser: Browser
    address: str
    password: str = PASSWORD
    faults: list[str] = field(default_factory=list)
    windows: list[BrowserContext] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """What the console may say in a test of trouble, such as what Chromium writes of a server that is gone."""

    async def stranger(self, *, width: int = 1280, dark: bool = False, locale: str = "en-GB") -> Page:
        """A window in which nobody is signed in."""
        window = await self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        window.set_default_timeout(PATIENCE)
        self.windows.append(window)
        await window.add_init_script(REPORT_VIOLATIONS)
        window.on("page", lambda page: self._listen(page))
        return await window.new_page()

    async def with_the_session_of(self, page: Page) -> Page:
        """A window that holds a copy of another's session, as if it were stolen; it outlives the other's cookie."""
        other = await self.stranger()
        await other.context.add_cookies((await page.context.storage_state())["cookies"])  # type: ignore[arg-type]
        return other

    def _listen(self, page: Page) -> None:
        page.on("console", lambda said: self._hear(said))
        page.on("pageerror", lambda error: self._note(str(error)))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self._note(f"{said.text} ({said.location['url']})")

    def _note(self, fault: str) -> None:
        if not any(expected in fault for expected in self.expected):
            self.faults.append(fault)

    async def person(
        self, email: str, *, width: int = 1280, dark: bool = False, locale: str = "en-GB", start: str = "/"
    ) -> Page:
        """A window in which somebody has signed in, as people do."""
        page = await self.stranger(width=width, dark=dark, locale=locale)
        await page.goto(f"/sign-in?next={start}")
        await page.locator("input[type=email]").fill(email)
        await page.locator("input[type=password]").fill(self.password)
        await page.locator("button.primary").click()
        await page.locator(".avatar").wait_for()
        return page


async def asks(page: Page, query: str, **variables: Any) -> Any:
    """What the API answers the page's viewer; its data. Raises: AssertionError, with what it refused."""
    asked = {"query": query, "variables": variables}
    # As any client, once more where the server ended an idle connection at that very moment.
    answer = await (await page.request.post("/graphql", data=asked, headers=OURS, max_retries=1)).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def held_back(page: Page, addresses: str) -> asyncio.Event:
    """What the page asks for at such addresses, while it is not set, waits until it is."""
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route(addresses, hold)
    return answered


@asynccontextmanager
async def visiting(visitors: Visitors) -> AsyncIterator[Visitors]:
    """Their windows are closed at the end, and none of them has met a fault."""
    yield visitors
    for window in visitors.windows:
        await closed(window)
    assert visitors.faults == []


@pytest.fixture
async def visitors(browser: Browser, demo: str) -> AsyncIterator[Visitors]:
    """Visitors of the demo."""
    async with visiting(Visitors(browser, demo)) as visitors:
        yield visitors


@pytest.fixture
async def office(browser: Browser, desk: Desk) -> AsyncIterator[Visitors]:
    """Visitors of a desk of the test's own: what they choose is nobody else's choice."""
    async with (
        served(desk.app) as port,
        visiting(Visitors(browser, f"http://localhost:{port}", PASSWORD_OF_TESTS)) as visitors,
    ):
        yield visitors
