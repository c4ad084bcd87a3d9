"""Documents that are not known are read one at a time, for one client after the other, and count for their length."""

import asyncio
from functools import partial
from threading import Event

import pytest

from backend.api.execution.fair_queue import MAX_PER_CLIENT, MAX_WAITING, RETRY_AFTER_S, FairQueue
from backend.api.http.rate_limits import CHARACTERS_PER_CALL
from backend.errors import TooManyAttempts
from backend.settings import settings
from tests.desk import Desk
from tests.running import running_desk

CALLS = 60

SMALL = "{ viewer { id } }"
DEEP = "{ viewer " + "{ organisation " * 12 + "{ id }" + " }" * 12 + " }"


async def test_of_a_client_who_wants_much_done_one_piece_goes_before_the_next_clients() -> None:
    queue, done, all_have_asked = FairQueue(), list[str](), Event()

    def work(client: str) -> None:
        all_have_asked.wait()
        done.append(client)

    pieces = asyncio.gather(*(queue.run(partial(work, client), client) for client in "aaaabbc"))
    asyncio.get_running_loop().call_soon(all_have_asked.set)
    await pieces

    assert done == list("abcabaa")


async def test_more_than_may_wait_is_told_to_come_back() -> None:
    queue, all_have_asked = FairQueue(), Event()
    clients = [str(number) for number in range(MAX_WAITING // MAX_PER_CLIENT + 1) for _ in range(MAX_PER_CLIENT)]

    pieces = asyncio.gather(
        *(queue.run(all_have_asked.wait, client) for client in ["0", *clients]), return_exceptions=True
    )
    asyncio.get_running_loop().call_soon(all_have_asked.set)
    found = await pieces
    waits = [error.retry_after for error in found if isinstance(error, TooManyAttempts)]

    assert waits == [RETRY_AFTER_S] * (1 + MAX_PER_CLIENT)
    assert isinstance(found[MAX_PER_CLIENT], TooManyAttempts)
    assert await queue.run(lambda: "again", "0") == "again"


@pytest.mark.parametrize("of", ["ADDRESS", "PERSON"])
@pytest.mark.parametrize(("document", "answered"), [(SMALL, 200), (DEEP, 400)])
async def test_a_document_counts_for_its_length_until_it_is_known(
    environment: pytest.MonkeyPatch, of: str, document: str, answered: int
) -> None:
    environment.setenv(f"EMP_CALLS_PER_MINUTE_PER_{of}", str(CALLS))
    settings.cache_clear()
    one, other, third = (f"{document} #".ljust(CHARACTERS_PER_CALL * 20, letter) for letter in "xyz")
    async with running_desk() as desk:
        statuses = await _statuses(desk, [one] * 5 + [other, third])

    assert statuses == [answered] * 6 + [429]


async def _statuses(desk: Desk, documents: list[str]) -> list[int]:
    return [(await desk.member.client.post("/graphql", json={"query": document})).status_code for document in documents]
