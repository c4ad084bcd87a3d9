"""A page as a picture among the artefacts, and what axe finds wrong with it."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.conftest import ARTEFACTS

# axe leaves what WCAG 2.2 added to those who ask for it.
RULES = {"rules": {"target-size": {"enabled": True}}}


def look_of(width: int, *, dark: bool) -> str:
    """What a window looks like, as pictures of it are named."""
    return f"{'dark' if dark else 'light'}-{width}"


async def looked_at(page: Page, name: str, *, whole: bool = True) -> list[str]:
    """Keep a picture of the page, or of its window; what axe finds, and whether it is wider than the window."""
    await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole)
    found = [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in (await Axe().run(page, options=RULES)).response["violations"]
        for node in violation["nodes"]
    ]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found
