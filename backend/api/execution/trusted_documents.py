"""Trusted documents: those of this product's clients, by the hash that was written when a client was built."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from backend.settings import settings

log = structlog.get_logger()

MANIFEST = "operations.json"


def trusted_documents(page: Path) -> Mapping[str, str]:
    """Texts by their SHA-256 in hex: those in the folder of the built page, and in every file of the settings' folder.

    A file is one JSON object ``{hash: text}``, written by the build of one version of one client; old versions stay
    beside the new ones for as long as somebody has them. A text whose hash is another one is left out, with a warning.
    Raises: ValueError, when a file is no such object.
    """
    texts: dict[str, str] = {}
    for file in _manifests(page):
        entries = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(entries, dict) or not all(isinstance(text, str) for text in entries.values()):
            raise ValueError(f"{file} is not an object of hashes and texts")
        for key, text in entries.items():
            if hash_of(text) == key:
                texts[key] = text
            else:
                log.warning("a trusted document has another hash", file=str(file), hash=key)
    return texts


def hash_of(text: str) -> str:
    """The name of a document on the wire."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _manifests(page: Path) -> Iterator[Path]:
    if (page / MANIFEST).exists():
        yield page / MANIFEST
    folder = settings().trusted_documents
    if folder is not None:
        yield from sorted(folder.glob("*.json"))
