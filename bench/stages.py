"""Processor time of the parts of a page, from queries that select more and more of it.

A stage is the difference to the query before it. Nothing in the product is switched off or instrumented.
"""

from dataclasses import dataclass, replace
from statistics import median

from bench.contestants import FIELDS, PENDING, Contestant, page_of
from bench.load import Call, answer_to
from bench.rounds import processor_time
from bench.servers import BenchServers

TYPENAME_QUERY = "{ __typename }"


@dataclass(frozen=True, slots=True)
class Stage:
    """A query, and what it adds to the query before it."""

    name: str
    query: str
    signed_in: bool = True


STAGES = (
    Stage("HTTP, guards, the limit of the address, an answer of one word", TYPENAME_QUERY, signed_in=False),
    Stage("who is signed in, by a statement, and their limit", TYPENAME_QUERY),
    Stage("the statement of the page, and fifty ids", page_of("id")),
    Stage("eleven more fields as JSON", page_of(FIELDS)),
    Stage("pending requests", page_of(f"{FIELDS} {PENDING}")),
)


async def stages(
    servers: BenchServers, product: Contestant, times: int, seconds: float
) -> list[tuple[Stage, float, float]]:
    """Median processor time of each stage in µs: in the product's process, and in PostgreSQL."""
    contestants = [replace(product, call=_call_of_stage(product.call, stage)) for stage in STAGES]
    for contestant in contestants:
        await answer_to(contestant.call)
    samples: list[list[tuple[float, float]]] = [[] for _ in STAGES]
    for _ in range(times):
        for contestant, figures in zip(contestants, samples, strict=True):
            figures.append(await processor_time(servers, contestant, seconds))
    results = []
    before = 0.0, 0.0
    for stage, figures in zip(STAGES, samples, strict=True):
        server, database = (median(column) for column in zip(*figures, strict=True))
        results.append((stage, server - before[0], database - before[1]))
        before = server, database
    return results


def _call_of_stage(page: Call, stage: Stage) -> Call:
    headers = {name: value for name, value in page.headers.items() if stage.signed_in or name != "authorization"}
    variables = {} if stage.query == TYPENAME_QUERY else {"zone": "ACTIVE"}
    return replace(page, headers=headers).with_query(stage.query, **variables)
