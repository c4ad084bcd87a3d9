"""Requests that somebody files and decides elsewhere, while a page is open: by the API, as a phone would."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from tests.browser.conftest import asks

UNTOUCHED = """query { accounts(zone: ACTIVE, first: 50, orderBy: {field: EXPIRES_ON, direction: DESC}) {
    nodes { id name datapoints pendingRequests { id } } } }"""

FILE = """mutation ($input: DatapointsChangeInput!) {
    requestDatapointsChange(input: $input) { request { id } errors { message } } }"""

APPROVE = """mutation ($input: ApproveRequestInput!) { approveRequest(input: $input) { errors { message } } }"""

PREVIEW = "query ($id: ID!) { changeRequest(id: $id) { preview { version } } }"

WAITING = "query ($search: String!) { changeRequests(search: $search) { totalCount } }"


@dataclass(frozen=True, slots=True)
class Subject:
    """An account of the demo that nobody has asked to change."""

    id: str
    name: str
    datapoints: int


async def untouched(page: Page) -> Subject:
    """Choose one; each test files on another, since a filed one is untouched no more."""
    accounts = (await asks(page, UNTOUCHED))["accounts"]["nodes"]
    names = [account["name"] for account in accounts]
    chosen = next(
        account
        for account in accounts
        if not account["pendingRequests"] and sum(account["name"] in name for name in names) == 1
    )
    return Subject(chosen["id"], chosen["name"], chosen["datapoints"])


async def files(page: Page, account: Subject, delta: int) -> str:
    """The page's viewer files a change elsewhere; the request's id."""
    filed = await asks(page, FILE, input={"accountId": account.id, "delta": delta})
    return str(filed["requestDatapointsChange"]["request"]["id"])


async def approves(page: Page, request: str) -> None:
    """The page's viewer approves a request elsewhere, as it is now."""
    version = (await asks(page, PREVIEW, id=request))["changeRequest"]["preview"]["version"]
    answer: Any = await asks(page, APPROVE, input={"id": request, "previewVersion": version})
    assert answer["approveRequest"]["errors"] == []


async def waiting(page: Page, account: Subject) -> int:
    """How many requests on the account wait."""
    return int((await asks(page, WAITING, search=account.name))["changeRequests"]["totalCount"])
