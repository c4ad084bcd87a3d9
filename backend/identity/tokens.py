"""Tokens: secrets of clients, of which the server stores only the digest."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """A secret of TOKEN_BYTES random bytes, as URL-safe text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: str) -> str:
    """The SHA-256 of a secret in hexadecimal: 64 characters, by which it is stored and looked up.

    Without salt and fast on purpose: a random secret cannot be guessed from it. Passwords are hashed in passwords.py.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
