"""Every code by which the API refuses is met by a test; two that no other room meets."""

import re
from pathlib import Path

import pytest

from backend.api.execution.request_errors import RequestCode
from backend.errors import Code
from tests.desk import Desk

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def sentences() -> str:
    """The text of all tests."""
    return "\n".join(path.read_text() for path in sorted(TESTS.rglob("test_*.py")))


@pytest.mark.parametrize("code", [*Code, *RequestCode])
def test_every_code_is_asserted_by_a_test(code: Code | RequestCode, sentences: str) -> None:
    assert re.search(rf"""["']{code}["']|\b(Request)?Code\.{code}\b""", sentences), f"no test meets {code}"


async def test_a_time_zone_that_is_none_is_refused(desk: Desk) -> None:
    query = "mutation ($zone: String) { updateProfile(input: {timeZone: $zone}) { errors { code field } } }"

    answer = await desk.member.asks(query, zone="Europe/Atlantis")

    assert answer.data["updateProfile"]["errors"] == [{"code": "UNKNOWN_TIME_ZONE", "field": "timeZone"}]


async def test_customer_success_is_told_that_it_files_no_requests(desk: Desk) -> None:
    account = await desk.account()

    seen = await desk.sees(account, desk.customer_success)

    assert seen["allowedActions"]
    for action in seen["allowedActions"]:
        assert (action["allowed"], action["reason"]["code"]) == (False, "NOT_ALLOWED"), action
