"""Two or three concurrent operations on one account are serialisable."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

from tests.counted import counted_wrongly
from tests.faults.calls import ClientProcesses
from tests.faults.race_setup import RaceSetup, outcome_of
from tests.promises import Promise

MAX_DELAY_S = 0.01
"""All operations start within this time, so that each may overtake the others at any statement."""

SHORT_RUN_TRIPLES = 4


async def test_every_pair_of_concurrent_operations_is_serialisable(
    race_setup: RaceSetup, two_processes: ClientProcesses, long: bool, promise: Promise
) -> None:
    pairs, runs = list(combinations(race_setup.operations(await race_setup.new_account()), 2)), 200 if long else 1

    wrong = [
        outcome for pair in pairs for outcome in await _unserialisable_outcomes(race_setup, two_processes, pair, runs)
    ]

    assert wrong == []
    assert await counted_wrongly() == []
    promise(f"Double or lost applications in {len(pairs) * runs} races of {len(pairs)} pairs of processes", len(wrong))


async def test_every_triple_of_concurrent_operations_is_serialisable(
    race_setup: RaceSetup, three_processes: ClientProcesses, long: bool, promise: Promise
) -> None:
    triples, runs = (
        list(combinations(race_setup.operations(await race_setup.new_account()), 3)),
        10 if long else 1,
    )
    if not long:
        triples = random.sample(triples, SHORT_RUN_TRIPLES)

    wrong = [
        outcome
        for triple in triples
        for outcome in await _unserialisable_outcomes(race_setup, three_processes, triple, runs)
    ]

    assert wrong == []
    assert await counted_wrongly() == []
    promise(
        f"Double or lost applications in {len(triples) * runs} races of {len(triples)} triples of processes", len(wrong)
    )


async def _unserialisable_outcomes(
    race_setup: RaceSetup, processes: ClientProcesses, operation_names: Sequence[str], runs: int
) -> list[object]:
    """Outcomes of races between these operations that no serial order of them has."""
    rng = random.Random(6)
    possible = {await _in_order(race_setup, operation_names, order) for order in permutations(operation_names)}
    wrong: list[object] = []
    for _ in range(runs):
        account = await race_setup.new_account()
        operations = race_setup.operations(account)
        late = [replace(operations[name], delay=rng.uniform(0, MAX_DELAY_S)) for name in operation_names]
        outcome = await outcome_of(account, await processes.execute_together(*late))
        if outcome not in possible:
            wrong.append((operation_names, outcome, possible))
    return wrong


async def _in_order(race_setup: RaceSetup, operation_names: Sequence[str], order: Sequence[str]) -> tuple[object, ...]:
    account = await race_setup.new_account()
    operations = race_setup.operations(account)
    answers = {name: await race_setup.execute_alone(operations[name]) for name in order}
    return await outcome_of(account, [answers[name] for name in operation_names])
