"""Published after a commit: events for the subscribers of live updates, and hints to the workers.

Both are best effort, through the queue server: its loss delays mails until the worker's next minute and makes pages
poll, and no call fails.
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
"""Without a message for so long, a subscriber pings the queue server; it is gone after as long without a reply."""


@dataclass(frozen=True, slots=True)
class Event:
    """A request changed and, when it was approved, its account."""

    request_id: int
    account_id: int | None
    organisation_id: int

    @classmethod
    def read(cls, text: str | bytes) -> "Event | None":
        """Parse what another process published. None for a message of a newer version."""
        try:
            values = json.loads(text)
            return cls(**{field.name: values[field.name] for field in fields(cls)})
        except (ValueError, TypeError, KeyError):
            return None


class Disconnected(Exception):
    """Events may have been lost: the subscriber must load again, and subscribe again."""


class EventBus:
    """Publishes events to every server process, and hints to the workers by ``wake``."""

    def __init__(self, redis: Redis, wake: Callable[[], Awaitable[Any]]) -> None:
        self._redis = redis
        self._wake = wake
        self._breaker = CircuitBreaker()

    async def request_changed(self, event: Event) -> None:
        """Publish an event to the subscribers of its organisation, and wake a worker for the mails of the change."""
        await self._publish(lambda: self._redis.publish(_channel(event.organisation_id), json.dumps(asdict(event))))
        await self.wake_worker()

    async def wake_worker(self) -> None:
        """Make a worker look for due mails now rather than at its next minute."""
        await self._publish(self._wake)

    async def subscribe(self, organisation_id: int | None) -> AsyncGenerator[Event | None, None]:
        """Yield None once subscribed, then the events of an organisation, or of all for None.

        Raises: Disconnected, also when the queue server does not reply any more.
        """
        try:
            async with self._redis.pubsub() as pubsub:
                async with asyncio.timeout(PING_AFTER_S):
                    await pubsub.psubscribe(_channel(organisation_id))
                await _next(pubsub, "psubscribe")
                yield None
                while True:
                    event = Event.read((await _next(pubsub, "pmessage"))["data"])
                    if event is not None:
                        yield event
        except (RedisError, OSError) as error:
            raise Disconnected from error

    async def _publish(self, send: Callable[[], Awaitable[Any]]) -> None:
        if self._breaker.is_open():
            return
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await send()
        except (RedisError, OSError) as error:
            self._breaker.trip()
            log.warning("the queue server hears nothing for a while", error=str(error))


async def _next(pubsub: PubSub, kind: str) -> dict[str, Any]:
    """The next message of a kind, however long it takes. Raises: RedisError, OSError (disconnected, or no reply)."""
    is_pinged = False
    while True:
        message: dict[str, Any] | None = await pubsub.get_message(timeout=PING_AFTER_S)
        if message is None and is_pinged:
            raise TimeoutError("the queue server is silent")
        if message is None:
            await pubsub.ping()
        elif message["type"] == kind:
            return message
        elif message["type"] == "psubscribe":
            # The client has reconnected by itself; what was published meanwhile is lost.
            raise ConnectionError("the connection to the queue server broke")
        is_pinged = message is None


def _channel(organisation_id: int | None) -> str:
    return f"news:{'*' if organisation_id is None else organisation_id}"
