"""Whatever two or three people do at the same moment ends as if one had come after the other."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

from tests.counted import counted_wrongly
from tests.faults.calls import Actors
from tests.faults.race_setup import Troupe, end_of
from tests.promises import Promise

LATEST = 0.01
"""Seconds. All start within this time of each other, so that each overtakes each other at every place."""

TRIPLES_IN_SHORT = 4


async def test_every_pair_of_concurrent_operations_is_serialisable(
    troupe: Troupe, two: Actors, long: bool, promise: Promise
) -> None:
    pairs, runs = list(combinations(troupe.acts(await troupe.scene()), 2)), 200 if long else 1

    wrong = [end for pair in pairs for end in await _impossible_ends(troupe, two, pair, runs)]

    assert wrong == []
    assert await counted_wrongly() == []
    promise(f"Double or lost applications in {len(pairs) * runs} races of {len(pairs)} pairs of processes", len(wrong))


async def test_every_triple_of_concurrent_operations_is_serialisable(
    troupe: Troupe, three: Actors, long: bool, promise: Promise
) -> None:
    triples, runs = list(combinations(troupe.acts(await troupe.scene()), 3)), 10 if long else 1
    if not long:
        triples = random.sample(triples, TRIPLES_IN_SHORT)

    wrong = [end for triple in triples for end in await _impossible_ends(troupe, three, triple, runs)]

    assert wrong == []
    assert await counted_wrongly() == []
    promise(
        f"Double or lost applications in {len(triples) * runs} races of {len(triples)} triples of processes", len(wrong)
    )


async def _impossible_ends(troupe: Troupe, actors: Actors, names: Sequence[str], runs: int) -> list[object]:
    """Ends of races between these acts that no order of them, one after the other, leads to."""
    chance = random.Random(6)
    possible = {await _in_order(troupe, names, order) for order in permutations(names)}
    wrong: list[object] = []
    for _ in range(runs):
        scene = await troupe.scene()
        acts = troupe.acts(scene)
        late = [replace(acts[name], delay=chance.uniform(0, LATEST)) for name in names]
        end = await end_of(scene, await actors.act(*late))
        if end not in possible:
            wrong.append((names, end, possible))
    return wrong


async def _in_order(troupe: Troupe, names: Sequence[str], order: Sequence[str]) -> tuple[object, ...]:
    scene = await troupe.scene()
    acts = troupe.acts(scene)
    answers = {name: await troupe.alone(acts[name]) for name in order}
    return await end_of(scene, [answers[name] for name in names])
