"""What many mails ask of the database at one moment is asked once: whoever comes first asks for all who wait.

Nothing waits for a clock. While one statement is on its way, those who come meanwhile gather for the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from backend.storage.transient_errors import is_transient_error

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """One question, answered for all who ask it at once: ``answers`` gives one for each, in their order."""

    def __init__(self, answers: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self._answers = answers
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """The answer. Raises: whatever the question raises."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
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

    async def _serve_these(self, waiting: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
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
