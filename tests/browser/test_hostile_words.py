"""Names, comments and reasons that are HTML or script are read as they were written, by everybody, and run nowhere."""

from playwright.async_api import expect

from tests.browser.conftest import Visitors, asks

ADA, CARLA = "superadmin@northwind.example", "success@platform.example"

IMAGE = "<img src=x onerror='window.ran=1'>"
SCRIPT = "</script><script>window.ran=1</script>"
DRAWING = "<svg onload='window.ran=1'></svg> javascript:window.ran=1"

FILE = """mutation ($input: NewAccountInput!) {
    requestNewAccount(input: $input) { request { id } errors { message } } }"""

REJECT = "mutation ($input: RejectRequestInput!) { rejectRequest(input: $input) { errors { message } } }"


async def test_what_looks_like_html_is_text_wherever_it_is_read(visitors: Visitors) -> None:
    ada, carla = await visitors.person(ADA), await visitors.person(CARLA)
    asked = {
        "accountName": f"Hostile {IMAGE}",
        "clientName": SCRIPT,
        "comment": DRAWING,
        "licence": "DETECT",
        "datapoints": 20,
        "sector": "OFFICES",
        "country": "GB",
    }
    request = (await asks(ada, FILE, input=asked))["requestNewAccount"]["request"]["id"]

    await ada.goto("/management/applications")
    await expect(ada.get_by_text(f"Hostile {IMAGE}").first).to_be_visible()
    await carla.goto(f"/queue/{request}")
    for words in (f"Hostile {IMAGE}", SCRIPT, DRAWING):
        await expect(carla.locator(".examination").get_by_text(words).first).to_be_visible()
    await asks(carla, REJECT, input={"id": request, "reason": DRAWING})
    await ada.goto(f"/management/applications/{request}")
    await expect(ada.get_by_text(DRAWING).first).to_be_visible()

    for page in (ada, carla):
        assert await page.evaluate("window.ran") is None
        assert await page.locator("img[src=x], svg[onload]").count() == 0
