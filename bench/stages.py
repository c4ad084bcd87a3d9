"""Where the time of a page goes: the product is asked for less than the page, and for more and more of it.

A stage takes what its question takes beyond the question before. Nothing in the product is switched off or watched.
"""

from dataclasses import dataclass, replace
from statistics import median

from bench.contestants import FIELDS, PENDING, Contestant, page_of
from bench.load import Ask, answer_to
from bench.rounds import processor_time
from bench.servers import Stand

NOTHING = "{ __typename }"


@dataclass(frozen=True, slots=True)
class Stage:
    """A question, and what is new in it."""

    name: str
    query: str
    signed_in: bool = True


STAGES = (
    Stage("HTTP, guards, the limit of the address, an answer of one word", NOTHING, signed_in=False),
    Stage("who is signed in, by a statement, and their limit", NOTHING),
    Stage("the statement of the page, and fifty ids", page_of("id")),
    Stage("eleven more fields as JSON", page_of(FIELDS)),
    Stage("pending requests", page_of(f"{FIELDS} {PENDING}")),
)


async def stages(stand: Stand, product: Contestant, times: int, seconds: float) -> list[tuple[Stage, float, float]]:
    """Microseconds of a processor that each stage takes in the product's process and in PostgreSQL, as medians."""
    asked = [replace(product, ask=_ask(product.ask, stage)) for stage in STAGES]
    for contestant in asked:
        await answer_to(contestant.ask)
    taken: list[list[tuple[float, float]]] = [[] for _ in STAGES]
    for _ in range(times):
        for contestant, figures in zip(asked, taken, strict=True):
            figures.append(await processor_time(stand, contestant, seconds))
    found = []
    before = 0.0, 0.0
    for stage, figures in zip(STAGES, taken, strict=True):
        server, database = (median(column) for column in zip(*figures, strict=True))
        found.append((stage, server - before[0], database - before[1]))
        before = server, database
    return found


def _ask(page: Ask, stage: Stage) -> Ask:
    headers = {name: value for name, value in page.headers.items() if stage.signed_in or name != "authorization"}
    variables = {} if stage.query == NOTHING else {"zone": "ACTIVE"}
    return replace(page, headers=headers).other(stage.query, **variables)
