"""The demo's mailbox keeps every mail, and its page shows them without trusting them."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from backend.embedded.mailbox import MailboxServer, free_port
from backend.embedded.supervisor import Supervisor
from backend.web.mailbox import Mailbox
from backend.web.mailbox_page import mailbox_app

EPHEMERAL_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without a browser, at the mailbox's page."""
    app = Starlette(routes=[Mount("/mailbox", mailbox_app(tmp_path))])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


def a_mail(subject: str = "Your term ends", to: str = "ada@northwind.example", html: str | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "accounts@platform.example", to, subject
    mail.set_content("It ends on 3 April.\n")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


async def test_what_was_sent_is_there_after_a_restart(tmp_path: Path) -> None:
    server = MailboxServer(tmp_path / "mails", free_port())
    desk = Supervisor(tmp_path / "logs")
    await desk.start(server.part())
    await aiosmtplib.send(a_mail("Før fristen – été"), hostname="127.0.0.1", port=server.port)
    await desk.stop()

    await desk.start(server.part())
    await aiosmtplib.send(a_mail("The second"), hostname="127.0.0.1", port=server.port)
    await desk.stop()

    subjects = [mail.message["subject"] for mail in Mailbox(server.folder).newest()]
    assert subjects == ["The second", "Før fristen – été"]


async def test_many_senders_at_once_lose_nothing(tmp_path: Path) -> None:
    server = MailboxServer(tmp_path / "mails", free_port())
    desk = Supervisor(tmp_path / "logs")
    await desk.start(server.part())

    sending = (aiosmtplib.send(a_mail(str(n)), hostname="127.0.0.1", port=server.port) for n in range(40))
    await asyncio.gather(*sending)

    await desk.stop()
    assert {mail.message["subject"] for mail in Mailbox(server.folder).newest()} == {str(n) for n in range(40)}


def modes_in(folder: Path) -> set[str]:
    """The permissions of all files in it, as ``chmod`` writes them."""
    return {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()}


async def test_mails_and_logs_are_closed_to_others_also_those_that_were_open(tmp_path: Path) -> None:
    server, logs = MailboxServer(tmp_path / "mails", free_port()), tmp_path / "logs"
    for folder in (server.folder, logs):
        folder.mkdir(mode=0o755)
    (server.folder / "00000000000000000001-1-0.eml").write_bytes(b"Subject: of before\n")
    (logs / "mailbox.log").write_bytes(b"of before")
    desk = Supervisor(logs)

    await desk.start(server.part())
    await aiosmtplib.send(a_mail(), hostname="127.0.0.1", port=server.port)
    await desk.stop()

    assert len(Mailbox(server.folder).newest()) == 2
    assert (modes_in(server.folder), modes_in(logs)) == ({"0o600"}, {"0o600"})
    assert {oct(folder.stat().st_mode & 0o777) for folder in (server.folder, logs)} == {"0o700"}


def test_half_written_and_foreign_files_are_no_mails(mailbox: Mailbox) -> None:
    mailbox.keep(a_mail().as_bytes())
    whole = mailbox.newest()[0].name
    (mailbox.folder / f"{whole}.part").write_bytes(b"Subject: half")
    (mailbox.folder / "notes.eml").write_bytes(b"Subject: foreign")

    assert [mail.name for mail in mailbox.newest()] == [whole]
    assert mailbox.read("notes.eml") is None
    assert mailbox.read("../notes.eml") is None


async def test_the_list_shows_the_newest_first_and_finds_by_subject_and_recipient(
    mailbox: Mailbox, page: httpx2.AsyncClient
) -> None:
    mailbox.keep(a_mail("First", to="ada@northwind.example").as_bytes())
    mailbox.keep(a_mail("Second", to="hugo@globex.example").as_bytes())

    everything = (await page.get("/mailbox/")).text
    assert everything.index("Second") < everything.index("First")
    assert "First" not in (await page.get("/mailbox/?q=GLOBEX")).text
    assert "First" in (await page.get("/mailbox/?q=first")).text
    assert "No mail matches" in (await page.get("/mailbox/?q=nobody")).text


async def test_what_a_mail_says_of_itself_is_escaped(mailbox: Mailbox, page: httpx2.AsyncClient) -> None:
    mailbox.keep(a_mail("<script>alert(1)</script>").as_bytes())

    for address in ("/mailbox/", f"/mailbox/{mailbox.newest()[0].name}", "/mailbox/?q=<script>"):
        answer = await page.get(address)
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]


async def test_the_html_of_a_mail_comes_in_a_sandbox_and_its_links_open_outside_it(
    mailbox: Mailbox, page: httpx2.AsyncClient
) -> None:
    html = '<html><head><title>x</title></head><body><a href="https://desk.example">Renew</a></body></html>'
    mailbox.keep(a_mail(html=html).as_bytes())
    name = mailbox.newest()[0].name

    body = await page.get(f"/mailbox/{name}/body")

    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox;" in policy
    assert '<head><base target="_blank">' in body.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in (await page.get(f"/mailbox/{name}")).text


async def test_a_mail_without_any_header_or_known_charset_is_shown_all_the_same(
    mailbox: Mailbox, page: httpx2.AsyncClient
) -> None:
    mailbox.keep(b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH\r\n")

    assert "(no subject)" in (await page.get("/mailbox/")).text
    assert "nuqneH" in (await page.get(f"/mailbox/{mailbox.newest()[0].name}")).text


async def test_attachments_are_downloaded_and_never_opened(mailbox: Mailbox, page: httpx2.AsyncClient) -> None:
    mail = a_mail()
    mail.add_attachment("<script>", subtype="html", filename='é"vil.html')
    mailbox.keep(mail.as_bytes())
    name = mailbox.newest()[0].name

    file = await page.get(f"/mailbox/{name}/attachments/0")

    assert file.content == b"<script>\n"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%A9%22vil.html"
    assert (await page.get(f"/mailbox/{name}/attachments/1")).status_code == 404


async def test_the_source_is_what_was_received(mailbox: Mailbox, page: httpx2.AsyncClient) -> None:
    mailbox.keep(a_mail().as_bytes())
    source = await page.get(f"/mailbox/{mailbox.newest()[0].name}/source")
    assert source.content == a_mail().as_bytes()
    assert source.headers["content-type"].startswith("text/plain")


async def test_an_unknown_message_is_not_found(page: httpx2.AsyncClient) -> None:
    assert (await page.get("/mailbox/00000000000000000000-1-1.eml")).status_code == 404


@pytest.mark.skipif(not EPHEMERAL_PORTS.exists(), reason="only Linux says which ports it gives to connections")
def test_a_free_port_is_none_that_a_connection_is_given() -> None:
    lowest, highest = map(int, EPHEMERAL_PORTS.read_text().split())

    assert not any(lowest <= free_port() <= highest for _ in range(50))
