"""A phone may retry blindly: the same key gives the first answer again and files nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend import clock
from backend.requests import idempotency
from backend.requests.models import ChangeRequest, RememberedAnswer
from backend.retention import remove_old
from backend.settings import settings
from backend.storage.database import fetch
from tests.desk import NEW_ACCOUNT, Desk
from tests.statements import each_statement


@asynccontextmanager
async def another_connection() -> AsyncIterator[Any]:
    """Somebody else's, beside those of the desk."""
    connection = await asyncpg.connect(settings().database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def elsewhere(statement: str) -> None:
    """Do something in the database as somebody else, at once."""
    async with another_connection() as somebody:
        await somebody.execute(statement)


async def test_the_same_key_and_input_give_the_first_answer_again(desk: Desk) -> None:
    account = await desk.account()

    first = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)
    again = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)

    assert again.id == first.id
    assert await ChangeRequest.all().count() == 1


async def test_the_same_key_with_another_input_is_refused(desk: Desk) -> None:
    account = await desk.account()
    await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)

    refused = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=11)

    assert refused.codes == ["IDEMPOTENCY_MISMATCH"]


async def test_a_refusal_is_remembered_too(desk: Desk) -> None:
    account = await desk.account(datapoints=100)

    first = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=-90)
    again = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=-90)

    assert first.codes == again.codes == ["BELOW_MINIMUM"]
    assert first.errors == again.errors


async def test_too_much_is_refused_for_a_while_and_not_for_as_long_as_its_key_is_kept(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_REQUESTS_PER_HOUR_PER_PERSON", "1")
    environment.setenv("EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION", "1")
    settings.cache_clear()
    tower, hall = NEW_ACCOUNT | {"accountName": "Tower"}, NEW_ACCOUNT | {"accountName": "Hall"}
    first = await desk.super_admin.files("newAccount", key="k-1", **tower)

    async def retries() -> list[str]:
        return (await desk.super_admin.files("newAccount", key="k-2", **hall)).codes

    assert await retries() == ["TOO_MANY_PENDING"]
    await desk.customer_success.approves(first.id)
    assert await retries() == ["TOO_MANY_FILED"]
    clock.advance(timedelta(hours=1, seconds=1))
    await desk.super_admin.signs_in()
    assert await retries() == []
    assert await retries() == []
    assert await ChangeRequest.all().count() == 2


async def test_a_key_whose_answer_is_forgotten_while_it_is_looked_up_is_as_good_as_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await desk.account()
    first = await desk.super_admin.files("renewal", key="k-1", accountId=account)
    await desk.customer_success.rejects(first.id, "No.")

    async def forgotten_meanwhile(statement: str, *values: Any) -> Any:
        rows = await fetch(statement, *values)
        if statement == idempotency.REMEMBER and not rows:
            await elsewhere("DELETE FROM remembered_answer")
        return rows

    monkeypatch.setattr(idempotency, "fetch", forgotten_meanwhile)
    again = await desk.super_admin.files("renewal", key="k-1", accountId=account)

    assert again.codes == []
    assert again.id != first.id


async def test_a_key_is_its_users_own(desk: Desk) -> None:
    mine = await desk.super_admin.files("datapoints", key="k-1", accountId=await desk.account(), delta=10)
    theirs = await desk.outsider.files("datapoints", key="k-1", accountId=await desk.account(desk.rival), delta=10)

    assert mine.id != theirs.id


async def test_parallel_retries_make_one_request(desk: Desk) -> None:
    account = await desk.account()

    answers = await asyncio.gather(
        *(desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10) for _ in range(50))
    )

    assert len({answer.id for answer in answers}) == 1
    assert await ChangeRequest.all().count() == 1


async def test_an_approval_that_is_retried_is_applied_once(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    first = await desk.customer_success.approves(filed.id, seen=filed.version, key="k-9")
    again = await desk.customer_success.approves(filed.id, seen=filed.version, key="k-9")

    assert first.errors == again.errors == []
    assert (await desk.sees(account))["datapoints"] == 110


async def test_an_answer_is_kept_for_seven_days(desk: Desk) -> None:
    account = await desk.account()
    first = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)

    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    await remove_old(clock.now(), within_s=60)
    kept = await (await desk.super_admin.signs_in()).files("datapoints", key="k-1", accountId=account, delta=10)
    clock.advance(timedelta(seconds=1))
    await remove_old(clock.now(), within_s=60)
    forgotten = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)

    assert kept.id == first.id
    assert forgotten.codes == ["ALREADY_PENDING"]
    assert await RememberedAnswer.all().count() == 1


async def test_a_decision_with_a_key_is_one_transaction_without_savepoints(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    statements = list[str]()

    with each_statement(statements.append):
        await desk.customer_success.approves(filed.id, seen=filed.version, key="k-1")

    assert any(statement.startswith("BEGIN") for statement in statements)
    assert not [statement for statement in statements if "SAVEPOINT" in statement]


async def test_a_refused_call_stores_nothing_but_its_answer(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    statements = list[str]()

    with each_statement(statements.append):
        refused = [
            await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=20),
            await desk.super_admin.files("licence", key="k-2", accountId=account, licence="NONE_SUCH"),
            await desk.customer_success.rejects(filed.id, " ", key="k-3"),
            await desk.customer_success.approves(filed.id, seen="0-other", key="k-4"),
        ]
    written = [sql for sql in statements if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "WITH w0"))]

    codes = [answer.codes for answer in refused]
    assert codes == [["ALREADY_PENDING"], ["UNKNOWN_LICENCE"], ["REASON_REQUIRED"], ["STALE"]]
    assert len(written) == 2 * len(refused)
    assert all("remembered_answer" in sql for sql in written), written


async def test_a_retry_waits_for_the_first_call_only_so_long(desk: Desk) -> None:
    account = await desk.account()
    async with another_connection() as somebody, somebody.transaction():
        await somebody.execute(
            "INSERT INTO remembered_answer (user_id, key, fingerprint, at)"
            " SELECT id, 'k-1', '', now() FROM person WHERE name = 'Ada'"
        )
        answer = await desk.super_admin.asks(FILE, id=account, key="k-1")

    assert answer.code == "IN_FLIGHT"
    assert await ChangeRequest.all().count() == 0


FILE = """
mutation ($id: ID!, $key: String) {
  requestRenewal(input: {accountId: $id, clientMutationId: $key}) { errors { code } }
}
"""
