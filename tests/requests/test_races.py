"""However many people press the button at the same moment, a request is decided once."""

import asyncio

from backend.mail.models import Mail, MailKind
from tests.desk import NEW_ACCOUNT, Desk


async def test_of_many_approvals_one_is_applied_and_the_others_learn_who_decided(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    answers = await asyncio.gather(
        *(person.approves(filed.id, seen=filed.version) for person in [desk.customer_success, desk.colleague] * 4)
    )

    assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_DECIDED"]] * 7
    assert (await desk.sees(account))["datapoints"] == 110
    assert await Mail.filter(kind=MailKind.REQUEST_DECIDED.value).count() == 1


async def test_approving_rejecting_and_withdrawing_at_once_leave_one_outcome(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    for _ in range(5):
        before = (await desk.sees(account))["datapoints"]
        filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

        answers = await asyncio.gather(
            desk.customer_success.approves(filed.id, seen=filed.version),
            desk.colleague.rejects(filed.id),
            desk.super_admin.withdraws(filed.id),
        )

        assert sum(not answer.errors for answer in answers) == 1
        approved = await desk.state_of(filed.id) == "APPROVED"
        assert (await desk.sees(account))["datapoints"] == before + 10 * approved


async def test_two_filings_of_a_type_at_once_leave_one_pending(desk: Desk) -> None:
    account = await desk.account()

    answers = await asyncio.gather(
        *(desk.super_admin.files("datapoints", accountId=account, delta=delta) for delta in range(1, 7))
    )

    assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_PENDING"]] * 5


async def test_two_new_accounts_of_a_name_at_once_leave_one_pending(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.super_admin.files("newAccount", **NEW_ACCOUNT) for _ in range(5)))

    assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_PENDING"]] * 4
