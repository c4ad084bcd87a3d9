"""A zone can be taken away as a file: what its address lists, all of it, and nothing that a spreadsheet would run."""

import csv
import io
from datetime import date

import httpx2
import pytest

from backend.catalogue import Language
from backend.identity import people
from tests.desk import Desk, Person

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
    monkeypatch.setattr("backend.accounts.lists.AT_ONCE", 3)
    monkeypatch.setattr("backend.csv_export.ROWS_AT_ONCE", 2)
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


async def test_the_header_is_in_the_viewers_language_and_customer_success_sees_whose_accounts_they_are(
    desk: Desk,
) -> None:
    await desk.account(desk.rival, name="Theirs")
    assert desk.outsider.user
    await people.update_profile(desk.outsider.user, language=Language.FR, time_zone=None)

    assert "Nom du compte,Nom du client,Licence,Variables/Datapoints" in (await download(desk.outsider)).text
    assert "Account name,Client name,Organisation,Licence" in (await download(desk.customer_success)).text
    assert (await rows(desk.customer_success))[0][2] == "Rival"


async def test_only_those_who_see_the_section_get_a_file(desk: Desk) -> None:
    assert (await download(desk.member)).status_code == 403
    sent_away = await download(desk.stranger(), "/management/active.csv?q=mill")
    assert sent_away.status_code == 303
    assert sent_away.headers["location"] == "/sign-in?next=%2Fmanagement%2Factive%3Fq%3Dmill"


async def test_there_is_no_file_of_another_zone(desk: Desk) -> None:
    assert (await download(desk.super_admin, "/management/applications.csv")).status_code == 404
