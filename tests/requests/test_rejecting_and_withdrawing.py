"""A request that is not approved ends without changing anything, and stays readable."""

from backend.identity.models import User
from tests.desk import Desk


async def test_rejecting_needs_a_reason(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)

    refused = await desk.customer_success.rejects(filed.id, "  \n ")

    assert (refused.codes, refused.fields) == (["REASON_REQUIRED"], ["reason"])
    assert await desk.state_of(filed.id) == "PENDING"


async def test_a_rejection_changes_nothing_and_shows_the_requester_why(desk: Desk) -> None:
    account = await desk.account(datapoints=100)
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)

    await desk.customer_success.rejects(filed.id, "Send the quotation first.")

    seen = await desk.super_admin.request(filed.id)
    assert (seen["state"], seen["decision"]["reason"]) == ("REJECTED", "Send the quotation first.")
    assert (await desk.sees(account))["datapoints"] == 100


async def test_the_organisation_takes_a_pending_request_back(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)

    withdrawn = await desk.super_admin.withdraws(filed.id)

    assert withdrawn.request is not None
    assert withdrawn.request["state"] == "WITHDRAWN"


async def test_what_was_withdrawn_cannot_be_approved(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    await desk.super_admin.withdraws(filed.id)

    assert (await desk.customer_success.approves(filed.id, seen=filed.version)).codes == ["ALREADY_DECIDED"]


async def test_a_decided_request_leaves_applications_and_stays_in_the_history(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    await desk.customer_success.rejects(filed.id)

    pending = (await desk.super_admin.asks("{ changeRequests { nodes { id } } }")).data["changeRequests"]["nodes"]
    history = "{ changeRequests(states: [APPROVED, REJECTED, WITHDRAWN]) { nodes { id } } }"

    assert pending == []
    assert (await desk.super_admin.asks(history)).data["changeRequests"]["nodes"] == [{"id": filed.id}]


async def test_after_a_decision_the_same_may_be_asked_for_again(desk: Desk) -> None:
    account = await desk.account()
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
    await desk.customer_success.rejects(filed.id)

    assert (await desk.super_admin.files("datapoints", accountId=account, delta=5)).errors == []


async def test_nobody_decides_a_request_of_their_own_whatever_their_role(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    # Whoever changed sides: filed as a SuperAdmin once, with Customer Success now.
    await User.filter(name="Ada").update(role="CUSTOMER_SUCCESS", organisation_id=None)

    assert (await desk.super_admin.approves(filed.id)).codes == ["OWN_REQUEST"]
    assert (await desk.super_admin.rejects(filed.id)).codes == ["OWN_REQUEST"]
    assert await desk.state_of(filed.id) == "PENDING"
