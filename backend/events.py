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

from backend.circuit_breaker import ANSWER_WITHIN, Absence

log = structlog.get_logger()

QUIET_FOR = 10.0
"""Seconds without a word from the queue server after which it is asked whether it is there."""


@dataclass(frozen=True, slots=True)
class News:
    """A request changed and, when it was approved, its account."""

    request_id: int
    account_id: int | None
    organisation_id: int

    @classmethod
    def read(cls, text: str | bytes) -> "News | None":
        """What another process has published. None for what only a newer version knows."""
        try:
            told = json.loads(text)
            return cls(**{field.name: told[field.name] for field in fields(cls)})
        except (ValueError, TypeError, KeyError):
            return None


class LinkLost(Exception):
    """News may have been missed: whoever watches must look again, and watch anew."""


class Live:
    """News to every server process, and hints to the worker by way of ``wake``."""

    def __init__(self, redis: Redis, wake: Callable[[], Awaitable[Any]]) -> None:
        self._redis = redis
        self._wake = wake
        self._absence = Absence()

    async def request_changed(self, news: News) -> None:
        """Tell whoever watches the organisation; mails of the change are due at once."""
        await self._tell(lambda: self._redis.publish(_channel(news.organisation_id), json.dumps(asdict(news))))
        await self.mail_is_due()

    async def mail_is_due(self) -> None:
        """Wake the worker now rather than at its next minute."""
        await self._tell(self._wake)

    async def watch(self, organisation_id: int | None) -> AsyncGenerator[News | None, None]:
        """None as soon as news would be heard, then the news of an organisation, or of all.

        Raises: LinkLost, also when the queue server has fallen silent.
        """
        try:
            async with self._redis.pubsub() as watcher:
                async with asyncio.timeout(QUIET_FOR):
                    await watcher.psubscribe(_channel(organisation_id))
                await _next(watcher, "psubscribe")
                yield None
                while True:
                    news = News.read((await _next(watcher, "pmessage"))["data"])
                    if news is not None:
                        yield news
        except (RedisError, OSError) as error:
            raise LinkLost from error

    async def _tell(self, say: Callable[[], Awaitable[Any]]) -> None:
        if self._absence.lasts():
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await say()
        except (RedisError, OSError) as error:
            self._absence.begins()
            log.warning("the queue server hears nothing for a while", error=str(error))


async def _next(watcher: PubSub, awaited: str) -> dict[str, Any]:
    """The next message of a kind, however long it takes. Raises: RedisError, OSError (the line broke, or is silent)."""
    asked = False
    while True:
        message: dict[str, Any] | None = await watcher.get_message(timeout=QUIET_FOR)
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
