"""The page names in itself what a visit needs first, so that it is on its way before any script has run."""

import re
from html import unescape

import pytest

from tests.serving import ServedDesk


def named(html: str, relation: str) -> list[str]:
    """The addresses that the page names so."""
    return [unescape(found) for found in re.findall(rf'<link rel="{relation}"[^>]* href="([^"]+)"', html)]


async def test_who_brings_a_session_is_told_the_address_of_the_accounts_that_the_screen_shows(
    served_desk: ServedDesk,
) -> None:
    await served_desk.desk.account(name="Plant 7")
    open_client = await served_desk.open_client(served_desk.desk.super_admin)

    page = (await open_client.client.get("/management/active")).text

    answers = [(await open_client.client.get(address)).json()["data"] for address in named(page, "preload")]
    assert answers[0]["viewer"]["email"] == "ada@acme.example"
    assert [node["name"] for node in answers[1]["accounts"]["nodes"]] == ["Plant 7"]


@pytest.mark.parametrize("address", ["/management/active?q=plant", "/profile"])
async def test_a_list_that_the_address_narrows_is_not_asked_for_as_a_whole(
    served_desk: ServedDesk, address: str
) -> None:
    open_client = await served_desk.open_client(served_desk.desk.super_admin)

    (viewer,) = named((await open_client.client.get(address)).text, "preload")

    assert "operationName=Viewer" in viewer


async def test_a_stranger_is_told_to_ask_nothing(served_desk: ServedDesk) -> None:
    open_client = await served_desk.open_client()

    assert named((await open_client.client.get("/management/active")).text, "preload") == []


async def test_every_file_that_a_screen_is_said_to_need_is_there(served_desk: ServedDesk) -> None:
    open_client = await served_desk.open_client()

    page = (await open_client.client.get("/management/active", headers={"accept-language": "fr-CH, de"})).text

    scripts, styles = named(page, "modulepreload"), named(page, "stylesheet")
    assert any("/Section-" in script for script in scripts)
    assert any("/Section-" in style for style in styles)
    assert any("/fr-" in script for script in scripts)
    assert {(await open_client.client.get(file)).status_code for file in [*scripts, *styles]} == {200}


@pytest.mark.parametrize(
    ("accepted", "sent"), [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None)]
)
async def test_a_file_comes_as_its_client_likes_it_and_for_ever(
    served_desk: ServedDesk, accepted: str, sent: str | None
) -> None:
    open_client = await served_desk.open_client()
    (script, *_) = named((await open_client.client.get("/")).text, "modulepreload")

    answer = await open_client.client.get(script, headers={"accept-encoding": accepted})

    assert answer.headers.get("content-encoding") == sent
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
