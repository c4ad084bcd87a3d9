"""The API as graphql-ws, the reference client of graphql-transport-ws, meets it in Node."""

from datetime import timedelta

import pytest

from backend import clock
from backend.identity.models import User
from tests.clients.listening import listening
from tests.clients.node import node_client
from tests.serving import ServedDesk

WATCH = "subscription { changeRequestChanged { at request { id state } } }"
WATCH_SINCE = """
subscription ($since: DateTime) { changeRequestChanged(since: $since) { at request { id state } } }
"""

PHONES = "{ devices { id client } }"
SIGN_OUT_PHONE = "mutation ($id: ID!) { signOutDevice(input: {id: $id}) { errors { code } } }"


async def test_news_is_told_as_it_happens(served_desk: ServedDesk, valkey_url: str) -> None:
    desk = served_desk.desk
    account = await desk.account()

    async with node_client("graphqlWs.ts", served_desk, desk.super_admin) as ada:
        async with listening(valkey_url):
            watch = await ada.tells("subscription", WATCH)
        filed = await desk.super_admin.files("renewal", accountId=account)
        first = await ada.sees(watch)
        await desk.customer_success.approves(filed.id)
        second = await ada.sees(watch)

    assert [told["data"]["changeRequestChanged"]["request"] for told in (first, second)] == [
        {"id": filed.id, "state": "PENDING"},
        {"id": filed.id, "state": "APPROVED"},
    ]


async def test_a_client_whose_line_breaks_is_told_on_the_next_one_what_it_missed(
    served_desk: ServedDesk, valkey_url: str
) -> None:
    desk = served_desk.desk
    account = await desk.account()

    async with node_client("graphqlWs.ts", served_desk, desk.super_admin) as ada:
        async with listening(valkey_url):
            watch = await ada.tells("subscription", WATCH_SINCE, since=None)
        heard = await desk.super_admin.files("renewal", accountId=account)
        await ada.sees(watch)
        await ada.tells("cut")
        await ada.sees("socket", "closed")
        clock.advance(timedelta(minutes=5))
        missed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
        await ada.tells("reconnect")
        told = [(await ada.sees(watch))["data"]["changeRequestChanged"]["request"]["id"] for _ in range(2)]

    assert told == [heard.id, missed.id]


@pytest.mark.parametrize(
    "operation", ["{ viewer { name } }", "mutation { signOut { errors { code } } }"], ids=["query", "mutation"]
)
async def test_queries_and_mutations_are_sent_back_to_http(served_desk: ServedDesk, operation: str) -> None:
    async with node_client("graphqlWs.ts", served_desk, served_desk.desk.super_admin) as ada:
        refused = await ada.sees(await ada.tells("query", operation))

    assert refused["saw"] == "error"
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["METHOD_NOT_ALLOWED"]


async def test_a_document_that_is_not_valid_is_an_error_of_the_subscription(served_desk: ServedDesk) -> None:
    async with node_client("graphqlWs.ts", served_desk, served_desk.desk.super_admin) as ada:
        refused = await ada.sees(await ada.tells("subscription", "subscription { nonsense }"))

    assert [error["extensions"]["code"] for error in refused["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("loss", ["signed out", "disabled"])
async def test_whoever_is_signed_out_is_told_so_and_hung_up_on(
    served_desk: ServedDesk, valkey_url: str, loss: str
) -> None:
    desk = served_desk.desk
    async with node_client("graphqlWs.ts", served_desk, desk.super_admin, DESK_LAZY="false") as ada:
        async with listening(valkey_url):
            watch = await ada.tells("subscription", WATCH)

        if loss == "signed out":
            devices = (await desk.super_admin.asks(PHONES)).data["devices"]
            (phone,) = [device for device in devices if device["client"] == "PHONE"]
            await desk.super_admin.asks(SIGN_OUT_PHONE, id=phone["id"])
        else:
            await User.filter(name="Ada").update(is_active=False)
        told, ended = await ada.sees(watch), await ada.sees(watch)
        closed = await ada.sees("socket", "closed")

    assert [error["extensions"]["code"] for error in told["errors"]] == ["UNAUTHENTICATED"]
    assert (ended["saw"], closed["code"]) == ("complete", 4401)


async def test_whoever_loses_the_role_is_told_so_and_keeps_the_line(served_desk: ServedDesk, valkey_url: str) -> None:
    desk = served_desk.desk
    async with node_client("graphqlWs.ts", served_desk, desk.super_admin, DESK_LAZY="false") as ada:
        async with listening(valkey_url):
            watch = await ada.tells("subscription", WATCH)

        await User.filter(name="Ada").update(role="MEMBER")
        told, ended = await ada.sees(watch), await ada.sees(watch)
        again = await ada.sees(await ada.tells("subscription", WATCH))

    assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]
    assert ended["saw"] == "complete"
    assert [error["extensions"]["code"] for error in again["errors"]] == ["FORBIDDEN"]
