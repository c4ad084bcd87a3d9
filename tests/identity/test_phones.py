"""Phones hold a short access token and a refresh token that is good for one use."""

import asyncio
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
    clock.advance(timedelta(seconds=31))

    reuse = await refreshes(desk, held["refreshToken"])

    assert reuse.code == "UNAUTHENTICATED"
    assert await asks_with(desk, fresh["accessToken"]) is None
    assert (await refreshes(desk, fresh["refreshToken"])).code == "UNAUTHENTICATED"


async def test_an_answer_that_the_network_lost_is_given_again_for_thirty_seconds(desk: Desk) -> None:
    held = await tokens(desk)
    await refreshes(desk, held["refreshToken"])
    clock.advance(timedelta(seconds=15))
    await refreshes(desk, held["refreshToken"])
    clock.advance(timedelta(seconds=15))

    fresh = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]
    assert await asks_with(desk, fresh["accessToken"]) == {"email": "ada@acme.example"}
    clock.advance(timedelta(hours=1))

    again = (await refreshes(desk, fresh["refreshToken"])).data["refreshSession"]["tokens"]
    assert await asks_with(desk, again["accessToken"]) == {"email": "ada@acme.example"}


async def test_an_old_token_whose_successor_is_in_use_ends_the_session_at_once(desk: Desk) -> None:
    held = await tokens(desk)
    second = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]
    third = (await refreshes(desk, second["refreshToken"])).data["refreshSession"]["tokens"]

    assert (await refreshes(desk, held["refreshToken"])).code == "UNAUTHENTICATED"
    assert await asks_with(desk, third["accessToken"]) is None


async def test_the_pair_of_a_lost_answer_ends_the_session_when_somebody_else_uses_it_later(desk: Desk) -> None:
    held = await tokens(desk)
    lost = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]
    fresh = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]

    assert await asks_with(desk, lost["accessToken"]) is None
    clock.advance(timedelta(seconds=31))
    assert (await refreshes(desk, lost["refreshToken"])).code == "UNAUTHENTICATED"
    assert await asks_with(desk, fresh["accessToken"]) is None


async def test_refreshes_at_the_same_moment_leave_one_pair_that_is_good(desk: Desk) -> None:
    held = await tokens(desk)

    answers = await asyncio.gather(*(refreshes(desk, held["refreshToken"]) for _ in range(5)))

    pairs = [answer.data["refreshSession"]["tokens"] for answer in answers]
    known = [await asks_with(desk, pair["accessToken"]) for pair in pairs]
    assert known.count({"email": "ada@acme.example"}) == 1


async def test_a_phone_must_sign_in_again_after_ninety_days(desk: Desk) -> None:
    held = await tokens(desk)
    for _ in range(9):
        clock.advance(timedelta(days=9))
        held = (await refreshes(desk, held["refreshToken"])).data["refreshSession"]["tokens"]
    clock.advance(timedelta(days=9))

    assert (await refreshes(desk, held["refreshToken"])).code == "UNAUTHENTICATED"


async def test_an_access_token_cannot_be_traded_in_and_a_refresh_token_opens_nothing(desk: Desk) -> None:
    held = await tokens(desk)

    assert (await refreshes(desk, held["accessToken"])).code == "UNAUTHENTICATED"
    assert await asks_with(desk, held["refreshToken"]) is None
