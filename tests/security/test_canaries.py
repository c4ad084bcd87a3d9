"""No secret of the installation or of a person is in answers, logs, mails or records, also during faults."""

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

AUDIT_LOG = "SELECT coalesce(string_agg(to_jsonb(a)::text, ' '), '') FROM audit_entry a"

LEDGER = "SELECT coalesce(string_agg(to_jsonb(m)::text, ' '), '') FROM mail m WHERE ended_at IS NOT NULL"


async def create_users(desk: Installation) -> dict[str, str]:
    """Create an organisation and two users. Returns their passwords."""
    passwords = {email: desk.recorder.secret(f"the password of {email}") for email in (ADA, CARLA)}
    await desk.emp("migrate")
    await desk.emp("organisation", "add", "Acme", "--country", "ES", "--time-zone", "Europe/Madrid")
    ada = ("user", "add", ADA, "--name", "Ada", "--role", "SUPER_ADMIN", "--organisation", "Acme")
    carla = ("user", "add", CARLA, "--name", "Carla", "--role", "CUSTOMER_SUCCESS")
    assert await desk.emp(*ada, EMP_PASSWORD=passwords[ADA]) == 0
    assert await desk.emp(*carla, EMP_PASSWORD=passwords[CARLA]) == 0
    assert await desk.emp(*carla, EMP_PASSWORD=passwords[CARLA]) == 1
    assert await desk.emp(*carla[:2], "eve@acme.example", *carla[3:], EMP_PASSWORD="1234567890") == 1
    return passwords


async def sign_in(desk: Installation, password: str, email: str = ADA, **more: Any) -> Any:
    """Try to sign in. Returns the payload, or the whole answer without one."""
    answer = await desk.asks(SIGN_IN, *TOKENS, input={"email": email, "password": password, **more})
    return answer["data"]["signIn"] if answer.get("data") else answer


async def link_of(desk: Installation, email: str) -> str:
    """The token of the newest reset link that was sent to this address."""

    def links() -> list[str]:
        pairs = zip(desk.mail.contents, desk.mail.recipients, strict=True)
        bodies = [content.decode().replace("=\r\n", "") for content, recipients in pairs if email in recipients]
        return [found[1] for body in bodies if (found := LINK.search(body))]

    await until(lambda: bool(links()), within=30)
    return desk.recorder.secret(f"a link's secret {len(links())}", links()[-1])


async def sign_in_in_every_way(desk: Installation, password: str) -> None:
    """Sign in by page, by phone and with a second factor, each with right and wrong credentials."""
    await sign_in(desk, password)
    await sign_in(desk, desk.recorder.secret("a wrong password"))
    tokens = (await sign_in(desk, password, client="PHONE"))["tokens"]
    await desk.asks(REFRESH, *TOKENS, token=tokens["refreshToken"])
    await desk.asks(REFRESH, *TOKENS, token=tokens["refreshToken"])
    await desk.asks("{ viewer { id } }", token=desk.recorder.secret("a token that nobody has"))
    token = (await sign_in(desk, password, client="PHONE"))["tokens"]["accessToken"]
    setup = await desk.asks(BEGIN, "secret", "uri", "picture", token=token, input={"currentPassword": password})
    app = pyotp.TOTP(setup["data"]["answer"]["secret"])
    confirmed = await desk.asks(CONFIRM, token=token, input={"code": app.now()})
    desk.recorder.outputs.pop()
    codes = confirmed["data"]["answer"]["recoveryCodes"]
    for number, code in enumerate(codes):
        desk.recorder.secret(f"recovery code {number}", code)
    await sign_in(desk, password)
    await sign_in(desk, password, code=desk.recorder.secret("a wrong code"))
    assert (await sign_in(desk, password, code=codes[0], client="PHONE"))["viewer"]
    await sign_in(desk, password, code=codes[0])


async def reset_password(desk: Installation, password: str) -> str:
    """Request a reset link and use it with bad passwords, with a good one, and again. Returns the new password."""
    new = desk.recorder.secret("a new password")
    await desk.asks(ASK, input={"email": ADA})
    token = await link_of(desk, ADA)
    for chosen in ("short", desk.recorder.secret("a password that is too long") * 9, new, new):
        await desk.asks(RESET, input={"token": token, "newPassword": chosen})
    await desk.asks(RESET, input={"token": desk.recorder.secret("a link that nobody was sent"), "newPassword": new})
    return new


async def send_malformed_requests(desk: Installation, password: str) -> None:
    """Send truncated and invalid requests that contain a password."""
    whole = json.dumps({"query": SIGN_IN, "variables": {"input": {"email": CARLA, "password": password}}})
    await desk.post_body(whole[:-2])
    await desk.post_body(whole.replace("viewer {", "viewer"))
    await desk.post_body(whole.replace("SignInInput", "NoSuchInput"))
    await desk.asks(SIGN_IN, input={"email": "x" * 300, "password": password})


async def cause_outages(desk: Installation, passwords: dict[str, str]) -> None:
    """Cut off the database, the queue server and the mail host during sign-ins."""
    for proxy, who in ((desk.database, "serve"), (desk.queue, "worker")):
        proxy.refuses_connections = True
        proxy.cut()
        await sign_in(desk, passwords[CARLA], CARLA)
        desk.recorder.record("readiness", (await desk.client.get("/readyz")).text)
        words = {"serve": "a part is in trouble", "worker": "no hints from the queue server"}[who]
        await until(lambda who=who, words=words: desk.has_logged(who, words), within=60)  # type: ignore[misc]
        proxy.refuses_connections = False

    async def is_served() -> bool:
        return bool((await sign_in(desk, passwords[CARLA], CARLA)).get("viewer"))

    await until(is_served, within=60)
    desk.mail.refuses_connections = True
    await desk.asks(ASK, input={"email": CARLA})
    await until(lambda: desk.has_logged("worker", "the mail host does not serve"), within=90)
    desk.recorder.record("the mail host's fault", str(await desk.connection.fetch("SELECT * FROM mail_host")))


async def cause_internal_errors(desk: Installation, passwords: dict[str, str]) -> None:
    """Rename tables, so that sign-ins, reset requests and password changes end in internal errors."""
    await desk.connection.execute("ALTER TABLE session RENAME TO somewhere_else")
    await sign_in(desk, passwords[CARLA], CARLA)
    await desk.connection.execute(
        "ALTER TABLE somewhere_else RENAME TO session; ALTER TABLE password_reset RENAME TO gone"
    )
    await desk.asks(ASK, input={"email": CARLA})
    await desk.asks(RESET, input={"token": desk.recorder.secret("a link in a fault"), "newPassword": passwords[CARLA]})
    token = (await sign_in(desk, passwords[CARLA], CARLA, client="PHONE"))["tokens"]["accessToken"]
    new = {"currentPassword": passwords[CARLA], "newPassword": desk.recorder.secret("a password in a fault")}
    await desk.asks(CHANGE, token=token, input=new)
    await desk.connection.execute("ALTER TABLE gone RENAME TO password_reset")
    assert desk.has_logged("serve", "Traceback")


async def cause_failed_starts(desk: Installation) -> None:
    """Start each process with wrong settings and with servers that are away."""
    away = re.sub(r"@127.0.0.1:\d+", "@127.0.0.1:9", desk.environment["DATABASE_URL"])
    settings_of_desk = desk.environment
    wrong: list[tuple[str, str, str]] = [
        ("migrate", "DATABASE_URL", away),
        ("serve", "DATABASE_URL", away),
        ("migrate", "DATABASE_URL", away.replace("@", "/@")),
        ("migrate", "DATABASE_URL", away.replace("postgresql", "mysql")),
        ("serve", "REDIS_URL", settings_of_desk["REDIS_URL"].replace("@", "/@")),
        ("worker", "REDIS_URL", settings_of_desk["REDIS_URL"].replace("@", "/@")),
        ("worker", "SMTP_URL", settings_of_desk["SMTP_URL"].replace("@", "/@")),
        ("worker", "SMTP_URL", settings_of_desk["SMTP_URL"].replace("smtp", "imap")),
        ("migrate", "EMP_SECOND_FACTOR_KEYS", settings_of_desk["EMP_SECOND_FACTOR_KEYS"] + "x"),
        ("migrate", "EMP_SESSION_IDLE", desk.recorder.secret("a secret in the wrong place")),
    ]
    await asyncio.gather(*(desk.emp(command, **{setting: value}) for command, setting, value in wrong))


async def test_no_secret_is_disclosed_during_faults(promise: Promise) -> None:
    async with installation() as desk:
        passwords = await create_users(desk)
        async with desk.running():
            await sign_in_in_every_way(desk, passwords[ADA])
            await reset_password(desk, passwords[ADA])
            await send_malformed_requests(desk, passwords[CARLA])
            await cause_outages(desk, passwords)
            await cause_internal_errors(desk, passwords)
            for token in (desk.environment["EMP_METRICS_TOKEN"], desk.recorder.secret("a wrong metrics token")):
                metrics = await desk.client.get("/metrics", headers={"authorization": f"Bearer {token}"})
                desk.recorder.record("metrics", metrics.text)
        await cause_failed_starts(desk)
        await desk.emp("audit")
        desk.recorder.record("the audit log", await desk.connection.fetchval(AUDIT_LOG))
        desk.recorder.record("the ledger", await desk.connection.fetchval(LEDGER))
        for content in desk.mail.contents:
            desk.recorder.record("a mail", LINK.sub("", content.decode().replace("=\r\n", "")))

    assert desk.recorder.disclosed() == []
    secrets, outputs = len(desk.recorder.secrets), len(desk.recorder.outputs)
    promise(f"Of {secrets} secrets, found in {outputs} answers, logs, mails and records", 0)
