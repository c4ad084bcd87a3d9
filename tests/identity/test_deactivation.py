"""An operator closes a user, opens them again, or signs them out: what they held is nothing from then on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import copy_context

import asyncpg
import pytest

from backend.embedded.mailbox import free_port
from backend.errors import NotSignedIn, Refused
from backend.identity import deactivation, password_reset, people, sessions, sign_in
from backend.identity.models import AuditEntry, User
from backend.identity.sessions import TokenKind
from backend.mail import ledger
from backend.settings import settings
from backend.storage import retry
from backend.storage.database import fetch, transaction
from tests.command_line import emp
from tests.desk import PASSWORD, Desk
from tests.waiting import until

ADA, CARLA, SOFIA = "ada@acme.example", "carla@platform.example", "sofia@platform.example"
WHO = "{ viewer { email } }"


async def user_of(email: str) -> User:
    """The user with this address, as they are now."""
    user = await sign_in.user_with(email)
    assert user is not None
    return user


async def lock_waits() -> int:
    """How many transactions stand behind others."""
    return len(
        await fetch("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    )


async def somebody_waits_for_a_lock() -> bool:
    """Whether another transaction stands in somebody's way."""
    return await lock_waits() > 0


@asynccontextmanager
async def locked(statement: str) -> AsyncIterator[None]:
    """Rows that somebody else holds until the block ends."""
    connection = await asyncpg.connect(settings().database_url)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield
    finally:
        await connection.close()


async def acts_on(email: str) -> list[str]:
    """What was written of a user by no user, after they were added."""
    return [line.act for line in await AuditEntry.filter(subject=email, by_id=None).order_by("id")][1:]


async def test_a_closed_user_is_out_on_every_device_and_cannot_come_back(desk: Desk) -> None:
    phone = await sessions.open_phone_session(await user_of(ADA), "phone")

    code, said, _ = await emp("user", "close", "ADA@acme.example")

    assert (code, said) == (0, ["ADA@acme.example is closed."])
    assert (await desk.super_admin.asks(WHO)).data["viewer"] is None
    with pytest.raises(NotSignedIn):
        await sessions.holder_of(phone.access.text, TokenKind.ACCESS)
    with pytest.raises(NotSignedIn):
        await sessions.refresh(phone.refresh.text, notify=ledger.credentials_changed)
    answer = await desk.stranger().tries_to_sign_in(ADA, PASSWORD)
    assert answer.data["signIn"]["errors"][0]["code"] == "WRONG_CREDENTIALS"
    assert await acts_on(ADA) == ["USER_CLOSED"]


async def test_a_reopened_user_signs_in_anew_and_nothing_from_before_lets_anybody_in(desk: Desk) -> None:
    begun = await password_reset.begin(await user_of(ADA))
    assert begun is not None
    await emp("user", "close", ADA)
    phone = await sessions.open_phone_session(await user_of(ADA), "who signed in while it was closed")

    assert (await emp("user", "reopen", ADA))[:2] == (0, [f"{ADA} may sign in again."])

    assert (await desk.super_admin.asks(WHO)).data["viewer"] is None
    with pytest.raises(NotSignedIn):
        await sessions.refresh(phone.refresh.text, notify=ledger.credentials_changed)
    with pytest.raises(Refused, match="INVALID_TOKEN"):
        await password_reset.finish(begun.token, "another long password", notify=ledger.credentials_changed)
    await desk.stranger(await user_of(ADA)).signs_in()
    assert (await acts_on(ADA))[-2:] == ["USER_CLOSED", "USER_REOPENED"]


async def test_somebody_signed_out_is_out_everywhere_and_may_come_back(desk: Desk) -> None:
    assert (await emp("user", "sign-out", ADA))[:2] == (0, [f"{ADA} is signed out everywhere."])

    assert (await desk.super_admin.asks(WHO)).data["viewer"] is None
    assert (await desk.member.asks(WHO)).data["viewer"]
    await desk.super_admin.signs_in()
    assert await acts_on(ADA) == ["SIGNED_OUT_EVERYWHERE"]


async def test_closing_twice_says_so_and_is_written_down_once(desk: Desk) -> None:
    await emp("user", "close", ADA)

    assert (await emp("user", "close", ADA))[:2] == (0, [f"{ADA} was closed already."])
    assert await acts_on(ADA) == ["USER_CLOSED"]


async def test_the_last_of_customer_success_is_closed_only_on_purpose(desk: Desk) -> None:
    await emp("user", "close", SOFIA)

    code, said, fault = await emp("user", "close", CARLA)

    assert (code, said) == (1, [])
    assert fault.splitlines()[0] == (
        f"{CARLA} is the last of Customer Success who is open: nobody could decide a request any more."
    )
    assert (await desk.customer_success.asks(WHO)).data["viewer"]
    assert await acts_on(CARLA) == []
    assert (await emp("user", "close", CARLA, "--even-the-last"))[0] == 0
    assert (await desk.customer_success.asks(WHO)).data["viewer"] is None


async def test_of_two_who_close_each_others_last_colleague_at_once_one_is_refused(desk: Desk) -> None:
    carla, sofia = await user_of(CARLA), await user_of(SOFIA)

    outside = copy_context()
    async with transaction():
        await deactivation.close(carla)
        second = asyncio.create_task(deactivation.close(sofia), context=outside.copy())
        await asyncio.create_task(until(somebody_waits_for_a_lock), context=outside.copy())

    with pytest.raises(deactivation.LastCustomerSuccess):
        await second
    assert await User.filter(role="CUSTOMER_SUCCESS", is_active=True).count() == 1


async def test_a_requester_is_closed_while_their_request_is_approved_and_neither_is_undone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "MAX_TRIES", 1)
    filed = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    ada = await user_of(ADA)

    async with locked("SELECT 1 FROM person WHERE name = 'Carla' FOR NO KEY UPDATE"):
        closes = asyncio.create_task(deactivation.close(ada))

        async def closes_or_waits() -> bool:
            return closes.done() or await lock_waits() == 1

        await until(closes_or_waits)
        approves = asyncio.create_task(desk.customer_success.approves(filed.id, seen=filed.version))
        waiting = 1 if closes.done() else 2

        async def all_wait() -> bool:
            return await lock_waits() >= waiting

        await until(all_wait)

    assert await closes
    await approves
    assert not (await user_of(ADA)).is_active


async def test_somebody_is_closed_while_they_sign_out_and_neither_is_undone(desk: Desk) -> None:
    async with locked("SELECT 1 FROM session FOR UPDATE"):
        leaves = asyncio.create_task(desk.super_admin.asks("mutation { signOut { errors { code } } }"))
        await until(somebody_waits_for_a_lock)
        closes = asyncio.create_task(deactivation.close(await user_of(ADA)))

        async def both_wait() -> bool:
            return await lock_waits() == 2

        await until(both_wait)

    assert await closes
    assert (await leaves).data["signOut"]["errors"] == []


CONFLICTS = """
CREATE SEQUENCE tries;
CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF nextval('tries') <= {times} THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER conflicts BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION conflict()
"""


async def conflict(times: int) -> None:
    """Whoever changes a person is undone for the sake of others, so many times."""
    connection = await asyncpg.connect(settings().owner_url)
    try:
        await connection.execute(CONFLICTS.format(times=times))
    finally:
        await connection.close()


async def test_a_command_that_is_undone_for_others_is_done_again(desk: Desk) -> None:
    await conflict(2)

    code, said, _ = await emp("user", "close", ADA)

    assert (code, said) == (0, [f"{ADA} is closed."])
    assert await acts_on(ADA) == ["USER_CLOSED"]


async def test_a_command_that_is_undone_again_and_again_says_so_in_a_line(desk: Desk) -> None:
    await conflict(1000)

    code, said, fault = await emp("user", "close", ADA)

    assert (code, said) == (1, [])
    assert fault.splitlines()[-1] == "Others changed the same at the same moment, again and again: try once more."
    assert "Traceback" not in fault
    assert await acts_on(ADA) == []


async def test_a_command_without_a_database_says_so_in_a_line(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    settings.cache_clear()

    code, said, fault = await emp("user", "close", ADA)

    assert (code, said) == (1, [])
    assert fault.splitlines()[-1].startswith("The database cannot be reached: ")
    assert "Traceback" not in fault


async def test_a_close_that_fails_ends_no_session_and_leaves_no_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(user_id: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(people, "end_resets", fails)

    with pytest.raises(OSError, match="the disk"):
        await deactivation.close(await user_of(ADA))

    assert (await desk.super_admin.asks(WHO)).data["viewer"]
    assert await acts_on(ADA) == []


@pytest.mark.parametrize("command", ["close", "reopen", "sign-out"])
async def test_of_somebody_who_is_not_there_it_is_said(desk: Desk, command: str) -> None:
    code, said, fault = await emp("user", command, "nobody@acme.example")

    assert (code, said, fault) == (1, [], "There is no user nobody@acme.example.\n")
