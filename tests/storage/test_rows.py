"""A row as the driver hands it over reads like its model, and cannot be changed."""

from copy import copy
from typing import Any

import pytest

from backend.global_ids import key_in
from backend.identity.models import Organisation
from backend.requests.models import ChangeRequest
from backend.storage.rows import read_by_id
from tests.desk import Desk


async def _filed(desk: Desk) -> ChangeRequest:
    account = await desk.account()
    filed = await desk.super_admin.files("datapoints", accountId=account, delta=20)
    key = key_in(filed.id, "ChangeRequest")
    return (await read_by_id(ChangeRequest, [key]))[key]


async def test_a_row_has_what_its_model_has(desk: Desk) -> None:
    row = await _filed(desk)

    model = await ChangeRequest.get(id=row.id)

    names = list(model._meta.fields_db_projection)
    assert [getattr(row, name) for name in names] == [getattr(model, name) for name in names]


async def test_a_row_cannot_be_changed_and_its_copy_can(desk: Desk) -> None:
    row: Any = await _filed(desk)
    with pytest.raises(AttributeError):
        row.state = "APPROVED"

    model = copy(row)
    model.changes = [{"field": "datapoints"}]
    await model.save()

    assert (await ChangeRequest.get(id=row.id)).changes == [{"field": "datapoints"}]


async def test_ids_that_no_row_has_are_left_out(desk: Desk) -> None:
    assert set(await read_by_id(Organisation, [desk.acme.id, 2**40])) == {desk.acme.id}
