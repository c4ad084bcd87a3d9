"""A phone may retry blindly: the same key gives the first answer again and files nothing twice."""

import asyncio

from backend.requests.models import ChangeRequest
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
        *(desk.super_admin.files("datapoints", key="k-1", accountId=account, delta=10) for _ in range(12))
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
