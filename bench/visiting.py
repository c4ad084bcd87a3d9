"""The demo and a Chromium that visits it, for what is measured or shown of the page."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from backend.embedded.mailbox import free_port
from tests.browser.conftest import FLAGS
from tests.demo_process import run, stop, welcome
from tests.servers import open_folder


@asynccontextmanager
async def visited_demo() -> AsyncIterator[tuple[Browser, str]]:
    """A browser and the address of a demo that runs as long as the block does. Raises: SystemExit (no Chromium)."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium")
    with open_folder() as folder:
        port = free_port()
        demo = await run(port, folder)
        try:
            await welcome(demo)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
                yield browser, f"http://localhost:{port}"
        finally:
            await stop(demo)
