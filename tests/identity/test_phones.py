"""Phones hold a short access token and a refresh token that is good for one use."""

from datetime import timedelta
from typing import Any

from backend import clock
from tests.desk import PASSWORD, Answer, Desk

WHO = "{ viewer { email } }"


async def tokens(desk: Desk) -> Any:
    """What a phone gets at sign-in."""
    answer = await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, client="PHONE", device="Ada's phone")
    return answer.data["signIn"]["tokens"]


async def asks_with(desk: Desk, access_token: str) -> Any:
    """Who the server takes the holder of an access token for."""
    answer = await desk.stranger().asks(WHO, headers={"authorization": f"Bearer {access_token}"})
    return answer.data["viewer"]


async def refreshes(desk: Desk, refresh_token: str) -> Answer:
    """Trade a refresh token in."""
    query = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {"
    query += " tokens { accessToken refreshToken } } }"
    return await desk.stranger().asks(query, input={"refreshToken": refresh_token})


async def test_a_phone_gets_tokens_and_no_cookie(desk: Desk) -> None:
    stranger = desk.stranger()
    await stranger.tries_to_sign_in("ada@acme.example", PASSWORD, client="PHONE")

    assert not stranger.client.cookies


async def test_the_access_token_is_good_for_ten_minutes(desk: Desk) -> None:
    held = await tokens(desk)

    assert await asks_with(desk, held["accessToken"]) == {"email": "ada@acme.example"}
    clock.advance(timedelta(minutes=10))
    assert await asks_with(desk, held["accessToken"]) is None


async def test_refreshing_replaces_both_tokens(desk: Desk) -> None:
    held = await tokens(desk)
    clock.advance(timedelta(minutes=11))

    fresh = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]

    assert fresh["refreshToken"] != held["refreshToken"]
    assert await asks_with(desk, fresh["accessToken"]) == {"email": "ada@acme.example"}


async def test_a_refresh_token_that_is_used_again_ends_the_whole_session(desk: Desk) -> None:
    held = await tokens(desk)
    fresh = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]

    reuse = await refreshes(desk, held["refreshToken"])

    assert reuse.code == "UNAUTHENTICATED"
    assert await asks_with(desk, fresh["accessToken"]) is None
    assert (await refreshes(desk, fresh["refreshToken"])).code == "UNAUTHENTICATED"


async def test_an_access_token_cannot_be_traded_in_and_a_refresh_token_opens_nothing(desk: Desk) -> None:
    held = await tokens(desk)

    assert (await refreshes(desk, held["accessToken"])).code == "UNAUTHENTICATED"
    assert await asks_with(desk, held["refreshToken"]) is None
