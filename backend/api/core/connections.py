"""Connections after the Relay specification, over keyset pages; ``totalCount`` is counted only when asked for."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Generic, TypeVar

import strawberry
from orjson import Fragment

from backend.api.core.authorization import Audience, visible_to
from backend.storage.keyset import JsonPage, Page

N = TypeVar("N")


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "ASC"
    """Smallest or earliest first."""
    DESC = "DESC"
    """Largest or latest first."""


strawberry.enum(Direction, description="Which way a list is sorted.")


@visible_to(Audience.PARENT)
@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="Whether more follow.")
    def has_next_page(self) -> bool:
        return self.page.has_next

    @strawberry.field(description="Whether the page began after a cursor.")
    def has_previous_page(self) -> bool:
        return self.page.has_previous

    @strawberry.field(description="Of the first object.")
    def start_cursor(self) -> str | None:
        return self.page.cursor(0) if self.page.rows else None

    @strawberry.field(description="Of the last object: ask for what is after it.")
    def end_cursor(self) -> str | None:
        return self.page.cursor(-1) if self.page.rows else None


@visible_to(Audience.PARENT)
@strawberry.type(description="An object of a list and its place.")
class Edge(Generic[N]):
    node: N = strawberry.field(description="The object.")
    cursor: str = strawberry.field(description="Its place in this order of the list.")


@visible_to(Audience.PARENT)
@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    page: strawberry.Private[Page[Any]]
    found: strawberry.Private[list[N]]
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The objects with their cursors.")
    def edges(self) -> list[Edge[N]]:
        return [Edge(node=node, cursor=cursor) for node, cursor in zip(self.found, self.page.cursors, strict=True)]

    @strawberry.field(description="The objects.")
    def nodes(self) -> list[N]:
        return self.found

    @strawberry.field(description="Where the page stands in the list.")
    def page_info(self) -> PageInfo:
        return PageInfo(page=self.page)

    @strawberry.field(description="How many objects the whole list has.")
    async def total_count(self) -> int:
        return await self.counted()


def connection(page: Page[Any], of: Callable[[Any], N], counted: Callable[[], Awaitable[int]]) -> Connection[N]:
    """The connection of a page, each of whose rows becomes an object, or is finished JSON for the compiled reads."""
    found: list[Any]
    if isinstance(page, JsonPage):
        found = [None if text is None else Fragment(text) for text in page.rows]
    else:
        found = list(map(of, page.rows))
    return Connection(page=page, found=found, counted=counted)
