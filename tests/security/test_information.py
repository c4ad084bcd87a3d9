"""Internal errors give a correlation id to the client and details to the log; nothing else is disclosed."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from backend.api.schema import build_schema
from backend.settings import settings
from tests.api.documents import SCHEMA, fields_of, smallest_document
from tests.desk import Desk
from tests.owner import by_owner
from tests.running import running_desk

SECRET = "secret stack /etc/passwd SELECT * FROM person"

FIRST_PAGE = "query ($after: String) { accounts(zone: ACTIVE, first: 1, after: $after) {"
FIRST_PAGE += " nodes { name } pageInfo { hasNextPage endCursor } } }"


async def test_an_internal_error_gives_a_correlation_id_to_the_client_and_details_to_the_log(
    desk: Desk, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(viewer: object) -> str:
        raise RuntimeError(SECRET)

    viewer: Any = build_schema()._schema.type_map["Viewer"]
    resolver = viewer.fields["name"].extensions["strawberry-definition"].base_resolver
    monkeypatch.setattr(resolver, "wrapped_func", fail)

    answer = await desk.super_admin.asks("{ viewer { name } }")

    (error,) = answer.body["errors"]
    assert error["extensions"].keys() == {"code", "correlationId"}
    assert answer.code == "INTERNAL"
    assert not any(word in json.dumps(answer.body) for word in ("secret", "passwd", "SELECT", "Traceback", ".py"))
    line = next(line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "error")
    assert line["correlation_id"] == error["extensions"]["correlationId"]
    assert SECRET in line["exception"]


async def test_an_internal_error_before_execution_gives_a_correlation_id_too(
    desk: Desk, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(token: str, kind: str) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("backend.api.core.cookies.holder_of", fail)

    answer = await desk.super_admin.asks("{ viewer { name } }")
    file = await desk.super_admin.client.get("/management/active.csv")

    lines = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "error"]
    extensions = [answer.body["errors"][0]["extensions"], file.json()["errors"][0]["extensions"]]
    assert (answer.status, file.status_code) == (500, 500)
    assert extensions == [{"code": "INTERNAL", "correlationId": line["correlation_id"]} for line in lines]
    assert all(SECRET in line["exception"] for line in lines)
    assert SECRET not in json.dumps(answer.body) + file.text


async def test_constraint_violations_are_not_disclosed(desk: Desk, logged: io.StringIO) -> None:
    await by_owner("ALTER TABLE change_request ADD CONSTRAINT canary_of_a_rule CHECK (comment <> 'a word of hers')")

    files = "mutation ($input: DatapointsChangeInput!) { requestDatapointsChange(input: $input) { errors { code } } }"
    fields = {"accountId": await desk.account(), "delta": 5, "comment": "a word of hers"}
    answer = await desk.super_admin.asks(files, input=fields)

    assert answer.code == "INTERNAL"
    assert not any(word in json.dumps(answer.body) for word in ("canary", "constraint", "change_request", "a word"))
    assert "canary_of_a_rule" in logged.getvalue()


async def test_answers_contain_no_tracing(desk: Desk) -> None:
    headers = {"apollo-federation-include-trace": "ftv1", "x-apollo-tracing": "1"}

    answer = await desk.super_admin.asks("{ viewer { name } }", headers=headers)

    assert answer.body.get("extensions", {}).keys() <= {"cost"}


async def test_a_cursor_of_another_organisation_gives_no_rows_of_it(desk: Desk) -> None:
    for name in ("A", "B", "C"):
        await desk.account(desk.rival, name=f"Rival {name}")
        await desk.account(name=f"Plant {name}")
    theirs = (await desk.outsider.asks(FIRST_PAGE)).data["accounts"]["pageInfo"]["endCursor"]

    page = (await desk.super_admin.asks(FIRST_PAGE, after=theirs)).data["accounts"]

    assert all(node["name"].startswith("Plant") for node in page["nodes"])


def near_misses() -> Iterator[tuple[str, str]]:
    """For each field of the schema its type, and its name without the last letter."""
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            yield from ((kind.name, name[:-1]) for name in kind.fields if name[:-1] not in kind.fields)


async def test_guesses_near_every_name_of_the_schema_get_equal_answers(desk: Desk) -> None:
    stranger = desk.stranger()
    wrong = (await stranger.client.post("/graphql", json={"query": "{ nonsense }"})).content
    guesses = [f'{{ node(id: "x") {{ ... on {type_name} {{ {name} }} }} }}' for type_name, name in near_misses()]
    guesses += [f"{operation} {{ {name[:-1]} }}" for operation, name in fields_of("query", "mutation")]

    answers = {guess: (await stranger.client.post("/graphql", json={"query": guess})).content for guess in guesses}

    assert len(answers) > 200
    assert {guess for guess, answer in answers.items() if answer != wrong} == set()


async def test_with_trusted_documents_only_right_and_wrong_guesses_get_equal_answers(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("EMP_TRUSTED_DOCUMENTS_ONLY", "true")
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk:
        client = desk.stranger().client
        guesses = ["{ nonsense }", "{ viewer { id } }", *(smallest_document(*field) for field in fields_of("query"))]

        answers = {(await client.post("/graphql", json={"query": guess})).content for guess in guesses}

    assert len(answers) == 1
