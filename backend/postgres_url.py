"""What a PostgreSQL URL says, as libpq and asyncpg read it: hosts, role, TLS and the rest."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute, _parse_connect_dsn_and_args

UNREADABLE = "the URL cannot be read: in a password, what is special is written as %2F"

WRONG_PORT = "a port is a number from 1 to 65535"

VARIABLES = {
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gsslib": "PGGSSLIB",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""Parameters of a URL that libpq and asyncpg both take, and libpq's environment variable of each."""

OF_THE_ADDRESS = {"dbname", "host", "password", "port", "user"}
"""Parameters of a URL that may also stand before its ``?``."""

FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")

IN_OPTIONS = re.compile(r"(?:-c\s*|--)([\w.-]+)=")
"""A setting of the server in ``options``."""

SOCKET = "/.s.PGSQL."


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A URL that was read."""

    url: str
    """As asyncpg takes it."""
    addresses: tuple[tuple[str, int], ...]
    """Host, or folder of a socket, and port: to be tried in this order."""
    role: str
    password: str | None
    database: str
    sslmode: str
    """As libpq spells it; ``disable`` where nothing is said of a socket."""
    target: str
    """``target_session_attrs``."""
    connect_timeout: int | None
    """Seconds for each address; None: not said."""
    parameters: dict[str, str]

    @property
    def server_settings(self) -> frozenset[str]:
        """Names of the server's settings that the URL chooses."""
        named = frozenset(IN_OPTIONS.findall(self.parameters.get("options", "")))
        return frozenset(name.replace("-", "_") for name in named) | (self.parameters.keys() & {"application_name"})

    @property
    def demands_tls(self) -> bool:
        """Whether there is no connection without TLS."""
        return self.sslmode in {"require", "verify-ca", "verify-full"}

    def environment(self) -> Iterator[tuple[str, str]]:
        """The same as libpq's environment variables, for its programs: command lines are everybody's to read."""
        for name, value in self.parameters.items():
            if name in VARIABLES:
                yield VARIABLES[name], value
        hosts, ports = zip(*self.addresses, strict=True)
        yield "PGHOST", ",".join(hosts)
        yield "PGPORT", ",".join(map(str, ports))
        yield "PGUSER", self.role
        yield "PGDATABASE", self.database
        if self.password is not None:
            yield "PGPASSWORD", self.password


def read(url: str) -> PostgresUrl:
    """Read a URL. Raises: ValueError, in words that show no password; what it names may also be a file that is away."""
    try:
        parts = urlsplit(url)
        found = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError:
        # Python's own words show what it took for a port: a piece of the password.
        raise ValueError(UNREADABLE) from None
    misplaced = "@" in parts.path or ("@" in parts.query and "@" not in parts.netloc)
    if parts.netloc.count("@") > 1 or misplaced or parts.fragment:
        raise ValueError(UNREADABLE)
    _refuse_unknown(found)
    _refuse_missing_files(found)
    timeout = _seconds(found.get("connect_timeout"))
    query = urlencode({name: value for name, value in found.items() if name != "connect_timeout"})
    taken = parts._replace(scheme="postgresql", query=query).geturl()
    addresses, parameters = _as_asyncpg_reads(taken)
    located = tuple(map(_host_and_port, addresses))
    if not all(0 < port < 65_536 for _, port in located):
        raise ValueError(WRONG_PORT)
    return PostgresUrl(
        url=taken,
        addresses=located,
        role=parameters.user,
        password=parameters.password,
        database=parameters.database,
        sslmode=parameters.sslmode.name.replace("_", "-"),
        target=parameters.target_session_attrs.value,
        connect_timeout=timeout,
        parameters=found,
    )


def _as_asyncpg_reads(url: str) -> tuple[list[Any], Any]:
    nothing = dict.fromkeys(signature(_parse_connect_dsn_and_args).parameters)
    try:
        addresses, parameters = _parse_connect_dsn_and_args(**nothing | {"dsn": url})
    except asyncpg.exceptions.ClientConfigurationError as error:
        # Of a host that is none asyncpg shows what it found, which may be a piece of the password.
        shown = UNREADABLE if "connection URI" in str(error) else str(error).splitlines()[0]
        raise ValueError(shown) from None
    except OSError as error:
        # Without a parameter libpq's own place is looked at, in the home folder of whoever runs this.
        named = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        raise ValueError(f"what {' or '.join(FILES)} names is no certificate or key in PEM ({named})") from None
    except (ValueError, LookupError):
        raise ValueError(UNREADABLE) from None
    return addresses, parameters


def _host_and_port(address: str | tuple[str, int]) -> tuple[str, int]:
    if isinstance(address, str):
        folder, _, port = address.rpartition(SOCKET)
        return folder, int(port)
    return address


def _refuse_unknown(parameters: dict[str, str]) -> None:
    if "ssl" in parameters:
        raise ValueError("it has no parameter ssl: write sslmode=verify-full, or another of libpq's")
    for name in sorted(parameters.keys() - VARIABLES.keys() - OF_THE_ADDRESS):
        if not name.isidentifier():  # a piece of a password, for all we know
            raise ValueError(UNREADABLE)
        raise ValueError(
            f"it may have no parameter {name}; a setting of the server is written options=-c%20name%3Dvalue"
        )
    target = parameters.get("target_session_attrs")
    if target is not None and target not in [attribute.value for attribute in SessionAttribute]:
        known = ", ".join(attribute.value for attribute in SessionAttribute)
        raise ValueError(f"target_session_attrs is one of {known}")


def _refuse_missing_files(parameters: dict[str, str]) -> None:
    if parameters.get("sslrootcert") == "system":
        raise ValueError("sslrootcert names a file, as in /etc/ssl/certs/ca-certificates.crt")
    for name in filter(parameters.get, FILES):
        try:
            os.close(os.open(parameters[name], os.O_RDONLY))
        except OSError as error:
            raise ValueError(f"{name}: {parameters[name]} cannot be read ({error.strerror})") from None


def _seconds(timeout: str | None) -> int | None:
    if timeout is None:
        return None
    if not timeout.isdecimal() or not int(timeout):
        raise ValueError("connect_timeout is a whole number of seconds")
    return int(timeout)
