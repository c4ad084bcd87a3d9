"""Whatever one person asks for all at once, the others are served meanwhile, and no connection stays behind."""

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
"""At once by one person: fewer than the server has under way at most, and than a person may make in a minute."""

REPORTED = """{ accounts(zone: ACTIVE, first: 45) { nodes {
  id name timeline(first: 100) { nodes { id kind at } } reminders(terms: 2) { milestone }
} } }"""

BUSY = {None, "UNAVAILABLE", "TIMEOUT", "CANNOT_BE_WRITTEN"}
"""What a call of a burst may be answered; one mail of the list cannot be rendered."""

REQUIRED = {"zone": "ACTIVE"}
"""Of a list's arguments, those that must be given."""


def lists() -> Iterator[str]:
    """Each list of the schema's root whose arguments are known."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        required = {argument for argument, of in field.args.items() if is_required_argument(of)}
        if is_a_list(field) and is_composite_type(get_named_type(field.type)) and required <= set(REQUIRED):
            yield name


def is_a_list(field: GraphQLField) -> bool:
    kind = get_named_type(field.type)
    return is_list_type(get_nullable_type(field.type)) or (is_object_type(kind) and "pageInfo" in kind.fields)


def query_of(name: str) -> str:
    """A list with all that its objects hold, and what that holds, by few at a time."""
    assert SCHEMA.query_type is not None
    field = SCHEMA.query_type.fields[name]
    return f"{{ {selected(name, field, first=6, depth=4)} }}"


def selected(name: str, field: GraphQLField, first: int, depth: int) -> str:
    given = [f"{argument}: {value}" for argument, value in REQUIRED.items() if argument in field.args]
    given += [f"first: {first}"] if "first" in field.args else []
    arguments = f"({', '.join(given)})" if given else ""
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
    """Accounts with requests and mails, of which one cannot be rendered."""
    desk = served_desk.desk
    for number in range(45):
        account = await desk.account(expires_on=desk.today() + timedelta(days=20 + number))
        if number < 6:
            await desk.super_admin.files("datapoints", accountId=account, delta=5)
    now = clock.now()
    accounts: list[Account] = await Account.all().limit(6)
    for one in accounts:
        await Mail.create(
            key=f"reminder {one.id}", kind=MailKind.REMINDER.value, milestone="ONE_MONTH", account_id=one.id,
            expires_on=one.expires_on, recipient=desk.super_admin.user, due_at=now, next_at=now, created_at=now,
        )  # fmt: skip
    await Mail.create(
        key="without facts", kind=MailKind.NEW_SIGN_IN.value, recipient=desk.super_admin.user,
        due_at=now, next_at=now, created_at=now,
    )  # fmt: skip
    return served_desk


async def is_served(served: ServedDesk) -> None:
    outsider = await served.line(served.desk.outsider)
    async with asyncio.timeout(30):
        answer = await outsider.asks("{ viewer { name } accounts(zone: ACTIVE) { totalCount } }")
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json()


async def burst(served: ServedDesk, query: str, calls: int) -> set[str | None]:
    """All calls of one person at once, while another asks: the codes with which they were refused; None: answered."""
    by_customer_success = query.startswith("{ mails")
    person = served.desk.customer_success if by_customer_success else served.desk.super_admin
    line = await served.line(person)
    sent = [asyncio.create_task(line.asks(query)) for _ in range(calls)]
    await is_served(served)
    errors = [answer.json().get("errors", [{}])[0] for answer in await asyncio.gather(*sent)]
    return {error.get("extensions", {}).get("code") for error in errors}


async def test_a_hundred_and_ninety_five_calls_of_one_person_take_nobody_else_out_of_service(
    full_desk: ServedDesk,
) -> None:
    refusals = await burst(full_desk, REPORTED, CALLS)

    assert refusals <= BUSY
    await until(no_connection_is_in_use)
    await is_served(full_desk)


@pytest.mark.parametrize("name", list(lists()))
async def test_a_burst_of_a_list_with_all_that_it_holds_leaves_every_connection_free(
    full_desk: ServedDesk, name: str
) -> None:
    refusals = await burst(full_desk, query_of(name), 40)

    assert refusals <= BUSY
    await until(no_connection_is_in_use)
    await is_served(full_desk)


async def test_a_pool_that_stays_exhausted_makes_the_server_unready_and_then_ends_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[signal.Signals] = []
    monkeypatch.setattr(health, "CHECK_EVERY_S", 0.001)
    monkeypatch.setattr(health, "UNREADY_AFTER_S", 0.05)
    monkeypatch.setattr(health, "END_AFTER_S", 0.1)
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    caller.set(None)
    held = [reading() for _ in range(10)]
    for one in held:
        await one.__aenter__()

    await until(lambda: bool(ended))
    readiness = await desk.stranger().client.get("/readyz")
    for one in held:
        await one.__aexit__(None, None, None)

    assert ended == [signal.SIGTERM]
    assert readiness.status_code == 503
    assert "no connection" in readiness.json()["database"]
