"""The syntax of e-mail addresses and domains: strict enough to refuse what no mail server would accept."""

import re

LOCAL_PART = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f.]+(\.[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f.]+)*")

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)

MAX_ADDRESS_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64
MAX_DOMAIN_LENGTH = 253


def is_mail_domain(text: str) -> bool:
    """Whether a text is a host name, also an international one, to which mail can be addressed."""
    try:
        encoded = text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return len(encoded) <= MAX_DOMAIN_LENGTH and all(LABEL.fullmatch(label) for label in encoded.split("."))


def is_mail_address(text: str) -> bool:
    """Whether a text is an e-mail address alone, without a display name."""
    local, separator, domain = text.rpartition("@")
    fits = len(text) <= MAX_ADDRESS_LENGTH and len(local.encode()) <= MAX_LOCAL_PART_LENGTH
    return bool(separator) and fits and LOCAL_PART.fullmatch(local) is not None and is_mail_domain(domain)
