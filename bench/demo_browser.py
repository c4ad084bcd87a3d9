"""The demo and a Chromium, for measurements and pictures of the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser

from backend.embedded.mailbox import free_port
from tests.browser.chromium import INSTALL, chromium, program
from tests.demo_process import run, stop, welcome
from tests.servers import open_folder


@asynccontextmanager
async def demo_in_browser() -> AsyncIterator[tuple[Browser, str]]:
    """A browser and the URL of a demo that runs as long as the block does. Raises: SystemExit, without Chromium."""
    found = program()
    if found is None:
        raise SystemExit(INSTALL)
    with open_folder() as folder:
        port = free_port()
        demo = await run(port, folder)
        try:
            await welcome(demo)
            async with chromium(found) as browser:
                yield browser, f"http://localhost:{port}"
        finally:
            await stop(demo)
