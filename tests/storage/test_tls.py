"""``DATABASE_URL`` means what libpq means by it: TLS, several hosts, client certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.backups import back_up, restore
from backend.embedded.postgres import OWNER, RUNTIME
from backend.settings import WrongSettings, settings
from backend.startup import check_database
from backend.storage.connecting import connect
from backend.storage.database import fetch
from backend.storage.migrator import migrate
from tests.command_line import emp
from tests.networked import Authority, TlsServer, tls_server
from tests.running import running_desk
from tests.servers import open_folder

IS_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
async def server(folder: Path, authority: Authority) -> AsyncIterator[TlsServer]:
    """To which nobody may connect in clear."""
    async with tls_server(folder / "server", authority) as server:
        yield server


def stranger(server: TlsServer) -> str:
    """The certificate of an authority that has signed nothing of the server's."""
    return str(Authority(server.folder.parent, "stranger").certificate)


async def refusal_of(environment: pytest.MonkeyPatch, url: str) -> str:
    """What is said before anything starts."""
    environment.setenv("DATABASE_URL", url)
    settings.cache_clear()
    with pytest.raises(WrongSettings) as wrong:
        settings()
        await check_database()
    (line,) = wrong.value.lines
    assert line.startswith("DATABASE_URL: ")
    assert "\n" not in line
    assert "of-the-desk" not in line
    return line


async def test_a_certificate_that_is_verified_in_full_lets_in_and_the_line_is_encrypted(server: TlsServer) -> None:
    connection = await connect(server.url())

    assert await connection.fetchval(IS_ENCRYPTED) is True
    await connection.close()


@pytest.mark.parametrize("mode", ["require", "verify-ca"])
async def test_a_lesser_mode_does_not_look_at_the_name(server: TlsServer, mode: str) -> None:
    connection = await connect(server.url(host="127.0.0.1", sslmode=mode, ssl_min_protocol_version="TLSv1.3"))

    assert await connection.fetchval("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "TLSv1.3"
    await connection.close()


async def test_an_authority_that_is_not_believed_is_refused(server: TlsServer, environment: pytest.MonkeyPatch) -> None:
    line = await refusal_of(environment, server.url(sslrootcert=stranger(server)))

    assert "certificate verify failed" in line
    for command in ("migrate", "serve"):
        assert await emp(command) == (2, [], f"{line}\n")


async def test_a_certificate_of_another_host_is_refused(server: TlsServer, environment: pytest.MonkeyPatch) -> None:
    line = await refusal_of(environment, server.url(host="127.0.0.1"))

    assert "certificate is not valid for '127.0.0.1'" in line


async def test_a_line_in_clear_is_refused_by_the_server(server: TlsServer, environment: pytest.MonkeyPatch) -> None:
    line = await refusal_of(environment, server.url(sslmode="disable", sslrootcert=""))

    assert "no encryption" in line


async def test_a_server_without_tls_is_refused_where_tls_is_demanded(environment: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"N")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        line = await refusal_of(environment, f"postgresql://desk@127.0.0.1:{port}/desk?sslmode=require")

    assert "rejected SSL upgrade" in line


async def test_a_client_is_let_in_by_its_certificate(server: TlsServer, authority: Authority) -> None:
    certificate, key = authority.issue("ada")

    connection = await connect(server.url("ada", sslcert=str(certificate), sslkey=str(key)))

    assert await connection.fetchval("SELECT current_user") == "ada"
    assert await connection.fetchval("SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "/CN=ada"
    await connection.close()
    with pytest.raises((asyncpg.InvalidAuthorizationSpecificationError, ssl.SSLError)):
        await connect(server.url("ada"))


async def test_a_file_of_passwords_is_read(server: TlsServer, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text(f"localhost:{server.port}:*:{RUNTIME}:{server.password}\n")
    file.chmod(0o600)

    url = server.url(passfile=str(file)).replace(f":{server.password}@", "@")
    connection = await connect(url)

    assert await connection.fetchval("SELECT current_user") == RUNTIME
    await connection.close()


async def test_what_the_url_chooses_of_the_server_wins(server: TlsServer) -> None:
    url = server.url(application_name="second-desk", options="-c%20lock_timeout%3D7s")

    connection = await connect(url, server_settings={"application_name": "desk", "lock_timeout": "3s", "jit": "off"})

    shown = [await connection.fetchval(f"SHOW {name}") for name in ("application_name", "lock_timeout", "jit")]
    assert shown == ["second-desk", "7s", "off"]
    await connection.close()


async def test_of_two_hosts_the_one_that_takes_writes_is_found(
    folder: Path, server: TlsServer, environment: pytest.MonkeyPatch
) -> None:
    async with tls_server(folder / "second", server.authority, "default_transaction_read_only=on") as read_only:
        hosts = f"localhost:{read_only.port},localhost:{server.port}"
        url = server.url().replace(f"localhost:{server.port}", hosts)

        ports = {
            target: await _port_of(f"{url}&target_session_attrs={target}")
            for target in ("any", "read-write", "read-only", "primary", "prefer-standby")
        }
        nowhere = f"{read_only.url()}&target_session_attrs=read-write"
        environment.setenv("DATABASE_URL", nowhere)
        environment.setenv("DATABASE_OWNER_URL", nowhere)
        settings.cache_clear()
        code, _, said = await emp("migrate")
        assert (code, said.count("\n")) == (1, 1), said
        assert said.startswith("The database cannot be reached: None of the hosts match")

    assert ports == {
        "any": read_only.port,
        "read-write": server.port,
        "read-only": read_only.port,
        "primary": read_only.port,
        "prefer-standby": read_only.port,
    }
    assert await _port_of(f"{url}&target_session_attrs=read-write") == server.port, "the first is away by now"


async def test_a_host_that_never_answers_does_not_keep_the_next_one_away(server: TlsServer) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as silent:
        hosts = f"localhost:{silent.sockets[0].getsockname()[1]},localhost:{server.port}"
        url = server.url(connect_timeout="1").replace(f"localhost:{server.port}", hosts)

        assert await _port_of(url) == server.port


async def test_the_desk_works_over_tls(server: TlsServer, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("DATABASE_URL", server.url())
    environment.setenv("DATABASE_OWNER_URL", server.url(OWNER))
    settings.cache_clear()
    assert settings().runtime_role == RUNTIME
    await migrate(settings().owner_url, settings().runtime_role)

    async with running_desk() as desk:
        account = await desk.account(datapoints=100)
        filed = await desk.super_admin.files("datapoints", accountId=account, delta=10)
        assert (await desk.customer_success.approves(filed.id)).errors == []
        assert (await desk.sees(account))["datapoints"] == 110
        served = "SELECT bool_and(ssl) AS all FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = $1"
        assert await fetch(served, RUNTIME) == [{"all": True}]

    await back_up(settings().owner_url, tmp_path / "backup", lambda table: None)
    await restore(settings().owner_url, tmp_path / "backup", lambda table: None, replace=True, runtime_role=RUNTIME)
    connection = await connect(server.url())
    assert await connection.fetchval("SELECT datapoints FROM account") == 110
    await connection.close()


async def _port_of(url: str) -> int:
    connection = await connect(url)
    try:
        return int(await connection.fetchval("SHOW port"))
    finally:
        await connection.close()
