"""The report: a table, numbers and a plot in ``bench/results``, and the table in ``docs/performance.md``."""

import json
import os
import platform
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pygal

from bench.contestants import PEERS
from bench.load import CONNECTIONS, client_name

RESULTS = Path(__file__).parent / "results"

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

MARKERS = "<!-- {what}: written by make bench -->\n", "<!-- end of {what} -->"

PACKAGES = ("starlette", "uvicorn", "strawberry-graphql", "graphql-core", "asyncpg", "tortoise-orm", "orjson")


@dataclass(slots=True)
class Report:
    """Rows in the order of measurement."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    pages: dict[str, float] = field(default_factory=dict)
    processor_times: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Processor time of a page in µs: of a contestant, and of PostgreSQL."""
    simulated: str = ""

    def add(self, what: str, measured: str, goal: str = "", *, met: bool = True) -> None:
        """Add a row and print it."""
        goal += "" if met else " (missed)"
        self.rows.append((what, measured, goal))
        print(f"{what:62} {measured:>24}   {goal}", flush=True)

    def write(self, how: str) -> None:
        """Write all files; ``how`` describes the run."""
        RESULTS.mkdir(exist_ok=True)
        lines = ["| what | measured | goal |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in self.rows)]
        table = "\n".join([f"{how} {_about_the_machine()}", "", *lines, "", _about_versions()]) + "\n"
        (RESULTS / "results.md").write_text(table)
        _write_into_page("figures", table)
        _write_into_page("simulation", self.simulated)
        (RESULTS / "results.json").write_text(json.dumps({"rows": self.rows, "pages": self.pages}, indent=1) + "\n")
        chart = pygal.HorizontalBar(title="The reference page, requests a second", show_legend=False, print_values=True)
        chart.x_labels = list(self.pages)
        chart.add("requests a second", [round(figure) for figure in self.pages.values()])
        (RESULTS / "pages.svg").write_bytes(chart.render())


def _write_into_page(what: str, text: str) -> None:
    begin, end = (mark.format(what=what) for mark in MARKERS)
    before, _, rest = PAGE.read_text().partition(begin)
    PAGE.write_text(before + begin + text + end + rest.partition(end)[2])


def _about_the_machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors,"
        f" {memory:.0f} GiB; load of the machine in the quarter of an hour before the end: {os.getloadavg()[2]:.1f};"
        f" {CONNECTIONS} connections by {client_name()}."
    )


def _about_versions() -> str:
    peers = json.loads((PEERS / "package.json").read_text())["dependencies"]
    our_versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    peer_versions = ", ".join(f"{name} {number}" for name, number in peers.items())
    return f"Python {platform.python_version()}, {our_versions}; {peer_versions}."
