"""docs/api.md holds: its calls are answered, its Python client runs, and each code of a refusal stands in it."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, build_ast_schema, parse, validate

from backend.api.execution.cost import CHANGE, LATERAL, MAX_COST, MAX_EVENT_COST, PRICES, RENDERING, SCAN, STATEMENT
from backend.api.execution.document_limits import MAX_ALIASES, MAX_DEPTH, MAX_FIELDS, MAX_FRAGMENTS, MAX_MUTATIONS
from backend.api.execution.documents import MAX_CHARACTERS, MAX_TOKENS
from backend.api.execution.request_errors import STATUS, WIRE_WORDS, RequestCode
from backend.api.http.rate_limits import COST_STEP, MAX_CONNECTIONS, MAX_STATEMENTS, ORDINARY_EXECUTOR_FACTOR
from backend.api.http.websocket import INIT_TIMEOUT_S, MAX_SUBSCRIPTIONS
from backend.api.requests import subscriptions
from backend.api.schema import printed_schema
from backend.catalogue import Language, words
from backend.errors import Code
from backend.settings import Settings, settings
from tests.api.documents import SCHEMA, fields_of
from tests.clients.listening import listening
from tests.desk import FILE, PASSWORD
from tests.serving import ServedDesk

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")

KEPT = {"accessToken": "TOKEN", "refreshToken": "REFRESH", "version": "VERSION"}
"""Values that the guide tells its reader to keep."""

IN_WORDS = {3: "three", 5: "five"}


def blocks(language: str, text: str = GUIDE) -> list[str]:
    """The examples in a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def at(served: ServedDesk, text: str) -> str:
    """An example, said to the desk of the test by its people."""
    return (
        text.replace("http://localhost:8000", f"http://127.0.0.1:{served.port}")
        .replace("superadmin@northwind.example", "ada@acme.example")
        .replace("demo-demo-demo", PASSWORD)
    )


async def output(*command: str, **names: str) -> str:
    """What a program prints; it must succeed."""
    program = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ | names
    )
    out, errors = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 0, errors.decode()
    return out.decode()


def kept(answer: Any, names: dict[str, str]) -> None:
    """Take from an answer what the next call needs."""
    for key, value in answer.items() if isinstance(answer, dict) else ():
        if key in KEPT and isinstance(value, str):
            names[KEPT[key]] = value
        if key == "accounts":
            names["ACCOUNT"] = value["nodes"][0]["id"]
        if key == "request" and value and "id" in value:
            names["REQUEST"] = value["id"]
        kept(value, names)


def block_with(words: str) -> str:
    """The one call that says this."""
    (call,) = (call for call in blocks("sh") if words in call)
    return call


NAMES_A_DOCUMENT = block_with("sha256sum")
ASKS_BY_HASH = block_with("--get")
GOES_ON_UNTIL_IT_IS_ENDED = block_with("text/event-stream")
APART = (NAMES_A_DOCUMENT, ASKS_BY_HASH, GOES_ON_UNTIL_IT_IS_ENDED)


@pytest.fixture
async def trusted(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """The folder of trusted documents, with the guide's file."""
    environment.setenv("EMP_TRUSTED_DOCUMENTS", str(tmp_path))
    await output("bash", "-c", NAMES_A_DOCUMENT)
    settings.cache_clear()
    return tmp_path


async def token_of(served: ServedDesk) -> str:
    """An access token of the SuperAdmin's."""
    answer = await served.desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, client="PHONE")
    return str(answer.data["signIn"]["tokens"]["accessToken"])


def test_no_two_examples_file_with_one_key() -> None:
    keys = re.findall(r'"clientMutationId": "([^"]+)"', README + GUIDE)

    assert len(keys) == len(set(keys)) == 3


async def test_the_calls_of_the_first_page_and_then_of_the_guide_are_answered_one_after_the_other(
    served_desk: ServedDesk,
) -> None:
    desk = served_desk.desk
    await desk.account(datapoints=100)
    first_page = blocks("sh", README.split("## Use the API")[1].split("## ")[0])
    staff = await desk.stranger().tries_to_sign_in("carla@platform.example", PASSWORD, client="PHONE")
    names = {"STAFF": staff.data["signIn"]["tokens"]["accessToken"], "no_proxy": "127.0.0.1"}

    filed = json.loads(
        await output("bash", "-euo", "pipefail", "-c", at(served_desk, "\n".join(first_page)), no_proxy="127.0.0.1")
    )["data"]["requestRenewal"]
    assert filed["errors"] == []
    assert filed["request"]["state"] == "PENDING"
    for call in [call for call in blocks("sh") if call not in APART]:
        answer = json.loads(await output("bash", "-c", at(served_desk, call), **names))
        assert "errors" not in answer, call
        assert all(not field.get("errors") for field in answer["data"].values() if isinstance(field, dict)), answer
        kept(answer, names)

    assert len(blocks("sh")) == 8 + len(APART)
    assert (await desk.sees(names["ACCOUNT"]))["datapoints"] == 110


async def test_a_query_of_the_guide_that_is_known_by_its_hash_is_answered_once(
    trusted: Path, served_desk: ServedDesk
) -> None:
    await served_desk.desk.account(name="Plant 7")
    names = {"TOKEN": await token_of(served_desk), "no_proxy": "127.0.0.1"}
    call = f"cd {trusted}\n{NAMES_A_DOCUMENT}\n{at(served_desk, ASKS_BY_HASH)}"

    first, again = [await output("bash", "-c", call, **names) for _ in range(2)]
    await served_desk.desk.account(name="Plant 8")
    changed = await output("bash", "-c", call, **names)

    assert [plant["name"] for plant in json.loads(first)["data"]["accounts"]["nodes"]] == ["Plant 7"]
    assert again == ""
    assert "Plant 8" in changed


async def test_the_events_of_the_guide_tell_what_changes(served_desk: ServedDesk, valkey_url: str) -> None:
    desk = served_desk.desk
    account = await desk.account()
    names = {"TOKEN": await token_of(served_desk), "no_proxy": "127.0.0.1"}
    async with listening(valkey_url):
        curl = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"exec {at(served_desk, GOES_ON_UNTIL_IT_IS_ENDED)}",
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | names,
        )
    assert curl.stdout is not None

    filed = await desk.super_admin.files("renewal", accountId=account)
    lines = [(await asyncio.wait_for(curl.stdout.readline(), 15)).decode() for _ in range(5)]
    curl.terminate()
    await curl.communicate()

    assert (lines[0], lines[2][:4], lines[3]) == (": alive\n", "id: ", "event: next\n")
    told = json.loads(lines[4].removeprefix("data: "))["data"]["changeRequestChanged"]
    assert told["request"] == {"id": filed.id, "state": "PENDING"}
    assert lines[2] == f"id: {told['at']}\n"


async def test_the_python_client_of_the_guide_runs(served_desk: ServedDesk, tmp_path: Path) -> None:
    account = await served_desk.desk.account(name="Plant 7")
    (client,) = blocks("python")
    file = tmp_path / "client.py"
    file.write_text(at(served_desk, client))

    printed = await output(sys.executable, str(file), no_proxy="127.0.0.1")

    expires_on = (await served_desk.desk.sees(account))["expiresOn"]
    assert printed == f"Plant 7 {expires_on}\n"
    assert len(client.splitlines()) <= 31


def test_the_kotlin_client_of_the_guide_asks_for_what_there_is() -> None:
    (client,) = blocks("kotlin")
    documents = [text.replace("\\$", "$") for text in re.findall(r'val query = "(.*)"', client)]

    assert len(documents) == 1
    assert [validate(SCHEMA, parse(document)) for document in documents] == [[]]
    sign_in = SCHEMA.type_map["SignInInput"]
    assert isinstance(sign_in, GraphQLInputObjectType)
    assert {"email", "password", "client"} == set(re.findall(r'"(\w+)" to (?:email|password|"PHONE")', client))
    assert {"email", "password", "client"} <= set(sign_in.fields)
    assert 'setRequestProperty("Content-Type", "application/json")' in client
    assert "Bearer $it" in client
    assert len(client.splitlines()) <= 35


def test_each_code_of_a_refused_request_stands_in_the_guide_with_its_status() -> None:
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", GUIDE, re.MULTILINE))

    assert set(documented) == set(RequestCode)
    for code, status in STATUS.items():
        assert str(status) in documented[code], code


def test_the_guide_says_of_each_mutation_what_a_repetition_does() -> None:
    (table,) = re.findall(r"## When an answer is lost\n(.*?)\n## ", GUIDE, re.DOTALL)
    rows = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    filing = {mutation for mutation, _ in FILE.values()}

    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]

    assert sorted(told) == sorted({name for _, name in fields_of("mutation")} - filing)
    assert any(row.startswith("The mutations that file a request,") for row in rows)


def test_each_code_says_something_in_every_language() -> None:
    for language in Language:
        assert set(words(language)["requests"]) == set(RequestCode) - set(WIRE_WORDS), language
        assert set(words(language)["problems"]) >= set(Code), language


def test_each_code_of_what_a_user_can_mend_stands_in_the_schema_with_its_meaning() -> None:
    codes = build_ast_schema(parse(printed_schema())).type_map["ErrorCode"]

    assert isinstance(codes, GraphQLEnumType)
    assert set(codes.values) == set(Code)
    assert all(value.description for value in codes.values.values())


def test_the_limits_of_live_updates_are_those_of_the_server() -> None:
    (part,) = re.findall(r"## Live updates\n(.*?)\n## ", GUIDE, re.DOTALL)

    assert f"within {INIT_TIMEOUT_S:.0f} seconds" in part
    assert f"at most {settings().max_streams_per_person} websockets and event streams" in part
    assert f"most {MAX_SUBSCRIPTIONS} subscriptions" in part
    assert subscriptions.REVIEW_INTERVAL_S <= 5
    assert "within five seconds" in part


def test_the_limits_of_the_guide_are_those_of_the_server() -> None:
    (limits,) = re.findall(r"## Limits\n\n(.*?)\n\n", GUIDE, re.DOTALL)

    told = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", limits)]
    filing = [int(number) for number in re.findall(r"at most (\d+) requests", GUIDE.partition("## Limits")[2])][:2]
    fields = Settings.model_fields
    assert filing == [
        fields[name].default for name in ("pending_new_accounts_per_organisation", "requests_per_hour_per_person")
    ]
    assert told == [
        *(MAX_CHARACTERS, MAX_TOKENS, MAX_FRAGMENTS, MAX_FIELDS, MAX_ALIASES, MAX_DEPTH, MAX_MUTATIONS),
        *(MAX_COST, MAX_EVENT_COST, 1),
    ]


def test_the_prices_of_the_guide_are_those_of_the_server() -> None:
    (table,) = re.findall(r"\| what \| costs.*?\n(.*?)\n\n", GUIDE, re.DOTALL)
    told = dict(re.findall(r"^\| (.*?) \| (\d+) \|$", table, re.MULTILINE))

    assert [int(price) for price in told.values()] == [SCAN, CHANGE, RENDERING, 3 * STATEMENT, STATEMENT, LATERAL]
    for what, price in told.items():
        for name in re.findall(r"`(\w+)`(?! of)", what):
            prices = {cost for coordinate, cost in PRICES.items() if coordinate.endswith(f".{name}")}
            assert int(price) in prices, name


def test_the_budgets_of_the_guide_are_those_of_the_server() -> None:
    part = " ".join(GUIDE.partition("## Limits")[2].split())
    budget = Settings.model_fields["cost_per_minute_per_person"].default

    assert f"at most {MAX_STATEMENTS:,} statements" in part
    assert f"{IN_WORDS[MAX_CONNECTIONS]} at a time" in part
    assert f"a cost of {budget:,} in a minute" in part
    assert f"in steps of {COST_STEP}," in part
    assert f"{IN_WORDS[ORDINARY_EXECUTOR_FACTOR]} times as much" in part
