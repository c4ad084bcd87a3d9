"""``make bench`` still measures what it says: each of its parts runs, on a few accounts and without npm's peers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

MEASURED = (
    "the reference page, the product",
    "the reference page, plain Strawberry",
    "the reference page, the limit",
    "of the product's: pending requests",
    "cost of the last page at 4,000 / of the first",
    "Customer Success, 4,000 accounts: a page of the queue",
    "two server processes / one, on this machine",
    "reminders planned over 4,000 accounts",
    "mails by the product / by a bare loop",
    "approvals by 16 approvers / by a bare loop, each once",
)


def test_every_part_of_the_measurement_works() -> None:
    written = (ROOT / "bench" / "results" / "results.md").read_bytes()

    done = subprocess.run(
        [sys.executable, "-m", "bench", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert [what for what in MEASURED if what not in done.stdout] == []
    assert (ROOT / "bench" / "results" / "results.md").read_bytes() == written
