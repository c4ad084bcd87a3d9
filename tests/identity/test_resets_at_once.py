"""Resets of one person at the same moment: one link works, it works once, and nobody waits for ever."""

import asyncio

import pytest

from backend import clock
from backend.errors import Refused
from backend.identity import password_reset, passwords
from backend.identity.models import PasswordReset, User
from backend.mail import ledger
from tests.desk import Desk
from tests.identity.test_deactivation import locked

PASSWORDS = ("the first of two long passwords", "the second of two long passwords")


async def link_of(user: User) -> str:
    """The secret of a new link, when those before are too old to count."""
    clock.advance(password_reset.LINK_LIFE)
    begun = await password_reset.begin(user)
    assert begun is not None
    return begun.token


async def test_of_two_uses_of_a_link_at_once_one_sets_the_password(desk: Desk) -> None:
    ada = await User.get(name="Ada")
    for _ in range(5):
        token = await link_of(ada)

        uses = (password_reset.finish(token, password, notify=ledger.credentials_changed) for password in PASSWORDS)
        outcomes = await asyncio.gather(*uses, return_exceptions=True)

        assert {type(outcome) for outcome in outcomes} == {type(None), Refused}


async def test_nobody_waits_while_the_password_of_a_link_is_hashed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, hash_of = await User.get(name="Ada"), passwords.hash_password
    token = await link_of(ada)

    async def hashes(password: str) -> str:
        async with locked("SELECT 1 FROM person FOR UPDATE NOWAIT"):
            return await hash_of(password)

    monkeypatch.setattr(passwords, "hash_password", hashes)

    await password_reset.finish(token, PASSWORDS[0], notify=ledger.credentials_changed)


async def test_a_link_that_is_nothing_costs_no_hash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hashes(password: str) -> str:
        raise AssertionError("it was hashed")

    monkeypatch.setattr(passwords, "hash_password", hashes)

    with pytest.raises(Refused, match="INVALID_TOKEN"):
        await password_reset.finish("x" * 43, PASSWORDS[0], notify=ledger.credentials_changed)


async def test_of_links_asked_for_at_once_one_works_and_no_more_than_a_few_are_made(desk: Desk) -> None:
    ada = await User.get(name="Ada")

    begun = await asyncio.gather(*(password_reset.begin(ada) for _ in range(password_reset.MAX_OPEN_LINKS + 3)))

    made = [one.id for one in begun if one is not None]
    assert len(made) == password_reset.MAX_OPEN_LINKS
    assert [link.id for link in await PasswordReset.filter(user_id=ada.id, used_at=None)] == [max(made)]


async def test_a_link_that_is_used_while_another_is_asked_for_leaves_at_most_the_other(desk: Desk) -> None:
    ada = await User.get(name="Ada")
    for _ in range(5):
        token = await link_of(ada)

        uses = password_reset.finish(token, PASSWORDS[0], notify=ledger.credentials_changed)
        used, begun = await asyncio.gather(uses, password_reset.begin(ada), return_exceptions=True)

        assert isinstance(used, Refused | None)
        assert isinstance(begun, password_reset.StartedReset)
        working = [link.id for link in await PasswordReset.filter(user_id=ada.id, used_at=None)]
        assert working in ([], [begun.id])
