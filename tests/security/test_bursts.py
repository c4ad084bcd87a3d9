"""During bursts of calls by one person others are served, and every database connection is released afterwards."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_object_type,
    is_required_argument,
)

from backend import clock
from backend.accounts.models import Account
from backend.api.schema import build_schema
from backend.mail.models import Mail, MailKind
from backend.storage.database import reading
from backend.storage.pool import caller
from backend.web import health
from tests.desk import Desk
from tests.running import no_connection_is_in_use
from tests.serving import ServedDesk
from tests.waiting import until

SCHEMA = build_schema()._schema

CALLS = 195
"""Concurrent calls of one person: below the server's concurrency limit and a person's rate limit."""

LARGE_LIST_QUERY = """{ accounts(zone: ACTIVE, first: 45) { nodes {
  id name timeline(first: 100) { nodes { id kind at } } reminders(terms: 2) { milestone }
} } }"""

ALLOWED_CODES = {None, "UNAVAILABLE", "TIMEOUT", "CANNOT_BE_WRITTEN"}
"""Error codes that a call of a burst may get, None without error; one mail of the list cannot be rendered."""

REQUIRED_ARGUMENTS = {"zone": "ACTIVE"}
"""Values of the required arguments of lists."""


def lists() -> Iterator[str]:
    """Each root list whose required arguments are known."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        required = {
            argument for argument, argument_of_field in field.args.items() if is_required_argument(argument_of_field)
        }
        if is_a_list(field) and is_composite_type(get_named_type(field.type)) and required <= set(REQUIRED_ARGUMENTS):
            yield name


def is_a_list(field: GraphQLField) -> bool:
    kind = get_named_type(field.type)
    return is_list_type(get_nullable_type(field.type)) or (is_object_type(kind) and "pageInfo" in kind.fields)


def query_of(name: str) -> str:
    """A query of a list with all fields of its objects, four levels deep, in small pages."""
    assert SCHEMA.query_type is not None
    field = SCHEMA.query_type.fields[name]
    return f"{{ {selected(name, field, first=6, depth=4)} }}"


def selected(name: str, field: GraphQLField, first: int, depth: int) -> str:
    arguments_of_list = [
        f"{argument}: {value}" for argument, value in REQUIRED_ARGUMENTS.items() if argument in field.args
    ]
    arguments_of_list += [f"first: {first}"] if "first" in field.args else []
    arguments = f"({', '.join(arguments_of_list)})" if arguments_of_list else ""
    kind = get_named_type(field.type)
    return f"{name}{arguments} {fields_of(kind, depth)}" if is_composite_type(kind) else name + arguments


def fields_of(kind: GraphQLNamedType, depth: int) -> str:
    assert is_object_type(kind) or is_interface_type(kind)
    chosen = {
        name: field
        for name, field in kind.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
        and (depth > 1 or not is_composite_type(get_named_type(field.type)))
        and name != "edges"
    }
    inner = [selected(name, field, 2, depth - 1) for name, field in chosen.items()]
    return f"{{ {' '.join(inner) or '__typename'} }}"


@pytest.fixture
async def full_desk(served_desk: ServedDesk) -> ServedDesk:
    """The desk with accounts, requests and mails, of which one cannot be rendered."""
    desk = served_desk.desk
    for number in range(45):
        account = await desk.account(expires_on=desk.today() + timedelta(days=20 + number))
        if number < 6:
            await desk.super_admin.files("datapoints", accountId=account, delta=5)
    now = clock.now()
    accounts: list[Account] = await Account.all().limit(6)
    for item in accounts:
        await Mail.create(
            key=f"reminder {item.id}", kind=MailKind.REMINDER.value, milestone="ONE_MONTH", account_id=item.id,
            expires_on=item.expires_on, recipient=desk.super_admin.user, due_at=now, next_at=now, created_at=now,
        )  # fmt: skip
    await Mail.create(
        key="without facts", kind=MailKind.NEW_SIGN_IN.value, recipient=desk.super_admin.user,
        due_at=now, next_at=now, created_at=now,
    )  # fmt: skip
    return served_desk


async def check_is_served(served: ServedDesk) -> None:
    outsider = await served.open_client(served.desk.outsider)
    async with asyncio.timeout(30):
        answer = await outsider.asks("{ viewer { name } accounts(zone: ACTIVE) { totalCount } }")
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json()


async def burst(served: ServedDesk, query: str, calls: int) -> set[str | None]:
    """Send concurrent calls of one person while another is served. Returns their error codes, None without error."""
    by_customer_success = query.startswith("{ mails")
    person = served.desk.customer_success if by_customer_success else served.desk.super_admin
    http_client = await served.open_client(person)
    sent = [asyncio.create_task(http_client.asks(query)) for _ in range(calls)]
    await check_is_served(served)
    errors = [answer.json().get("errors", [{}])[0] for answer in await asyncio.gather(*sent)]
    return {error.get("extensions", {}).get("code") for error in errors}


async def test_concurrent_calls_of_one_person_do_not_block_others(
    full_desk: ServedDesk,
) -> None:
    refusals = await burst(full_desk, LARGE_LIST_QUERY, CALLS)

    assert refusals <= ALLOWED_CODES
    await until(no_connection_is_in_use)
    await check_is_served(full_desk)


@pytest.mark.parametrize("name", list(lists()))
async def test_concurrent_calls_of_a_full_list_release_every_database_connection(
    full_desk: ServedDesk, name: str
) -> None:
    refusals = await burst(full_desk, query_of(name), 40)

    assert refusals <= ALLOWED_CODES
    await until(no_connection_is_in_use)
    await check_is_served(full_desk)


async def test_an_exhausted_pool_makes_the_server_unready_and_then_ends_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[signal.Signals] = []
    monkeypatch.setattr(health, "CHECK_EVERY_S", 0.001)
    monkeypatch.setattr(health, "UNREADY_AFTER_S", 0.05)
    monkeypatch.setattr(health, "END_AFTER_S", 0.1)
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    caller.set(None)
    connections = [reading() for _ in range(10)]
    for item in connections:
        await item.__aenter__()

    await until(lambda: bool(ended))
    readiness = await desk.stranger().client.get("/readyz")
    for item in connections:
        await item.__aexit__(None, None, None)

    assert ended == [signal.SIGTERM]
    assert readiness.status_code == 503
    assert "no connection" in readiness.json()["database"]
