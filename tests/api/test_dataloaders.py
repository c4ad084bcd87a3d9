"""Loaders hand out only what their viewer may see, whoever asks them for it."""

import pytest

from backend.api.core.dataloaders import Loaders
from backend.errors import NotFound
from backend.global_ids import key_in
from tests.desk import Desk


async def test_a_loader_has_nothing_of_another_organisation(desk: Desk) -> None:
    foreign = key_in(await desk.account(desk.rival), "Account")
    own = key_in(await desk.account(), "Account")
    loaders = Loaders(desk.super_admin.user)

    assert (await loaders.account.load(own)).id == own
    for loader, id_ in ((loaders.account, foreign), (loaders.organisation, desk.rival.id)):
        with pytest.raises(NotFound):
            await loader.load(id_)


async def test_customer_success_is_handed_everything(desk: Desk) -> None:
    foreign = key_in(await desk.account(desk.rival), "Account")

    assert (await Loaders(desk.customer_success.user).account.load(foreign)).id == foreign


async def test_nobody_is_handed_anything_without_signing_in(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await Loaders(None).organisation.load(desk.acme.id)
