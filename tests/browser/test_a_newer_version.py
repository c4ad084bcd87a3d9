"""What only a newer version knows is shown by its name, among all the rest, and without a form."""

from playwright.async_api import expect

from backend import clock
from tests.browser.conftest import Visitors
from tests.desk import Desk
from tests.versions import newer

ADA, CARLA = "ada@acme.example", "carla@platform.example"


async def test_customer_success_examines_a_request_of_an_unknown_type_and_cannot_decide_it(
    office: Visitors, desk: Desk
) -> None:
    await newer.migrates()
    await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=20)
    request = await newer.files(desk.super_admin, await desk.account(), account_name="Plant 2")
    page = await office.person(CARLA, start="/queue")
    await expect(page.locator(".queue-item")).to_have_count(2)

    await page.locator(".queue-item").filter(has_text="CLOSURE").get_by_role("link").click()

    examined = page.locator(".examination")
    await expect(examined.locator(".badge").first).to_have_text("CLOSURE")
    await expect(examined.get_by_text("We move out.")).to_be_visible()
    await expect(examined.get_by_text("A newer version of this platform handles this.").first).to_be_visible()
    await expect(examined.get_by_role("button", name="Approve")).to_have_count(0)
    await page.goto(f"/queue/{request}")
    await expect(examined.locator(".badge").first).to_have_text("CLOSURE")


async def test_a_super_admin_sees_it_on_the_account_and_among_the_applications(office: Visitors, desk: Desk) -> None:
    await newer.migrates()
    account = await desk.account()
    await newer.files(desk.super_admin, account)
    page = await office.person(ADA, start="/management/applications")
    await expect(page.get_by_role("row").filter(has_text="CLOSURE")).to_have_count(1)

    await page.goto(f"/management/accounts/{account}")

    await expect(page.get_by_text("CLOSURE").first).to_be_visible()


async def test_the_ledger_and_the_audit_log_name_what_they_do_not_know(office: Visitors, desk: Desk) -> None:
    await newer.migrates()
    await newer.has_mail(desk.super_admin, state="FAILED", reason="spam", ended_at=clock.now())
    await newer.inserts(
        *("audit_entry",), at=clock.now(), act="REQUEST_PUT_ON_HOLD", subject="Plant 1", facts={"type": "CLOSURE"}
    )
    page = await office.person(CARLA, start="/mail")
    await expect(page.get_by_role("row").filter(has_text="CLOSURE_CONFIRMED")).to_contain_text("spam")

    await page.goto("/audit")

    await expect(page.locator(".audit-line").filter(has_text="REQUEST_PUT_ON_HOLD")).to_contain_text("Plant 1")
