"""Every type of request is known to whoever reads a stored one, whatever else that process has imported."""

import subprocess
import sys

from backend.requests.change import RequestType
from backend.requests.types import CHANGES

READS_ONE = """
from types import SimpleNamespace
from backend.requests.target import change_of
print(change_of(SimpleNamespace(type="RENEWAL", account_id=7, fields_={"period_months": 24})))
"""


def test_a_process_that_imports_only_the_reader_of_stored_requests_knows_their_types() -> None:
    read = subprocess.run([sys.executable, "-c", READS_ONE], capture_output=True, text=True, check=False)

    assert read.stdout.strip() == "Renewal(account_id=7, period_months=24)", read.stderr


def test_every_type_has_its_change() -> None:
    assert set(CHANGES) == set(RequestType.known())
    assert [type_ for type_, change in CHANGES.items() if change.type is not type_] == []
