"""A phone may retry blindly: the same key gives the first answer again and files nothing twice."""

import asyncio
from datetime import timedelta

import asyncpg

from backend import clock
from backend.embedded.databases import plain
from backend.requests.models import ChangeRequest, RememberedAnswer
from backend.settings import settings
from backend.worker import forget_old
from tests.desk import Desk


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
    await forget_old({})
    kept = await (await desk.super_admin.signs_in()).files("datapoints", key="k-1", accountId=account, delta=10)
    clock.advance(timedelta(seconds=1))
    await forget_old({})
    forgotten = await desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10)

    assert kept.id == first.id
    assert forgotten.codes == ["ALREADY_PENDING"]
    assert await RememberedAnswer.all().count() == 1


async def test_a_retry_waits_for_the_first_call_only_so_long(desk: Desk) -> None:
    account = await desk.account()
    somebody = await asyncpg.connect(plain(settings().database_url))
    try:
        async with somebody.transaction():
            await somebody.execute(
                "INSERT INTO remembered_answer (user_id, key, fingerprint, at)"
                " SELECT id, 'k-1', '', now() FROM person WHERE name = 'Ada'"
            )
            answer = await desk.super_admin.asks(FILE, id=account, key="k-1")
    finally:
        await somebody.close()

    assert answer.code == "IN_FLIGHT"
    assert await ChangeRequest.all().count() == 0


FILE = """
mutation ($id: ID!, $key: String) {
  requestRenewal(input: {accountId: $id, clientMutationId: $key}) { errors { code } }
}
"""
