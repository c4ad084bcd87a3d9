"""Users see where they are signed in, and sign out a device that is not at hand."""

from datetime import timedelta
from typing import Any

from backend import clock
from backend.global_ids import global_id
from tests.desk import PASSWORD, Answer, Desk, Person

DEVICES = "{ devices { id name client signedInAt lastSeenAt isThisOne } }"
SIGN_OUT = "mutation ($id: ID!) { signOutDevice(input: {id: $id}) { devices { name } errors { code } } }"


async def phone(desk: Desk, name: str) -> dict[str, str]:
    """The header of a phone on which Ada has signed in."""
    answer = await desk.stranger().tries_to_sign_in("ada@acme.example", PASSWORD, client="PHONE", device=name)
    return {"authorization": f"Bearer {answer.data['signIn']['tokens']['accessToken']}"}


async def devices(person: Person) -> Any:
    """What somebody is shown."""
    return (await person.asks(DEVICES)).data["devices"]


async def signs_out(person: Person, device_id: str) -> Answer:
    """Sign a device out."""
    return await person.asks(SIGN_OUT, id=device_id)


async def test_each_device_is_listed_with_its_name_and_its_times(desk: Desk) -> None:
    clock.advance(timedelta(minutes=5))
    await phone(desk, "Ada's phone")

    shown = await devices(desk.super_admin)

    assert {(device["client"], device["isThisOne"]) for device in shown} == {("PAGE", True), ("PHONE", False)}
    on_phone = next(device for device in shown if device["client"] == "PHONE")
    assert on_phone["name"] == "Ada's phone"
    assert on_phone["signedInAt"] == on_phone["lastSeenAt"] == clock.now().isoformat()


async def test_a_device_that_is_signed_out_is_known_no_more(desk: Desk) -> None:
    header = await phone(desk, "A lost phone")
    lost = next(device for device in await devices(desk.super_admin) if device["name"] == "A lost phone")

    answer = await signs_out(desk.super_admin, lost["id"])

    assert "A lost phone" not in [device["name"] for device in answer.data["signOutDevice"]["devices"]]
    assert (await desk.stranger().asks("{ viewer { id } }", headers=header)).data["viewer"] is None
    assert (await signs_out(desk.super_admin, lost["id"])).data["signOutDevice"]["errors"] == []


async def test_sessions_that_are_over_are_not_listed(desk: Desk) -> None:
    await phone(desk, "Ada's phone")
    clock.advance(timedelta(hours=13))
    await desk.super_admin.signs_in()

    assert [device["client"] for device in await devices(desk.super_admin)] == ["PAGE", "PHONE"]


async def test_nobody_signs_out_somebody_elses_device(desk: Desk) -> None:
    (theirs,) = await devices(desk.outsider)

    refused = await signs_out(desk.super_admin, theirs["id"])
    absent = await signs_out(desk.super_admin, global_id("Session", 999_999))

    assert refused.code == "NOT_FOUND"
    assert refused == absent
    assert len(await devices(desk.outsider)) == 1
