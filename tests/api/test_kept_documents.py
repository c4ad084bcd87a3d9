"""Documents that are not trusted are kept as long as there is room, and then their memory is free at once."""

import gc
from collections.abc import Iterator

import pytest
from graphql import Token

from backend.api.execution.documents import MAX_CACHED_CHARACTERS, MAX_CACHED_DOCUMENTS, Documents
from backend.api.execution.graphql_request import GraphQLRequest
from backend.api.schema import build_schema

SMALL = "{ viewer { id name organisation { name } } }"


def no_documents() -> Documents:
    """Those of a server that has just started."""
    return Documents(build_schema()._schema, {}, trusted_only=False)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Memory is free at once, or stays taken."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def is_kept(documents: Documents, text: str) -> bool:
    """Whether it need not be read once more."""
    return documents.cached(GraphQLRequest(text, None, {}, None)) is not None


def tokens(word: str) -> int:
    """How many of all trees say this word."""
    return sum(isinstance(found, Token) and found.value == word for found in gc.get_objects())


async def test_the_last_ones_are_kept() -> None:
    documents = no_documents()
    texts = [f"{SMALL} # {number}" for number in range(MAX_CACHED_DOCUMENTS + 1)]
    for text in texts:
        await documents.read(text, "client")

    assert [text for text in texts if not is_kept(documents, text)] == texts[:1]


async def test_of_long_ones_fewer_are_kept() -> None:
    documents = no_documents()
    texts = [f"{SMALL} #".ljust(MAX_CACHED_CHARACTERS // 10, letter) for letter in "abcdefghijkl"]
    for text in texts:
        await documents.read(text, "client")

    assert [text for text in texts if not is_kept(documents, text)] == texts[:2]


async def test_the_memory_of_one_that_is_forgotten_is_free_at_once(no_collector: None) -> None:
    documents = no_documents()
    document = await documents.read("{ viewer { forgotten: id } }", "client")
    document.cost(None, {})
    # Whatever the thread had in hand for the first it has let go when it is through with another.
    await documents.read("{ viewer { id } }", "client")
    gc.collect()
    kept = tokens("forgotten")

    del document, documents

    assert kept == 1
    assert tokens("forgotten") == 0
