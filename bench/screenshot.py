"""``make screenshot``: the section of the demo as ``docs/section.png``, for the README."""

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import async_playwright

from backend.embedded.mailbox import free_port
from tests.browser.conftest import FLAGS
from tests.demo_process import run, stop, welcome
from tests.servers import open_folder

PICTURE = Path(__file__).parents[1] / "docs" / "section.png"


async def main() -> None:
    """Take it, as the SuperAdmin of the demo sees it."""
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
                page = await browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
                await page.goto(f"http://localhost:{port}/sign-in?next=/management/active")
                await page.get_by_role("button", name="Continue as Ada").click()
                await page.locator("tbody tr").first.wait_for()
                await page.wait_for_load_state("networkidle")
                await page.screenshot(path=PICTURE)
        finally:
            await stop(demo)


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 180))
