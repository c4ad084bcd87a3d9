"""Mails in flight share their statements, and none pays for another's fault (docs/mail.md, Claims)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from backend import clock
from backend.accounts.models import Account
from backend.identity.models import User
from backend.mail.batching import Batcher
from backend.mail.claims import Claim
from backend.mail.lease import claim, mark_unchanged
from backend.mail.planning import plan_due
from tests.desk import Desk
from tests.mail.conftest import Post, ledger_row

ADA = "ada@acme.example"


class Questions:
    """What was asked, and each question's fault."""

    def __init__(self, faults: dict[str, Exception] | None = None) -> None:
        self.asked: list[list[str]] = []
        self.faults = faults or {}

    async def answers(self, asked: Sequence[str]) -> list[str]:
        """Each in capitals, unless there is a fault."""
        self.asked.append(list(asked))
        await asyncio.sleep(0)
        for one in asked:
            if one in self.faults:
                raise self.faults[one]
        return [one.upper() for one in asked]


async def test_all_who_ask_at_once_share_one_question_and_get_their_own_answers() -> None:
    questions = Questions()
    together = Batcher(questions.answers)

    assert await asyncio.gather(*map(together.submit, "abc")) == ["A", "B", "C"]
    assert await together.submit("d") == "D"

    assert questions.asked == [["a", "b", "c"], ["d"]]


async def test_what_is_wrong_with_one_holds_up_no_other() -> None:
    together = Batcher(Questions({"b": ValueError("b")}).answers)

    a, b, c = await asyncio.gather(*map(together.submit, "abc"), return_exceptions=True)

    assert (a, str(b), c) == ("A", "b", "C")


async def test_a_database_that_is_away_is_not_asked_again_for_each() -> None:
    questions = Questions({"b": ConnectionResetError("away")})
    together = Batcher(questions.answers)

    answers = await asyncio.gather(*map(together.submit, "abc"), return_exceptions=True)

    assert [type(one) for one in answers] == [ConnectionResetError] * 3
    assert questions.asked == [["a", "b", "c"]]


@pytest.fixture
async def claimed(desk: Desk, post: Post) -> list[Claim]:
    """Two reminders of today, each a mail of its own, in one sender's hands."""
    for name in ("north", "south"):
        await desk.account(name=name, expires_on=desk.today(), mail_domain=f"{name}.example")
    await plan_due(clock.now())
    return await claim(clock.now(), 4)


async def marked(claimed: Sequence[Claim]) -> list[bool]:
    mails = [(one, b"bytes", f"<{number}@platform.example>") for number, one in enumerate(claimed)]
    return await mark_unchanged(mails, clock.now())


async def test_mails_that_nothing_has_happened_to_are_marked_with_their_bytes(claimed: list[Claim]) -> None:
    assert await marked(claimed) == [True, True]

    row = await ledger_row(id=claimed[1].rows[0].id)
    assert (row["state"], row["doubts"], row["message"]) == ("IN_DOUBT", 1, b"bytes")
    assert row["message_id"] == "<1@platform.example>"


async def test_a_mail_whose_account_has_changed_since_it_was_claimed_is_not_marked_unseen(claimed: list[Claim]) -> None:
    await Account.filter(id=claimed[0].rows[0].account_id).update(datapoints=70)

    assert await marked(claimed) == [False, True]
    assert (await ledger_row(id=claimed[0].rows[0].id))["state"] == "CLAIMED"


async def test_a_mail_whose_recipient_has_changed_since_it_was_claimed_is_not_marked_unseen(
    claimed: list[Claim],
) -> None:
    await User.filter(email=ADA).update(name="Ada Byron")

    assert await marked(claimed) == [False, False]


async def test_a_mail_that_was_claimed_by_somebody_else_meanwhile_is_not_marked(claimed: list[Claim]) -> None:
    clock.advance(timedelta(hours=1))
    assert len(await claim(clock.now(), 1)) == 1

    assert sorted(await marked(claimed)) == [False, True]
