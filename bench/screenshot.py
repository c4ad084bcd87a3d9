"""``make screenshot``: the section of the demo as ``docs/section.png``, for the README."""

import asyncio
from pathlib import Path

from bench.demo_browser import demo_in_browser

SCREENSHOT = Path(__file__).parents[1] / "docs" / "section.png"


async def main() -> None:
    """Take the screenshot as the SuperAdmin of the demo."""
    async with demo_in_browser() as (browser, address):
        page = await browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        await page.goto(f"{address}/sign-in?next=/management/active")
        await page.get_by_role("button", name="Continue as Ada").click()
        await page.locator("tbody tr").first.wait_for()
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=SCREENSHOT)


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 180))
