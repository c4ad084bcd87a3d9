"""No access by ended sessions, undeclared fields, concurrent calls or former roles."""

import asyncio
import random

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_list_type

from backend.global_ids import key_in
from backend.identity.models import User
from backend.settings import settings
from tests.api.documents import SCHEMA, fields_of, root_of, smallest_document
from tests.desk import Desk, Person
from tests.owner import by_owner
from tests.promises import Promise

NAMES_QUERY = "{ accounts(zone: ACTIVE, first: 100) { nodes { name } } changeRequests { nodes { accountName } } }"

UNDECLARED_FIELDS = (
    "organisationId", "tenantId", "state", "status", "approvedBy", "decidedById", "requestedBy", "version", "role",
    "isActive", "anchor", "expiresOn", "datapointsAfter", "__typename",
)  # fmt: skip
"""Columns of rows, and usual names for them elsewhere."""

APPROVE = """
mutation ($id: ID!, $seen: String!) {
  approveRequest(input: {id: $id, previewVersion: $seen}) { request { state } errors { code } }
}
"""


def inputs() -> list[GraphQLInputObjectType]:
    """The input types of mutations."""
    return [
        kind
        for _, name in fields_of("mutation")
        for argument in root_of("mutation").fields[name].args.values()
        if isinstance(kind := get_named_type(argument.type), GraphQLInputObjectType)
    ]


async def test_mutations_refuse_undeclared_input_fields(desk: Desk, promise: Promise) -> None:
    tried = 0
    for (operation, name), kind in zip(
        [field for field in fields_of("mutation") if root_of("mutation").fields[field[1]].args], inputs(), strict=True
    ):
        call = smallest_document(operation, name)
        for extra in set(UNDECLARED_FIELDS) - set(kind.fields):
            answer = await desk.super_admin.asks(call.replace("input: {", f'input: {{{extra}: "x", ', 1))

            tried += 1
            assert (answer.status, answer.code) == (400, "GRAPHQL_VALIDATION_FAILED"), (name, extra)
    promise("Undeclared fields sent to mutations, and accepted", f"{tried}, 0")


def test_no_argument_takes_a_list_of_ids() -> None:
    kinds = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    argument_types = [field.type for kind in kinds for field in kind.fields.values()]
    argument_types += [
        arg.type
        for operation, name in fields_of("query", "mutation")
        for arg in root_of(operation).fields[name].args.values()
    ]

    lists = [get_named_type(kind).name for kind in argument_types if is_list_type(getattr(kind, "of_type", kind))]
    assert "ID" not in lists


async def test_an_ended_session_cannot_decide(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=5)
    old_session = desk.stranger(desk.customer_success.user)
    old_session.client.cookies.update(dict(desk.customer_success.client.cookies))
    await desk.customer_success.asks("mutation { signOut { errors { code } } }")

    refused = await old_session.asks(APPROVE, id=filed.id, seen=filed.version)

    assert refused.code == "UNAUTHENTICATED"
    assert (await desk.colleague.request(filed.id))["state"] == "PENDING"


@pytest.mark.parametrize(
    ("becomes", "code"), [({"role": "MEMBER"}, "FORBIDDEN"), ({"is_active": False}, "UNAUTHENTICATED")]
)
async def test_the_current_role_is_checked_at_each_request(desk: Desk, becomes: dict[str, object], code: str) -> None:
    await desk.account()
    assert (await desk.super_admin.asks(NAMES_QUERY)).data["accounts"]["nodes"]

    await User.filter(name="Ada").update(**becomes)
    refused = await desk.super_admin.asks(NAMES_QUERY)
    await User.filter(name="Ada").update(role="SUPER_ADMIN", is_active=True)

    assert refused.code == code
    assert (await desk.super_admin.asks(NAMES_QUERY)).data["accounts"]["nodes"]


async def test_concurrent_calls_return_only_data_of_their_own_organisation(
    desk: Desk, long: bool, promise: Promise
) -> None:
    rounds, rng = (50 if long else 5), random.Random(9)
    for organisation, asks in ((desk.acme, desk.super_admin), (desk.rival, desk.outsider)):
        for number in range(3):
            account = await desk.account(organisation, name=f"{organisation.name} {number}")
            await asks.files("renewal", accountId=account)
    everybody = [(desk.super_admin, {"Acme"}), (desk.outsider, {"Rival"}), (desk.customer_success, {"Acme", "Rival"})]

    async def names(person: Person) -> set[str]:
        await asyncio.sleep(rng.uniform(0, 0.01))
        data = (await person.asks(NAMES_QUERY)).data
        found = [node["name"] for node in data["accounts"]["nodes"]]
        found += [node["accountName"] for node in data["changeRequests"]["nodes"]]
        return {name.partition(" ")[0] for name in found}

    call_count = 0
    for _ in range(rounds):
        crowd = rng.sample(everybody * 7, 21)
        organisations = await asyncio.gather(*(names(person) for person, _ in crowd))
        call_count += len(crowd)
        assert organisations == [own for _, own in crowd]
    promise("Answers to concurrent calls that contained data of another organisation", f"0 of {call_count}")


async def test_ids_of_deleted_rows_are_never_reused(desk: Desk) -> None:
    deleted_id = key_in(await desk.account(), "Account")
    await by_owner("DELETE FROM account WHERE id = $1", deleted_id)

    assert key_in(await desk.account(), "Account") > deleted_id


@pytest.mark.parametrize("table", ["person", "organisation"])
async def test_users_and_organisations_with_records_cannot_be_deleted(desk: Desk, table: str) -> None:
    database = await asyncpg.connect(settings().owner_url)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await database.execute(f"DELETE FROM {table}")
    finally:
        await database.close()
