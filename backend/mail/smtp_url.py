"""Where mails go, as ``SMTP_URL`` says."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Host:
    """Where mails go, as ``SMTP_URL`` says: smtp:// upgrades when the host offers, smtps:// is TLS from the start."""

    name: str
    port: int
    username: str | None
    password: str | None
    tls_from_start: bool
    tls_demanded: bool

    @classmethod
    def of(cls, url: str, *, tls_demanded: bool) -> "Host":
        """The host of a URL. Raises: ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:port")
        secure = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if secure else 587),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            secure,
            tls_demanded,
        )

    @property
    def address(self) -> str:
        """What tells this host from others."""
        return f"{self.name}:{self.port}"
