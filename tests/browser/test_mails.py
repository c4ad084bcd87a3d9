"""Customer Success's page of mails: what is in trouble, how it reads, sent again, and how the mail host fares."""

from datetime import timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from backend import clock
from backend.mail.planning import plan_due
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from tests.browser.conftest import Visitors
from tests.browser.looking import look_of, looked_at
from tests.desk import Desk
from tests.mail.conftest import Post
from tests.servers import MailServer

ADA, MIA, CARLA = "ada@acme.example", "mia@acme.example", "carla@platform.example"


@pytest.fixture
async def post(desk: Desk, smtp_server: MailServer) -> Post:
    """A worker of the desk's, and the mail server that it talks to."""
    return Post(smtp_server, Sender(Host.of(smtp_server.url, tls_demanded=False)))


async def carla_at(office: Visitors, address: str, *, width: int = 1280, dark: bool = False) -> Page:
    """Customer Success at an address, by the desk's clock."""
    page = await office.person(CARLA, width=width, dark=dark)
    await page.clock.set_fixed_time(clock.now())
    await page.goto(address)
    await expect(page.get_by_role("heading", name="Mails")).to_be_visible()
    return page


def mail_to(page: Page, name: str) -> Locator:
    """The line of a mail to somebody."""
    return page.locator("tbody tr").filter(has=page.get_by_role("cell", name=name, exact=True))


async def is_refused(desk: Desk, post: Post, name: str = "Plant") -> None:
    """A reminder fails, since nobody has Ada's address."""
    await desk.account(name=name, expires_on=desk.today())
    post.server.replies_to_recipients[ADA] = "550 5.1.1 no such user"
    await post.goes_out()


async def test_what_is_in_trouble_comes_first_with_the_reason_and_the_hosts_words(
    office: Visitors, desk: Desk, post: Post
) -> None:
    await is_refused(desk, post)

    page = await carla_at(office, "/mail")

    line = mail_to(page, "Ada")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(line.get_by_role("rowheader")).to_contain_text("Plant")
    await expect(line.get_by_role("rowheader")).to_contain_text("Reminder · Day of expiry")
    await expect(line).to_contain_text("Failed")
    await expect(line).to_contain_text("The address was refused")
    await expect(line).to_contain_text("550 5.1.1 no such user")
    await line.get_by_role("link", name="Plant").click()
    await expect(page.get_by_role("heading", name="Plant")).to_be_visible()


async def test_mails_are_narrowed_by_state_and_recipient_in_the_address(
    office: Visitors, desk: Desk, post: Post
) -> None:
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    await post.goes_out()
    page = await carla_at(office, "/mail")
    await expect(page.get_by_text("No mail is in this state.")).to_be_visible()

    await page.get_by_role("button", name="Sent", exact=True).click()

    await expect(page).to_have_url(f"{office.address}/mail?state=sent")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await page.get_by_label("Search recipient, account or client").fill("sofi")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(mail_to(page, "Sofia")).to_contain_text("Request filed")
    await expect(page).to_have_url(f"{office.address}/mail?state=sent&q=sofi")
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.get_by_label("Search recipient, account or client").fill("nobody")
    await expect(page.get_by_text("Nobody of that name has a mail in this state.")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_text("No mail is in this state.")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("English", "Plant expires on 23 November 2026"),
        ("Français", "Plant expire le 23 novembre 2026"),
        ("Español", "Plant caduca el 23 de noviembre de 2026"),
        ("Català", "Plant caduca el 23 de novembre del 2026"),
    ],
)
async def test_a_mail_is_read_in_any_language(
    office: Visitors, desk: Desk, post: Post, language: str, subject: str
) -> None:
    # A mail runs nothing, not even what tests would listen with.
    office.expected = ["Blocked script execution"]
    await is_refused(desk, post)
    page = await carla_at(office, "/mail")

    async with page.expect_popup() as opened:
        await mail_to(page, "Ada").get_by_role("link", name=f"Read in {language}").click()

    letter = await opened.value
    await expect(letter).to_have_title(subject)
    await expect(letter.get_by_role("heading", level=1)).to_be_visible()


async def test_a_mail_that_failed_is_sent_again_and_arrives(office: Visitors, desk: Desk, post: Post) -> None:
    await is_refused(desk, post)
    page = await carla_at(office, "/mail")
    post.server.replies_to_recipients.clear()

    await page.get_by_role("button", name="Send again to Ada").click()

    await expect(page.get_by_text("The mail to Ada is on its way again.")).to_be_visible()
    await expect(mail_to(page, "Ada")).to_contain_text("Waiting")
    await expect(page.get_by_role("button", name="Send again to Ada")).to_have_count(0)
    await post.goes_out()
    await page.get_by_role("button", name="Sent", exact=True).click()
    await expect(mail_to(page, "Ada")).to_contain_text("Sent")
    assert post.subjects_to(ADA) == ["Plant expires on 23 November 2026"]


async def test_a_mail_that_a_colleague_has_sent_again_meanwhile_says_why_not(
    office: Visitors, desk: Desk, post: Post
) -> None:
    await is_refused(desk, post)
    page, sofia = await carla_at(office, "/mail"), await carla_at(office, "/mail")
    await sofia.get_by_role("button", name="Send again to Ada").click()
    await expect(mail_to(sofia, "Ada")).to_contain_text("Waiting")

    await page.get_by_role("button", name="Send again to Ada").click()

    await expect(page.locator(".toast")).to_contain_text("Only a mail that failed")


async def test_a_host_that_is_left_alone_and_the_oldest_mail_that_waits_are_shown(
    office: Visitors, desk: Desk, post: Post
) -> None:
    await desk.account(name="Plant", expires_on=desk.today())
    await plan_due(clock.now())
    await Sender(Host.of("smtp://127.0.0.1:9", tls_demanded=False)).send_due()

    page = await carla_at(office, "/mail?state=open")

    await expect(page.get_by_text("Mails do not go out as they should.")).to_be_visible()
    waiting = page.get_by_role("term").filter(has_text="Waiting to be sent").locator("+ dd")
    await expect(waiting).to_contain_text("oldest: 2 hours ago")
    await expect(page.get_by_text("127.0.0.1:9 · left alone until 23 Nov 2026")).to_contain_text("after 1 fault")
    await expect(mail_to(page, "Ada")).to_contain_text("Waiting")

    clock.advance(timedelta(minutes=1))
    await Sender(Host.of(post.server.url, tls_demanded=False)).send_due()
    await page.reload()
    await expect(waiting).to_have_text("0")
    await expect(page.get_by_text("Mails do not go out as they should.")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_where_mails_failed_and_the_host_is_left_alone(
    office: Visitors, desk: Desk, post: Post, width: int, dark: bool
) -> None:
    await is_refused(desk, post)
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=10)
    await Sender(Host.of("smtp://127.0.0.1:9", tls_demanded=False)).send_due()

    page = await carla_at(office, "/mail", width=width, dark=dark)

    await expect(page.get_by_text("left alone until")).to_be_visible()
    await expect(page.get_by_role("button", name="Send again to Ada")).to_be_visible()
    assert await looked_at(page, f"mails-in-trouble-{look_of(width, dark=dark)}") == []


@pytest.mark.parametrize("email", [ADA, MIA])
async def test_nobody_of_an_organisation_sees_the_page_or_a_way_to_it(office: Visitors, desk: Desk, email: str) -> None:
    page = await office.person(email)
    await page.locator(".avatar").click()
    await expect(page.locator(".menu").get_by_role("link", name="Profile")).to_be_visible()
    await expect(page.locator(".menu").get_by_role("link", name="Mails")).to_have_count(0)

    await page.goto("/mail")

    await expect(page.get_by_role("heading", name="This page is for Customer Success.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Mails")).to_have_count(0)
    await expect(page.get_by_role("table")).to_have_count(0)
