"""Nobody floods the queue: so many new accounts of an organisation wait, so many requests are filed in an hour."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from backend.identity.models import User
from backend.identity.roles import Role
from backend.requests.models import ChangeRequest
from backend.settings import settings
from tests.desk import NEW_ACCOUNT, Desk, Payload, Person


def limited(environment: pytest.MonkeyPatch, *, pending: int = 0, filed: int = 0) -> None:
    """Choose the limits."""
    environment.setenv("EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION", str(pending))
    environment.setenv("EMP_REQUESTS_PER_HOUR_PER_PERSON", str(filed))
    settings.cache_clear()


async def asks_for_tower(person: Person, number: int, **more: Any) -> Payload:
    """File a request for a new account."""
    own_domain = {} if person.user and person.user.email.endswith("@acme.example") else {"mailDomain": None}
    return await person.files("newAccount", **NEW_ACCOUNT | own_domain | {"accountName": f"Tower {number}"}, **more)


async def test_as_many_new_accounts_wait_as_may_and_no_more(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    limited(environment, pending=2)
    for number in (1, 2):
        assert (await asks_for_tower(desk.super_admin, number)).codes == []

    third = await asks_for_tower(desk.super_admin, 3)

    assert (third.codes, third.fields) == (["TOO_MANY_PENDING"], [None])
    assert third.errors[0]["message"].startswith("2 new accounts of your organisation already wait for approval.")
    assert await ChangeRequest.all().count() == 2


async def test_room_is_made_by_a_decision_and_nothing_else_is_kept_from_being_filed(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, pending=1)
    first = await asks_for_tower(desk.super_admin, 1)

    assert (await asks_for_tower(desk.outsider, 1)).codes == []
    assert (await desk.super_admin.files("renewal", accountId=await desk.account())).codes == []
    assert (await desk.customer_success.approves(first.id)).codes == []
    assert (await asks_for_tower(desk.super_admin, 2)).codes == []


async def test_of_new_accounts_asked_for_at_once_no_more_pass_than_may_wait(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, pending=3)
    colleague = await desk.person("ben@acme.example", Role.SUPER_ADMIN, desk.acme)

    answers = await asyncio.gather(
        *(asks_for_tower(person, number) for number, person in enumerate([desk.super_admin, colleague] * 4))
    )

    assert sorted(answer.codes for answer in answers) == [[]] * 3 + [["TOO_MANY_PENDING"]] * 5


async def test_one_person_files_so_many_requests_in_an_hour_and_goes_on_later(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, filed=2)
    colleague = await desk.person("ben@acme.example", Role.SUPER_ADMIN, desk.acme)
    first = await desk.super_admin.files("renewal", accountId=await desk.account())
    await desk.super_admin.withdraws(first.id)
    clock.advance(timedelta(minutes=10))
    await desk.super_admin.files("renewal", accountId=await desk.account())

    refused = await desk.super_admin.files("renewal", accountId=await desk.account())

    assert (refused.codes, refused.fields) == (["TOO_MANY_FILED"], [None])
    assert refused.errors[0]["message"] == "You have filed 2 requests within an hour. Go on a little later."
    assert (await colleague.files("renewal", accountId=await desk.account())).codes == []
    clock.advance(timedelta(minutes=49))
    await desk.super_admin.signs_in()
    assert (await desk.super_admin.files("renewal", accountId=await desk.account())).codes == ["TOO_MANY_FILED"]
    clock.advance(timedelta(minutes=1))
    assert (await desk.super_admin.files("renewal", accountId=await desk.account())).codes == []


async def test_of_requests_filed_at_once_no_more_pass_than_one_may_file(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, filed=3)
    accounts = [await desk.account() for _ in range(8)]

    answers = await asyncio.gather(*(desk.super_admin.files("renewal", accountId=account) for account in accounts))

    assert sorted(answer.codes for answer in answers) == [[]] * 3 + [["TOO_MANY_FILED"]] * 5


async def test_a_retry_of_what_was_filed_is_answered_when_no_more_may_be_filed(
    desk: Desk, environment: pytest.MonkeyPatch
) -> None:
    limited(environment, filed=1)
    account = await desk.account()
    filed = await desk.super_admin.files("renewal", key="k", accountId=account)

    assert (await desk.super_admin.files("renewal", key="k", accountId=account)).id == filed.id


@pytest.mark.parametrize("language", ["fr", "es", "ca"])
async def test_the_refusal_is_told_in_the_readers_language(
    desk: Desk, environment: pytest.MonkeyPatch, language: str
) -> None:
    limited(environment, pending=1, filed=2)
    await User.filter(email="ada@acme.example").update(language=language)
    await asks_for_tower(desk.super_admin, 1)

    refused = await asks_for_tower(desk.super_admin, 2)

    assert "1" in refused.errors[0]["message"]
    assert "organisation already" not in refused.errors[0]["message"]
