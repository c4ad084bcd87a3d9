"""What was measured, as a table, as numbers and as a plot, in ``bench/results``."""

import json
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pygal

from bench.contestants import PEERS
from bench.load import CONNECTIONS, client

RESULTS = Path(__file__).parent / "results"

PACKAGES = ("starlette", "uvicorn", "strawberry-graphql", "graphql-core", "asyncpg", "tortoise-orm", "orjson")


@dataclass(slots=True)
class Report:
    """Rows in the order in which they were measured."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    pages: dict[str, float] = field(default_factory=dict)

    def add(self, what: str, measured: str, goal: str = "") -> None:
        """A row, told at once."""
        self.rows.append((what, measured, goal))
        print(f"{what:62} {measured:>24}   {goal}", flush=True)

    def write(self) -> None:
        """The files."""
        RESULTS.mkdir(exist_ok=True)
        lines = ["| what | measured | goal |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in self.rows)]
        (RESULTS / "results.md").write_text("\n".join([*lines, "", *_about()]) + "\n")
        (RESULTS / "results.json").write_text(json.dumps({"rows": self.rows, "pages": self.pages}, indent=1) + "\n")
        chart = pygal.HorizontalBar(title="The reference page, requests a second", show_legend=False, print_values=True)
        chart.x_labels = list(self.pages)
        chart.add("requests a second", [round(figure) for figure in self.pages.values()])
        (RESULTS / "pages.svg").write_bytes(chart.render())


def _about() -> list[str]:
    peers = json.loads((PEERS / "package.json").read_text())["dependencies"]
    ours = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    theirs = ", ".join(f"{name} {number}" for name, number in peers.items())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GiB;"
        f" load of the machine before the run {os.getloadavg()[2]:.1f}; {CONNECTIONS} connections by {client()}.",
        "",
        f"Python {platform.python_version()}, {ours}; {theirs}.",
    ]
