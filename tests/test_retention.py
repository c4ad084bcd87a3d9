"""What is old enough is removed by the worker, in batches; what anything still looks at is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import clock, retention
from backend.identity.models import PasswordReset, Session, SessionToken, TrustedDevice
from backend.identity.sessions import IS_NEW_DEVICE
from backend.mail.models import Mail, MailKind
from backend.mail.planning import plan_due
from backend.retention import remove_old
from backend.settings import settings
from backend.storage.database import fetch
from tests.desk import PASSWORD, Desk
from tests.mail.conftest import Post, ledger_of, post

__all__ = ["post"]

ADA = "ada@acme.example"
REFRESH = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {"
REFRESH += " tokens { accessToken refreshToken } } }"


async def removed() -> dict[str, int]:
    """Let the worker remove what is old now. Returns the rows of those tables that had any."""
    return {table: rows for table, rows in (await remove_old(clock.now(), within_s=60)).items() if rows}


async def goes_on(desk: Desk, token: str) -> Any:
    """Trade a phone's refresh token in."""
    return await desk.stranger().asks(REFRESH, input={"refreshToken": token})


async def phone_of_ada(desk: Desk, device: str = "phone") -> Any:
    """The tokens of a phone on which Ada has just signed in."""
    answer = await desk.stranger().tries_to_sign_in(ADA, PASSWORD, client="PHONE", device=device)
    return answer.data["signIn"]["tokens"]


async def test_tokens_go_when_they_and_their_session_are_over_for_long(desk: Desk) -> None:
    await desk.super_admin.asks("mutation { signOut { errors { code } } }")
    clock.advance(settings().session_idle + settings().tokens_kept)

    assert (await removed())["session_token"] == 1
    clock.advance(settings().session_absolute)
    assert (await removed())["session_token"] == 4
    assert await SessionToken.all().count() == 0


async def test_a_used_refresh_token_is_known_for_as_long_as_its_session_is_open(desk: Desk) -> None:
    first = (await phone_of_ada(desk))["refreshToken"]
    second = (await goes_on(desk, first)).data["refreshSession"]["tokens"]["refreshToken"]
    await goes_on(desk, second)
    clock.advance(timedelta(days=80))
    await removed()

    assert (await goes_on(desk, first)).code == "UNAUTHENTICATED"
    assert await Session.filter(kind="PHONE", ended_at__not_isnull=True).count() == 1


async def test_a_session_goes_half_a_year_after_its_end_and_the_last_of_a_person_stays(desk: Desk) -> None:
    await desk.super_admin.signs_in()
    newest = await Session.filter(user__email=ADA).order_by("-id").first()
    clock.advance(settings().sessions_kept + settings().session_absolute)

    found = await removed()

    assert found["session"] == 1
    assert await Session.filter(user__email=ADA).get() == newest
    assert (await phone_of_ada(desk, device=""))["accessToken"]
    assert await Mail.filter(kind=MailKind.NEW_SIGN_IN.value).count() == 0


async def test_a_session_that_is_open_stays_however_old_its_beginning(desk: Desk) -> None:
    held = await phone_of_ada(desk)
    clock.advance(timedelta(days=89))
    await removed()

    assert (await goes_on(desk, held["refreshToken"])).data["refreshSession"]["tokens"]


async def test_links_known_browsers_and_remembered_answers_go_after_their_times(desk: Desk) -> None:
    ask = 'mutation { requestPasswordReset(input: {email: "ada@acme.example"}) { errors { code } } }'
    await desk.stranger().asks(ask)
    await desk.super_admin.files("renewal", key="k-1", accountId=await desk.account())

    clock.advance(timedelta(hours=1) + settings().resets_kept)
    found = await removed()

    assert (found["password_reset"], found["remembered_answer"]) == (1, 1)
    assert await PasswordReset.all().count() == 0
    clock.advance(settings().devices_known)
    assert (await removed())["known_device"] == 5
    assert await TrustedDevice.all().count() == 0


async def test_many_rows_go_in_batches_and_what_is_left_goes_the_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 2)
    clock.advance(settings().devices_known)

    assert (await remove_old(clock.now(), within_s=0))["known_device"] == 2
    assert (await remove_old(clock.now(), within_s=60))["known_device"] == 3
    assert {run.name: run.removed for run in await retention.runs()}["known_device"] == 5


async def test_an_ended_mail_goes_after_its_time_and_an_open_one_never(desk: Desk, post: Post) -> None:
    await phone_of_ada(desk)
    await phone_of_ada(desk, "another phone")
    await Mail.filter(kind="NEW_SIGN_IN").order_by("id").limit(1).update(state="SENT", ended_at=clock.now())
    ended = await Mail.filter(state="SENT").count()
    waiting = await Mail.exclude(state="SENT").count()
    clock.advance(settings().mails_kept)
    await plan_due(clock.now())

    assert (await removed()).get("mail") == ended
    assert await Mail.all().count() == waiting


async def test_reminders_stay_while_their_term_runs_and_are_never_planned_anew(
    desk: Desk, post: Post, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_MAILS_KEPT", "P1D")
    settings.cache_clear()
    account = await desk.account(name="Plant", expires_on=datetime(2027, 1, 31, tzinfo=UTC).date())
    while clock.now() < datetime(2027, 2, 20, tzinfo=UTC):
        await post.goes_out()
        await removed()
        if clock.now() < datetime(2027, 2, 1, tzinfo=UTC):
            shown = await ledger_of(account)
        clock.advance(timedelta(days=1))

    assert shown == [(name, "SENT", None) for name in ("ONE_MONTH", "ONE_WEEK", "EXPIRY_DAY")]
    assert len(post.to(ADA)) == 3
    assert await ledger_of(account) == []


async def test_a_worker_that_was_away_for_years_removes_nothing_that_its_plan_would_bring_back(
    desk: Desk, post: Post
) -> None:
    account = await desk.account(name="Plant", expires_on=desk.today())
    await post.goes_out()
    clock.advance(timedelta(days=1000))

    assert "mail" not in await removed()
    await post.goes_out()
    assert len(post.to(ADA)) == 1
    clock.advance(timedelta(hours=1))
    assert (await removed())["mail"] == 3
    await post.goes_out()
    assert await ledger_of(account) == []
    assert len(post.to(ADA)) == 1


async def test_a_terms_mails_go_all_or_none(desk: Desk, post: Post) -> None:
    await desk.account(name="Plant", expires_on=desk.today())
    await post.goes_out()
    late = await Mail.filter(milestone="EXPIRY_DAY").get()
    clock.advance(settings().mails_kept + timedelta(days=10))
    await plan_due(clock.now())
    await Mail.filter(id=late.id).update(ended_at=clock.now())

    assert "mail" not in await removed()


async def test_whether_a_device_is_new_is_read_from_an_index_however_many_sessions_somebody_has(
    desk: Desk,
) -> None:
    assert desk.super_admin.user
    await fetch(
        "INSERT INTO session (user_id, kind, device, created_at, ends_at) SELECT $1, 'PAGE', 'Browser ' || n || '.'"
        " || chr(65 + n % 26), now(), now() FROM generate_series(1, 20000) AS n",
        desk.super_admin.user.id,
    )
    await fetch("ANALYZE session")

    plan = "\n".join(
        row["QUERY PLAN"]
        for row in await fetch(f"EXPLAIN ANALYZE {IS_NEW_DEVICE}", desk.super_admin.user.id, "Browser 7.Z")
    )

    assert "session_of_device" in plan
    assert "Rows Removed" not in plan
