"""Every setting, its meaning and its default; read once from the environment, and from files.

In the folder that ``EMP_SECRETS_DIR`` names, a file may hold what a setting of its name would: for secrets, which then
stand in no environment. A variable wins over a file.
"""

import os
import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, FilePath, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class Settings(BaseSettings):
    """What an operator may choose. Names without a prefix are the ecosystem's; the others begin with ``EMP_``."""

    model_config = SettingsConfigDict(
        env_prefix="EMP_", extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    """PostgreSQL; empty: the embedded one, where it is installed."""
    database_connections: int = Field(default=10, ge=1)
    """Of each process at most: all processes together must stay under PostgreSQL's ``max_connections``."""
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    """Valkey or Redis; empty: the embedded one."""
    smtp_url: str = Field(default="", validation_alias="SMTP_URL")
    """``smtp://user:password@host:port`` (STARTTLS when offered) or ``smtps://…``; empty: the demo's mailbox."""
    smtp_demand_tls: bool = False
    """Refuse to send over a connection that is not encrypted. Set it in production."""
    port: int = Field(default=8000, validation_alias="PORT")
    host: str = "127.0.0.1"
    public_url: str = ""
    """Where users reach the page, used in mails and for the check of origins; empty: derived from host and port."""
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

    deadline: timedelta = timedelta(seconds=10)
    """How long an operation may take before it is ended."""

    lines: int = 1000
    """Open lines of live updates of one server process."""
    lines_per_address: int = 200
    """From one network address, which may be a proxy's."""
    lines_per_person: int = 10
    """On all their devices; each tab of the page holds one."""
    metrics_token: str = ""
    """``/metrics`` answers whoever sends it as ``Authorization: Bearer``; empty: ``/metrics`` is off."""

    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=12)
    access_token_life: timedelta = timedelta(minutes=10)
    refresh_token_life: timedelta = timedelta(days=90)

    sessions_kept: timedelta = timedelta(days=180)
    """After their end; a device that somebody has not signed in on for so long is told of as a new one."""
    tokens_kept: timedelta = timedelta(days=7)
    """After their end, and that of their session."""
    resets_kept: timedelta = timedelta(days=7)
    """After the end of the link."""
    answers_kept: timedelta = timedelta(days=7)
    """How long a phone without a network may wait before it sends a call with a ``clientMutationId`` again."""
    devices_known: timedelta = timedelta(days=180)
    """After the last sign-in on them: guessing elsewhere does not shut these browsers out."""
    mails_kept: timedelta = timedelta(days=400)
    """After their end; those of a term, after the term's, all at once. What the ledger shows goes back so far."""

    refused_passwords: FilePath | None = None
    """A file of passwords that were found in breaches, one a line, refused beside the thirty thousand most common."""
    second_factor_keys: Annotated[tuple[str, ...], NoDecode] = ()
    """Separated by commas: each 32 random bytes in URL-safe Base64. The first seals the secrets of authenticator apps,
    all unseal them; empty: no app can be set up."""
    customer_success_needs_second_factor: bool = False
    """Customer Success may do nothing before an authenticator app is set up."""
    second_factor_tries_per_hour: int = 10
    """Wrong codes of one person, from everywhere; only who knows the password gets that far."""

    argon2_memory_kib: int = 19_456
    argon2_passes: int = 2
    sign_in_attempts_per_person: int = 5
    """Tries for one person from one network address in ``sign_in_window`` before sign-in is refused for a while."""
    sign_in_attempts_per_person_anywhere: int = 100
    """Tries for one person from all network addresses."""
    sign_in_attempts_per_address: int = 50
    """Failures from one network address."""
    sign_in_attempts_everywhere: int = 3000
    """Failures for all persons from all addresses. Of these four, 0: no limit. Browsers that somebody has signed in on
    before have tries of their own, as many as a person from one address."""
    sign_in_window: timedelta = timedelta(minutes=5)

    requests_at_once: int = 200
    """Of each process; what comes on top is told to try again."""
    calls_per_minute_per_address: int = 1200
    """Of the API; 0: no limit. Many people may share an address. Documents that are not known count for their length
    (``graphql/calls.py``)."""
    calls_per_minute_per_person: int = 600
    """Of the API; 0: no limit."""
    pending_new_accounts_per_organisation: int = 50
    """Requests for new accounts of one organisation that may wait for a decision; 0: no limit."""
    requests_per_hour_per_person: int = 200
    """Requests of any type that one person may file; 0: no limit."""
    connections_at_once: int = 2000
    """Sockets of each process; fewer where its limit of open files is lower."""
    connections_per_address: int = 200
    """Sockets of each process from one address, unless it is a trusted proxy's."""
    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose ``X-Forwarded-For`` and ``-Proto`` are believed; ``*``: all."""
    head_within: float = 10.0
    """Seconds in which a request's line and headers must have come."""
    body_within: float = 30.0
    """Seconds in which a request's body must have come."""
    read_within: float = 60.0
    """Seconds in which a client must take what waits for it."""

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

    @field_validator("database_url", "redis_url", "smtp_url")
    @classmethod
    def _readable(cls, url: str) -> str:
        try:
            urlsplit(url).port  # noqa: B018 - it is read to see whether it can be
        except ValueError:
            # Python's words show what it took for a port: a piece of the password.
            raise ValueError("the URL cannot be read: in a password, what is special is written as %2F") from None
        return url

    @field_validator("database_url")
    @classmethod
    def _asyncpg_scheme(cls, url: str) -> str:
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "asyncpg://" + url.removeprefix(scheme)
        return url

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


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings(_secrets_dir=os.environ.get("EMP_SECRETS_DIR"))
