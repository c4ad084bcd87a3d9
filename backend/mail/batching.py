"""What many mails ask of the database at one moment is asked once: whoever comes first asks for all who wait.

Nothing waits for a clock. While one statement is on its way, those who come meanwhile gather for the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from backend.storage.transient_errors import is_transient_error

Item = TypeVar("Asked")
Result = TypeVar("Answer")


class Batcher(Generic[Item, Result]):
    """One question, answered for all who ask it at once: ``answers`` gives one for each, in their order."""

    def __init__(self, answers: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._answers = answers
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def submit(self, asked: Item) -> Result:
        """The answer. Raises: whatever the question raises."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._serving is None:
            # A task begins after all that are ready now: they come along.
            self._serving = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._serve_these(waiting)
        finally:
            self._serving = None

    async def _serve_these(self, waiting: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            answers = await self._answers([asked for asked, _ in waiting])
        except Exception as error:
            if len(waiting) > 1 and not is_transient_error(error):
                # What is wrong with one must not hold up the others.
                for one in waiting:
                    await self._serve_these([one])
                return
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), given in zip(waiting, answers, strict=True):
                if not answer.done():
                    answer.set_result(given)
