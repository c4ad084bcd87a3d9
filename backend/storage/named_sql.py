"""Statements of an SQL file by their names: ``-- name: claim`` begins one, which ends where the next begins."""

import re
from importlib.resources import files

NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)

COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


class NamedStatements(dict[str, str]):
    """SQL by name. Raises LookupError for a name that no statement has."""

    def __missing__(self, name: str) -> str:
        raise LookupError(f"no statement is named {name!r}, only {', '.join(self)}")


def read_statements(package: str, file: str) -> NamedStatements:
    """The statements of a package's file, without lines that are comments. Raises ValueError if two share a name."""
    _, *parts = NAME.split(files(package).joinpath(file).read_text(encoding="utf-8"))
    names = parts[::2]
    if len(set(names)) < len(names):
        raise ValueError(f"{file}: two statements have one name")
    return NamedStatements(zip(names, (COMMENT.sub("", sql).strip() for sql in parts[1::2]), strict=True))
