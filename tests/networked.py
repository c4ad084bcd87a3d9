"""PostgreSQL with TLS on a port, and PgBouncer: of this machine, or skipped with a word on how to have them."""

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.embedded.mailbox import free_port
from backend.embedded.part import Owner, Part
from backend.embedded.postgres import DATABASE, OWNER, RUNTIME, SUPERUSER, create_roles, unprivileged_owner
from tests.faults.disposable_servers import running_server
from tests.waiting import is_listening

PASSWORD = "of-the-desk"

DEBIANS = Path("/usr/lib/postgresql")


def required(program: str | None, package: str) -> str:
    """The program, where there is one; else the test is skipped, unless REQUIRE_SERVERS is set."""
    if program:
        return program
    how = f"apt-get install {package}"
    if os.environ.get("REQUIRE_SERVERS"):
        pytest.fail(f"there is no {package}, which REQUIRE_SERVERS demands: {how}")
    pytest.skip(f"there is no {package}: {how}")


def server_programs() -> Path:
    """The folder of a PostgreSQL that can do TLS; the wheel's is built without."""
    found = sorted(DEBIANS.glob("*/bin/postgres"), key=lambda program: float(program.parent.parent.name))
    return Path(required(str(found[-1]) if found else None, "postgresql")).parent


def pgbouncer() -> str:
    """PgBouncer, of this machine or of the environment variable PGBOUNCER."""
    sbin = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    return required(os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=sbin), "pgbouncer")


MAY_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs certificates, with what RFC 5280 asks for: Python 3.13 and newer insist on it."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def certificate(self) -> Path:
        """What is believed by whoever believes it."""
        file = self.folder / f"{self.name}.crt"
        if not file.exists():
            builder = self._builder(self.name, self.key).add_extension(x509.BasicConstraints(True, None), True)
            self._write(file, builder.add_extension(MAY_SIGN, True))
        return file

    def issue(self, common_name: str, *hosts: str) -> tuple[Path, Path]:
        """A certificate of somebody, who may have hosts, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(common_name, key)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(map(_general_name, hosts))), False)
        file = self.folder / f"{self.name}-{common_name}.crt"
        self._write(file, builder)
        key_file = file.with_suffix(".key")
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        key_file.chmod(stat.S_IRUSR | stat.S_IWUSR)
        return file, key_file

    def _builder(self, common_name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(common_name))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )

    def _write(self, file: Path, builder: x509.CertificateBuilder) -> None:
        file.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        file.chmod(0o644)


@dataclass(frozen=True, slots=True)
class TlsServer:
    """A PostgreSQL that takes connections over TLS alone; it is ``localhost``, not ``127.0.0.1``."""

    folder: Path
    authority: Authority
    port: int
    password: str = PASSWORD

    def url(self, role: str = RUNTIME, /, *, host: str = "localhost", **parameters: str) -> str:
        """How to connect; by ``verify-full`` with its authority unless other parameters are chosen."""
        chosen = {"sslmode": "verify-full", "sslrootcert": str(self.authority.certificate)} | parameters
        said = "&".join(f"{name}={value}" for name, value in chosen.items() if value)
        return f"postgresql://{role}:{self.password}@{host}:{self.port}/{DATABASE}?{said}"


@asynccontextmanager
async def tls_server(folder: Path, authority: Authority, *settings: str) -> AsyncIterator[TlsServer]:
    """A server with the desk's roles and an empty database of the owner's."""
    programs, owner = server_programs(), unprivileged_owner()
    data, port = folder / "data", free_port()
    server = TlsServer(folder, authority, port)
    certificate, key = authority.issue(f"server-{port}", "localhost")
    files = {f"server{file.suffix}": file.read_text() for file in (certificate, key)}
    _write_for(owner, folder, files)
    await asyncio.to_thread(_initialise, programs, folder, owner)
    (data / "pg_hba.conf").write_text(
        "local all all trust\nhostssl all ada 0.0.0.0/0 cert\nhostssl all all 0.0.0.0/0 scram-sha-256\n"
        "hostssl all all ::/0 scram-sha-256\n"
    )
    chosen = ["ssl=on", f"ssl_cert_file={folder}/server.crt", f"ssl_key_file={folder}/server.key", "fsync=off"]
    chosen += [f"ssl_ca_file={authority.certificate}", "listen_addresses=127.0.0.1", *settings]
    part = Part(
        name="postgres",
        command=(
            *(str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(port)),
            *(word for setting in chosen for word in ("-c", setting)),
        ),
        is_ready=lambda: _has_roles(folder, port),
        owner=owner,
    )
    async with running_server(part, folder / "log"):
        yield server


def _initialise(programs: Path, folder: Path, owner: Owner | None) -> None:
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", SUPERUSER, "-A", "trust", "-N"],
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        cwd="/",
        capture_output=True,
        check=True,
    )


async def _has_roles(folder: Path, port: int) -> bool:
    try:
        superuser = await asyncpg.connect(host=str(folder), port=port, user=SUPERUSER, database="postgres", timeout=2)
    except (OSError, asyncpg.PostgresError):
        return False
    writable = "SET default_transaction_read_only = off"
    await superuser.execute(writable)
    if not await superuser.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await superuser.execute(f"CREATE DATABASE {DATABASE}")
        url = f"postgresql://{SUPERUSER}@/{DATABASE}?host={folder}&port={port}&options=-c%20default_transaction_read_only%3Doff"
        await create_roles(url)
        for role in (OWNER, RUNTIME):
            await superuser.execute(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
        await superuser.execute("CREATE ROLE ada LOGIN")
    await superuser.close()
    return True


@asynccontextmanager
async def pooler(folder: Path, database: str, pool_mode: str, *settings: str) -> AsyncIterator[int]:
    """PgBouncer before a database, which is named as libpq names it. Yields its port."""
    program, owner, port = pgbouncer(), unprivileged_owner(), free_port()
    file = folder / "pgbouncer.ini"
    lines = (
        *("[databases]", f"* = {database}", "[pgbouncer]"),
        *("listen_addr = 127.0.0.1", f"listen_port = {port}", "unix_socket_dir ="),
        *("auth_type = trust", f"auth_file = {folder / 'users'}", f"pool_mode = {pool_mode}", *settings, ""),
    )
    users = "".join(f'"{role}" ""\n' for role in (OWNER, RUNTIME))
    _write_for(owner, folder, {file.name: "\n".join(lines), "users": users})
    part = Part(
        name="pgbouncer",
        command=(program, str(file)),
        is_ready=lambda: is_listening(port),
        owner=owner,
    )
    async with running_server(part, folder / "log"):
        yield port


def _write_for(owner: Owner | None, folder: Path, files: Mapping[str, str]) -> None:
    """Files that a server alone may read, in a folder of its own."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    if owner:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.uid, owner.gid)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
