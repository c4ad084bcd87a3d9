"""Awaiting a field for a whole level: its coroutines run side by side, and their loads are fetched together."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, Sequence
from types import coroutine
from typing import Any, NamedTuple


class Wanted(NamedTuple):
    """What a coroutine that was started cannot go on without."""

    loader: "LevelLoader"
    key: Hashable


class LevelLoader:
    """What a ``DataLoader`` is to the ordinary executor: ``load`` by key, fetched for many keys at once.

    ``load`` may be awaited under ``together`` only, which fetches before it resumes.
    """

    def __init__(self, load_fn: Callable[[list[Any]], Awaitable[Sequence[Any]]]) -> None:
        self._load_fn = load_fn
        self._loaded: dict[Hashable, Any] = {}

    @coroutine
    def load(self, key: Hashable) -> Generator[Wanted, None, Any]:
        """What belongs to a key. Raises: what the loading function returned for it, when that is an exception."""
        if key not in self._loaded:
            yield Wanted(self, key)
        value = self._loaded[key]
        if isinstance(value, Exception):
            raise value
        return value

    async def load_many(self, keys: Sequence[Hashable]) -> list[Any]:
        """What belongs to some keys, in their order. Raises: as ``load``, for the first that does."""
        await self.fetch(keys)
        values = [self._loaded[key] for key in keys]
        for value in values:
            if isinstance(value, Exception):
                raise value
        return values

    def prime(self, key: Hashable, value: Any) -> None:
        """Take what is known already."""
        self._loaded[key] = value

    async def fetch(self, keys: Sequence[Hashable]) -> None:
        """Load what is not loaded yet."""
        missing = list(set(keys).difference(self._loaded))
        if missing:
            self._loaded.update(zip(missing, await self._load_fn(missing), strict=True))


async def together(started: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """The results of coroutines that nobody else runs. Raises: what the first that fails raises."""
    results: list[Any] = [None] * len(started)
    running = list(enumerate(started))
    elsewhere: dict[int, Coroutine[Any, Any, Any]] = {}
    try:
        while running:
            waiting: list[tuple[int, Coroutine[Any, Any, Any]]] = []
            wanted: dict[LevelLoader, list[Hashable]] = defaultdict(list)
            for place, one in running:
                try:
                    asked = one.send(None)
                except StopIteration as end:
                    results[place] = end.value
                    continue
                if isinstance(asked, Wanted):
                    wanted[asked.loader].append(asked.key)
                    waiting.append((place, one))
                else:
                    elsewhere[place] = _alone(one, asked)
            for loader, keys in wanted.items():
                await loader.fetch(keys)
            running = waiting
        if len(elsewhere) == 1:
            ((place, alone),) = elsewhere.items()
            results[place] = await alone
        elif elsewhere:
            results_elsewhere = await asyncio.gather(*elsewhere.values())
            for place, result in zip(elsewhere, results_elsewhere, strict=True):
                results[place] = result
        return results
    except BaseException:
        for one in (*elsewhere.values(), *started):
            one.close()
        raise


async def _alone(one: Coroutine[Any, Any, Any], asked: Any) -> Any:
    """A coroutine's result, after it asked the event loop for something (a future, or a turn): in a task of its own."""
    try:
        while True:
            try:
                if isinstance(asked, Wanted):
                    await asked.loader.fetch([asked.key])
                else:
                    await _passed_on(asked)
            except BaseException as error:  # it is the coroutine's to handle, a cancellation too
                asked = one.throw(error)
            else:
                asked = one.send(None)
    except StopIteration as end:
        return end.value


@coroutine
def _passed_on(asked: Any) -> Generator[Any, None, None]:
    yield asked
