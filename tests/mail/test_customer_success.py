"""Customer Success hears of renewals that wait while a term ends, and of reminders that came too late."""

from datetime import timedelta

from backend import clock
from tests.desk import Desk
from tests.mail.conftest import Post, text_of

CARLA, SOFIA = "carla@platform.example", "sofia@platform.example"

WEEK = timedelta(days=7)


def told(post: Post, words: str, address: str = CARLA) -> list[str]:
    """The subjects of mails to somebody that contain these words."""
    return [subject for subject in post.subjects_to(address) if words in subject]


async def test_a_renewal_that_waits_is_told_of_a_week_before_and_on_the_day(desk: Desk, post: Post) -> None:
    account = await desk.account(name="Plant", client_name="Gran Via", expires_on=desk.today() + 2 * WEEK)
    renewal = await desk.super_admin.files("renewal", accountId=account)

    await post.goes_out_every_day_until(clock.now() + 3 * WEEK)

    for address in (CARLA, SOFIA):
        assert (
            told(post, "awaits a decision", address)
            == ["Renewal of Plant awaits a decision, expiry on 7 December 2026"] * 2
        )
    week, day = [text_of(mail) for mail in post.to(CARLA) if "awaits a decision" in str(mail["Subject"])]
    assert "Plant expires in 7 days, and its renewal awaits a decision" in week
    assert "Plant expires today, and its renewal awaits a decision" in day
    assert f"/queue/{renewal.id}" in week
    assert "Ada, Acme, on 23 November 2026" in week


async def test_several_of_them_share_one_mail(desk: Desk, post: Post) -> None:
    for number in range(3):
        account = await desk.account(name=f"Plant {number}", expires_on=desk.today() + WEEK + timedelta(days=1))
        await desk.super_admin.files("renewal", accountId=account)

    clock.advance(timedelta(days=1))
    await post.goes_out()

    assert told(post, "await a decision") == ["3 renewals await a decision, expiry on 1 December 2026"]


async def test_a_decision_ends_what_was_planned_about_it(desk: Desk, post: Post) -> None:
    account = await desk.account(expires_on=desk.today() + WEEK + timedelta(days=1))
    renewal = await desk.super_admin.files("renewal", accountId=account)
    await desk.customer_success.rejects(renewal.id)

    clock.advance(timedelta(days=1))
    await post.goes_out()

    assert told(post, "awaits a decision") == []


async def test_a_renewal_that_is_filed_after_the_milestone_was_told_of_by_its_filing(desk: Desk, post: Post) -> None:
    account = await desk.account(name="Plant", expires_on=desk.today() + timedelta(days=3))
    await desk.super_admin.files("renewal", accountId=account)

    await post.goes_out()

    assert post.subjects_to(CARLA) == ["Acme: Renewal for Plant"]


async def test_a_term_that_ended_unannounced_is_told_of_once(desk: Desk, post: Post) -> None:
    await post.goes_out()
    account = await desk.account(name="Plant", expires_on=desk.today() + timedelta(days=1))

    clock.advance(timedelta(days=3))
    for _ in range(3):
        await post.goes_out()
        clock.advance(timedelta(minutes=1))

    assert told(post, "Plant") == ["Not every reminder was sent: Plant expired on 24 November 2026"]
    (mail,) = post.to(CARLA)
    assert "tell Acme yourself" in text_of(mail)
    assert f"/management/accounts/{account}" in text_of(mail)


async def test_terms_that_ended_before_anything_was_planned_are_nobodys_omission(desk: Desk, post: Post) -> None:
    await desk.account(expires_on=desk.today() - timedelta(days=5))

    await post.goes_out()

    assert post.to(CARLA) == []


async def test_a_sign_in_from_a_new_device_is_told_of_and_one_from_a_known_device_is_not(
    desk: Desk, post: Post
) -> None:
    phone = "Pixel 9, Android 16.1"
    await desk.super_admin.tries_to_sign_in("ada@acme.example", "a password of tests", client="PHONE", device=phone)
    update = "Pixel 9, Android 16.2"
    await desk.super_admin.tries_to_sign_in("ada@acme.example", "a password of tests", client="PHONE", device=update)

    await post.goes_out()

    (mail,) = post.to("ada@acme.example")
    assert mail["Subject"] == "New sign-in"
    assert f"Device: {phone}" in text_of(mail)
    assert "23 November 2026" in text_of(mail)
