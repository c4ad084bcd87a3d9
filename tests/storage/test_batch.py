"""What a decision writes goes to PostgreSQL as one statement."""

import pytest
from tortoise.exceptions import IntegrityError

from backend.accounts.models import Account
from backend.identity.models import Organisation
from backend.storage.batch import Statement, execute_together, update
from tests.desk import Desk
from tests.statements import each_statement

RENAME = "UPDATE organisation SET name = ? WHERE name = ?"


async def test_several_writes_are_one_statement(desk: Desk) -> None:
    await desk.account(datapoints=100)
    account = await Account.get()
    account.client_name = "Harbour? Ltd"
    statements: list[str] = []

    with each_statement(statements.append):
        await execute_together(update(account), Statement(RENAME, ("Acme and daughters", "Acme")))

    assert len(statements) == 1
    assert (await Account.get()).client_name == "Harbour? Ltd"
    assert await Organisation.filter(name="Acme and daughters").count() == 1


async def test_a_write_that_is_refused_takes_the_others_with_it(desk: Desk) -> None:
    await desk.account()

    with pytest.raises(IntegrityError):
        await execute_together(
            Statement(RENAME, ("Acme and daughters", "Acme")), Statement("UPDATE account SET rtc_lines = ?", (-1,))
        )

    assert await Organisation.filter(name="Acme").count() == 1


async def test_some_fields_alone_are_stored(desk: Desk) -> None:
    await desk.account(datapoints=100)
    account = await Account.get()
    account.client_name, account.datapoints = "Harbour", 300

    await execute_together(update(account, ["client_name"]))

    stored = await Account.get()
    assert (stored.client_name, stored.datapoints) == ("Harbour", 100)
