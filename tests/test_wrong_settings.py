"""What is set up wrongly is one line that names the setting and says what to do, and nothing starts."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from backend.embedded.mailbox import free_port
from backend.embedded.postgres import SUPERUSER
from backend.mail_addresses import is_mail_address, is_mail_domain
from backend.postgres_url import read
from backend.settings import WrongSettings, require, settings
from tests.faults.disposable_servers import disposable_database, disposable_queue_server

OURS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PORT")

GOOD = {
    "DATABASE_URL": "postgresql://desk@127.0.0.1:1/desk",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SMTP_URL": "smtp://127.0.0.1:1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings that are read anew, without those of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("EMP_") or name in OURS]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


async def emp(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command with these settings alone: its exit code, and what it says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EMP_") and name not in OURS}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", *arguments),
        env=inherited | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.parametrize(
    ("name", "value", "what_to_do"),
    [
        ("DATABASE_URL", "mysql://desk@db/desk", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://desk@db/desk?ssl=verify-full", "write sslmode=verify-full"),
        ("DATABASE_URL", "postgresql://desk@db/desk?sslmode=verify_all", "sslmode"),
        ("DATABASE_URL", "postgresql://desk@db/desk?sslmode=verify-ca&sslrootcert=/none", "/none cannot be read"),
        ("DATABASE_URL", "postgresql://desk@db/desk?sslrootcert=system", "sslrootcert names a file"),
        ("DATABASE_URL", "postgresql://desk@db/desk?channel_binding=require", "no parameter channel_binding"),
        ("DATABASE_URL", "postgresql://desk@a,b/desk?target_session_attrs=writable", "is one of any, primary"),
        ("DATABASE_URL", "postgresql://desk@db/desk?connect_timeout=soon", "whole number of seconds"),
        ("DATABASE_URL", "postgresql://desk@db:99999/desk", "from 1 to 65535"),
        ("DATABASE_URL", "postgresql://desk@a:5432,b:0/desk", "from 1 to 65535"),
        ("REDIS_URL", "redis://valkey/first", "number of a database"),
        ("REDIS_URL", "valkey.example", "must begin with redis://"),
        ("SMTP_URL", "imap://mail.example", "must begin with smtp://"),
        ("REDIS_URL", "redis://valkey:99999/0", "from 1 to 65535"),
        ("SMTP_URL", "smtp://", "names no host"),
        ("SMTP_URL", "smtp://mail host:25", "names no host"),
        ("PORT", "http", "valid integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("EMP_PUBLIC_URL", "desk.example", "as in https://desk.example"),
        ("EMP_PUBLIC_URL", "ftp://desk.example", "as in https://desk.example"),
        ("EMP_PUBLIC_URL", "https://desk.example/path", "as in https://desk.example"),
        ("EMP_PUBLIC_URL", "https://desk.example:99999", "as in https://desk.example"),
        ("EMP_TRUSTED_PROXIES", "10.0.0.1/8", "host bits"),
        ("EMP_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example", "as in 10.0.0.0/8"),
        ("EMP_MAIL_FROM", "Accounts <accounts@platform.example>", "as in accounts@platform.example"),
        ("EMP_MAIL_FROM", "accounts", "as in accounts@platform.example"),
        ("EMP_DEADLINE", "soon", "as in PT10S, PT30M or P90D"),
        ("EMP_DEADLINE", "10", "as in PT10S, PT30M or P90D"),
        ("EMP_DEADLINE", "PT0S", "greater than 0"),
        ("EMP_MAILS_KEPT", "-P1D", "greater than 0"),
        ("EMP_LINES", "-1", "greater than or equal to 1"),
        ("EMP_REQUESTS_AT_ONCE", "0", "greater than or equal to 1"),
        ("EMP_ARGON2_MEMORY_KIB", "7", "greater than or equal to 8"),
        ("EMP_ARGON2_PASSES", "0", "greater than or equal to 1"),
        ("EMP_CALLS_PER_MINUTE_PER_PERSON", "-1", "greater than or equal to 0"),
        ("EMP_EXPORT_TIMEOUT_S", "0", "greater than 0"),
        ("EMP_IDLE_WEBSOCKET_TIMEOUT_S", "nan", "finite number"),
        ("EMP_TRUSTED_DOCUMENTS", "/none", "/none is no folder"),
        ("EMP_DRAIN_S", "-1", "greater than or equal to 0"),
        ("EMP_KEEP_ALIVE_S", "long", "valid number"),
        ("EMP_HSTS", "63072000", "like max-age=63072000; includeSubDomains; preload"),
        ("EMP_SMTP_DEMAND_TSL", "true", "is it EMP_SMTP_DEMAND_TLS?"),
        ("EMP_SECRETS_DIR", "/none", "/none is no folder"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(
    environment: pytest.MonkeyPatch, name: str, value: str, what_to_do: str
) -> None:
    environment.setenv(name, value)

    with pytest.raises(WrongSettings) as wrong:
        settings()

    (line,) = wrong.value.lines
    assert line.startswith(f"{name}: ")
    assert what_to_do in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "password", ["pass@word", "pass/word", "pass?word", "pass#word", "pass@[word", "pass?word=word"]
)
def test_a_url_that_cannot_be_read_shows_no_piece_of_its_password(
    environment: pytest.MonkeyPatch, password: str
) -> None:
    credentials = f"desk:{password}"
    environment.setenv("DATABASE_URL", f"postgresql://{credentials}@db/desk")

    with pytest.raises(WrongSettings) as wrong:
        settings()

    assert wrong.value.lines == (
        "DATABASE_URL: the URL cannot be read: in a password, what is special is written as %2F",
    )


def test_several_hosts_are_no_wrong_setting(environment: pytest.MonkeyPatch) -> None:
    url = "postgresql://desk@/desk?host=a,b,[::1]&port=5432,5433,5434&target_session_attrs=read-write"
    environment.setenv("DATABASE_URL", url)
    environment.setenv("DATABASE_OWNER_URL", "postgres:///desk?host=/run/postgresql,/tmp&user=owner")

    assert settings().runtime_role == "desk"
    assert read(settings().database_url).addresses == (("a", 5432), ("b", 5433), ("::1", 5434))
    assert read(settings().owner_url).addresses == (("/run/postgresql", 5432), ("/tmp", 5432))


def test_postgresqls_programs_are_given_what_the_url_says_and_no_password_in_their_arguments() -> None:
    credentials = "desk:of%2Fdesk"
    url = f"postgresql://{credentials}@a:5432,b/desk?sslmode=require&connect_timeout=3&options=-c%20jit%3Doff"

    assert dict(read(url).environment()) == {
        "PGHOST": "a,b",
        "PGPORT": "5432,5432",
        "PGUSER": "desk",
        "PGPASSWORD": "of/desk",
        "PGDATABASE": "desk",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": "-c jit=off",
    }


def test_each_wrong_setting_has_its_line(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "http")
    environment.setenv("EMP_MAIL_FROM", "accounts")

    with pytest.raises(WrongSettings) as wrong:
        settings()

    assert [line.partition(":")[0] for line in wrong.value.lines] == ["PORT", "EMP_MAIL_FROM"]


def test_a_file_of_secrets_of_an_unknown_name_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "EMP_METRIC_TOKEN").write_text("secret")
    (tmp_path / "of-another-program").write_text("secret")
    environment.setenv("EMP_SECRETS_DIR", str(tmp_path))

    with pytest.raises(WrongSettings) as wrong:
        settings()

    assert wrong.value.lines == ("EMP_METRIC_TOKEN: there is no setting of this name; is it EMP_METRICS_TOKEN?",)


def test_what_an_orchestrator_says_of_its_services_is_no_setting(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_SERVICE_HOST", "10.0.0.7")
    environment.setenv("EMP_SERVICE_PORT_HTTP", "8000")
    environment.setenv("EMP_PORT", "tcp://10.0.0.7:8000")
    environment.setenv("EMP_PORT_8000_TCP_ADDR", "10.0.0.7")

    assert settings().port == 8000


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("https://Desk.example/", "https://desk.example"),
        ("https://desk.example:443", "https://desk.example"),
        ("http://desk.example:8080", "http://desk.example:8080"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_url_is_compared_as_browsers_write_it(
    environment: pytest.MonkeyPatch, written: str, compared: str
) -> None:
    environment.setenv("EMP_PUBLIC_URL", written)

    assert settings().origin == compared


def test_what_is_not_set_is_said_with_what_it_looks_like(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSettings) as wrong:
        require("DATABASE_URL", "SMTP_URL")

    assert wrong.value.lines == (
        "DATABASE_URL: it is not set; it looks like postgresql://user:password@host:5432/database",
        "SMTP_URL: it is not set; it looks like smtp://user:password@host:587",
    )


@pytest.mark.parametrize(
    "command", [["serve"], ["worker"], ["migrate"], ["audit"], ["backup", "file"], ["user", "sign-out", "a@b.example"]]
)
async def test_no_command_begins_without_a_database(command: list[str], tmp_path: Path) -> None:
    code, said = await emp(*command)

    assert code == 2
    assert said.startswith("DATABASE_URL: it is not set")
    assert "Traceback" not in said


async def test_a_misspelt_setting_keeps_a_server_from_starting() -> None:
    code, said = await emp("serve", **GOOD, EMP_SMTP_DEMAND_TSL="true")

    assert (code, said) == (2, "EMP_SMTP_DEMAND_TSL: there is no setting of this name; is it EMP_SMTP_DEMAND_TLS?\n")


async def test_an_address_of_another_machine_is_said() -> None:
    code, said = await emp("serve", **GOOD, EMP_HOST="192.0.2.1")

    assert code == 2
    assert said.startswith("EMP_HOST: 192.0.2.1 is no address of this machine")


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("query", ["tls=on", "socket_timeout=soon"])
async def test_a_parameter_that_the_queue_server_s_client_does_not_take_is_said(command: str, query: str) -> None:
    code, said = await emp(command, **GOOD | {"REDIS_URL": f"redis://127.0.0.1:1/0?{query}", "PORT": str(free_port())})

    assert (code, said) == (2, "REDIS_URL: a parameter after its ? is none, or has a value that it cannot have\n")


async def test_a_port_that_is_taken_is_said() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        code, said = await emp("serve", **GOOD, PORT=str(port))

    assert (code, said) == (2, f"PORT: another program listens on 127.0.0.1:{port}; choose another one\n")


async def test_a_wrong_password_of_a_server_is_one_line_and_nothing_starts() -> None:
    async with disposable_database() as (_, cluster), disposable_queue_server() as (_, queue):
        operator = await asyncpg.connect(cluster.url(role=SUPERUSER))
        await operator.execute("CREATE ROLE ada LOGIN PASSWORD 'of-ada'")
        rules = cluster.data / "pg_hba.conf"
        rules.write_text(f"local all ada scram-sha-256\n{rules.read_text()}")
        await operator.execute("SELECT pg_reload_conf()")
        await operator.close()
        async with Redis.from_url(queue.url) as of_queue:
            await of_queue.config_set("requirepass", "of-queue")
        good = {"SMTP_URL": GOOD["SMTP_URL"], "DATABASE_URL": cluster.url(), "PORT": str(free_port())}
        good["REDIS_URL"] = f"unix://:of-queue@{queue.socket}"
        credentials = "ada:another"
        wrong = {"DATABASE_URL": f"postgresql://{credentials}@/desk?host={cluster.sockets}"}

        for command in ("serve", "worker", "migrate", "audit"):
            code, said = await emp(command, **good | wrong)
            assert code == 2, said
            assert said.startswith("DATABASE_URL: the database does not let us in: password authentication failed")
            assert "another" not in said
            assert said.count("\n") == 1
        for command in ("serve", "worker"):
            code, said = await emp(command, **good | {"REDIS_URL": f"unix://:another@{queue.socket}"})
            assert code == 2, said
            assert said.startswith("REDIS_URL: the queue server does not let us in")
            assert said.count("\n") == 1


async def test_a_database_that_is_away_is_said_to_who_waits_for_it() -> None:
    for command in ("migrate", "audit"):
        code, said = await emp(command, **GOOD)

        assert code == 1
        assert said.startswith("The database cannot be reached: ")
        assert "Traceback" not in said


@pytest.mark.parametrize(
    ("command", "said_of_it"),
    [
        (["user", "add", "notanemail"], "notanemail is no e-mail address"),
        (["user", "add", "ada@northwind.example", "--time-zone", "Mars"], "--time-zone: there is no Mars"),
    ],
)
async def test_a_user_without_an_address_or_a_known_time_zone_is_refused(command: list[str], said_of_it: str) -> None:
    code, said = await emp(*command, "--name", "Ada", "--role", "SUPER_ADMIN", **GOOD, EMP_PASSWORD="correct horse")

    assert code == 2
    assert said.startswith(said_of_it)


async def test_an_organisation_with_a_domain_that_is_none_is_refused() -> None:
    home = ("--country", "GB", "--time-zone", "Europe/London")

    code, said = await emp("organisation", "add", "Northwind", *home, "--mail-domain", "http://x y", **GOOD)

    assert code == 2
    assert said.startswith("--mail-domain: http://x y is no domain")


@pytest.mark.parametrize(
    "address", ["ada@northwind.example", "ada.w+desk@mail.northwind.example", "josé@münchen.example"]
)
def test_an_address_is_taken(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize(
    "address", ["", "ada", "@x.example", "ada@", "a b@x.example", "ada@x y", "ada@x..example", "a@b@c.example,"]
)
def test_what_is_no_address_is_not_taken(address: str) -> None:
    assert not is_mail_address(address)


@pytest.mark.parametrize("domain", ["", "http://x y", "x_y.example", "-x.example", "a" * 64 + ".example", "x.example."])
def test_what_is_no_domain_is_not_taken(domain: str) -> None:
    assert not is_mail_domain(domain)
