"""Signing in, the way in for each role, and what people may change about themselves."""

import re

import pyotp
from playwright.async_api import expect

from backend.demo import PASSWORD
from tests.browser.conftest import Visitors
from tests.desk import PASSWORD as PASSWORD_OF_TESTS
from tests.desk import Desk

ADA, MEMBER = "superadmin@northwind.example", "member@northwind.example"
SOFIA = "success2@platform.example"


async def test_wrong_words_are_refused_without_saying_which(visitors: Visitors) -> None:
    somebody = await visitors.stranger()
    await somebody.goto("/sign-in")
    for email in (ADA, "nobody@nowhere.example"):
        await somebody.get_by_label("E-mail").fill(email)
        await somebody.locator("[name=password]").fill("not the password")
        await somebody.get_by_role("button", name="Sign in").click()
        await expect(somebody.get_by_role("alert")).to_have_text(re.compile("E-mail or password is not right"))
        await expect(somebody.locator("[name=password]")).to_be_focused()
        await expect(somebody.get_by_label("E-mail")).to_have_value(email)


async def test_a_password_can_be_looked_at(visitors: Visitors) -> None:
    somebody = await visitors.stranger()
    await somebody.goto("/sign-in")
    await somebody.locator("[name=password]").fill("secret")

    await somebody.get_by_role("button", name="Show password").click()

    await expect(somebody.locator("[name=password]")).to_have_attribute("type", "text")
    await expect(somebody.get_by_role("button", name="Show password")).to_have_attribute("aria-pressed", "true")


async def test_people_of_the_demo_are_a_press_away_and_come_where_they_wanted(visitors: Visitors) -> None:
    somebody = await visitors.stranger()
    await somebody.goto("/management/expired?sort=expires")

    await somebody.get_by_role("button", name="Continue as Ada – SuperAdmin").click()

    await expect(somebody.locator(".table-accounts")).to_be_visible()
    assert somebody.url.endswith("/management/expired?sort=expires")


async def test_the_home_page_leads_to_what_expires_soon_and_into_the_section(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    notice = ada.locator(".notice").filter(has_text="within 30 days")
    (accounts,) = re.findall(r"(\d+) account", await notice.inner_text())

    await notice.get_by_role("link", name="Review").click()
    await expect(ada.locator(".list-count")).to_have_text(re.compile(rf"^{accounts} account"))
    await expect(ada.get_by_role("button", name="Remove filter: within 30 days")).to_be_visible()

    await ada.go_back()
    gear = ada.get_by_role("main").get_by_role("link", name="Account management")
    await gear.click()
    await expect(ada.get_by_role("navigation", name="Zones")).to_be_visible()


async def test_language_and_time_zone_are_saved_and_kept(visitors: Visitors) -> None:
    member = await visitors.person(MEMBER)
    await member.locator(".avatar").click()
    await member.get_by_role("link", name="Profile").click()
    await member.get_by_label("Language", exact=True).select_option(label="Català")
    await member.get_by_label("Time zone").select_option("Asia/Tokyo")
    await member.get_by_role("button", name="Save").click()

    await expect(member.locator(".toast")).to_be_visible()
    await member.reload()
    await expect(member.get_by_role("heading", name="Idioma i zona horària")).to_be_visible()
    await expect(member.get_by_label("Zona horària")).to_have_value("Asia/Tokyo")

    await member.get_by_label("Idioma", exact=True).select_option(label="English")
    await member.get_by_label("Zona horària").select_option("Europe/London")
    await member.get_by_role("button", name="Desa").click()
    await expect(member.get_by_role("heading", name="Language and time zone")).to_be_visible()


async def test_a_password_is_changed_by_whoever_knows_it_and_ends_the_other_sessions(visitors: Visitors) -> None:
    here, elsewhere = await visitors.person(SOFIA), await visitors.person(SOFIA)
    await here.goto("/profile")
    current, new = here.locator("[name=currentPassword]"), here.locator("[name=newPassword]")
    change = here.get_by_role("button", name="Change password")

    await current.fill("not the password")
    await new.fill("a longer demo password")
    await change.click()
    await expect(current).to_be_focused()
    await expect(current).to_have_attribute("aria-invalid", "true")

    await current.fill(PASSWORD)
    await new.fill("short")
    await change.click()
    await expect(new).to_have_attribute("aria-invalid", "true")

    await new.fill("a longer demo password")
    await change.click()
    await expect(here.get_by_text("Password changed.")).to_be_visible()
    await elsewhere.goto("/queue")
    await expect(elsewhere.get_by_role("button", name="Sign in")).to_be_visible()

    await current.fill("a longer demo password")
    await new.fill(PASSWORD)
    await change.click()
    await expect(new).to_have_value("")


async def test_a_session_elsewhere_can_be_ended(visitors: Visitors) -> None:
    here = await visitors.person(MEMBER)
    elsewhere = await visitors.person(MEMBER)
    await here.goto("/profile")
    devices = here.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    await expect(devices.filter(has_text="This device")).to_have_count(1)
    before = await devices.count()

    # The one last used stands first of the others.
    await devices.filter(has_not_text="This device").first.get_by_role("button").click()

    await expect(devices).to_have_count(before - 1)
    await elsewhere.goto("/profile")
    await expect(elsewhere.get_by_role("button", name="Sign in")).to_be_visible()


async def test_theme_and_rows_are_remembered_by_the_browser(visitors: Visitors) -> None:
    ada = await visitors.person(ADA)
    await ada.goto("/profile")
    await ada.get_by_label("Theme").select_option("dark")
    await ada.get_by_label("Rows").select_option("compact")

    await ada.reload()

    await expect(ada.get_by_label("Theme")).to_have_value("dark")
    assert await ada.evaluate("document.documentElement.dataset.theme") == "dark"
    assert await ada.evaluate("document.documentElement.dataset.density") == "compact"


async def test_codes_at_sign_in_are_set_up_in_the_profile_and_asked_for_from_then_on(visitors: Visitors) -> None:
    sofia = await visitors.person(SOFIA)
    await sofia.goto("/profile")
    card = sofia.get_by_role("region", name="Codes at sign-in")
    await card.get_by_role("button", name="Set up an app").click()
    await card.get_by_label("Current password").fill(PASSWORD)
    await card.get_by_role("button", name="Next").click()
    await expect(card.get_by_role("img", name="QR code")).to_be_visible()

    await card.get_by_label("Code", exact=True).fill("000000")
    await card.get_by_role("button", name="Switch on").click()
    await expect(card.get_by_label("Code", exact=True)).to_be_focused()
    await card.get_by_label("Code", exact=True).fill(pyotp.TOTP(await card.locator(".secret").inner_text()).now())
    await card.get_by_role("button", name="Switch on").click()
    recovery = await card.locator(".recovery-codes code").first.inner_text()
    await card.get_by_role("button", name="I have kept them").click()
    await expect(card).to_contain_text("10 recovery codes are left")

    stranger = await visitors.stranger()
    await stranger.goto("/sign-in?next=/profile")
    await stranger.get_by_label("E-mail").fill(SOFIA)
    await stranger.locator("[name=password]").fill(PASSWORD)
    await stranger.get_by_role("button", name="Sign in").click()
    code = stranger.locator("[name=code]")
    await expect(code).to_be_focused()
    await expect(code).to_have_attribute("autocomplete", "one-time-code")
    await code.fill("000000")
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_role("alert")).to_contain_text("This code is not right")
    await stranger.get_by_role("button", name="Use a recovery code instead").click()
    await code.fill(recovery)
    await stranger.get_by_role("button", name="Sign in").click()

    card = stranger.get_by_role("region", name="Codes at sign-in")
    await expect(card).to_contain_text("9 recovery codes are left")
    await card.get_by_role("button", name="Switch off").click()
    await card.get_by_label("Current password").fill(PASSWORD)
    await card.get_by_role("button", name="Use a recovery code instead").click()
    await expect(card.get_by_label("Recovery code")).to_have_attribute("inputmode", "text")


async def test_whoever_follows_a_reminders_link_signs_in_and_finds_the_renewal_over_its_account(
    office: Visitors, desk: Desk
) -> None:
    account = await desk.account(name="Plant")
    page = await office.stranger()
    await page.goto(f"/management/accounts/{account}/renew")
    await page.get_by_label("E-mail").fill("ada@acme.example")
    await page.get_by_label("Password", exact=True).fill(PASSWORD_OF_TESTS)
    await page.get_by_role("button", name="Sign in", exact=True).click()

    renewal = page.get_by_role("dialog", name="Renew subscription · Plant")
    await expect(renewal).to_be_visible()
    await expect(page.get_by_role("heading", name="Timeline", include_hidden=True)).to_have_count(1)
    await page.keyboard.press("Escape")

    await expect(renewal).to_have_count(0)
    await expect(page).to_have_url(f"{office.address}/management/accounts/{account}")
    await expect(page.get_by_role("heading", name="Plant", exact=True)).to_be_visible()
