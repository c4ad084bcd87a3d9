"""Nothing changes by itself: a SuperAdmin files a typed request, and that is all it does."""

import pytest

from tests.desk import NEW_ACCOUNT, Desk


async def test_filing_changes_nothing_and_the_request_awaits_customer_success(desk: Desk) -> None:
    account = await desk.account(datapoints=100)

    filed = await desk.super_admin.files("datapoints", accountId=account, delta=50, comment="Two floors more.")

    assert filed.request is not None
    assert (filed.request["type"], filed.request["state"]) == ("DATAPOINTS", "PENDING")
    assert (await desk.sees(account))["datapoints"] == 100
    assert (await desk.customer_success.request(filed.id))["comment"] == "Two floors more."


async def test_the_four_types_can_all_wait_at_once(desk: Desk) -> None:
    account = await desk.account()

    filed = [
        await desk.super_admin.files("newAccount", **NEW_ACCOUNT),
        await desk.super_admin.files("datapoints", accountId=account, delta=-30),
        await desk.super_admin.files("licence", accountId=account, licence="PROFESSIONAL"),
        await desk.super_admin.files("renewal", accountId=account),
    ]

    assert [payload.errors for payload in filed] == [[], [], [], []]
    query = "{ zoneCounts { active expired applications } }"
    assert (await desk.super_admin.asks(query)).data["zoneCounts"] == {"active": 1, "expired": 0, "applications": 4}


async def test_a_new_account_does_not_exist_before_its_approval(desk: Desk) -> None:
    filed = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)

    assert filed.request is not None
    assert filed.request["account"] is None
    accounts = await desk.super_admin.asks("{ accounts(zone: ACTIVE) { totalCount } }")
    assert accounts.data["accounts"]["totalCount"] == 0


async def test_the_preview_before_filing_is_what_the_request_then_shows(desk: Desk) -> None:
    account = await desk.account(datapoints=415)

    shown = await desk.super_admin.previews("datapoints", accountId=account, delta=-15)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=-15)

    assert shown["changes"] == [{"field": "DATAPOINTS", "before": "415", "after": "400"}]
    assert filed.request is not None
    assert filed.request["preview"]["changes"] == shown["changes"]
    assert filed.version == shown["version"]


async def test_a_preview_names_the_rules_that_do_not_hold(desk: Desk) -> None:
    account = await desk.account(datapoints=40)

    shown = await desk.super_admin.previews("datapoints", accountId=account, delta=-30)

    assert shown["allowed"] is False
    broken = [rule["code"] for rule in shown["rules"] if not rule["holds"]]
    assert broken == ["BELOW_MINIMUM"]
    assert "20" in next(rule["message"] for rule in shown["rules"] if not rule["holds"])


async def test_a_second_pending_request_of_the_type_is_refused_with_a_pointer_to_the_first(desk: Desk) -> None:
    account = await desk.account()
    first = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    second = await desk.super_admin.files("datapoints", accountId=account, delta=20)

    assert second.codes == ["ALREADY_PENDING"]
    assert second.errors[0]["request"]["id"] == first.id


async def test_a_second_pending_new_account_of_the_same_name_is_refused_whatever_the_case(desk: Desk) -> None:
    first = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)

    second = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": " plant  12 "})

    assert second.codes == ["ALREADY_PENDING"]
    assert second.errors[0]["request"]["id"] == first.id


async def test_an_expired_account_can_only_be_renewed(desk: Desk) -> None:
    account = await desk.expired_account()

    refused = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    other = await desk.super_admin.files("licence", accountId=account, licence="OPTIMISE")
    renewal = await desk.super_admin.files("renewal", accountId=account)

    assert (refused.codes, other.codes) == (["ACCOUNT_EXPIRED"], ["ACCOUNT_EXPIRED"])
    assert renewal.errors == []


async def test_an_account_says_what_may_be_asked_for_now_and_why_not(desk: Desk) -> None:
    account = await desk.account()
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    actions = {entry["action"]: entry for entry in (await desk.sees(account, desk.super_admin))["allowedActions"]}

    assert actions["REQUEST_DATAPOINTS"]["reason"] == {"code": "ALREADY_PENDING", "request": {"id": filed.id}}
    assert actions["REQUEST_LICENCE"]["allowed"]
    assert actions["REQUEST_RENEWAL"]["allowed"]


@pytest.mark.parametrize("name", ["Plant 12", "PLANT 12", "  plant   12"])
async def test_the_name_of_an_account_is_taken_whatever_its_case_and_spaces(desk: Desk, name: str) -> None:
    await desk.account(name="Plant 12")

    refused = await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": name})

    assert (refused.codes, refused.fields) == (["NAME_TAKEN"], ["accountName"])


async def test_another_organisation_may_use_the_same_name(desk: Desk) -> None:
    await desk.account(desk.rival, name="Plant 12")

    assert (await desk.super_admin.files("newAccount", **NEW_ACCOUNT)).errors == []


async def test_what_was_shown_is_what_is_filed_or_the_answer_is_stale_with_what_changed(desk: Desk) -> None:
    account = await desk.account(datapoints=415)
    shown = await desk.super_admin.previews("licence", accountId=account, licence="OPTIMISE")
    other = await desk.super_admin.files("datapoints", accountId=account, delta=15)
    await desk.customer_success.approves(other.id)

    stale = await desk.super_admin.files(
        "licence", accountId=account, licence="OPTIMISE", previewVersion=shown["version"]
    )

    assert stale.codes == ["STALE"]
    assert stale.errors[0]["changes"] == [{"field": "DATAPOINTS", "before": "415", "after": "430"}]
    assert (await desk.sees(account))["pendingRequests"] == []
    now = await desk.super_admin.previews("licence", accountId=account, licence="OPTIMISE")
    again = await desk.super_admin.files(
        "licence", accountId=account, licence="OPTIMISE", previewVersion=now["version"]
    )
    assert again.errors == []
