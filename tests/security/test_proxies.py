"""A client's address is that of its connection, or what a trusted proxy forwards; other headers are ignored."""

import httpx2
import pytest

from backend.embedded.mailbox import free_port
from backend.mail.sending import Sender
from backend.mail.smtp_url import Host
from backend.settings import settings
from tests.desk import Desk
from tests.faults.test_under_load import serving
from tests.servers import MailServer

LIMIT = 20


@pytest.mark.parametrize(("trusted", "limited"), [("", True), ("192.0.2.1", True), ("127.0.0.1", False)])
async def test_forwarded_headers_of_clients_are_not_trusted(
    database_url: str, valkey_url: str, trusted: str, limited: bool
) -> None:
    port = free_port()
    chosen = {"EMP_CALLS_PER_MINUTE_PER_ADDRESS": str(LIMIT), "EMP_TRUSTED_PROXIES": trusted}

    async with (
        serving(database_url, valkey_url, port, chosen),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        statuses = [
            (
                await client.post(
                    "/graphql",
                    json={"query": "{ __typename }"},
                    headers={"x-forwarded-for": f"198.51.100.{number}", "x-real-ip": f"198.51.100.{number}"},
                )
            ).status_code
            for number in range(LIMIT + 10)
        ]

    assert (429 in statuses) is limited


async def test_the_link_of_a_reset_leads_to_the_configured_origin_whatever_the_host_says(
    desk: Desk, smtp_server: MailServer
) -> None:
    ask = 'mutation { requestPasswordReset(input: {email: "mia@acme.example"}) { errors { code } } }'
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    await desk.stranger().asks(ask, headers=forged)

    await Sender(Host.of(smtp_server.url, tls_demanded=False)).send_due()

    (mail,) = smtp_server.messages
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"{settings().origin}/reset-password#" in body.get_content()
    assert "evil.example" not in mail.as_string()
