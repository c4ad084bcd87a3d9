"""From filing a request to the changed account and the mails in the mailbox, as people do it in a browser."""

import re

from playwright.async_api import Locator, Page, expect

from backend.demo import PASSWORD
from tests.browser.conftest import Visitors

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"


async def open_menu_of(page: Page, account: str, choice: str) -> None:
    """Choose something from an account's three-dot menu."""
    await page.get_by_role("button", name=f"Actions for {account}", exact=True).click()
    await page.get_by_role("menuitem", name=choice).click()


def row_of(page: Page, account: str) -> Locator:
    """The newest row that is about an account, in any table."""
    name = re.compile(rf"^{re.escape(account)}(New account|Datapoints|Licence|Renewal)?$")
    return page.locator("tbody tr").filter(has=page.locator("th").filter(has_text=name)).first


async def examine(page: Page, account: str) -> None:
    """Open the request about an account from the queue."""
    await page.goto(f"/queue?q={account}")
    await page.locator(".queue-row").filter(has=page.get_by_text(account, exact=True)).click()


async def approve(page: Page, account: str) -> None:
    """Examine the request about an account, and approve it."""
    await examine(page, account)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.locator(".examination").get_by_text("Approved", exact=True)).to_be_visible()


async def mail(page: Page, subject: str) -> None:
    """Open the newest mail of this subject in the demo's mailbox, as soon as it is there."""
    link = page.get_by_role("link", name=subject).first
    for _ in range(40):
        await page.goto("/mailbox/")
        if await link.count():
            break
        await page.wait_for_timeout(250)
    await link.click()


async def sign_in(page: Page, email: str) -> None:
    """Sign in where the page asks for it."""
    await page.locator("input[type=email]").fill(email)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.locator("button.primary").click()


async def first_account_without_request(page: Page) -> str:
    """The name of an active account that nobody has asked to change."""
    row = page.locator("tbody tr").filter(has_not=page.locator(".badge.pending")).filter(has_text="days left").first
    return await row.locator("th a").inner_text()


async def test_datapoints_are_asked_for_approved_changed_and_told_by_mail(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    carla = await visitors.person(CARLA)

    # The way in through the menu behind the top-right button.
    await ada.locator(".avatar").click()
    await ada.locator(".menu").get_by_role("link", name="Account management").click()
    await expect(ada.get_by_role("heading", name="Account management")).to_be_visible()
    account = await first_account_without_request(ada)
    row = row_of(ada, account)
    before = int((await row.locator(".number").inner_text()).replace(",", ""))

    await open_menu_of(ada, account, "Edit datapoints")
    await ada.get_by_label("Datapoints to add or remove").fill("15")
    await expect(ada.get_by_role("dialog").locator("output")).to_contain_text(f"{before + 15:,}")
    await ada.get_by_label("Comment").fill("A new wing.")
    await ada.get_by_role("button", name="Request extension").click()
    await expect(ada.get_by_text("Request sent")).to_be_visible()
    await expect(row.get_by_text("Datapoints pending")).to_be_visible()
    await expect(row.locator(".number")).to_have_text(f"{before:,}")

    await examine(carla, account)
    await expect(carla.get_by_role("row", name=re.compile(f"Datapoints {before:,} {before + 15:,}"))).to_be_visible()
    await expect(carla.get_by_text("A new wing.").last).to_be_visible()
    await carla.get_by_role("button", name="Approve").click()
    await expect(carla.locator(".examination").get_by_text("Approved", exact=True)).to_be_visible()

    await ada.goto("/management/active?q=" + account)
    await expect(row.locator(".number")).to_have_text(f"{before + 15:,}")
    await row.get_by_role("link", name=account).click()
    await expect(ada.get_by_text("Carla Ferrer approved: Datapoints")).to_be_visible()

    await mail(ada, f"Northwind Energy: Datapoints for {account}")
    body = ada.frame_locator("iframe")
    await expect(body.get_by_text("A new wing.")).to_be_visible()
    await mail(ada, f"Approved: Datapoints for {account}")
    await expect(body.get_by_role("heading", name="Your request is approved")).to_be_visible()
    await expect(body.get_by_role("row", name=re.compile(f"{before:,} → {before + 15:,}"))).to_be_visible()
    link = await body.get_by_role("link", name="See the request").get_attribute("href")
    assert link

    # Another browser, in which nobody is signed in yet.
    elsewhere = await visitors.stranger()
    await elsewhere.goto(link)
    await sign_in(elsewhere, ADA)
    request = elsewhere.get_by_role("dialog", name=f"Datapoints · {account}")
    await expect(request.get_by_text("A new wing.")).to_be_visible()
    await expect(elsewhere).to_have_url(link)
    await request.get_by_role("link", name="View the account").click()
    await expect(elsewhere.get_by_role("heading", name=account)).to_be_visible()


async def test_the_account_that_expires_today_has_its_reminder_in_the_mailbox(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active?sort=expires")
    row = ada.locator("tbody tr").first
    await expect(row).to_contain_text("expires today")
    account = await row.locator("th a").inner_text()

    await mail(ada, f"{account} expires on")

    body = ada.frame_locator("iframe")
    await expect(body.get_by_role("heading", name=f"{account} expires today")).to_be_visible()
    await expect(body.get_by_text("can be renewed from there")).to_be_visible()
    link = await body.get_by_role("link", name="Renew subscription").get_attribute("href")
    assert link
    await ada.goto(link)
    await expect(ada.get_by_role("dialog", name=f"Renew subscription · {account}")).to_be_visible()


async def test_a_new_account_exists_once_it_is_approved(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    carla = await visitors.person(CARLA)

    # The way in through the icon on the home page.
    await ada.get_by_role("link", name="Account management").last.click()
    await ada.get_by_role("link", name="Create a new account").click()
    await ada.get_by_label("Account name").fill("Cartuja Campus")
    await ada.get_by_label("Client name").fill("Estel Salut")
    await ada.get_by_role("radio", name="Optimise").check()
    await ada.get_by_label("Variables/Datapoints").fill("340")
    await ada.get_by_label("Sector").select_option(label="Education")
    await ada.get_by_label("Country").select_option(label="Spain")
    await ada.get_by_label("RTC lines").fill("6")
    await ada.get_by_role("button", name="Create new account").click()
    await expect(ada.get_by_text("Request sent")).to_be_visible()
    await expect(row_of(ada, "Cartuja Campus")).to_be_visible()
    await ada.goto("/management/active?q=Cartuja")
    await expect(ada.get_by_text("No account matches")).to_be_visible()

    await approve(carla, "Cartuja Campus")

    await ada.goto("/management/active?q=Cartuja")
    await expect(row_of(ada, "Cartuja Campus")).to_contain_text("340")


async def test_a_licence_that_is_rejected_changes_nothing_and_the_reason_is_told(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active?license=ANALYSE&sort=-expires")
    carla = await visitors.person(CARLA)
    account = await first_account_without_request(ada)
    row = row_of(ada, account)

    await open_menu_of(ada, account, "Edit license")
    await ada.get_by_role("radio", name="Professional").check()
    await expect(ada.get_by_role("dialog").locator("output")).to_contain_text("Professional")
    await ada.get_by_role("button", name="Request extension").click()
    await expect(row.get_by_text("Licence pending")).to_be_visible()

    await examine(carla, account)
    await carla.get_by_role("button", name="Reject…").click()
    await carla.get_by_role("button", name="Reject", exact=True).click()
    await expect(carla.get_by_text("Say it in at least 10 characters.")).to_be_visible()
    await carla.get_by_role("textbox", name="Reason").fill("Please send the signed quotation first.")
    await carla.get_by_role("button", name="Reject", exact=True).click()
    await expect(carla.locator(".examination").get_by_text("Rejected", exact=True)).to_be_visible()

    await ada.goto("/management/applications?state=decided&q=" + account)
    await expect(row_of(ada, account)).to_contain_text("Please send the signed quotation first.")
    await ada.goto("/management/active?q=" + account)
    await expect(row).to_contain_text("Analyse")
    await mail(ada, f"Rejected: Licence for {account}")
    await expect(ada.frame_locator("iframe").get_by_text("signed quotation")).to_be_visible()


async def test_an_expired_account_can_only_be_renewed_and_is_active_again_once_that_is_approved(
    visitors: Visitors,
) -> None:
    ada = await visitors.person(ADA, start="/management/expired")
    carla = await visitors.person(CARLA)
    row = ada.locator("tbody tr").filter(has_not=ada.locator(".badge.pending")).first
    account = await row.locator("th a").inner_text()
    await ada.get_by_role("button", name=f"Actions for {account}", exact=True).click()
    await expect(ada.get_by_role("menuitem", name="Edit datapoints")).to_have_attribute("aria-disabled", "true")
    await ada.get_by_role("menuitem", name="Renew subscription").click()
    await expect(ada.get_by_text("Restarts on approval")).to_be_visible()
    await ada.get_by_label("Period (months)").fill("24")
    await ada.get_by_role("button", name="Request renewal").click()
    await expect(ada.get_by_text("Request sent")).to_be_visible()

    await approve(carla, account)

    await ada.goto("/management/active?q=" + account)
    await expect(row_of(ada, account)).to_be_visible()


async def test_a_request_can_be_withdrawn_while_it_waits(visitors: Visitors) -> None:
    ada = await visitors.person(ADA, start="/management/active?sort=-name")
    account = await first_account_without_request(ada)
    await open_menu_of(ada, account, "Edit datapoints")
    await ada.get_by_label("Datapoints to add or remove").fill("-1")
    await ada.get_by_role("button", name="Request reduction").click()
    await expect(ada.get_by_text("Request sent")).to_be_visible()

    await ada.goto("/management/applications")
    waiting = row_of(ada, account)
    await open_menu_of(ada, account, "Withdraw request")
    await ada.get_by_role("dialog").get_by_role("button", name="Withdraw request").click()

    await expect(waiting).to_have_count(0)
    await ada.goto("/management/applications?state=decided")
    await expect(row_of(ada, account)).to_contain_text("Withdrawn")


async def test_a_member_sees_the_accounts_and_no_way_into_the_section(visitors: Visitors) -> None:
    member = await visitors.person("member@northwind.example")
    await expect(member.get_by_role("heading", name="Accounts")).to_be_visible()
    await expect(member.get_by_role("link", name="Account management")).to_have_count(0)

    await member.goto("/management/active")

    await expect(member.get_by_text("This section needs the SuperAdmin role.")).to_be_visible()
