"""The API as urql, the client that the page is built with, meets it in Node: by text, by hash, over each transport."""

import hashlib
import json
from pathlib import Path

import pytest

from backend.settings import settings
from tests.clients.listening import listening
from tests.clients.node import node_client
from tests.running import running_desk
from tests.serving import ServedDesk, served_desk_of

ACCOUNTS = """query Accounts($zone: Zone!) {
  accounts(zone: $zone) {
    nodes {
      name
    }
  }
}"""
RENEW = """mutation Renew($input: RenewalInput!) {
  requestRenewal(input: $input) {
    request {
      id
      state
    }
    errors {
      code
      field
      message
    }
  }
}"""
WATCH = """subscription Watch {
  changeRequestChanged {
    request {
      id
      state
    }
  }
}"""


async def test_a_query_is_answered(served_desk: ServedDesk) -> None:
    await served_desk.desk.account(name="Plant 7")

    async with node_client("urql.ts", served_desk, served_desk.desk.super_admin) as ada:
        answer = await ada.asks(ACCOUNTS, zone="ACTIVE")
        wire = await ada.sees("wire")

    assert answer["data"] == {"accounts": {"nodes": [{"name": "Plant 7"}]}}
    assert (wire["saw"], wire["type"]) == ("POST", "application/graphql-response+json")


async def test_what_a_user_can_mend_is_data_and_no_error_of_the_client(served_desk: ServedDesk) -> None:
    account = await served_desk.desk.account()

    async with node_client("urql.ts", served_desk, served_desk.desk.super_admin) as ada:
        refused = await ada.asks(RENEW, what="mutation", input={"accountId": account, "periodMonths": 0})
        mended = await ada.asks(RENEW, what="mutation", input={"accountId": account, "periodMonths": 24})

    assert "error" not in refused
    assert refused["data"]["requestRenewal"]["request"] is None
    (error,) = refused["data"]["requestRenewal"]["errors"]
    assert (error["code"], error["field"]) == ("PERIOD_OUT_OF_RANGE", "periodMonths")
    assert mended["data"]["requestRenewal"]["request"]["state"] == "PENDING"


async def test_what_the_client_did_wrong_is_an_error_with_its_code(served_desk: ServedDesk) -> None:
    async with node_client("urql.ts", served_desk, served_desk.desk.member) as mia:
        answer = await mia.asks(ACCOUNTS, zone="ACTIVE")

    assert [error["extensions"]["code"] for error in answer["error"]["errors"]] == ["FORBIDDEN"]


async def test_documents_that_an_app_was_built_with_go_by_their_hash(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    texts = {hashlib.sha256(text.encode()).hexdigest(): text for text in (ACCOUNTS, RENEW)}
    (tmp_path / "app-1.0.json").write_text(json.dumps(texts))
    environment.setenv("EMP_TRUSTED_DOCUMENTS", str(tmp_path))
    settings.cache_clear()

    async with running_desk() as desk, served_desk_of(desk) as served:
        account = await desk.account(name="Plant 7")
        async with node_client("urql.ts", served, desk.super_admin, DESK_DOCUMENTS="trusted") as ada:
            read = await ada.asks(ACCOUNTS, zone="ACTIVE")
            by_get = await ada.sees("wire")
            filed = await ada.asks(RENEW, what="mutation", input={"accountId": account})
            by_post = await ada.sees("wire")
            unknown = await ada.asks("query Other {\n  viewer {\n    id\n  }\n}")

    assert read["data"] == {"accounts": {"nodes": [{"name": "Plant 7"}]}}
    assert (by_get["saw"], by_get["status"]) == ("GET", 200)
    assert filed["data"]["requestRenewal"]["request"]["state"] == "PENDING"
    assert by_post["saw"] == "POST"
    assert [error["extensions"]["code"] for error in unknown["error"]["errors"]] == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_news_is_told_over_either_transport(served_desk: ServedDesk, valkey_url: str, transport: str) -> None:
    desk = served_desk.desk
    account = await desk.account()

    async with node_client("urql.ts", served_desk, desk.super_admin, DESK_NEWS=transport) as ada:
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


async def test_the_page_and_a_phone_are_told_the_same(served_desk: ServedDesk, valkey_url: str) -> None:
    desk = served_desk.desk
    account = await desk.account()

    async with (
        node_client("urql.ts", served_desk, desk.super_admin, DESK_NEWS="websocket") as page,
        node_client("urql.ts", served_desk, desk.super_admin, DESK_NEWS="events") as phone,
    ):
        watches = []
        for client in (page, phone):
            async with listening(valkey_url):
                watches.append(await client.tells("subscription", WATCH))
        filed = await desk.super_admin.files("renewal", accountId=account)
        of_filing = [await page.sees(watches[0]), await phone.sees(watches[1])]
        await desk.customer_success.rejects(filed.id)
        of_rejecting = [await page.sees(watches[0]), await phone.sees(watches[1])]

    for told, state in ((of_filing, "PENDING"), (of_rejecting, "REJECTED")):
        assert [news["data"] for news in told] == [
            {"changeRequestChanged": {"request": {"id": filed.id, "state": state}}}
        ] * 2
