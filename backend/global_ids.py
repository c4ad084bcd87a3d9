"""Global ids: opaque to clients, made of a type's name and a row's key; in the API and in the links of mails."""

import base64
import binascii
from functools import lru_cache

from backend.errors import BadInput

MAX_KEY = 2**63 - 1


@lru_cache(maxsize=10_000)
def global_id(type_name: str, key: int) -> str:
    """The id of an object of this type."""
    # Of letters, digits and a colon, Base64 makes neither of the two characters that a URL could not hold.
    return binascii.b2a_base64(f"{type_name}:{key}".encode(), newline=False).rstrip(b"=").decode("ascii")


def key_in(text: str, *type_names: str) -> int:
    """The row's key in an id of one of these types. Raises: BadInput."""
    type_name, key = parts_of(text)
    if type_name not in type_names:
        raise BadInput
    return key


def parts_of(text: str) -> tuple[str, int]:
    """The type's name and the row's key. Raises: BadInput, also for any other spelling of the same id."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        type_name, _, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        row_key = int(key)
    except (UnicodeError, binascii.Error, ValueError):
        raise BadInput from None
    if not 0 < row_key <= MAX_KEY or global_id(type_name, row_key) != text:
        raise BadInput
    return type_name, row_key
