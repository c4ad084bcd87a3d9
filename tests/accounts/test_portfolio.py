"""A list in figures: what each licence holds and what expires in each month, as far as the viewer may see."""

from datetime import date
from typing import Any

from tests.desk import Desk, Person

PORTFOLIO = """
query ($zone: Zone!, $search: String, $filter: AccountFilter) {
  portfolio(zone: $zone, search: $search, filter: $filter) {
    accounts datapoints
    byLicence { licence { code } accounts datapoints }
    byMonthOfExpiry { firstDay lastDay accounts datapoints }
  }
}"""


async def figures(desk: Desk, person: Person | None = None, zone: str = "ACTIVE", **more: Any) -> Any:
    """What Acme's SuperAdmin, or somebody else, is told of a zone."""
    return (await (person or desk.super_admin).asks(PORTFOLIO, zone=zone, **more)).data["portfolio"]


def licences(told: Any) -> dict[str, tuple[int, int]]:
    """Accounts and datapoints by licence, where there are any."""
    shares = told["byLicence"]
    return {share["licence"]["code"]: (share["accounts"], share["datapoints"]) for share in shares if share["accounts"]}


def months(told: Any) -> dict[str, int]:
    """Accounts by month of expiry, where there are any."""
    return {month["firstDay"]: month["accounts"] for month in told["byMonthOfExpiry"] if month["accounts"]}


async def test_datapoints_are_summed_by_licence_in_the_order_of_rank(desk: Desk) -> None:
    await desk.account(licence="DETECT", datapoints=100)
    await desk.account(licence="DETECT", datapoints=50)
    await desk.account(licence="PROFESSIONAL", datapoints=2_000_000_000)
    await desk.account(licence="PROFESSIONAL", datapoints=2_000_000_000)
    await desk.expired_account(licence="ANALYSE", datapoints=70)
    await desk.account(desk.rival, licence="DETECT", datapoints=999)

    told = await figures(desk)

    assert (told["accounts"], told["datapoints"]) == (4, 4_000_000_150)
    assert [share["licence"]["code"] for share in told["byLicence"]] == [
        "ANALYSE",
        "DETECT",
        "OPTIMISE",
        "PROFESSIONAL",
    ]
    assert licences(told) == {"DETECT": (2, 150), "PROFESSIONAL": (2, 4_000_000_000)}
    assert licences(await figures(desk, zone="EXPIRED")) == {"ANALYSE": (1, 70)}


async def test_twelve_calendar_months_show_what_expires_in_each(desk: Desk) -> None:
    for day in (date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 1), date(2027, 10, 31), date(2027, 11, 1)):
        await desk.account(expires_on=day)

    told = await figures(desk)

    assert len(told["byMonthOfExpiry"]) == 12
    assert told["byMonthOfExpiry"][0]["lastDay"] == "2026-11-30"
    assert months(told) == {"2026-11-01": 2, "2026-12-01": 1, "2027-10-01": 1}


async def test_the_first_month_is_that_of_the_organisations_today(desk: Desk) -> None:
    assert (await figures(desk))["byMonthOfExpiry"][0]["firstDay"] == "2026-11-01"
    assert (await figures(desk, desk.customer_success))["byMonthOfExpiry"][0]["firstDay"] == "2026-11-01"


async def test_a_breakdown_shows_what_another_choice_would_find(desk: Desk) -> None:
    await desk.account(name="Mill", licence="DETECT", datapoints=100, expires_on=date(2026, 12, 5))
    await desk.account(name="Mill of the same month", licence="OPTIMISE", datapoints=30, expires_on=date(2026, 12, 6))
    await desk.account(name="Mill of the same licence", licence="DETECT", datapoints=70, expires_on=date(2027, 1, 5))
    await desk.account(name="Depot", licence="DETECT", datapoints=500, expires_on=date(2026, 12, 5))

    told = await figures(
        desk,
        search="mill",
        filter={"licences": ["DETECT"], "expiresFrom": "2026-12-01", "expiresTo": "2026-12-31"},
    )

    assert (told["accounts"], told["datapoints"]) == (1, 100)
    assert licences(told) == {"DETECT": (1, 100), "OPTIMISE": (1, 30)}
    assert months(told) == {"2026-12-01": 1, "2027-01-01": 1}


async def test_customer_success_sees_the_figures_of_all_organisations(desk: Desk) -> None:
    await desk.account(datapoints=100)
    await desk.account(desk.rival, datapoints=40)

    assert (await figures(desk, desk.customer_success))["datapoints"] == 140
