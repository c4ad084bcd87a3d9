"""The three requests of the row menu: at their own addresses over any screen, shown as the server would apply them."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visitors, asks
from tests.browser.filing import Subject, approves, files, untouched

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

LICENCE = "query ($id: ID!) { account(id: $id) { licence { code name } expiresOn } }"

FILE_LICENCE = """mutation ($input: LicenceChangeInput!) {
    requestLicenceChange(input: $input) { request { id } errors { message } } }"""


async def opens(page: Page, account: Subject, choice: str) -> Locator:
    """Choose from the menu of an account's row, by keyboard; the dialog."""
    await page.goto(f"/management/active?q={account.name}")
    await page.get_by_role("button", name=f"Actions for {account.name}", exact=True).press("Enter")
    await page.get_by_role("menuitem", name=choice).press("Enter")
    dialog = page.get_by_role("dialog", name=f"{choice} · {account.name}")
    await expect(dialog).to_be_visible()
    return dialog


async def test_a_dialog_has_its_own_address_over_the_list_and_back_closes_it(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    for choice, action in (
        ("Edit datapoints", "datapoints"),
        ("Edit license", "license"),
        ("Renew subscription", "renew"),
    ):
        dialog = await opens(page, account, choice)
        await expect(page).to_have_url(re.compile(f"/management/accounts/{account.id}/{action}$"))
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page).to_have_title(f"{choice} · {account.name} · Account desk")

        await page.go_back()

        await expect(dialog).to_have_count(0)
        await expect(page).to_have_url(re.compile(r"/management/active\?q="))
        await expect(page).to_have_title("Active accounts · Account desk")


async def test_esc_closes_a_dialog_and_the_focus_returns_to_the_rows_menu(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await opens(page, account, "Edit datapoints")

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name=f"Actions for {account.name}", exact=True)).to_be_focused()
    await expect(page).to_have_url(re.compile(r"/management/active\?q="))


async def test_the_focus_begins_at_the_first_licence_that_can_be_chosen(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    dialog = await opens(page, await untouched(page), "Edit license")

    await expect(dialog.locator("[name=licence]:enabled").first).to_be_focused()
    await page.keyboard.press("Space")

    await expect(dialog.locator("[name=licence]:enabled").first).to_be_checked()


async def test_who_comes_to_a_dialog_by_a_link_finds_the_account_beneath_it(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    await page.goto(f"/management/accounts/{account.id}/renew")
    await expect(page.get_by_role("dialog", name=f"Renew subscription · {account.name}")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page).to_have_url(re.compile(f"/management/accounts/{account.id}$"))
    await expect(page.get_by_role("heading", name=account.name)).to_be_visible()


async def test_a_minus_sign_of_another_kind_releases_datapoints_and_the_button_says_reduction(
    visitors: Visitors,
) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    await expect(dialog.locator("output")).to_contain_text(f"Now {account.datapoints:,}")
    await expect(dialog.get_by_role("button", name="Request extension")).to_be_visible()

    await dialog.get_by_label("Datapoints to add or remove").fill("\u22121")

    await expect(dialog.locator("output")).to_contain_text(
        re.compile(f"{account.datapoints:,}.*{account.datapoints - 1:,}.*\\(\u22121\\).*1 fewer")
    )
    await expect(dialog.get_by_role("button", name="Request reduction")).to_be_visible()


async def test_steps_of_ten_are_taken_by_buttons(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")

    await dialog.get_by_role("button", name="10 more").press("Enter")
    await dialog.get_by_role("button", name="10 more").press("Enter")

    await expect(dialog.get_by_label("Datapoints to add or remove")).to_have_value("+20")
    await expect(dialog.locator("output")).to_contain_text("20 more")


async def test_a_removal_below_the_minimum_says_how_many_can_be_removed_and_is_not_sent(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    field = dialog.get_by_label("Datapoints to add or remove")
    await field.fill(str(-account.datapoints))
    removable = account.datapoints - 20
    told = f"You can remove up to {removable:,}." if removable else "None can be removed."
    await expect(dialog.locator("output")).to_contain_text(f"An account keeps at least 20. {told}")

    await dialog.get_by_role("button", name="Request reduction").click()

    summary = dialog.get_by_role("alert")
    await expect(summary).to_be_focused()
    await summary.get_by_role("link", name="An account keeps at least 20 datapoints.").press("Enter")
    await expect(field).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.type("0")
    await expect(field).to_be_focused()
    await expect(field).to_have_value(f"{-account.datapoints}0")
    assert (await untouched(page)).id == account.id


async def test_what_is_no_number_is_told_at_its_field(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("a few")

    await dialog.get_by_role("button", name="Request extension").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("One thing to mend")
    await expect(dialog.locator(".field-error")).to_have_text("Enter a whole number, such as 50 or −15.")


async def test_the_current_licence_is_marked_and_the_others_say_up_or_down(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    current = (await asks(page, LICENCE, id=account.id))["account"]["licence"]["name"]
    dialog = await opens(page, account, "Edit license")
    names = ["Analyse", "Detect", "Optimise", "Professional"]

    for name in names:
        radio = dialog.get_by_role("radio", name=name)
        if name == current:
            await expect(radio).to_be_disabled()
            await expect(dialog.locator("label").filter(has_text=name)).to_contain_text("Current")
        else:
            step = "Upgrade" if names.index(name) > names.index(current) else "Downgrade"
            await radio.check()
            await expect(dialog.locator("label").filter(has_text=name)).to_contain_text(step)
            await expect(dialog.locator("output")).to_contain_text(re.compile(f"{current}.*{name}"))
            await expect(dialog.locator("output")).to_contain_text(f"{account.datapoints:,} datapoints and the expiry")


async def test_the_dates_of_a_renewal_are_the_servers(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    preview = "query ($change: ChangeInput!) { preview(change: $change) { changes { field before after } } }"
    answer = await asks(page, preview, change={"renewal": {"accountId": account.id, "periodMonths": 24}})
    (expiry,) = [change for change in answer["preview"]["changes"] if change["field"] == "EXPIRES_ON"]
    dialog = await opens(page, account, "Renew subscription")

    await dialog.get_by_role("button", name="24 months").click()

    await expect(dialog.locator("output")).to_contain_text(
        re.compile(
            f"{int(expiry['before'][8:])} .*{expiry['before'][:4]}.*{int(expiry['after'][8:])} .*{expiry['after'][:4]}"
        )
    )


async def test_what_was_typed_is_there_again_after_a_closed_dialog_and_a_reload(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("35")
    await dialog.get_by_label("Comment").fill("Two floors more.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

    await opens(page, account, "Edit datapoints")
    await page.reload()

    await expect(dialog.get_by_label("Datapoints to add or remove")).to_have_value("35")
    await expect(dialog.get_by_label("Comment")).to_have_value("Two floors more.")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile(r"/management/active\?q="))


async def test_a_comment_of_ten_thousand_characters_is_kept_and_told_to_be_too_long(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("15")
    await dialog.get_by_label("Comment").fill("long " * 2_000)
    await expect(dialog.get_by_text("10,000 / 500")).to_be_visible()

    await dialog.get_by_role("button", name="Request extension").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("At most 500 characters.")
    assert len(await dialog.get_by_label("Comment").input_value()) == 10_000
    await dialog.get_by_label("Comment").fill("Short.")
    await dialog.get_by_role("button", name="Request extension").click()
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def test_an_account_that_changed_under_the_form_is_told_and_the_change_can_be_sent_anyway(
    visitors: Visitors,
) -> None:
    page, carla = await visitors.person(ADA), await visitors.person(CARLA)
    account = await untouched(page)
    dialog = await opens(page, account, "Edit datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("30")
    await expect(dialog.locator("output")).to_contain_text(f"{account.datapoints + 30:,}")

    await approves(carla, await files(page, account, 15))

    was, now = f"{account.datapoints:,}", f"{account.datapoints + 15:,}"
    await expect(dialog.get_by_role("alert")).to_have_text(
        f"This account changed a moment ago: {was} → {now}.Your change now gives {account.datapoints + 45:,}."
    )
    await dialog.get_by_role("button", name="Send anyway").click()
    await expect(page.get_by_text("Request sent")).to_be_visible()
    await expect(dialog).to_have_count(0)


async def test_a_change_that_was_not_seen_in_time_is_found_when_the_form_is_sent(visitors: Visitors) -> None:
    visitors.expected = ["WebSocket connection to"]
    page, carla = await visitors.person(ADA), await visitors.person(CARLA)
    await page.context.route_web_socket("**/graphql", lambda socket: socket.close(code=1012))
    account = await untouched(page)
    licence = (await asks(page, LICENCE, id=account.id))["account"]["licence"]["code"]
    other = "OPTIMISE" if licence != "OPTIMISE" else "DETECT"
    dialog = await opens(page, account, "Edit datapoints")
    await dialog.get_by_label("Datapoints to add or remove").fill("30")
    await expect(dialog.locator("output")).to_contain_text(f"{account.datapoints + 30:,}")
    filed = await asks(page, FILE_LICENCE, input={"accountId": account.id, "licence": other})
    await approves(carla, filed["requestLicenceChange"]["request"]["id"])

    await dialog.get_by_role("button", name="Request extension").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("This account changed a moment ago: Licence")
    await expect(dialog.get_by_role("alert")).to_contain_text(f"Your change now gives {account.datapoints + 30:,}.")
    await dialog.get_by_role("button", name="Send anyway").click()
    await expect(page.get_by_text("Request sent")).to_be_visible()


async def test_a_request_that_is_already_waiting_is_pointed_to(visitors: Visitors) -> None:
    page = await visitors.person(ADA)
    account = await untouched(page)
    request = await files(page, account, 15)

    await page.goto(f"/management/accounts/{account.id}/datapoints")

    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Such a request is already waiting for approval.")).to_be_visible()
    await dialog.get_by_role("link", name="View the request").click()
    await expect(page).to_have_url(re.compile(f"/management/applications/{request}$"))
    await expect(page.get_by_role("dialog", name=f"Datapoints · {account.name}")).to_be_visible()

    await page.goto(f"/management/active?q={account.name}")
    await page.get_by_role("button", name=f"Actions for {account.name}", exact=True).click()
    await page.get_by_role("menuitem", name="Edit datapoints: View the request").click()
    await expect(page).to_have_url(re.compile(f"/management/applications/{request}$"))
