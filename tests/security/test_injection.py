"""Texts with a meaning for SQL, HTML, templates or logs are handled as data everywhere."""

import io
import json
import os
import pickle
import time
from pathlib import Path

import pytest
import structlog

from backend.accounts.models import Account
from backend.identity.models import User
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from backend.storage.database import fetch
from backend.worker import SEND_DUE_MAIL, _arq_worker, queue, wake
from tests.api.documents import documents_with_text
from tests.desk import NEW_ACCOUNT, Desk
from tests.promises import Promise
from tests.servers import MailServer

HOSTILE = (
    "'; DROP TABLE account; --",
    "' OR '1'='1",
    "\\'; SELECT pg_sleep(9); --",
    "%' UNION SELECT email, password_hash FROM person --",
    "$1",
    "{{7*7}} {% raise %} ${7*7} {x.__class__}",
    "<script>alert(1)</script>",
    "=1+1",
    "../../etc/passwd",
)

TABLES = "SELECT count(*) AS count FROM information_schema.tables WHERE table_schema = 'public'"


@pytest.mark.parametrize("caller", ["super_admin", "customer_success", "stranger"])
async def test_no_argument_is_executed_as_sql(desk: Desk, caller: str, promise: Promise) -> None:
    await desk.account()
    before = (await fetch(TABLES), await Account.all().count(), await User.all().count())
    person = desk.stranger() if caller == "stranger" else getattr(desk, caller)
    tried = 0

    for text in HOSTILE:
        for where, document in documents_with_text(text):
            answer = await person.asks(document)
            tried += 1
            codes = {error["extensions"]["code"] for error in answer.body.get("errors", ())}
            assert answer.status in {200, 400}, where
            assert not codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}, (where, text)

    assert (await fetch(TABLES), await Account.all().count(), await User.all().count()) == before
    promise(f"Arguments with SQL, templates and markup sent by {caller}, and server errors by them", f"{tried}, 0")


async def test_a_log_entry_is_one_line_whatever_it_contains(desk: Desk, logged: io.StringIO) -> None:
    hostile = 'x\r\n{"event": "all is well", "level": "info"}\u001b[2J\u2028'
    structlog.get_logger().warning("told by a client", said=hostile)
    headers = {"user-agent": "x\u001b[2J".encode("unicode_escape").decode(), "x-request-id": "x"}
    body = {"query": "query A { viewer { id } }", "operationName": hostile}
    await desk.stranger().client.post("/graphql", json=body, headers=headers)
    await desk.stranger().tries_to_sign_in(hostile, hostile, device=hostile)

    lines = logged.getvalue().splitlines()
    assert json.loads(lines[0])["said"] == hostile
    assert "\u001b" not in logged.getvalue()
    assert all(json.loads(line)["event"] != "all is well" for line in lines)


async def test_a_comment_with_markup_is_escaped_in_a_mail(desk: Desk, smtp_server: MailServer) -> None:
    comment = "{{7*7}} {x.__class__} <img src=x onerror=alert(1)> javascript:alert(1)"
    name = "<b>Plant</b> {{self}}"

    await desk.super_admin.files("newAccount", **NEW_ACCOUNT | {"accountName": name, "comment": comment})
    await Sender(Host.of(smtp_server.url, tls_demanded=False)).send_due()

    text, html = (smtp_server.messages[0].get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert comment in text.get_content()
    assert "&lt;img src=x onerror=alert(1)&gt;" in html.get_content()
    assert "<img src=x" not in html.get_content()
    assert "<b>Plant" not in html.get_content()
    assert "{{7*7}}" in html.get_content()
    assert "49" not in html.get_content().partition("{{7*7}}")[2][:10]


class Bomb:
    """An object that runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


async def test_a_pickled_job_is_not_executed_and_the_next_job_is(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark, hints = tmp_path / "ran", []
    job = pickle.dumps({"t": 1, "f": SEND_DUE_MAIL, "a": (Bomb(mark),), "k": {}, "et": int(time.time() * 1000)})

    async def send_due_mail(context: dict[str, object]) -> None:
        hints.append(SEND_DUE_MAIL)

    async with queue(settings().redis_url) as link:
        await link.set("arq:job:bomb", job)
        await link.zadd("arq:queue", {"bomb": int(time.time() * 1000)})
        await wake(link)
        worker = _arq_worker(link, send_due_mail)
        worker.burst = True
        await worker.async_run()

    assert not mark.exists()
    assert hints == [SEND_DUE_MAIL]
