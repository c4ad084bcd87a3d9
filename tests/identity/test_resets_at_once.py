"""Two secrets of one person that are used at the same moment: one sets the password, and neither waits for ever."""

import asyncio

from backend.identity import reset
from backend.identity.models import User
from backend.problems import Refused
from tests.desk import Desk

PASSWORDS = ("the first of two long passwords", "the second of two long passwords")


async def test_of_two_secrets_used_at_once_one_is_taken(desk: Desk) -> None:
    ada = await User.get(name="Ada")
    for _ in range(5):
        secrets = [(await reset.begin(ada)).token for _ in PASSWORDS]

        outcomes = await asyncio.gather(*map(reset.finish, secrets, PASSWORDS), return_exceptions=True)

        assert {type(outcome) for outcome in outcomes} == {type(None), Refused}
