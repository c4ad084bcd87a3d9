"""Every setting, its meaning and its default; read once from the environment, and from files.

In the folder that ``EMP_SECRETS_DIR`` names, a file may hold what a setting of its name would: for secrets, which then
stand in no environment. A variable wins over a file.
"""

import difflib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, FilePath, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from backend import postgres_url
from backend.mail_addresses import is_mail_address

SECRETS_DIR = "EMP_SECRETS_DIR"

OF_COMMANDS = {SECRETS_DIR, "EMP_PASSWORD"}
"""Names of ours that are no settings of a process."""

OF_AN_ORCHESTRATOR = re.compile(
    r"EMP_\w*(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)=|EMP_\w*PORT=\w+://"
)
"""What Kubernetes tells each container of services whose names begin with ours."""

EXAMPLES = {
    "DATABASE_URL": "postgresql://user:password@host:5432/database",
    "REDIS_URL": "redis://:password@host:6379/0",
    "SMTP_URL": "smtp://user:password@host:587",
}

SCHEMES = {
    "database_url": ("postgresql", "postgres", "asyncpg"),
    "database_owner_url": ("postgresql", "postgres", "asyncpg"),
    "redis_url": ("redis", "rediss", "unix"),
    "smtp_url": ("smtp", "smtps"),
}

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[\w.-]+|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?/?", re.IGNORECASE | re.ASCII
)

DEFAULT_PORTS = {"http": 80, "https": 443}

HSTS = re.compile(r"max-age=\d{1,10}(; ?includeSubDomains)?(; ?preload)?", re.IGNORECASE | re.ASCII)

HOST = re.compile(r"[\w.:-]+")
"""A name or an address, as far as it can be told from a slip of the keyboard."""

FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")

Count = Annotated[int, Field(ge=1)]

Limit = Annotated[int, Field(ge=0)]
"""Of these, 0 is no limit."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]

Duration = Annotated[timedelta, Field(gt=timedelta())]


class Settings(BaseSettings):
    """What an operator may choose. Names without a prefix are the ecosystem's; the others begin with ``EMP_``."""

    model_config = SettingsConfigDict(env_prefix="EMP_", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    """PostgreSQL, as the role that serves; only ``emp run`` does without: it then starts the embedded one."""
    database_owner_url: str = Field(default="", validation_alias="DATABASE_OWNER_URL")
    """The same database as the role that owns its tables, for ``emp migrate``, ``backup`` and ``restore`` alone, and
    without a pooler in between; empty: ``DATABASE_URL``, whose role then may do everything."""
    database_runtime_role: str = ""
    """The role to which ``emp migrate`` grants what serving takes; empty: that of ``DATABASE_URL`` where
    ``DATABASE_OWNER_URL`` names another one, else none."""
    database_connections: Count = 10
    """Of each process at most: all processes together must stay under PostgreSQL's ``max_connections``."""
    database_prepared_statements: bool = True
    """Keep statements prepared on a connection. Off: for a pooler of transactions that cannot, as PgBouncer until 1.20.
    """
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    """Valkey or Redis; only ``emp run`` does without."""
    smtp_url: str = Field(default="", validation_alias="SMTP_URL")
    """``smtp://user:password@host:port`` (STARTTLS when offered) or ``smtps://…``; only ``emp run`` does without: the
    demo's mailbox."""
    smtp_demand_tls: bool = False
    """Refuse to send over a connection that is not encrypted. Set it in production."""
    port: int = Field(default=8000, ge=1, le=65_535, validation_alias="PORT")
    host: str = "127.0.0.1"
    public_url: str = ""
    """Where users reach the page, ``https://desk.example``: used in mails and for the check of origins; empty: this
    machine, at its port."""
    mail_from: str = "accounts@platform.example"
    """Sender of mails for accounts without an e-mail domain of their own; its local part is used on theirs."""
    demo: bool = False
    """Offer the demo's people on the sign-in page and the mailbox at ``/mailbox/``."""
    mailbox: Path | None = None
    """The folder in which the demo's mailbox keeps what it receives."""
    state_dir: Path | None = None
    """Where ``emp run`` keeps the demo's data; empty: ``~/.local/state/account-desk``, and root's in ``/var/lib``."""
    explorer: bool = False
    """Serve ``/explorer/``, and tell the schema to whoever is signed in; the demo always does."""
    trusted_documents: Path | None = None
    """A folder of ``*.json`` files, ``{sha256 in hex: document}``: what the phones' versions send, named by hash."""
    trusted_documents_only: bool = False
    """Refuse every document that is not trusted."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    deadline: Duration = timedelta(seconds=10)
    """How long an operation may take before it is ended."""

    max_streams: Count = Field(default=1000, validation_alias="EMP_LINES")
    """Open streams of live updates of one server process."""
    max_streams_per_address: Count = Field(default=200, validation_alias="EMP_LINES_PER_ADDRESS")
    """Of one server process, from one network address, which may be a proxy's."""
    max_streams_per_person: Count = Field(default=10, validation_alias="EMP_LINES_PER_PERSON")
    """Of one server process, on all their devices; each tab of the page opens one."""
    idle_websocket_timeout_s: Seconds = 60.0
    """Seconds after which a websocket without a subscription is closed."""
    metrics_token: str = ""
    """``/metrics`` answers whoever sends it as ``Authorization: Bearer``; empty: ``/metrics`` is off."""

    session_idle: Duration = timedelta(minutes=30)
    session_absolute: Duration = timedelta(hours=12)
    access_token_life: Duration = timedelta(minutes=10)
    refresh_token_life: Duration = timedelta(days=90)

    sessions_kept: Duration = timedelta(days=180)
    """After their end; a device that somebody has not signed in on for so long is told of as a new one."""
    tokens_kept: Duration = timedelta(days=7)
    """After their end, and that of their session."""
    resets_kept: Duration = timedelta(days=7)
    """After the end of the link."""
    answers_kept: Duration = timedelta(days=7)
    """How long a phone without a network may wait before it sends a call with a ``clientMutationId`` again."""
    devices_known: Duration = timedelta(days=180)
    """After the last sign-in on them: guessing elsewhere does not shut these browsers out."""
    mails_kept: Duration = timedelta(days=400)
    """After their end; those of a term, after the term's, all at once. What the ledger shows goes back so far."""

    refused_passwords: FilePath | None = None
    """A file of passwords that were found in breaches, one a line, refused beside the thirty thousand most common."""
    second_factor_keys: Annotated[tuple[str, ...], NoDecode] = ()
    """Separated by commas: each 32 random bytes in URL-safe Base64. The first seals the secrets of authenticator apps,
    all unseal them; empty: no app can be set up."""
    customer_success_needs_second_factor: bool = False
    """Customer Success may do nothing before an authenticator app is set up."""
    second_factor_tries_per_hour: Count = 10
    """Wrong codes of one person, from everywhere; only who knows the password gets that far."""

    argon2_memory_kib: int = Field(default=19_456, ge=8)
    argon2_passes: Count = 2
    sign_in_attempts_per_person: Limit = 5
    """Tries for one person from one network address in ``sign_in_window`` before sign-in is refused for a while."""
    sign_in_attempts_per_person_anywhere: Limit = 100
    """Tries for one person from all network addresses."""
    sign_in_attempts_per_address: Limit = 50
    """Failures from one network address."""
    sign_in_attempts_everywhere: Limit = 3000
    """Failures for all persons from all addresses. Of these four, 0: no limit. Browsers that somebody has signed in on
    before have tries of their own, as many as a person from one address."""
    sign_in_window: Duration = timedelta(minutes=5)

    requests_at_once: Count = 200
    """Of each process; what comes on top is told to try again."""
    requests_at_once_per_address: Count = 50
    """Of each process, from one network address, which many people may share."""
    calls_per_minute_per_address: Limit = 1200
    """Of the API; 0: no limit. Many people may share an address. Documents that are not known count for their length
    (``api/http/rate_limits.py``)."""
    calls_per_minute_per_person: Limit = 600
    """Of the API; 0: no limit."""
    cost_per_minute_per_person: Limit = 300_000
    """Of all that one person asks of the API, in the unit of ``extensions.cost``: an object of an answer, about a
    twentieth of a millisecond of a processor (``api/execution/cost.py``). Operations count in steps of 100, rounded up;
    mutations, and queries with a field that fails, several times (``api/http/rate_limits.py``). The dearest screen of
    the page costs 2,300. 0: no limit."""
    pending_new_accounts_per_organisation: Limit = 50
    """Requests for new accounts of one organisation that may wait for a decision; 0: no limit."""
    exports_per_hour_per_person: Limit = 60
    """Files of accounts that one person may ask for; 0: no limit."""
    exports_at_once_per_person: Count = 2
    """Of each process."""
    export_timeout_s: Seconds = 60.0
    """Seconds after which a file that is not complete is broken off."""
    requests_per_hour_per_person: Limit = 200
    """Requests of any type that one person may file; 0: no limit."""
    connections_at_once: Count = 2000
    """Sockets of each process; fewer where its limit of open files is lower."""
    connections_per_address: Count = 200
    """Sockets of each process from one address, unless it is a trusted proxy's."""
    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose ``X-Forwarded-For`` and ``-Proto`` are believed; ``*``: all."""
    head_within: Seconds = 10.0
    """Seconds in which a request's line and headers must have come."""
    body_within: Seconds = 30.0
    """Seconds in which a request's body must have come."""
    read_within: Seconds = 60.0
    """Seconds in which a client must take what waits for it."""
    keep_alive_s: float = Field(default=75.0, ge=0, allow_inf_nan=False)
    """Seconds for which a connection without a request stays open: longer than the proxy in front keeps its own, which
    else sends a request on one that is just being closed."""
    drain_s: float = Field(default=5.0, ge=0, allow_inf_nan=False)
    """Seconds after SIGTERM for which a server goes on as before, while ``/readyz`` is red: until the balancer in front
    has noticed."""
    hsts: str = "max-age=63072000; includeSubDomains"
    """What browsers are told by ``Strict-Transport-Security`` where users come by HTTPS; empty: nothing."""

    @field_validator("second_factor_keys", mode="before")
    @classmethod
    def _list_of_keys(cls, keys: object) -> object:
        found = tuple(filter(None, map(str.strip, keys.split(",")))) if isinstance(keys, str) else keys
        if isinstance(found, tuple) and any(not FERNET_KEY.fullmatch(key) for key in found):
            # The words of the error must not show the key.
            raise ValueError("each key is 32 random bytes in URL-safe Base64")
        return found

    @model_validator(mode="after")
    def _second_factor_can_be_set(self) -> "Settings":
        if self.customer_success_needs_second_factor and not self.second_factor_keys:
            raise ValueError("EMP_CUSTOMER_SUCCESS_NEEDS_SECOND_FACTOR takes EMP_SECOND_FACTOR_KEYS")
        return self

    @field_validator("database_url", "database_owner_url", "redis_url", "smtp_url")
    @classmethod
    def _of_a_server(cls, url: str, about: ValidationInfo) -> str:
        schemes = SCHEMES[about.field_name or ""]
        if url and url.partition("://")[0].lower() not in schemes:
            raise ValueError(f"it must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    @field_validator("redis_url", "smtp_url")
    @classmethod
    def _readable(cls, url: str, about: ValidationInfo) -> str:
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 - it is read to see whether it can be
        except ValueError as error:
            # Python's words show what it took for a port, which may be a piece of the password.
            is_number = "out of range" in str(error)
            raise ValueError(postgres_url.WRONG_PORT if is_number else postgres_url.UNREADABLE) from None
        if about.field_name == "smtp_url" and url and not HOST.fullmatch(parts.hostname or ""):
            raise ValueError(f"it names no host; it looks like {EXAMPLES['SMTP_URL']}")
        return url

    @field_validator("redis_url")
    @classmethod
    def _of_a_numbered_database(cls, url: str) -> str:
        # redis-py takes the first where what is named is no number.
        if not url.startswith("unix://") and not re.fullmatch(r"/?\d*", urlsplit(url).path):
            raise ValueError(f"after its host stands the number of a database, as in {EXAMPLES['REDIS_URL']}")
        return url

    @field_validator("redis_url")
    @classmethod
    def _of_the_host_that_it_names(cls, url: str) -> str:
        # Unless told so, redis-py takes a certificate of any host.
        if not url.startswith("rediss://") or "ssl_check_hostname" in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}ssl_check_hostname=true"

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _readable_by_asyncpg(cls, url: str) -> str:
        if not url:
            return url
        _, _, rest = url.partition("://")
        url = f"postgresql://{rest}"
        postgres_url.read(url)
        return url

    @field_validator("trusted_documents")
    @classmethod
    def _folder(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError(f"{path} is no folder")
        return path

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        if not url:
            return url
        found = ORIGIN.fullmatch(url)
        port = int(found["port"]) if found and found["port"] else None
        if found is None or (port is not None and not 0 < port < 65_536):
            raise ValueError(
                "it must be a scheme and a host, and a port where there is one, as in https://desk.example"
            )
        # As browsers write it in the header that it is compared with.
        scheme, host = found["scheme"].lower(), found["host"].lower()
        return f"{scheme}://{host}" if port in {None, DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"

    @field_validator("hsts")
    @classmethod
    def _hsts(cls, value: str) -> str:
        if value and not HSTS.fullmatch(value):
            raise ValueError("it must look like max-age=63072000; includeSubDomains; preload, or be empty")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, address: str) -> str:
        if not is_mail_address(address):
            raise ValueError("it must be an e-mail address alone, as in accounts@platform.example")
        return address

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: str) -> str:
        for proxy in filter(None, map(str.strip, proxies.split(","))):
            try:
                if proxy != "*":
                    ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{error}: each must be an address or a network, as in 10.0.0.0/8, or *") from None
        return proxies

    @property
    def owner_url(self) -> str:
        """The database as the role that owns its tables."""
        return self.database_owner_url or self.database_url

    @property
    def runtime_role(self) -> str:
        """The role that serves where it is not the tables' owner; else empty."""
        if self.database_runtime_role or not self.database_owner_url:
            return self.database_runtime_role
        serving, owning = (postgres_url.read(url).role for url in (self.database_url, self.owner_url))
        return serving if serving != owning else ""

    @property
    def origin(self) -> str:
        """Scheme, host and port that the page is served from, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def is_explorable(self) -> bool:
        """Whether the API tells its schema."""
        return self.demo or self.explorer

    @property
    def is_secure(self) -> bool:
        """Whether users come by HTTPS: cookies are then ``Secure`` and carry the ``__Host-`` prefix."""
        return self.origin.startswith("https://")


class WrongSettings(Exception):
    """A line for each setting that is wrong: its name, and what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


@lru_cache
def settings() -> Settings:
    """The settings of this process. Raises: WrongSettings."""
    folder = os.environ.get(SECRETS_DIR)
    wrong = [*_wrong_folder(folder), *_unknown_names(folder)]
    if wrong:
        raise WrongSettings(*wrong)
    try:
        return Settings(_secrets_dir=folder)
    except ValidationError as error:
        raise WrongSettings(*map(_line, error.errors())) from None
    except OSError as error:
        raise WrongSettings(f"{SECRETS_DIR}: {error.filename} cannot be read ({error.strerror})") from None


def require(*names: str) -> None:
    """See that settings are there that have no default. Raises: WrongSettings."""
    chosen = {
        "DATABASE_URL": settings().database_url,
        "REDIS_URL": settings().redis_url,
        "SMTP_URL": settings().smtp_url,
    }
    missing = [f"{name}: it is not set; it looks like {EXAMPLES[name]}" for name in names if not chosen[name]]
    if missing:
        raise WrongSettings(*missing)


def variable_of(field: str) -> str:
    """The name of a setting in the environment."""
    return str(Settings.model_fields[field].validation_alias or f"EMP_{field.upper()}")


def _wrong_folder(folder: str | None) -> Iterator[str]:
    if folder is not None and not os.path.isdir(folder):
        yield f"{SECRETS_DIR}: {folder} is no folder; name the one with the files, or leave it unset"


def _unknown_names(folder: str | None) -> Iterator[str]:
    """Who misspells a setting has the default instead, which may be less safe."""
    known = {variable_of(field) for field in Settings.model_fields}
    files = os.listdir(folder) if folder and os.path.isdir(folder) else []
    named = [f"{name}={value}" for name, value in os.environ.items()] + [f"{name}=" for name in files]
    for name in sorted(pair.partition("=")[0] for pair in named if not OF_AN_ORCHESTRATOR.match(pair)):
        if name.upper().startswith("EMP_") and name.upper() not in known | OF_COMMANDS:
            (meant, *_) = [*difflib.get_close_matches(name.upper(), known, 1), ""]
            yield f"{name}: there is no setting of this name" + (f"; is it {meant}?" if meant else "; remove it")


def _line(error: ErrorDetails) -> str:
    said = error["msg"].removeprefix("Value error, ")
    if error["type"] == "time_delta_parsing":
        said = "it must be a duration, as in PT10S, PT30M or P90D"
    field = str(error["loc"][0]) if error["loc"] else ""
    if not field:
        return said
    variable = variable_of(field) if field in Settings.model_fields else field
    return f"{variable}: {said}"
