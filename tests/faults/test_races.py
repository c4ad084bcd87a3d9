"""Whatever two people do to a request at the same moment ends as if one had come after the other."""

import random
from dataclasses import replace
from itertools import combinations

from tests.faults.actors import Actors
from tests.faults.scenes import Troupe, end_of
from tests.promises import Promise

LATEST = 0.01
"""Seconds. The two start within this time of each other, so that each overtakes the other at every place."""


async def test_every_pair_ends_as_one_after_the_other(
    troupe: Troupe, two: Actors, long: bool, promise: Promise
) -> None:
    chance = random.Random(6)
    pairs = list(combinations(troupe.acts(await troupe.scene()), 2))
    runs = 200 if long else 1
    wrong = []
    for one, other in pairs:
        possible = {await _in_order(troupe, one, other), await _in_order(troupe, other, one)}
        for _ in range(runs):
            scene = await troupe.scene()
            acts = troupe.acts(scene)
            late = [replace(acts[name], delay=chance.uniform(0, LATEST)) for name in (one, other)]
            end = await end_of(scene, await two.act(*late))
            if end not in possible:
                wrong.append((one, other, end, possible))

    assert wrong == []
    promise(f"Double or lost applications in {len(pairs) * runs} races of {len(pairs)} pairs of processes", len(wrong))


async def _in_order(troupe: Troupe, first: str, then: str) -> tuple[object, ...]:
    scene = await troupe.scene()
    acts = troupe.acts(scene)
    answers = {name: await troupe.alone(acts[name]) for name in (first, then)}
    return await end_of(scene, [answers[name] for name in sorted((first, then), key=list(acts).index)])
