"""A zone can be taken away as a file: what its address lists, all of it, and nothing that a spreadsheet would run."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import httpx2
import pytest

from backend.accounts.lists import AccountList
from backend.accounts.models import Account
from backend.catalogue import Language
from backend.identity import people
from backend.settings import settings
from backend.storage.keyset import Order
from tests.desk import Desk, Person
from tests.running import running_desk
from tests.serving import served
from tests.waiting import until

COLUMNS = [
    "Account name",
    "Client name",
    "Licence",
    "Datapoints",
    "Sector",
    "Country",
    "RTC lines",
    "E-mail domain",
    "First day",
    "Expires",
]


async def download(person: Person, address: str = "/management/active.csv") -> httpx2.Response:
    """What the server answers to a link."""
    return await person.client.get(address)


async def rows(person: Person, address: str = "/management/active.csv") -> list[list[str]]:
    """The file as a spreadsheet reads it, without its header."""
    answer = await download(person, address)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


async def test_a_file_holds_each_account_of_the_zone_in_words(desk: Desk) -> None:
    await desk.account(
        name="Mill", client_name="Ciel Hôtels", mail_domain="acme.example", rtc_lines=3, anchor=date(2025, 6, 12)
    )
    await desk.account(desk.rival, name="Theirs")
    await desk.expired_account(name="Old")

    answer = await download(desk.super_admin)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="accounts-active-2026-11-23.csv"'
    assert answer.content.startswith("\ufeff".encode())
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        COLUMNS,
        ["Mill", "Ciel Hôtels", "Detect", "100", "Offices", "Spain", "3", "acme.example", "2025-06-12", "2027-06-11"],
    ]
    assert [row[0] for row in await rows(desk.super_admin, "/management/expired.csv")] == ["Old"]


async def test_a_file_is_longer_than_any_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.accounts.lists.BATCH_ROWS", 3)
    monkeypatch.setattr("backend.web.csv_export.ROWS_AT_ONCE", 2)
    for _ in range(10):
        await desk.account()

    names = [row[0] for row in await rows(desk.super_admin)]

    assert len(names) == len(set(names)) == 10


async def test_a_file_has_the_filters_and_the_order_of_its_address(desk: Desk) -> None:
    await desk.account(name="a", licence="DETECT", sector="RETAIL", datapoints=20)
    await desk.account(name="b", licence="DETECT", sector="RETAIL", datapoints=90, client_name="Acme")
    await desk.account(name="c", licence="OPTIMISE", expires_on=date(2026, 12, 5))
    await desk.account(name="d", licence="OPTIMISE", expires_on=date(2027, 1, 5))

    async def names(query: str) -> list[str]:
        return [row[0] for row in await rows(desk.super_admin, f"/management/active.csv?{query}")]

    assert await names("license=DETECT&sort=-datapoints") == ["b", "a"]
    assert await names("sector=RETAIL&client=acme") == ["b"]
    assert await names("expires=30d") == ["c"]
    assert await names("expires=2027-01&q=D") == ["d"]
    unknown = "license=GOLD&sector=MOON&expires=soon&sort=colour&zone=x&q=%00&client=%00"
    assert await names(unknown) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
async def test_a_cell_that_a_spreadsheet_would_compute_is_text(desk: Desk, start: str) -> None:
    await desk.account(name=f"{start}cmd|' /C calc'!A0", client_name=f"{start}1+1")

    (row,) = await rows(desk.super_admin)

    assert row[0].startswith(f"'{start}")
    assert row[1].startswith(f"'{start}")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_a_cell_is_text_however_a_spreadsheet_splits_its_line(desk: Desk, delimiter: str) -> None:
    await desk.account(name="Mill;=cmd|' /C calc'!A0", client_name='x; "@SUM(1)";\t+1;-2 "quoted", and more')

    answer = await download(desk.super_admin)

    text = answer.content.decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in line]
    assert [cell for cell in cells if cell.lstrip(' "').startswith(("=", "+", "-", "@"))] == []
    for line in text.splitlines():
        assert line.startswith('"')
        assert line.endswith('"')


async def test_the_header_is_in_the_viewers_language_and_customer_success_sees_whose_accounts_they_are(
    desk: Desk,
) -> None:
    await desk.account(desk.rival, name="Theirs")
    assert desk.outsider.user
    await people.update_profile(desk.outsider.user, language=Language.FR, time_zone=None)

    assert '"Nom du compte","Nom du client","Licence","Variables/Datapoints"' in (await download(desk.outsider)).text
    assert '"Account name","Client name","Organisation","Licence"' in (await download(desk.customer_success)).text
    assert (await rows(desk.customer_success))[0][2] == "Rival"


async def test_only_those_who_see_the_section_get_a_file(desk: Desk) -> None:
    assert (await download(desk.member)).status_code == 403
    sent_away = await download(desk.stranger(), "/management/active.csv?q=mill")
    assert sent_away.status_code == 303
    assert sent_away.headers["location"] == "/sign-in?next=%2Fmanagement%2Factive%3Fq%3Dmill"


async def test_a_person_has_so_many_files_in_an_hour(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_EXPORTS_PER_HOUR_PER_PERSON", "2")
    settings.cache_clear()

    answers = [await download(desk.super_admin) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].text == "Too many attempts. Try again later."
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert (await download(desk.customer_success)).status_code == 200


class Rows:
    """The rows of the files: of each so many come, and no others before ``go_on`` is set."""

    def __init__(self, coming: int) -> None:
        self.coming = coming
        self.go_on = asyncio.Event()
        self.open = 0

    async def all(self, accounts: AccountList, order: Order) -> AsyncIterator[Account]:
        """As AccountList.all."""
        self.open += 1
        try:
            for number, account in enumerate(await Account.all()):
                if number >= self.coming:
                    await self.go_on.wait()
                yield account
        finally:
            self.open -= 1


@asynccontextmanager
async def downloads(desk: Desk, person: Person, number: int = 1) -> AsyncIterator[list[httpx2.Response]]:
    """Files of somebody that have begun to come, by way of a server."""
    async with (
        served(desk.app) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=dict(person.client.cookies)) as client,
    ):
        requests = [client.build_request("GET", "/management/active.csv") for _ in range(number)]
        responses = [await client.send(request, stream=True) for request in requests]
        try:
            yield responses
        finally:
            for response in responses:
                await response.aclose()


@pytest.fixture
async def two_at_once(environment: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, where two requests may be under way, with two accounts; a part of a file has one row."""
    environment.setenv("EMP_REQUESTS_AT_ONCE", "2")
    environment.setattr("backend.web.csv_export.ROWS_AT_ONCE", 1)
    settings.cache_clear()
    async with running_desk() as desk:
        for _ in range(2):
            await desk.account()
        yield desk


async def test_a_file_has_its_place_among_the_requests_under_way_until_its_end(
    two_at_once: Desk, environment: pytest.MonkeyPatch
) -> None:
    desk, rows = two_at_once, Rows(coming=1)
    environment.setattr(AccountList, "all", lambda accounts, order: rows.all(accounts, order))

    async with downloads(desk, desk.super_admin, 2) as files:
        while_they_come = await desk.customer_success.asks("{ __typename }")
        rows.go_on.set()
        for file in files:
            await file.aread()
        then = await desk.customer_success.asks("{ __typename }")

    assert while_they_come.code == "UNAVAILABLE"
    assert then.status == 200


async def test_a_person_has_so_many_files_at_once(two_at_once: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_EXPORTS_AT_ONCE_PER_PERSON", "1")
    settings.cache_clear()
    desk, rows = two_at_once, Rows(coming=1)
    environment.setattr(AccountList, "all", lambda accounts, order: rows.all(accounts, order))

    async with downloads(desk, desk.super_admin):
        one_more = await download(desk.super_admin)
        rows.go_on.set()
        of_another = await download(desk.customer_success)

    assert one_more.status_code == 429
    assert of_another.status_code == 200


async def test_a_file_whose_reader_leaves_gives_its_place_back(
    two_at_once: Desk, environment: pytest.MonkeyPatch
) -> None:
    desk, rows = two_at_once, Rows(coming=1)
    environment.setattr(AccountList, "all", lambda accounts, order: rows.all(accounts, order))

    async with downloads(desk, desk.super_admin) as (file,):
        await file.aclose()
        await until(lambda: rows.open == 0)

    answers = await asyncio.gather(*(desk.super_admin.asks("{ __typename }") for _ in range(2)))
    assert [answer.status for answer in answers] == [200, 200]


async def test_a_file_that_takes_too_long_is_broken_off(two_at_once: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_EXPORT_TIMEOUT_S", "0.2")
    settings.cache_clear()
    desk, rows = two_at_once, Rows(coming=1)
    environment.setattr(AccountList, "all", lambda accounts, order: rows.all(accounts, order))

    async with downloads(desk, desk.super_admin) as (file,):
        with pytest.raises(httpx2.RemoteProtocolError):
            await file.aread()

    rows.coming = 0
    unbegun = await download(desk.super_admin)
    assert (unbegun.status_code, unbegun.text) == (503, "This took too long and was ended. Ask again.")
    assert rows.open == 0
    answers = await asyncio.gather(*(desk.super_admin.asks("{ __typename }") for _ in range(2)))
    assert [answer.status for answer in answers] == [200, 200]


async def test_there_is_no_file_of_another_zone(desk: Desk) -> None:
    assert (await download(desk.super_admin, "/management/applications.csv")).status_code == 404
