"""What people cannot reach, whichever way they come: by old sessions, extra fields, in crowds, in roles they lost."""

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

NAMES = "{ accounts(zone: ACTIVE, first: 100) { nodes { name } } changeRequests { nodes { accountName } } }"

SMUGGLED = (
    "organisationId", "tenantId", "state", "status", "approvedBy", "decidedById", "requestedBy", "version", "role",
    "isActive", "anchor", "expiresOn", "datapointsAfter", "__typename",
)  # fmt: skip
"""Fields of rows, and what others call them."""

DECIDE = """
mutation ($id: ID!, $seen: String!) {
  approveRequest(input: {id: $id, previewVersion: $seen}) { request { state } errors { code } }
}
"""


def inputs() -> list[GraphQLInputObjectType]:
    """What mutations take."""
    return [
        kind
        for _, name in fields_of("mutation")
        for argument in root_of("mutation").fields[name].args.values()
        if isinstance(kind := get_named_type(argument.type), GraphQLInputObjectType)
    ]


async def test_a_mutation_takes_no_field_that_its_input_does_not_declare(desk: Desk, promise: Promise) -> None:
    tried = 0
    for (operation, name), kind in zip(
        [field for field in fields_of("mutation") if root_of("mutation").fields[field[1]].args], inputs(), strict=True
    ):
        call = smallest_document(operation, name)
        for extra in set(SMUGGLED) - set(kind.fields):
            answer = await desk.super_admin.asks(call.replace("input: {", f'input: {{{extra}: "x", ', 1))

            tried += 1
            assert (answer.status, answer.code) == (400, "GRAPHQL_VALIDATION_FAILED"), (name, extra)
    promise("Undeclared fields given to mutations, and taken", f"{tried}, 0")


def test_an_id_is_asked_for_one_at_a_time() -> None:
    kinds = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    taken = [field.type for kind in kinds for field in kind.fields.values()]
    taken += [
        arg.type
        for operation, name in fields_of("query", "mutation")
        for arg in root_of(operation).fields[name].args.values()
    ]

    lists = [get_named_type(kind).name for kind in taken if is_list_type(getattr(kind, "of_type", kind))]
    assert "ID" not in lists


async def test_a_session_that_has_ended_decides_nothing(desk: Desk) -> None:
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=5)
    kept = desk.stranger(desk.customer_success.user)
    kept.client.cookies.update(dict(desk.customer_success.client.cookies))
    await desk.customer_success.asks("mutation { signOut { errors { code } } }")

    refused = await kept.asks(DECIDE, id=filed.id, seen=filed.version)

    assert refused.code == "UNAUTHENTICATED"
    assert (await desk.colleague.request(filed.id))["state"] == "PENDING"


@pytest.mark.parametrize(
    ("becomes", "code"), [({"role": "MEMBER"}, "FORBIDDEN"), ({"is_active": False}, "UNAUTHENTICATED")]
)
async def test_a_role_counts_as_it_is_at_each_request(desk: Desk, becomes: dict[str, object], code: str) -> None:
    await desk.account()
    assert (await desk.super_admin.asks(NAMES)).data["accounts"]["nodes"]

    await User.filter(name="Ada").update(**becomes)
    refused = await desk.super_admin.asks(NAMES)
    await User.filter(name="Ada").update(role="SUPER_ADMIN", is_active=True)

    assert refused.code == code
    assert (await desk.super_admin.asks(NAMES)).data["accounts"]["nodes"]


async def test_people_who_are_served_at_the_same_moment_see_their_own_alone(
    desk: Desk, long: bool, promise: Promise
) -> None:
    rounds, chance = (50 if long else 5), random.Random(9)
    for organisation, asks in ((desk.acme, desk.super_admin), (desk.rival, desk.outsider)):
        for number in range(3):
            account = await desk.account(organisation, name=f"{organisation.name} {number}")
            await asks.files("renewal", accountId=account)
    everybody = [(desk.super_admin, {"Acme"}), (desk.outsider, {"Rival"}), (desk.customer_success, {"Acme", "Rival"})]

    async def names(person: Person) -> set[str]:
        await asyncio.sleep(chance.uniform(0, 0.01))
        data = (await person.asks(NAMES)).data
        found = [node["name"] for node in data["accounts"]["nodes"]]
        found += [node["accountName"] for node in data["changeRequests"]["nodes"]]
        return {name.partition(" ")[0] for name in found}

    asked = 0
    for _ in range(rounds):
        crowd = chance.sample(everybody * 7, 21)
        seen = await asyncio.gather(*(names(person) for person, _ in crowd))
        asked += len(crowd)
        assert seen == [own for _, own in crowd]
    promise("Answers to people at once that held a word of others", f"0 of {asked}")


async def test_the_id_of_what_is_gone_is_never_given_again(desk: Desk) -> None:
    gone = key_in(await desk.account(), "Account")
    await by_owner("DELETE FROM account WHERE id = $1", gone)

    assert key_in(await desk.account(), "Account") > gone


@pytest.mark.parametrize("table", ["person", "organisation"])
async def test_who_has_acted_cannot_be_removed(desk: Desk, table: str) -> None:
    database = await asyncpg.connect(settings().owner_url)
    try:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await database.execute(f"DELETE FROM {table}")
    finally:
        await database.close()
