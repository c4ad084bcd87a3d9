"""Throughput with more processes and databases, by simulation: ``python -m bench.simulation SERVER DATABASE``.

A closed network of queues: clients that ask again as soon as they are answered, server processes of one processor
each, and databases of several. SERVER and DATABASE are the milliseconds of a processor that one page takes in each.
"""

import heapq
import random
import sys
from dataclasses import dataclass, field

CLIENTS = 400
PROCESSORS = 8
PAGES = 40_000


@dataclass(slots=True)
class Queue:
    """A queue in front of equal processors."""

    milliseconds: float
    processors: int
    busy: int = 0
    waiting: list[int] = field(default_factory=list)


def pages_per_second(servers: int, databases: int, processors: int, server_ms: float, database_ms: float) -> float:
    """Pages per second of all clients; each page uses a random database."""
    rng = random.Random(1)
    front = Queue(server_ms, servers)
    back = [Queue(database_ms, processors) for _ in range(databases)]
    events: list[tuple[float, int, int]] = []
    at = dict.fromkeys(range(CLIENTS), front)
    now, done = 0.0, 0

    def arrive(client: int, place: Queue) -> None:
        at[client] = place
        if place.busy < place.processors:
            place.busy += 1
            heapq.heappush(events, (now + rng.expovariate(1 / place.milliseconds), client, 0))
        else:
            place.waiting.append(client)

    for client in range(CLIENTS):
        arrive(client, front)
    while done < PAGES:
        now, client, _ = heapq.heappop(events)
        left = at[client]
        left.busy -= 1
        if left.waiting:
            arrive(left.waiting.pop(0), left)
        if left is front:
            arrive(client, rng.choice(back))
        else:
            done += 1
            arrive(client, front)
    return 1000 * done / now


def report(server_ms: float, database_ms: float) -> str:
    """The table, and the number of server processes that one database carries."""
    rows = ""
    for servers, databases in ((1, 1), (2, 1), (8, 1), (16, 1), (32, 1), (64, 1), (64, 2), (64, 4), (128, 4)):
        figure = pages_per_second(servers, databases, PROCESSORS, server_ms, database_ms)
        rows += f"| {servers} | {databases} | {figure:,.0f} |\n"
    return (
        f"With {server_ms:.2f} ms and {database_ms:.2f} ms, and databases of {PROCESSORS} processors:\n\n"
        f"| server processes | databases | pages/s |\n|---|---|---|\n{rows}\n"
        f"One such database carries {PROCESSORS * server_ms / database_ms:.0f} server processes.\n"
    )


def main() -> None:
    """Print the table."""
    print(report(*map(float, sys.argv[1:3])), end="")


if __name__ == "__main__":
    main()
