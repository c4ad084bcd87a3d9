"""What was measured: a table, numbers and a plot in ``bench/results``, and the table in ``docs/performance.md``."""

import json
import os
import platform
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pygal

from bench.contestants import PEERS
from bench.load import CONNECTIONS, client

RESULTS = Path(__file__).parent / "results"

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

BEGIN, END = "<!-- figures: written by make bench -->\n", "<!-- end of figures -->"

PACKAGES = ("starlette", "uvicorn", "strawberry-graphql", "graphql-core", "asyncpg", "tortoise-orm", "orjson")


@dataclass(slots=True)
class Report:
    """Rows in the order in which they were measured."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    pages: dict[str, float] = field(default_factory=dict)

    def add(self, what: str, measured: str, goal: str = "", *, met: bool = True) -> None:
        """A row, told at once."""
        goal += "" if met else " (missed)"
        self.rows.append((what, measured, goal))
        print(f"{what:62} {measured:>24}   {goal}", flush=True)

    def write(self, how: str) -> None:
        """The files; ``how`` says what was measured."""
        RESULTS.mkdir(exist_ok=True)
        lines = ["| what | measured | goal |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in self.rows)]
        told = "\n".join([f"{how} {_about_the_machine()}", "", *lines, "", _about_versions()]) + "\n"
        (RESULTS / "results.md").write_text(told)
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(before + BEGIN + told + END + rest.partition(END)[2])
        (RESULTS / "results.json").write_text(json.dumps({"rows": self.rows, "pages": self.pages}, indent=1) + "\n")
        chart = pygal.HorizontalBar(title="The reference page, requests a second", show_legend=False, print_values=True)
        chart.x_labels = list(self.pages)
        chart.add("requests a second", [round(figure) for figure in self.pages.values()])
        (RESULTS / "pages.svg").write_bytes(chart.render())


def _about_the_machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors,"
        f" {memory:.0f} GiB; load of the machine in the quarter of an hour before the end: {os.getloadavg()[2]:.1f};"
        f" {CONNECTIONS} connections by {client()}."
    )


def _about_versions() -> str:
    peers = json.loads((PEERS / "package.json").read_text())["dependencies"]
    ours = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    theirs = ", ".join(f"{name} {number}" for name, number in peers.items())
    return f"Python {platform.python_version()}, {ours}; {theirs}."
