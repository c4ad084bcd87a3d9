"""Encryption of secrets that must be read again; the keys are in the settings, not in the database."""

from functools import cache

from cryptography.fernet import Fernet, MultiFernet

from backend.settings import settings


def can_encrypt() -> bool:
    """Whether a key is set."""
    return bool(settings().second_factor_keys)


def encrypt(secret: str) -> str:
    """The secret as it is stored, encrypted with the first key."""
    return _keys(settings().second_factor_keys).encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """A secret that any of the keys encrypted. Raises: cryptography.fernet.InvalidToken, for that of another key."""
    return _keys(settings().second_factor_keys).decrypt(encrypted).decode()


@cache
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
