"""A process killed during a decision leaves it whole or undone; a retry with the same key gets the same answer."""

from dataclasses import replace

import pytest

from tests.counted import counted_wrongly
from tests.faults.calls import Call, ClientProcesses, ProcessKilled
from tests.faults.race_setup import RaceSetup, outcome_of, summary_of
from tests.promises import Promise
from tests.running import MONDAY_MORNING

OPERATIONS = ["approve the renewal", "approve", "reject", "withdraw", "another removal"]


def with_key(call: object, key: str) -> Call:
    """The call with an idempotency key."""
    assert isinstance(call, Call)
    return replace(call, variables=call.variables | {"key": key})


async def statement_count_of(race_setup: RaceSetup, operation: str) -> int:
    """Number of SQL statements of an operation, from the look-up of its session to its response."""
    process = ClientProcesses(1)
    process.start(MONDAY_MORNING)
    try:
        await process.execute_together(
            with_key(race_setup.operations(await race_setup.new_account())[operation], f"counted {operation}")
        )
        return await process.statement_count()
    finally:
        process.stop()


async def execute_and_kill(number: int, call: Call) -> None:
    """Execute the call in a process that is killed after this SQL statement, counted from 1."""
    process = ClientProcesses(1)
    process.start(MONDAY_MORNING)
    try:
        with pytest.raises(ProcessKilled):
            await process.execute_together(replace(call, kill_after=number))
    finally:
        process.stop()


async def test_a_kill_after_any_statement_leaves_a_decision_whole_or_undone_and_a_retry_gets_one_answer(
    race_setup: RaceSetup, long: bool, promise: Promise
) -> None:
    kills, half_done = 0, []
    for operation in OPERATIONS if long else OPERATIONS[:1]:
        undisturbed = await race_setup.new_account()
        answer = await race_setup.execute_alone(
            with_key(race_setup.operations(undisturbed)[operation], f"undisturbed {operation}")
        )
        untouched, done = await outcome_of(await race_setup.new_account(), []), await outcome_of(undisturbed, [])
        for number in range(1, await statement_count_of(race_setup, operation) + 1):
            account = await race_setup.new_account()
            call = with_key(race_setup.operations(account)[operation], f"{operation} {number}")

            await execute_and_kill(number, call)
            after_the_kill = await outcome_of(account, [])
            first, again = await race_setup.execute_alone(call), await race_setup.execute_alone(call)

            kills += 1
            whole = after_the_kill in (untouched, done) and await outcome_of(account, [first]) == (
                *done,
                summary_of(answer),
            )
            if not whole or first != again:
                half_done.append((operation, number, after_the_kill, first, again))

    assert half_done == []
    assert await counted_wrongly() == []
    promise(f"Half-done decisions after {kills} kills, one after each SQL statement", len(half_done))
