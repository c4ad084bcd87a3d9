"""The demo's accounts: 60 and 12, in four countries, at every distance from their expiry day."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from backend import clock
from backend.accounts.models import Account
from backend.accounts.term import ONE_DAY, expiry
from backend.catalogue import LICENCES, RTC_COUNTRY, SECTORS
from backend.identity.models import Organisation

PLACES = {
    "GB": ("London", "Leeds", "Bristol", "Glasgow", "Cardiff", "Norwich"),
    "ES": ("Barcelona", "Girona", "Madrid", "Sevilla", "Bilbao", "València"),
    "FR": ("Lyon", "Nantes", "Lille", "Toulouse", "Rennes", "Grenoble"),
    "IT": ("Milano", "Torino", "Bologna", "Genova", "Verona", "Padova"),
}

BUILDINGS = {
    "OFFICES": "Office Park",
    "RETAIL": "Galleries",
    "FOOD_RETAIL": "Market Hall",
    "HOSPITALITY": "Grand Hotel",
    "INDUSTRY": "Works",
    "HEALTH": "Hospital",
    "EDUCATION": "Campus",
    "PUBLIC_SECTOR": "Town Hall",
    "LOGISTICS": "Depot",
    "BANKING": "Bank Tower",
    "LEISURE_AND_SPORT": "Arena",
    "RESIDENTIAL": "Residences",
    "DATA_CENTRES": "Data Hall",
    "WATER": "Water Plant",
    "AGRICULTURE": "Greenhouses",
    "OTHER": "Site",
}

CLIENTS = ("Acme Retail", "Bluewater Group", "Ciel Hôtels", "Delta Foods", "Estel Salut", "Fjord Logistics", "Gran Via")

TERMS = (12, 24, 36, 48, 6, 18, *range(1, 61))
"""Months of a contract, the usual ones first."""


async def build(organisation: Organisation, count: int, expired: int, chance: random.Random) -> list[Account]:
    """Accounts of an organisation, so many of them expired; the first three expire in a month, in a week and today."""
    today = clock.today(organisation.time_zone)
    names = _names(organisation.country, chance)
    return [
        await _open(organisation, next(names), expires_on, chance)
        for expires_on in _expiry_days(today, count, expired, chance)
    ]


def _expiry_days(today: date, count: int, expired: int, chance: random.Random) -> Iterator[date]:
    yield _day_whose_month_before_is(today)
    yield today + timedelta(days=7)
    yield today
    for _ in range(count - expired - 3):
        yield today + timedelta(days=chance.randint(2, 420))
    for _ in range(expired):
        yield today - timedelta(days=chance.randint(1, 300))


def _day_whose_month_before_is(today: date) -> date:
    later = today + relativedelta(months=1)
    return later if later - relativedelta(months=1) == today else later + ONE_DAY


def _names(home: str, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    countries: Sequence[str] = [home, *PLACES]
    taken: set[str] = set()
    while True:
        country, sector = chance.choice(countries), chance.choice(SECTORS)
        name = f"{chance.choice(PLACES[country])} {BUILDINGS[sector]}"
        if name in taken:
            name = f"{name} {chance.randint(2, 9)}"
        if name not in taken:
            taken.add(name)
            yield name, country, sector


async def _open(
    organisation: Organisation, what: tuple[str, str, str], expires_on: date, chance: random.Random
) -> Account:
    name, country, sector = what
    months = next(months for months in TERMS if expiry(_anchor(expires_on, months), months) == expires_on)
    return await Account.create(
        organisation=organisation,
        name=name,
        client_name=chance.choice(CLIENTS),
        licence=chance.choice(LICENCES),
        datapoints=chance.choice((20, 45, 60, 120, 250, 415, 800, 1500, 4200)),
        sector=sector,
        country=country,
        rtc_lines=chance.randint(0, 12) if country == RTC_COUNTRY else 0,
        mail_domain=chance.choice([None, *organisation.mail_domains]),
        anchor=_anchor(expires_on, months),
        months=months,
        starts_on=_anchor(expires_on, months),
        expires_on=expires_on,
    )


def _anchor(expires_on: date, months: int) -> date:
    return expires_on + ONE_DAY - relativedelta(months=months)
