"""Connections after the Relay specification, over keyset pages; ``totalCount`` is counted only when asked for."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

import strawberry

from backend.storage.keyset import Page

N = TypeVar("N")


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "ASC"
    DESC = "DESC"


strawberry.enum(Direction, description="Which way a list is sorted.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began after a cursor.")
    start_cursor: str | None = strawberry.field(description="Of the first object.")
    end_cursor: str | None = strawberry.field(description="Of the last object: ask for what is after it.")


@strawberry.type(description="An object of a list and its place.")
class Edge(Generic[N]):
    node: N = strawberry.field(description="The object.")
    cursor: str = strawberry.field(description="Its place in this order of the list.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    edges: list[Edge[N]] = strawberry.field(description="The objects with their cursors.")
    nodes: list[N] = strawberry.field(description="The objects.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many objects the whole list has.")
    async def total_count(self) -> int:
        return await self.counted()


def connection(page: Page, nodes: Sequence[N], counted: Callable[[], Awaitable[int]]) -> Connection[N]:
    """The connection of a page, whose nodes stand in the page's order."""
    return Connection(
        edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, page.cursors, strict=True)],
        nodes=list(nodes),
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        counted=counted,
    )
