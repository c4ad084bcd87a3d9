"""A message counts as handed over only when the system has all of it, whatever the event loop and TLS keep back."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.mail import smtp_session
from backend.mail.smtp_session import NotNow, SmtpSession
from backend.mail.smtp_url import Host

ADDRESS = "127.0.0.1"

SEND_BUFFER_BYTES = 4096
"""Bytes, about; for each end of a connection."""

MESSAGE = b"Message-ID: <one@acme.example>\r\n\r\n" + (b"x" * 998 + b"\r\n") * 50
"""More than the system keeps for both ends, and less than a transport takes before it holds up who writes."""

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}

TIMEOUT_S = 10.0
"""Seconds."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate for this machine, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ADDRESS)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = tmp_path_factory.mktemp("certificate") / "both.pem"
    place.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return place


@contextmanager
def host_that_stops_reading(certificate: Path, security: str) -> Iterator[tuple[int, threading.Event]]:
    """Gives its port, and what lets it read the message: it takes one connection, on a thread of its own."""
    reads_on = threading.Event()
    with socket.create_server((ADDRESS, 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SEND_BUFFER_BYTES)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        thread = threading.Thread(target=_serve, args=(listener, context, security, reads_on), daemon=True)
        thread.start()
        yield listener.getsockname()[1], reads_on
        reads_on.set()
        thread.join(TIMEOUT_S)


def _serve(listener: socket.socket, context: ssl.SSLContext, security: str, reads_on: threading.Event) -> None:
    connection, _ = listener.accept()
    connection.settimeout(TIMEOUT_S)
    with suppress(OSError):
        if security == "TLS from the start":
            connection = context.wrap_socket(connection, server_side=True)
        connection.sendall(b"220 ready\r\n")
        capabilities = b"250-host\r\n250 STARTTLS\r\n" if security == "STARTTLS" else b"250 host\r\n"
        while verb := _command(connection):
            if verb == b"STARTTLS":
                connection.sendall(b"220 go on\r\n")
                connection, capabilities = context.wrap_socket(connection, server_side=True), b"250 host\r\n"
            elif verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                reads_on.wait(TIMEOUT_S)
                received = b""
                while not received.endswith(b"\r\n.\r\n") and (more := connection.recv(65_536)):
                    received += more
                connection.sendall(b"250 taken\r\n" if received == MESSAGE + b".\r\n" else b"554 not what was sent\r\n")
            else:
                connection.sendall(capabilities if verb == b"EHLO" else b"250 ok\r\n")
    connection.close()


def _command(connection: socket.socket) -> bytes:
    """Its first word."""
    command = b""
    while not command.endswith(b"\n") and (more := connection.recv(1)):
        command += more
    return command.split()[0].upper() if command else b""


async def _session_after_envelope(port: int, security: str) -> SmtpSession:
    """A session on which the host awaits a message, and the system keeps little."""
    scheme = "smtps" if security == "TLS from the start" else "smtp"
    session = SmtpSession(Host.of(f"{scheme}://{ADDRESS}:{port}", tls_demanded=security == "STARTTLS"))
    await session.envelope("accounts@platform.example", "ada@acme.example")
    assert session._client is not None
    buffer_socket: socket.socket = session._client.get_transport_info("socket")
    buffer_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    assert (session._client.get_transport_info("sslcontext") is None) == (security == "in the clear")
    return session


@pytest.fixture(params=["in the clear", "STARTTLS", "TLS from the start"])
def security(request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the session is secured; the host's certificate is trusted."""
    monkeypatch.setattr(smtp_session, "_authorities", lambda: ssl.create_default_context(cafile=certificate))
    return str(request.param)


@pytest.fixture(params=LOOPS)
def loop_factory(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """Each loop that sends mails."""
    return LOOPS[request.param]


def test_a_message_with_unsent_bytes_is_not_reported_as_sent(
    certificate: Path,
    security: str,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_session, "ACCEPT_TIMEOUT_S", 0.3)

    async def hand_over(port: int) -> None:
        session = await _session_after_envelope(port, security)
        with pytest.raises(NotNow, match="before the end"):
            await session.send_body(MESSAGE)

    with (
        host_that_stops_reading(certificate, security) as (port, _),
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        runner.run(hand_over(port))


def test_a_message_is_reported_as_sent_once_the_kernel_has_all_of_it(
    certificate: Path, security: str, loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def hand_over(port: int, reads_on: threading.Event) -> str:
        session = await _session_after_envelope(port, security)
        beginning = asyncio.create_task(session.send_body(MESSAGE))
        reads_on.set()
        await beginning
        assert session._client is not None
        assert session._client.unsent == 0
        reply = await session.commit()
        await session.close()
        return reply

    with (
        host_that_stops_reading(certificate, security) as (port, reads_on),
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        assert runner.run(hand_over(port, reads_on)) == "250 taken"
