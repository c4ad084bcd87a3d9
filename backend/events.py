"""What reaches beyond a request after its commit: news for whoever watches, and a hint to the worker.

Both are best effort by way of the queue server: its loss delays mails until the worker's next minute and lets pages
poll, and fails nothing.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from backend.circuit_breaker import ANSWER_TIMEOUT_S, CircuitBreaker

log = structlog.get_logger()

PING_AFTER_S = 10.0
"""Seconds without a word from the queue server after which it is asked whether it is there."""


@dataclass(frozen=True, slots=True)
class Event:
    """A request changed and, when it was approved, its account."""

    request_id: int
    account_id: int | None
    organisation_id: int

    @classmethod
    def read(cls, text: str | bytes) -> "Event | None":
        """What another process has published. None for what only a newer version knows."""
        try:
            told = json.loads(text)
            return cls(**{field.name: told[field.name] for field in fields(cls)})
        except (ValueError, TypeError, KeyError):
            return None


class Disconnected(Exception):
    """News may have been missed: whoever watches must look again, and watch anew."""


class EventBus:
    """News to every server process, and hints to the worker by way of ``wake``."""

    def __init__(self, redis: Redis, wake: Callable[[], Awaitable[Any]]) -> None:
        self._redis = redis
        self._wake = wake
        self._breaker = CircuitBreaker()

    async def request_changed(self, news: Event) -> None:
        """Tell whoever watches the organisation; mails of the change are due at once."""
        await self._publish(lambda: self._redis.publish(_channel(news.organisation_id), json.dumps(asdict(news))))
        await self.wake_worker()

    async def wake_worker(self) -> None:
        """Wake the worker now rather than at its next minute."""
        await self._publish(self._wake)

    async def subscribe(self, organisation_id: int | None) -> AsyncGenerator[Event | None, None]:
        """None as soon as news would be heard, then the news of an organisation, or of all.

        Raises: Disconnected, also when the queue server has fallen silent.
        """
        try:
            async with self._redis.pubsub() as watcher:
                async with asyncio.timeout(PING_AFTER_S):
                    await watcher.psubscribe(_channel(organisation_id))
                await _next(watcher, "psubscribe")
                yield None
                while True:
                    news = Event.read((await _next(watcher, "pmessage"))["data"])
                    if news is not None:
                        yield news
        except (RedisError, OSError) as error:
            raise Disconnected from error

    async def _publish(self, say: Callable[[], Awaitable[Any]]) -> None:
        if self._breaker.is_open():
            return
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await say()
        except (RedisError, OSError) as error:
            self._breaker.trip()
            log.warning("the queue server hears nothing for a while", error=str(error))


async def _next(watcher: PubSub, awaited: str) -> dict[str, Any]:
    """The next message of a kind, however long it takes. Raises: RedisError, OSError (the line broke, or is silent)."""
    asked = False
    while True:
        message: dict[str, Any] | None = await watcher.get_message(timeout=PING_AFTER_S)
        if message is None and asked:
            raise TimeoutError("the queue server is silent")
        if message is None:
            await watcher.ping()
        elif message["type"] == awaited:
            return message
        elif message["type"] == "psubscribe":
            # The client reached the server anew by itself; what was said meanwhile is lost.
            raise ConnectionError("the line to the queue server broke")
        asked = message is None


def _channel(organisation_id: int | None) -> str:
    return f"news:{'*' if organisation_id is None else organisation_id}"
