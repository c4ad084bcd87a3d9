"""Clients are known by the accounts that are for them."""

from typing import Any

import pytest

from tests.desk import Desk, Person

CLIENTS = "query ($search: String, $first: Int!) { clients(search: $search, first: $first) }"


async def clients(person: Person, search: str | None = None, first: int = 20) -> Any:
    """The names that somebody is offered."""
    return (await person.asks(CLIENTS, search=search, first=first)).data["clients"]


async def test_each_client_is_named_once_whatever_the_case(desk: Desk) -> None:
    for client in ("Bluewater", "acme retail", "Acme Retail", "ACME RETAIL", "Ciel"):
        await desk.account(client_name=client)
    await desk.account(desk.rival, client_name="Theirs")

    assert await clients(desk.super_admin) == ["acme retail", "Bluewater", "Ciel"]
    assert await clients(desk.super_admin, first=2) == ["acme retail", "Bluewater"]
    assert await clients(desk.customer_success) == ["acme retail", "Bluewater", "Ciel", "Theirs"]


async def test_clients_are_found_by_any_part_of_their_name(desk: Desk) -> None:
    for client in ("Bluewater", "Waterways", "100% Green"):
        await desk.account(client_name=client)

    assert await clients(desk.super_admin, "WATER") == ["Bluewater", "Waterways"]
    assert await clients(desk.super_admin, "%") == ["100% Green"]
    assert await clients(desk.super_admin, "nobody") == []


@pytest.mark.parametrize("first", [0, 101])
async def test_a_number_out_of_bounds_is_refused(desk: Desk, first: int) -> None:
    assert (await desk.super_admin.asks(CLIENTS, search=None, first=first)).code == "BAD_USER_INPUT"
