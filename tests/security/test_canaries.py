"""No secret of the installation or of a person is said where it has no business, whatever goes wrong meanwhile."""

import asyncio
import json
import re
from typing import Any

import pyotp

from tests.identity.test_passwords import ASK, CHANGE, RESET
from tests.identity.test_second_factor import BEGIN, CONFIRM
from tests.promises import Promise
from tests.security.installation import Installation, installation
from tests.waiting import until

SIGN_IN = """
mutation ($input: SignInInput!) {
  signIn(input: $input) { viewer { id } tokens { accessToken refreshToken } errors { code } }
}"""

REFRESH = """
mutation ($token: String!) {
  refreshSession(input: {refreshToken: $token}) { tokens { accessToken refreshToken } errors { code } }
}"""

TOKENS = ("accessToken", "refreshToken")

LINK = re.compile(r"reset-password#([\w-]+)")

ADA, CARLA = "ada@acme.example", "carla@platform.example"

RECORDS = "SELECT coalesce(string_agg(to_jsonb(a)::text, ' '), '') FROM audit_entry a"

LEDGER = "SELECT coalesce(string_agg(to_jsonb(m)::text, ' '), '') FROM mail m WHERE ended_at IS NOT NULL"


async def people_come(desk: Installation) -> dict[str, str]:
    """An organisation, and two who may sign in. Returns their passwords."""
    passwords = {email: desk.ear.secret(f"the password of {email}") for email in (ADA, CARLA)}
    await desk.emp("migrate")
    await desk.emp("organisation", "add", "Acme", "--country", "ES", "--time-zone", "Europe/Madrid")
    ada = ("user", "add", ADA, "--name", "Ada", "--role", "SUPER_ADMIN", "--organisation", "Acme")
    carla = ("user", "add", CARLA, "--name", "Carla", "--role", "CUSTOMER_SUCCESS")
    assert await desk.emp(*ada, EMP_PASSWORD=passwords[ADA]) == 0
    assert await desk.emp(*carla, EMP_PASSWORD=passwords[CARLA]) == 0
    assert await desk.emp(*carla, EMP_PASSWORD=passwords[CARLA]) == 1
    assert await desk.emp(*carla[:2], "eve@acme.example", *carla[3:], EMP_PASSWORD="1234567890") == 1
    return passwords


async def signs_in(desk: Installation, password: str, email: str = ADA, **more: Any) -> Any:
    """Somebody tries to."""
    answer = await desk.asks(SIGN_IN, *TOKENS, input={"email": email, "password": password, **more})
    return answer["data"]["signIn"] if answer.get("data") else answer


async def link_of(desk: Installation, email: str) -> str:
    """The secret of the newest link that somebody was sent."""

    def links() -> list[str]:
        pairs = zip(desk.mail.contents, desk.mail.recipients, strict=True)
        bodies = [content.decode().replace("=\r\n", "") for content, recipients in pairs if email in recipients]
        return [found[1] for body in bodies if (found := LINK.search(body))]

    await until(lambda: bool(links()), within=30)
    return desk.ear.secret(f"a link's secret {len(links())}", links()[-1])


async def signing_in_every_way(desk: Installation, password: str) -> None:
    """By page, by phone, with a second factor, and wrongly in each of these."""
    await signs_in(desk, password)
    await signs_in(desk, desk.ear.secret("a wrong password"))
    tokens = (await signs_in(desk, password, client="PHONE"))["tokens"]
    await desk.asks(REFRESH, *TOKENS, token=tokens["refreshToken"])
    await desk.asks(REFRESH, *TOKENS, token=tokens["refreshToken"])
    await desk.asks("{ viewer { id } }", token=desk.ear.secret("a token that nobody has"))
    held = (await signs_in(desk, password, client="PHONE"))["tokens"]["accessToken"]
    begun = await desk.asks(BEGIN, "secret", "uri", "picture", token=held, input={"currentPassword": password})
    app = pyotp.TOTP(begun["data"]["answer"]["secret"])
    confirmed = await desk.asks(CONFIRM, token=held, input={"code": app.now()})
    desk.ear.said.pop()
    codes = confirmed["data"]["answer"]["recoveryCodes"]
    for number, code in enumerate(codes):
        desk.ear.secret(f"recovery code {number}", code)
    await signs_in(desk, password)
    await signs_in(desk, password, code=desk.ear.secret("a wrong code"))
    assert (await signs_in(desk, password, code=codes[0], client="PHONE"))["viewer"]
    await signs_in(desk, password, code=codes[0])


async def passwords_by_link(desk: Installation, password: str) -> str:
    """A link is asked for, used wrongly, rightly and again. Returns the new password."""
    new = desk.ear.secret("a new password")
    await desk.asks(ASK, input={"email": ADA})
    token = await link_of(desk, ADA)
    for chosen in ("short", desk.ear.secret("a password that is too long") * 9, new, new):
        await desk.asks(RESET, input={"token": token, "newPassword": chosen})
    await desk.asks(RESET, input={"token": desk.ear.secret("a link that nobody was sent"), "newPassword": new})
    return new


async def what_is_no_request(desk: Installation, password: str) -> None:
    """Words with a password in them that break off, or ask for what is not there."""
    whole = json.dumps({"query": SIGN_IN, "variables": {"input": {"email": CARLA, "password": password}}})
    await desk.posts(whole[:-2])
    await desk.posts(whole.replace("viewer {", "viewer"))
    await desk.posts(whole.replace("SignInInput", "NoSuchInput"))
    await desk.asks(SIGN_IN, input={"email": "x" * 300, "password": password})


async def outages(desk: Installation, passwords: dict[str, str]) -> None:
    """What server and worker stand on goes away while people sign in."""
    for line, who in ((desk.database, "serve"), (desk.queue, "worker")):
        line.refuses_connections = True
        line.cut()
        await signs_in(desk, passwords[CARLA], CARLA)
        desk.ear.hears("readiness", (await desk.client.get("/readyz")).text)
        words = {"serve": "a part is in trouble", "worker": "no hints from the queue server"}[who]
        await until(lambda who=who, words=words: desk.has_said(who, words), within=60)  # type: ignore[misc]
        line.refuses_connections = False

    async def is_served() -> bool:
        return bool((await signs_in(desk, passwords[CARLA], CARLA)).get("viewer"))

    await until(is_served, within=60)
    desk.mail.refuses_connections = True
    await desk.asks(ASK, input={"email": CARLA})
    await until(lambda: desk.has_said("worker", "the mail host does not serve"), within=90)
    desk.ear.hears("the mail host's fault", str(await desk.tables.fetch("SELECT * FROM mail_host")))


async def faults_of_ours(desk: Installation, passwords: dict[str, str]) -> None:
    """A table is not there: whoever signs in, asks for a link or changes a password meets a fault of the server."""
    await desk.tables.execute("ALTER TABLE session RENAME TO somewhere_else")
    await signs_in(desk, passwords[CARLA], CARLA)
    await desk.tables.execute("ALTER TABLE somewhere_else RENAME TO session; ALTER TABLE password_reset RENAME TO gone")
    await desk.asks(ASK, input={"email": CARLA})
    await desk.asks(RESET, input={"token": desk.ear.secret("a link in a fault"), "newPassword": passwords[CARLA]})
    held = (await signs_in(desk, passwords[CARLA], CARLA, client="PHONE"))["tokens"]["accessToken"]
    new = {"currentPassword": passwords[CARLA], "newPassword": desk.ear.secret("a password in a fault")}
    await desk.asks(CHANGE, token=held, input=new)
    await desk.tables.execute("ALTER TABLE gone RENAME TO password_reset")
    assert desk.has_said("serve", "Traceback")


async def starts_that_fail(desk: Installation) -> None:
    """Settings that are wrong, and servers that are away, at the start of each process."""
    away = re.sub(r"@127.0.0.1:\d+", "@127.0.0.1:9", desk.environment["DATABASE_URL"])
    reached = desk.environment
    wrong: list[tuple[str, str, str]] = [
        ("migrate", "DATABASE_URL", away),
        ("serve", "DATABASE_URL", away),
        ("migrate", "DATABASE_URL", away.replace("@", "/@")),
        ("migrate", "DATABASE_URL", away.replace("postgresql", "mysql")),
        ("serve", "REDIS_URL", reached["REDIS_URL"].replace("@", "/@")),
        ("worker", "REDIS_URL", reached["REDIS_URL"].replace("@", "/@")),
        ("worker", "SMTP_URL", reached["SMTP_URL"].replace("@", "/@")),
        ("worker", "SMTP_URL", reached["SMTP_URL"].replace("smtp", "imap")),
        ("migrate", "EMP_SECOND_FACTOR_KEYS", reached["EMP_SECOND_FACTOR_KEYS"] + "x"),
        ("migrate", "EMP_SESSION_IDLE", desk.ear.secret("a secret in the wrong place")),
    ]
    await asyncio.gather(*(desk.emp(command, **{setting: value}) for command, setting, value in wrong))


async def test_no_secret_is_said_whatever_goes_wrong(promise: Promise) -> None:
    async with installation() as desk:
        passwords = await people_come(desk)
        async with desk.runs():
            await signing_in_every_way(desk, passwords[ADA])
            await passwords_by_link(desk, passwords[ADA])
            await what_is_no_request(desk, passwords[CARLA])
            await outages(desk, passwords)
            await faults_of_ours(desk, passwords)
            for token in (desk.environment["EMP_METRICS_TOKEN"], desk.ear.secret("a wrong metrics token")):
                metrics = await desk.client.get("/metrics", headers={"authorization": f"Bearer {token}"})
                desk.ear.hears("metrics", metrics.text)
        await starts_that_fail(desk)
        await desk.emp("audit")
        desk.ear.hears("the audit log", await desk.tables.fetchval(RECORDS))
        desk.ear.hears("the ledger", await desk.tables.fetchval(LEDGER))
        for content in desk.mail.contents:
            desk.ear.hears("a mail", LINK.sub("", content.decode().replace("=\r\n", "")))

    assert desk.ear.found() == []
    promise(f"Of {len(desk.ear.secrets)} secrets, found in {len(desk.ear.said)} answers, logs, mails and records", 0)
