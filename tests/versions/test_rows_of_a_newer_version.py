"""What only a newer version knows is shown as itself, whoever asks and however it is read, and is decided there."""

import json
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLEnumType, is_enum_type
from typer import BadParameter

from backend import clock
from backend.api.schema import build_schema
from backend.cli.terminal import known_only
from backend.global_ids import key_in
from backend.requests.models import ChangeRequest
from backend.stored_enums import StoredEnum
from tests.api.executors import answers
from tests.desk import NEW_ACCOUNT, PASSWORD, Desk, Person
from tests.owner import by_owner
from tests.versions import newer

COMPUTED = {
    "AccountOrderField", "Action", "Direction", "ErrorCode", "Language", "RequestOrderField", "Zone",
}  # fmt: skip
"""Enums whose values this process makes itself, or falls back from to one that it knows."""

REQUEST = """
  __typename id type typeName state stateName accountName requestedAt comment account { name licence { code } }
  organisation { name } clientTotal { clientName accounts } requestedBy { name role roleName }
  decision { at reason } preview { version allowed changes { field fieldName before after } rules { code holds } }
  allowedActions { action allowed reason { code message request { typeName } } }
"""

TOLD_IN_SQL = "__typename id type typeName state stateName accountName requestedAt comment"

ACCOUNT = """
  name licence { code name rank } sector { code name } country { code name }
  pendingRequests { __typename type typeName } allowedActions { action allowed reason { code } }
  timeline(first: 5) { nodes {
    kind kindName changes { field fieldName before after } request { __typename typeName } } }
  reminders { milestone milestoneName state stateName reason { code message } }
"""


async def read_by_both(person: Person, query: str, **variables: Any) -> Any:
    """The data of an answer without errors, on which both executors agree."""
    read, walked = await answers(person, query, **variables)
    assert read == walked
    return (await person.asks(query, **variables)).data


@pytest.mark.parametrize("selected", [REQUEST, TOLD_IN_SQL])
async def test_a_list_with_a_request_of_an_unknown_type_shows_it_among_the_others(desk: Desk, selected: str) -> None:
    account = await desk.account()
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await newer.files(desk.super_admin, account)

    for person in (desk.super_admin, desk.customer_success):
        told = await read_by_both(person, f"{{ changeRequests {{ totalCount nodes {{ {selected} }} }} }}")
        known, other = told["changeRequests"]["nodes"]
        assert (known["__typename"], known["type"], known["typeName"]) == (
            *("NewAccountRequest", "NEW_ACCOUNT"),
            "NEW_ACCOUNT",
        )
        assert (other["__typename"], other["type"], other["typeName"]) == ("OtherRequest", "OTHER", "CLOSURE")
        assert (other["state"], other["comment"]) == ("PENDING", "We move out.")
        assert told["changeRequests"]["totalCount"] == 2


async def test_a_request_of_an_unknown_type_says_that_it_is_decided_elsewhere(desk: Desk) -> None:
    request = await newer.files(desk.super_admin, await desk.account())

    told = await read_by_both(
        desk.customer_success, f"query ($id: ID!) {{ changeRequest(id: $id) {{ {REQUEST} }} }}", id=request
    )

    shown = told["changeRequest"]
    assert (shown["preview"]["allowed"], shown["preview"]["changes"]) == (False, [])
    assert shown["preview"]["rules"] == [{"code": "NEWER_VERSION", "holds": False}]
    assert [(one["action"], one["allowed"], one["reason"]["code"]) for one in shown["allowedActions"]] == [
        ("APPROVE", False, "NEWER_VERSION"),
        ("REJECT", False, "NEWER_VERSION"),
        ("WITHDRAW", False, "NOT_ALLOWED"),
    ]
    assert shown["allowedActions"][0]["reason"]["request"] == {"typeName": "CLOSURE"}
    assert shown["clientTotal"] == {"clientName": "Client", "accounts": 1}


@pytest.mark.parametrize("change", [{"type": "CLOSURE"}, {"state": "ON_HOLD"}, {"type": "RENEWAL"}])
async def test_what_only_a_newer_version_knows_is_not_decided_here(desk: Desk, change: dict[str, str]) -> None:
    # A renewal that asks for more than this version knows of is none that it could apply.
    values: dict[str, Any] = {"type_": "DATAPOINTS", "fields": {"delta": 5}}
    if "type" in change:
        values = {"type_": change["type"], "fields": {"period_months": 12, "discount": 10}}
    request = await newer.files(desk.super_admin, await desk.account(), **values, state=change.get("state", "PENDING"))
    before = await ChangeRequest.get(id=key_in(request, "ChangeRequest")).values()

    refused = [
        await desk.customer_success.approves(request, seen="1-x"),
        await desk.customer_success.rejects(request),
        await desk.super_admin.withdraws(request),
    ]

    assert [one.codes for one in refused] == [["NEWER_VERSION"]] * 3
    assert await ChangeRequest.get(id=key_in(request, "ChangeRequest")).values() == before
    assert "newer version" in refused[0].errors[0]["message"]


async def test_a_decided_request_of_an_unknown_type_shows_what_it_has_changed(desk: Desk) -> None:
    assert desk.customer_success.user is not None
    request = await newer.files(
        desk.super_admin,
        await desk.account(),
        state="APPROVED",
        decided_by_id=desk.customer_success.user.id,
        decided_at=clock.now(),
        changes=[{"field": "CLOSED_ON", "before": None, "after": "2027-01-31"}],
    )

    shown = await read_by_both(
        desk.colleague, f"query ($id: ID!) {{ changeRequest(id: $id) {{ {REQUEST} }} }}", id=request
    )

    assert shown["changeRequest"]["preview"]["changes"] == [
        {"field": "OTHER", "fieldName": "CLOSED_ON", "before": None, "after": "2027-01-31"}
    ]
    assert (await desk.colleague.approves(request, seen="1-x")).codes == ["ALREADY_DECIDED"]


async def test_lists_are_narrowed_to_what_is_unknown_and_count_it_by_name(desk: Desk) -> None:
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await newer.files(desk.super_admin, await desk.account())
    await newer.files(desk.super_admin, await desk.account(), "MERGER")
    await newer.files(desk.super_admin, await desk.account(), "DATAPOINTS", state="ON_HOLD")

    told = await read_by_both(
        desk.customer_success,
        """{ requestCounts { type typeName count } zoneCounts { applications }
             others: changeRequests(types: [OTHER]) { totalCount nodes { typeName } }
             some: changeRequests(types: [OTHER, DATAPOINTS]) { totalCount }
             found: requestCounts(search: "plant") { typeName count }
             held: changeRequests(states: [OTHER]) { totalCount nodes { typeName state stateName } } }""",
    )

    counts = [(one["type"], one["typeName"], one["count"]) for one in told["requestCounts"] if one["count"]]
    assert counts == [("NEW_ACCOUNT", "NEW_ACCOUNT", 1), ("OTHER", "CLOSURE", 1), ("OTHER", "MERGER", 1)]
    assert ("CLOSURE", 1) in [(one["typeName"], one["count"]) for one in told["found"]]
    assert told["zoneCounts"]["applications"] == 3
    assert [one["typeName"] for one in told["others"]["nodes"]] == ["CLOSURE", "MERGER"]
    assert told["some"]["totalCount"] == 2
    assert told["held"]["nodes"] == [{"typeName": "DATAPOINTS", "state": "OTHER", "stateName": "ON_HOLD"}]


async def test_a_list_is_narrowed_by_size_whatever_an_unknown_type_stores(desk: Desk) -> None:
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=-70)
    await newer.files(desk.super_admin, await desk.account(), fields={"delta": "all", "datapoints": {"from": 20}})

    told = await read_by_both(
        desk.customer_success, "{ changeRequests(filter: {minDatapoints: 60}) { nodes { typeName } } }"
    )

    assert [one["typeName"] for one in told["changeRequests"]["nodes"]] == ["NEW_ACCOUNT", "DATAPOINTS"]


async def test_an_account_shows_what_only_a_newer_version_knows_of_it(desk: Desk) -> None:
    account = await desk.account(
        licence="PLATINUM", sector="SPACE", country="QQ", expires_on=desk.today() + timedelta(days=3)
    )
    request = await newer.files(desk.super_admin, account)
    assert desk.super_admin.user is not None
    await newer.inserts(
        "timeline_event",
        account_id=key_in(account, "Account"),
        request_id=key_in(request, "ChangeRequest"),
        kind="PUT_ON_HOLD",
        at=clock.now(),
        by_id=desk.super_admin.user.id,
        changes=[{"field": "CLOSED_ON", "before": None, "after": "2027-01-31"}],
        account_version=1,
    )
    of_term: dict[str, Any] = {"account_id": key_in(account, "Account"), "expires_on": desk.today() + timedelta(days=3)}
    await newer.has_mail(
        desk.super_admin, kind="REMINDER", milestone="TWO_WEEKS", state="POSTPONED", reason="holiday", **of_term
    )

    for person in (desk.super_admin, desk.customer_success):
        listed = await read_by_both(person, f"{{ accounts(zone: ACTIVE, first: 2) {{ nodes {{ {ACCOUNT} }} }} }}")
        (shown,) = listed["accounts"]["nodes"]

        assert shown["licence"] == {"code": "PLATINUM", "name": "PLATINUM", "rank": 0}
        assert (shown["sector"]["name"], shown["country"]["name"]) == ("SPACE", "QQ")
        assert shown["pendingRequests"] == [{"__typename": "OtherRequest", "type": "OTHER", "typeName": "CLOSURE"}]
        assert shown["timeline"]["nodes"] == [
            {
                "kind": "OTHER",
                "kindName": "PUT_ON_HOLD",
                "changes": [{"field": "OTHER", "fieldName": "CLOSED_ON", "before": None, "after": "2027-01-31"}],
                "request": {"__typename": "OtherRequest", "typeName": "CLOSURE"},
            }
        ]
        assert shown["reminders"][-1] == {
            "milestone": "OTHER",
            "milestoneName": "TWO_WEEKS",
            "state": "OTHER",
            "stateName": "POSTPONED",
            "reason": {"code": "HOLIDAY", "message": "holiday"},
        }

    kinds = await desk.super_admin.asks(
        "query ($id: ID!) { account(id: $id) { timeline(kinds: [OTHER]) { totalCount } } }", id=account
    )
    assert kinds.data["account"]["timeline"]["totalCount"] == 1


async def test_accounts_of_an_unknown_licence_stand_after_the_others_and_are_counted(desk: Desk) -> None:
    for licence in ("PLATINUM", "DETECT", "PLATINUM", "PROFESSIONAL"):
        await desk.account(licence=licence)
    found: list[str] = []
    after = None
    query = """query ($after: String) {
      accounts(zone: ACTIVE, orderBy: {field: LICENCE}, first: 1, after: $after) {
        nodes { licence { code } } pageInfo { hasNextPage endCursor } } }"""

    while len(found) < 5:
        page = (await read_by_both(desk.super_admin, query, after=after))["accounts"]
        found += [one["licence"]["code"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    figures = await read_by_both(
        desk.super_admin, "{ portfolio { accounts byLicence { licence { code rank } accounts } } }"
    )

    assert found == ["DETECT", "PROFESSIONAL", "PLATINUM", "PLATINUM"]
    assert figures["portfolio"]["accounts"] == 4
    assert figures["portfolio"]["byLicence"][-1] == {"licence": {"code": "PLATINUM", "rank": 0}, "accounts": 2}


async def test_the_file_of_accounts_holds_codes_that_have_no_name(desk: Desk) -> None:
    await desk.account(licence="PLATINUM", sector="SPACE", country="QQ")

    file = await desk.super_admin.client.get("/management/active.csv")

    assert file.status_code == 200
    assert '"PLATINUM"' in file.text
    assert '"SPACE"' in file.text


@pytest.mark.parametrize("kind", ["datapoints", "renewal"])
async def test_nothing_is_filed_here_beside_a_request_that_may_be_its_like(desk: Desk, kind: str) -> None:
    account = await desk.account()
    pending = await newer.files(desk.super_admin, account)

    fields: dict[str, Any] = {"delta": 5} if kind == "datapoints" else {}
    refused = await desk.super_admin.files(kind, accountId=account, **fields)

    assert refused.codes == ["NEWER_VERSION"]
    assert refused.errors[0]["request"]["id"] == pending
    actions = (await desk.sees(account, desk.super_admin))["allowedActions"]
    assert {one["reason"]["code"] for one in actions} == {"NEWER_VERSION"}
    assert {one["reason"]["request"]["id"] for one in actions} == {pending}


async def test_a_name_that_an_unknown_request_may_claim_is_not_claimed_again(desk: Desk) -> None:
    await newer.files(desk.super_admin, None, "MERGER", account_name=NEW_ACCOUNT["accountName"].upper())

    refused = await desk.super_admin.files("newAccount", **NEW_ACCOUNT)

    assert refused.codes == ["NEWER_VERSION"]


async def test_a_refusal_for_the_sake_of_a_newer_version_is_not_the_answer_for_ever(desk: Desk) -> None:
    account = await desk.account()
    pending = await newer.files(desk.super_admin, account)
    await desk.super_admin.files("datapoints", "a key", accountId=account, delta=5)

    await by_owner(
        "UPDATE change_request SET state = 'WITHDRAWN', decided_by_id = requested_by_id, decided_at = $2 WHERE id = $1",
        key_in(pending, "ChangeRequest"),
        clock.now(),
    )
    filed = await desk.super_admin.files("datapoints", "a key", accountId=account, delta=5)

    assert filed.errors == []


@pytest.mark.parametrize("answer", [{"problems": [{"code": "ON_HOLD"}]}, {"receipt": 7}])
async def test_an_answer_that_a_newer_version_remembers_is_had_from_it(desk: Desk, answer: dict[str, Any]) -> None:
    account = await desk.account()
    await desk.super_admin.files("datapoints", "a key", accountId=account, delta=0)
    for problem in answer.get("problems", []):
        problem.update(field="delta", values={"until": "2027-01-31"}, request_id=None, changes=[])
    await by_owner("UPDATE remembered_answer SET answer = $1", json.dumps(answer))

    again = await desk.super_admin.files("datapoints", "a key", accountId=account, delta=0)

    assert again.codes == ["NEWER_VERSION"]


async def test_the_audit_log_shows_acts_that_only_a_newer_version_knows(desk: Desk) -> None:
    request = await newer.files(desk.super_admin, await desk.account())
    facts = {"request": key_in(request, "ChangeRequest"), "colour": ["red"]}
    await newer.inserts(
        *("audit_entry",),
        at=clock.now(),
        act="REQUEST_PUT_ON_HOLD",
        organisation_id=desk.acme.id,
        subject="A",
        facts=facts,
    )

    told = await read_by_both(
        desk.super_admin,
        """{ all: auditLog(first: 1) { nodes { act actName request { typeName } facts { name value } } }
             others: auditLog(acts: [OTHER]) { totalCount }
             some: auditLog(acts: [OTHER, SIGNED_IN]) { nodes { actName } } }""",
    )

    assert told["all"]["nodes"][0]["act"] == "OTHER"
    assert told["all"]["nodes"][0]["actName"] == "REQUEST_PUT_ON_HOLD"
    assert told["all"]["nodes"][0]["request"] == {"typeName": "CLOSURE"}
    assert told["others"]["totalCount"] == 1
    assert {one["actName"] for one in told["some"]["nodes"]} == {"REQUEST_PUT_ON_HOLD", "SIGNED_IN"}


async def test_who_has_an_unknown_role_is_named_and_may_do_nothing_here(desk: Desk) -> None:
    assert desk.super_admin.user is not None
    account = await desk.account()
    await desk.super_admin.files("datapoints", accountId=account, delta=5)
    await by_owner("UPDATE person SET role = 'APPROVER' WHERE id = $1", desk.super_admin.user.id)

    own = await read_by_both(desk.super_admin, "{ viewer { role roleName can { manageAccounts decideRequests } } }")
    refused = await desk.super_admin.asks("{ changeRequests { totalCount } }")
    told = await read_by_both(desk.customer_success, "{ changeRequests { nodes { requestedBy { role roleName } } } }")

    assert own["viewer"]["roleName"] == "APPROVER"
    assert own["viewer"]["can"] == {"manageAccounts": False, "decideRequests": False}
    assert refused.code == "FORBIDDEN"
    assert told["changeRequests"]["nodes"] == [{"requestedBy": {"role": "OTHER", "roleName": "APPROVER"}}]


async def test_who_reads_an_unknown_language_reads_english_here(desk: Desk) -> None:
    assert desk.super_admin.user is not None
    await desk.account()
    await by_owner("UPDATE person SET language = 'pt' WHERE id = $1", desk.super_admin.user.id)
    await by_owner("UPDATE organisation SET language = 'pt' WHERE id = $1", desk.acme.id)

    told = await read_by_both(
        desk.super_admin, "{ viewer { language organisation { language } } accounts(zone: ACTIVE) { nodes { name } } }"
    )
    file = await desk.super_admin.client.get("/management/active.csv")

    assert told["viewer"] == {"language": "EN", "organisation": {"language": "EN"}}
    assert "Datapoints" in file.text.splitlines()[0]


async def test_a_session_of_an_unknown_kind_is_listed_and_can_be_ended(desk: Desk) -> None:
    assert desk.super_admin.user is not None
    await by_owner("UPDATE session SET kind = 'WATCH' WHERE user_id = $1", desk.super_admin.user.id)

    told = await desk.super_admin.asks("{ devices { id client clientName } }")
    refused = await desk.super_admin.asks(
        """mutation { changePassword(input: {currentPassword: "a password of tests", newPassword: "quite another"}) {
             errors { code } } }"""
    )
    ended = await desk.super_admin.asks(
        "mutation ($id: ID!) { signOutDevice(input: {id: $id}) { devices { id } } }", id=told.data["devices"][0]["id"]
    )

    assert [(one["client"], one["clientName"]) for one in told.data["devices"]] == [("OTHER", "WATCH")]
    assert refused.data["changePassword"]["errors"] == [{"code": "NEWER_VERSION"}]
    assert ended.data["signOutDevice"]["devices"] == []


async def test_nobody_signs_in_with_what_stands_for_the_unknown(desk: Desk) -> None:
    assert desk.super_admin.user is not None
    refused = await desk.stranger().tries_to_sign_in(desk.super_admin.user.email, PASSWORD, client="OTHER")

    assert refused.code == "BAD_USER_INPUT"


def test_every_enum_that_rows_are_shown_by_has_a_place_for_what_is_unknown() -> None:
    schema = build_schema()._schema
    enums = {name: kind for name, kind in schema.type_map.items() if is_enum_type(kind) and not name.startswith("__")}

    for name, kind in enums.items():
        assert isinstance(kind, GraphQLEnumType)
        assert ("OTHER" in kind.values) is (name not in COMPUTED), name


def test_what_a_column_holds_is_read_by_an_enum_with_a_place_for_what_is_unknown() -> None:
    for kind in StoredEnum.__subclasses__():
        assert kind("SOMETHING_NEW") is kind["OTHER"]
        assert kind["OTHER"] not in kind.known()
        with pytest.raises(BadParameter):
            known_only([kind.known()[0], kind["OTHER"]])
