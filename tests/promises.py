"""Promises and the figures that a run measured for them: ``--long`` runs each at full length and prints the table."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from _pytest.terminal import TerminalReporter

Promise = Callable[[str, object], None]


@dataclass
class Table:
    """Promises and their measured figures, in the order of measurement."""

    rows: list[tuple[str, str]] = field(default_factory=list)


TABLE = pytest.StashKey[Table]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--long``."""
    parser.addoption("--long", action="store_true", help="run at full length, and print promises with their figures")


def pytest_configure(config: pytest.Config) -> None:
    """Start with an empty table."""
    config.stash[TABLE] = Table()


@pytest.fixture(scope="session")
def long(pytestconfig: pytest.Config) -> bool:
    """Whether tests run at full length."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture
def promise(pytestconfig: pytest.Config) -> Promise:
    """A function that records the figure measured for a promise."""
    rows = pytestconfig.stash[TABLE].rows
    return lambda text, figure: rows.append((text, str(figure)))


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the table of a long run."""
    rows = config.stash[TABLE].rows
    if not config.getoption("--long") or not rows:
        return
    width = max(len(text) for text, _ in rows)
    terminalreporter.section("promises and figures")
    for text, figure in rows:
        terminalreporter.write_line(f"{text:<{width}}  {figure}")
