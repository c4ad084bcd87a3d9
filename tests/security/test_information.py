"""What goes wrong inside stays inside: a client learns a number, and the log the rest."""

import io
import json
from typing import Any

import pytest

from backend.graphql.schema import build_schema
from backend.logs import configure_logs
from tests.desk import Desk

SECRET = "secret stack /etc/passwd SELECT * FROM person"

FIRST_PAGE = "query ($after: String) { accounts(zone: ACTIVE, first: 1, after: $after) {"
FIRST_PAGE += " nodes { name } pageInfo { hasNextPage endCursor } } }"


@pytest.fixture
def logged(desk: Desk, environment: pytest.MonkeyPatch) -> io.StringIO:
    """What this process logs from here on."""
    stream = io.StringIO()
    environment.setattr("sys.stderr", stream)
    configure_logs()
    return stream


async def test_a_fault_of_ours_is_a_number_to_its_client_and_a_line_to_us(
    desk: Desk, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explodes(viewer: object) -> str:
        raise RuntimeError(SECRET)

    viewer: Any = build_schema()._schema.type_map["Viewer"]
    resolver = viewer.fields["name"].extensions["strawberry-definition"].base_resolver
    monkeypatch.setattr(resolver, "wrapped_func", explodes)

    answer = await desk.super_admin.asks("{ viewer { name } }")

    (error,) = answer.body["errors"]
    assert error["extensions"].keys() == {"code", "correlationId"}
    assert answer.code == "INTERNAL"
    assert not any(word in json.dumps(answer.body) for word in ("secret", "passwd", "SELECT", "Traceback", ".py"))
    line = next(line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "error")
    assert line["correlation_id"] == error["extensions"]["correlationId"]
    assert SECRET in line["exception"]


async def test_nobody_is_told_how_an_answer_was_made(desk: Desk) -> None:
    headers = {"apollo-federation-include-trace": "ftv1", "x-apollo-tracing": "1"}

    answer = await desk.super_admin.asks("{ viewer { name } }", headers=headers)

    assert answer.body.get("extensions", {}).keys() <= {"cost"}


async def test_a_cursor_of_another_organisation_shows_nothing_of_it(desk: Desk) -> None:
    for name in ("A", "B", "C"):
        await desk.account(desk.rival, name=f"Rival {name}")
        await desk.account(name=f"Plant {name}")
    theirs = (await desk.outsider.asks(FIRST_PAGE)).data["accounts"]["pageInfo"]["endCursor"]

    page = (await desk.super_admin.asks(FIRST_PAGE, after=theirs)).data["accounts"]

    assert all(node["name"].startswith("Plant") for node in page["nodes"])
