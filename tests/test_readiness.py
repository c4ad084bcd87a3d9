"""``/readyz``, which anybody may ask as often as they like, asks the database seldom."""

import asyncio

import httpx2
import pytest

from backend import clock
from backend.health import SERVES_FOR
from tests.desk import Desk
from tests.statements import each_statement


async def asks(desk: Desk, number: int) -> tuple[list[httpx2.Response], int]:
    """So many answers to as many at once, and how many statements they took."""
    client, done = desk.stranger().client, list[str]()
    with each_statement(done.append):
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(number)))
    return answers, len(done)


async def test_an_answer_serves_for_two_seconds_and_for_all_who_ask_meanwhile(desk: Desk) -> None:
    one, of_one = await asks(desk, 1)
    clock.advance(SERVES_FOR)

    many, of_many = await asks(desk, 50)
    later, of_later = await asks(desk, 50)
    clock.advance(SERVES_FOR)
    anew, of_anew = await asks(desk, 1)

    assert of_many == of_anew == of_one > 0
    assert of_later == 0
    assert {answer.text for answer in (*many, *later, *anew)} == {one[0].text}
    assert SERVES_FOR.total_seconds() == 2


async def test_an_answer_does_not_serve_for_longer_when_the_clock_is_set_back(desk: Desk) -> None:
    _, of_one = await asks(desk, 1)
    clock.advance(-SERVES_FOR)

    assert (await asks(desk, 1))[1] == of_one


async def test_what_goes_wrong_is_said_by_the_next_answer(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    (before,), _ = await asks(desk, 1)
    assert before.json()["database"] == "ok"

    async def fails(sql: str) -> None:
        raise OSError("it is gone")

    environment.setattr("backend.health.fetch", fails)
    clock.advance(SERVES_FOR)
    (after,), _ = await asks(desk, 1)

    assert (after.status_code, after.json()["database"]) == (503, "does not answer")
