"""Lists that their own statements write as finished JSON: the bytes that the ordinary executor writes, or it does."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_composite_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import clock
from backend.accounts.models import Account
from backend.api.compiled import Reader
from backend.api.compiled.row_json import RowJsonCompiler
from backend.api.compiled.run import Run
from backend.api.core.field_resolvers import Level
from backend.api.core.sql_fields import IN_SQL
from backend.api.schema import build_schema
from backend.catalogue import Language
from backend.identity.models import User
from backend.requests.models import ChangeRequest
from backend.storage import keyset
from tests.api.executors import answers
from tests.desk import NEW_ACCOUNT, Desk

OURS = build_schema()._schema

LISTS = {
    "accounts(zone: ACTIVE{})": "Account",
    "accounts(zone: EXPIRED{})": "Account",
    'accounts(zone: ACTIVE, search: "plant"{})': "Account",
    "homeAccounts({})": "HomeAccount",
    "changeRequests(states: [PENDING, APPROVED, REJECTED]{})": "ChangeRequest",
}

CHARACTERS = [
    *map(chr, range(1, 0x100)), "\u2028", "\u2029", "\ufeff", "\uffff", "\u0301", "ß", "İ", "€", "漢", "😀", "🏳️‍🌈",
    '\\"', "\\u0041", "'", "''", "$1", "?", "?::date", "{row}", "%s", "//", "</script>", "' || '",
]  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that have told the rows of a list."""
    statements: list[str] = []
    render = keyset._rendered

    def noted(statement: str, *rest: Any) -> str:
        statements.append(statement)
        return render(statement, *rest)

    monkeypatch.setattr(keyset, "_rendered", noted)
    return statements


@pytest.fixture
async def full_desk(desk: Desk) -> Desk:
    """Accounts and requests of each zone, state and type, filed at full seconds and at others."""
    first, second = await desk.account(country="GB"), await desk.account(mail_domain="acme.example", rtc_lines=3)
    await desk.expired_account(sector="FOOD_RETAIL")
    await desk.account(desk.rival, name="Theirs")
    decided = await desk.super_admin.files("datapoints", accountId=first, delta=20)
    await desk.customer_success.approves(decided.id)
    refused = await desk.super_admin.files("licence", accountId=second, licence="OPTIMISE")
    await desk.customer_success.rejects(refused.id, '\u2028\\"\t😀')
    filed: dict[str, dict[str, Any]] = {"datapoints": {"delta": 5}, "renewal": {}, "licence": {"licence": "ANALYSE"}}
    for kind, fields in filed.items():
        clock.advance(timedelta(microseconds=120_000))
        await desk.super_admin.files(kind, accountId=first, **fields)
    clock.advance(timedelta(microseconds=1))
    await desk.super_admin.files("newAccount", **NEW_ACCOUNT)
    return desk


def selections(type_name: str, most: int = 9) -> st.SearchStrategy[str]:
    """Selections of a type's fields that have a form in SQL, in any order, under any name, some within fragments."""
    kind = OURS.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    fields: list[st.SearchStrategy[str]] = [st.just("__typename")]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        resolver = field.extensions["strawberry-definition"].base_resolver
        if resolver is not None and getattr(resolver.wrapped_func, IN_SQL, None) is None:
            continue
        below = selections(inner.name, 4) if is_composite_type(inner) else st.just("")
        fields.append(
            st.builds("{} {}".format, st.sampled_from([name, f"one: {name}", f"other_{name}: {name}"]), below)
        )
    chosen = st.lists(st.one_of(fields), min_size=1, max_size=most, unique_by=_key).map(" ".join)
    return st.builds("{{ {} {} }}".format, chosen, st.sampled_from(["", f"... on {type_name} {{ __typename }}"]))


def _key(field: str) -> str:
    return field.partition("{")[0].partition(":")[0].strip()


@pytest.mark.parametrize("listed", LISTS)
async def test_whatever_is_selected_the_statement_tells_it_as_the_ordinary_executor_does(
    full_desk: Desk, told: list[str], listed: str
) -> None:
    desk = full_desk
    examples: list[str] = []

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(selections(LISTS[listed]), st.sampled_from(["nodes {}", "edges {{ cursor node {} }}"]))
    def collect(selected: str, place: str) -> None:
        examples.append(place.format(selected))

    collect()
    for number, place in enumerate(dict.fromkeys(examples)):
        field = listed.format(f"{'' if listed.startswith('home') else ', '}first: {1 + number % 4}")
        query = f"{{ {field} {{ pageInfo {{ endCursor hasNextPage }} {place} }} }}"
        await User.filter(organisation_id=desk.acme.id).update(language=list(Language)[number % 4].value)
        before = len(told)
        read, walked = await answers(desk.super_admin, query)
        assert read == walked, query
        assert len(told) > before, query
        for person in (desk.member, desk.outsider, desk.customer_success, desk.stranger()):
            read, walked = await answers(person, query)
            assert read == walked, query


async def test_every_character_is_written_as_the_ordinary_executor_writes_it(desk: Desk, told: list[str]) -> None:
    for place in range(0, len(CHARACTERS), 8):
        names = "-".join(CHARACTERS[place : place + 8])
        await desk.account(name=f"{place}{names}", client_name=names, mail_domain=names)

    read, walked = await answers(
        desk.super_admin, "{ accounts(zone: ACTIVE, first: 100) { nodes { name clientName mailDomain } } }"
    )

    assert read == walked
    assert b'"errors"' not in read
    assert len(told) == 1


@pytest.mark.parametrize("minutes", [-1, 0, 1])
@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Europe/Madrid", "Etc/GMT+12"])
async def test_the_days_of_an_account_are_those_of_its_organisation(
    desk: Desk, told: list[str], minutes: int, time_zone: str
) -> None:
    desk.acme.time_zone = time_zone
    await desk.acme.save()
    day = clock.today(time_zone)
    for days in (-1, 0, 1):
        await desk.account(expires_on=day + timedelta(days=days))
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))

    with clock.set_to(midnight + timedelta(minutes=minutes)):
        for zone in ("ACTIVE", "EXPIRED"):
            read, walked = await answers(
                desk.super_admin, f"{{ accounts(zone: {zone}) {{ nodes {{ zone daysLeft expiresOn }} }} }}"
            )
            assert read == walked

    assert len(told) == 2


@pytest.mark.parametrize("field", ["licence", "sector", "country"])
async def test_what_no_form_fits_is_told_by_the_ordinary_executor(full_desk: Desk, told: list[str], field: str) -> None:
    await Account.filter(name="Plant 1").update(**{field: "QQ"})

    read, walked = await answers(
        full_desk.super_admin, f"{{ accounts(zone: ACTIVE) {{ nodes {{ {field} {{ code name }} }} }} }}"
    )

    assert read == walked
    assert b'{"code":"QQ","name":"QQ"}' in read
    assert len(told) == 1


@pytest.mark.parametrize(
    "query",
    [
        "{ accounts(zone: EXPIRED) { nodes { pendingRequests { __typename id type typeName } } } }",
        "{ changeRequests { nodes { __typename type typeName state stateName } } }",
    ],
)
async def test_a_type_that_only_a_newer_version_knows_is_told_by_the_statement(
    full_desk: Desk, told: list[str], query: str
) -> None:
    expired = await Account.get(organisation_id=full_desk.acme.id, expires_on__lt=full_desk.today())
    await ChangeRequest.create(
        organisation_id=full_desk.acme.id, account_id=expired.id, account_name="Plant", type="UNHEARD_OF", fields_={},
        requested_by=full_desk.super_admin.user, requested_at=clock.now(),
    )  # fmt: skip

    read, walked = await answers(full_desk.super_admin, query)

    assert read == walked
    assert b'"OtherRequest"' in read
    assert len(told) == 1


async def test_the_timelines_of_all_accounts_are_rendered_by_one_statement(full_desk: Desk, told: list[str]) -> None:
    timeline = "timeline(first: 2) { totalCount nodes { __typename id kind at reason } }"

    read, walked = await answers(full_desk.super_admin, f"{{ accounts(zone: ACTIVE) {{ nodes {{ {timeline} }} }} }}")

    assert read == walked
    assert len(told) == 1


@pytest.mark.parametrize(
    "nodes",
    [
        "nodes { id allowedActions { action } }",
        "nodes { id } others: nodes { name }",
        "nodes { id } edges { node { name } }",
        "totalCount",
    ],
)
async def test_what_has_no_form_or_stands_twice_is_read_as_rows(full_desk: Desk, told: list[str], nodes: str) -> None:
    read, walked = await answers(full_desk.super_admin, f"{{ accounts(zone: ACTIVE) {{ {nodes} }} }}")

    assert read == walked
    assert told == []


async def test_the_days_of_many_organisations_are_read_as_rows(full_desk: Desk, told: list[str]) -> None:
    for field, times in (("zone", 0), ("daysLeft", 0), ("name", 1)):
        read, walked = await answers(
            full_desk.customer_success, f"{{ accounts(zone: ACTIVE) {{ nodes {{ {field} }} }} }}"
        )
        assert read == walked
        assert len(told) == times


LISTS_OF_ONE_OPERATION = """{
  names: accounts(zone: ACTIVE) { nodes { name } }
  rows: accounts(zone: ACTIVE) { nodes { name allowedActions { action } } }
  keys: accounts(zone: ACTIVE) { edges { node { id clientName } } }
  requests: changeRequests { nodes { __typename state } }
  timelines: accounts(zone: ACTIVE) { nodes {
    kinds: timeline(first: 2) { nodes { kind } }
    rows: timeline(first: 2) { nodes { kind changes { field } } others: nodes { at } }
    reasons: timeline(first: 2) { nodes { at reason } }
  } }
}"""


async def test_each_list_of_an_operation_has_its_own_fields_in_its_rows(
    full_desk: Desk, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[Any] = []
    result = Reader.result

    async def recorded(*arguments: Any) -> Any:
        results.append(await result(*arguments))
        return results[-1]

    monkeypatch.setattr(Reader, "result", recorded)

    read, walked = await answers(full_desk.super_admin, LISTS_OF_ONE_OPERATION)

    assert read == walked
    assert [one is not None for one in results] == [True], "the compiled executor gave the operation up"
    assert b'"errors"' not in read
    assert len(told) == 5


@dataclass
class OneLanguage:
    language: Language = Language.EN


async def test_lists_that_are_read_at_the_same_time_do_not_get_each_others_row_json() -> None:
    """Two lists of one run, whose readers look at what they were told once both have begun."""
    both_began = asyncio.Barrier(2)
    run = Run(cast(Any, OneLanguage()), cast(Any, None), cast(Any, None), {})

    async def read(objects: Level, run: Run) -> Sequence[Any]:
        await both_began.wait()
        return [run.row_json.sql if run.row_json else None for _ in objects]

    def list_of(sql: str) -> Any:
        async def piece(row: str, run: Run) -> str:
            return sql

        return RowJsonCompiler(piece).with_row_json(read)(Level([None]), run)

    async with asyncio.timeout(5):
        rows = list(await asyncio.gather(list_of("it.name"), list_of("it.client_name")))

    assert rows == [["it.name"], ["it.client_name"]]
    assert run.row_json is None


async def test_no_statement_grows_beyond_what_the_driver_keeps(full_desk: Desk, told: list[str]) -> None:
    countries = " ".join(f"c{number}: country {{ code name hasRtcLines }}" for number in range(12))

    read, walked = await answers(full_desk.super_admin, f"{{ accounts(zone: ACTIVE) {{ nodes {{ {countries} }} }} }}")

    assert read == walked
    assert told == []
