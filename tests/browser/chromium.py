"""Chromium for tests and measures: the one without windows of its own where it is installed, which costs a third."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import Browser, BrowserContext, async_playwright

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

INSTALL = (
    "Chromium is not installed, and no test in a browser runs: apt-get install chromium-headless-shell,"
    " or have Chromium or Chrome on the PATH"
)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

CLOSES_WITHIN = 30.0
"""Seconds."""


def program() -> str | None:
    """Debian's Chromium, or Chrome; None: there is neither."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@asynccontextmanager
async def chromium(program: str) -> AsyncIterator[Browser]:
    """A browser for as long as the block runs."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await closed(browser)


async def closed(opened: Browser | BrowserContext) -> None:
    """Close it, or leave it to the end of Chromium, which now and then never says that a window is closed."""
    with suppress(TimeoutError):
        await asyncio.wait_for(opened.close(), CLOSES_WITHIN)
