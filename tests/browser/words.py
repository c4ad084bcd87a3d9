"""The words of the interface, as its catalogues have them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

CATALOGUES = Path(__file__).parents[2] / "frontend" / "src" / "i18n"

LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES", "ca": "ca-ES"}
"""Each language, and what a browser calls it."""


def words(language: str) -> Mapping[str, str]:
    """Every word of the interface in a language."""
    told: Mapping[str, str] = json.loads((CATALOGUES / f"{language}.json").read_text(encoding="utf-8"))
    return told


def said(message: str, **values: object) -> str:
    """A message of a catalogue with these values in it; of a plural, the form for many."""
    for name, value in values.items():
        plural = re.compile(rf"\{{{name}, plural, .*?other \{{([^}}]*)\}}\}}")
        message = plural.sub(r"\1", message).replace("#", str(value)).replace(f"{{{name}}}", str(value))
    return message
