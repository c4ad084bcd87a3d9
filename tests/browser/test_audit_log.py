"""Who did what, in words: all of it for Customer Success, a SuperAdmin's organisation's part for them, else nothing."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.filing import Subject, approves, files, untouched
from tests.browser.test_languages import speak
from tests.browser.words import LOCALES, words

ADA, HUGO, CARLA = "superadmin@northwind.example", "superadmin@globex.example", "success@platform.example"
MEMBER = "member@northwind.example"


async def approved(ada: Page, carla: Page) -> Subject:
    """An account whose change was asked for and approved a moment ago."""
    account = await untouched(ada)
    await approves(carla, await files(ada, account, 12))
    return account


def lines(page: Page) -> Locator:
    """The lines that are shown."""
    return page.locator(".audit-line")


async def test_customer_success_reads_an_approval_in_words_and_goes_to_the_request(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await approved(ada, carla)

    await carla.locator(".avatar").click()
    await carla.get_by_role("link", name="Audit log").click()

    await expect(carla.get_by_role("heading", name="Audit log")).to_be_visible()
    line = lines(carla).first
    await expect(line).to_contain_text(re.compile(rf"^\S.+ approved a request for {re.escape(account.name)}Datapoints"))
    await line.get_by_role("link", name=account.name).click()
    await expect(carla).to_have_url(re.compile("/queue/"))
    await expect(carla.locator(".examination").get_by_text("Approved", exact=True)).to_be_visible()


async def test_a_superadmin_goes_from_a_line_to_the_request(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await approved(ada, carla)

    await ada.goto("/audit?kind=request_filed")
    await lines(ada).first.get_by_role("link", name=account.name).click()

    await expect(ada.get_by_role("dialog").get_by_text(account.name).first).to_be_visible()


async def test_the_log_is_narrowed_to_a_kind_that_the_address_keeps(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    await approved(ada, carla)
    await carla.goto("/audit")
    await expect(lines(carla).filter(has_text="filed a request")).not_to_have_count(0)

    await carla.get_by_label("Kind").select_option(label="Request approved")

    await expect(carla).to_have_url(re.compile(r"/audit\?kind=request_approved$"))
    await expect(lines(carla).filter(has_not_text="approved a request")).to_have_count(0)
    await carla.reload()
    await expect(carla.get_by_label("Kind")).to_have_value("request_approved")
    await expect(lines(carla).filter(has_text="approved a request")).not_to_have_count(0)
    await expect(lines(carla).filter(has_not_text="approved a request")).to_have_count(0)


async def test_what_nobody_did_who_was_signed_in_reads_well(visitors: Visitors) -> None:
    carla = await visitors.person(CARLA)

    await carla.goto("/audit?kind=organisation_added")
    await expect(lines(carla).first).to_contain_text(re.compile(r"^The organisation .+ was added"))
    await carla.goto("/audit?kind=backup_restored")
    await expect(carla.get_by_text("Nothing of this kind has happened.")).to_be_visible()


async def test_a_long_log_is_read_page_by_page(visitors: Visitors) -> None:
    carla = await visitors.person(CARLA)
    await carla.goto("/audit")
    newest = await lines(carla).first.inner_text()

    await carla.get_by_role("button", name="Next").click()
    await expect(carla.get_by_text(re.compile(r"^26–\d+ of "))).to_be_visible()
    await expect(lines(carla).first).not_to_have_text(newest)
    await carla.get_by_role("button", name="Previous").click()

    await expect(carla.get_by_text(re.compile("^1–25 of "))).to_be_visible()


async def test_a_superadmin_reads_of_their_organisation_alone(visitors: Visitors) -> None:
    await visitors.person(HUGO)
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    for page in (ada, carla):
        await page.goto("/audit?kind=signed_in")

    await expect(lines(carla).filter(has_text=HUGO)).not_to_have_count(0)
    await expect(lines(ada).filter(has_text=ADA)).not_to_have_count(0)
    await expect(lines(ada).filter(has_not_text="@northwind.example")).to_have_count(0)


async def test_a_member_has_no_way_to_the_log_and_is_refused(visitors: Visitors) -> None:
    member = await visitors.person(MEMBER)

    await member.locator(".avatar").click()
    await expect(member.get_by_role("link", name="Profile")).to_be_visible()
    await expect(member.get_by_role("link", name="Audit log")).to_have_count(0)
    await member.goto("/audit")

    await expect(member.get_by_role("heading", name="This section needs the SuperAdmin role.")).to_be_visible()
    await expect(lines(member)).to_have_count(0)


async def test_a_log_that_does_not_come_is_said_so_and_asked_for_again(visitors: Visitors) -> None:
    visitors.expected = ["Failed to load resource"]
    ada = await visitors.person(ADA)
    await ada.route("**/graphql*", lambda route: route.abort("connectionrefused"))

    await ada.locator(".avatar").click()
    await ada.get_by_role("link", name="Audit log").click()
    await expect(ada.get_by_role("alert")).to_be_visible()
    # The page asks again by itself, too, and takes the button away when it is answered.
    await ada.get_by_role("button", name="Try again").focus()
    await ada.unroute_all()
    await ada.keyboard.press("Enter")

    await expect(lines(ada).first).to_be_visible()


async def test_a_line_names_who_and_what_in_every_language(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await approved(ada, carla)
    decider = (await asks(carla, "{ viewer { name } }"))["viewer"]["name"]
    for language in LOCALES:
        await speak(ada, language)

        await ada.goto("/audit?kind=request_approved")

        await expect(ada.get_by_role("heading", name=words(language)["audit"])).to_be_visible()
        await expect(lines(ada).first).to_contain_text(account.name)
        await expect(lines(ada).first).to_contain_text(decider)
        await expect(lines(ada).filter(has_text=re.compile("[{}]|undefined"))).to_have_count(0)
    await speak(ada, "en")
