"""The explorer is served in the demo, and elsewhere only where a setting asks for it."""

import httpx2
import pytest

from backend.settings import settings
from backend.web.app import create_app


async def explorer() -> httpx2.Response:
    """What a server with the settings of now answers to who asks for the explorer."""
    settings.cache_clear()
    app = httpx2.ASGITransport(app=create_app())
    async with httpx2.AsyncClient(transport=app, base_url="http://desk") as client:
        return await client.get("/explorer/")


@pytest.mark.parametrize("setting", ["EMP_DEMO", "EMP_EXPLORER"])
async def test_it_is_served_where_a_setting_asks_for_it(environment: pytest.MonkeyPatch, setting: str) -> None:
    environment.setenv(setting, "true")

    answer = await explorer()

    assert "<title>Explorer" in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]


async def test_it_is_not_served_in_production(environment: pytest.MonkeyPatch) -> None:
    answer = await explorer()

    assert "<title>Explorer" not in answer.text
