"""What many mails ask of the database at one moment is item once: whoever comes first asks for all who wait.

Nothing waits for a clock. While one statement is on its way, those who come meanwhile gather for the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from backend.storage.transient_errors import is_transient_error

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """One question, answered for all who ask it at once: ``results`` gives one for each, in their order."""

    def __init__(self, results: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._process = results
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """The result. Raises: whatever the question raises."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._serving is None:
            # A task begins after all that are ready now: they come along.
            self._serving = asyncio.create_task(self._serve())
        return await result

    async def _serve(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._serve_these(waiting)
        finally:
            self._serving = None

    async def _serve_these(self, waiting: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._process([item for item, _ in waiting])
        except Exception as error:
            if len(waiting) > 1 and not is_transient_error(error):
                # What is wrong with one must not hold up the others.
                for one in waiting:
                    await self._serve_these([one])
                return
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(waiting, results, strict=True):
                if not future.done():
                    future.set_result(result)
