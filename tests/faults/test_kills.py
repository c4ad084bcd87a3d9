"""A process that is killed in the middle of a decision leaves all of it or nothing; the retry by key has one answer."""

from dataclasses import replace

import pytest

from tests.counted import counted_wrongly
from tests.faults.calls import Actors, Call, Died
from tests.faults.race_setup import Troupe, end_of, told
from tests.promises import Promise
from tests.running import MONDAY_MORNING

ACTS = ["approve the renewal", "approve", "reject", "withdraw", "another removal"]


def with_key(call: object, key: str) -> Call:
    """The call with an idempotency key."""
    assert isinstance(call, Call)
    return replace(call, variables=call.variables | {"key": key})


async def statements_of(troupe: Troupe, act: str) -> int:
    """How many SQL statements an act takes, from its session to its answer."""
    one = Actors(1)
    one.start(MONDAY_MORNING)
    try:
        await one.act(with_key(troupe.acts(await troupe.scene())[act], f"counted {act}"))
        return await one.statements()
    finally:
        one.stop()


async def dies_at(number: int, call: Call) -> None:
    """Act in a process that is killed after this statement."""
    one = Actors(1)
    one.start(MONDAY_MORNING)
    try:
        with pytest.raises(Died):
            await one.act(replace(call, dies_after=number))
    finally:
        one.stop()


async def test_a_kill_after_any_statement_leaves_a_decision_whole_or_undone_and_a_retry_gets_one_answer(
    troupe: Troupe, long: bool, promise: Promise
) -> None:
    kills, halves = 0, []
    for act in ACTS if long else ACTS[:1]:
        undisturbed = await troupe.scene()
        answer = await troupe.alone(with_key(troupe.acts(undisturbed)[act], f"undisturbed {act}"))
        untouched, done = await end_of(await troupe.scene(), []), await end_of(undisturbed, [])
        for number in range(1, await statements_of(troupe, act) + 1):
            scene = await troupe.scene()
            call = with_key(troupe.acts(scene)[act], f"{act} {number}")

            await dies_at(number, call)
            after_the_kill = await end_of(scene, [])
            first, again = await troupe.alone(call), await troupe.alone(call)

            kills += 1
            whole = after_the_kill in (untouched, done) and await end_of(scene, [first]) == (*done, told(answer))
            if not whole or first != again:
                halves.append((act, number, after_the_kill, first, again))

    assert halves == []
    assert await counted_wrongly() == []
    promise(f"Half-done decisions after {kills} kills, one after each SQL statement", len(halves))
