"""Secrets that must be read again are kept sealed, by keys that stand in the settings and not in the database."""

from functools import cache

from cryptography.fernet import Fernet, MultiFernet

from backend.settings import settings


def can_encrypt() -> bool:
    """Whether there is a key."""
    return bool(settings().second_factor_keys)


def encrypt(secret: str) -> str:
    """As it may be stored, by the first key."""
    return _keys(settings().second_factor_keys).encrypt(secret.encode()).decode()


def decrypt(sealed: str) -> str:
    """What was sealed by any of the keys. Raises: cryptography.fernet.InvalidToken, for that of another key."""
    return _keys(settings().second_factor_keys).decrypt(sealed).decode()


@cache
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
