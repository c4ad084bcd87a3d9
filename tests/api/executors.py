"""The two executors of queries, asked the same: whichever answers, the answer is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backend.api.compiled import Reader
from tests.desk import Person


@contextmanager
def by_the_ordinary_executor() -> Iterator[None]:
    """Nothing is compiled while the block runs."""

    async def nothing(*_: Any) -> None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "result", nothing)
        yield


async def answers(person: Person, query: str, **variables: Any) -> tuple[bytes, bytes]:
    """What each executor answers, with its status."""
    body = {"query": query, "variables": variables}
    read = await person.client.post("/graphql", json=body)
    with by_the_ordinary_executor():
        walked = await person.client.post("/graphql", json=body)
    return b"%d %s" % (read.status_code, read.content), b"%d %s" % (walked.status_code, walked.content)
