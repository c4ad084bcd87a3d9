"""What reaches beyond a request after its commit: news for whoever watches, and a hint to the worker.

Both are best effort by way of the queue server: its loss delays mails until the worker's next minute and lets pages
poll, and fails nothing.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

log = structlog.get_logger()

SEND_DUE_MAIL = "send_due_mail"


@dataclass(frozen=True, slots=True)
class News:
    """A request changed and, when it was approved, its account."""

    request_id: int
    account_id: int | None
    organisation_id: int


def queue(url: str) -> ArqRedis:
    """The queue server; jobs are JSON, since whoever can write a pickle into it could run code here."""
    pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=None)
    return ArqRedis(pool, job_serializer=job_to_json, job_deserializer=json.loads)


def job_to_json(job: Any) -> bytes:
    """A job as the queue holds it."""
    return json.dumps(job, default=str).encode()


class Live:
    """News to every server process, and hints to the worker."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def request_changed(self, news: News) -> None:
        """Tell whoever watches the organisation; mails of the change are due at once."""
        try:
            await self._redis.publish(_channel(news.organisation_id), json.dumps(asdict(news)))
        except (RedisError, OSError) as error:
            log.warning("nobody was told of a change", error=str(error))
        await self.mail_is_due()

    async def mail_is_due(self) -> None:
        """Wake the worker now rather than at its next minute."""
        try:
            await self._redis.enqueue_job(SEND_DUE_MAIL)
        except (RedisError, OSError) as error:
            log.warning("the worker was not woken", error=str(error))

    async def watch(self, organisation_id: int | None) -> AsyncGenerator[News, None]:
        """News of an organisation, or of all. Raises: RedisError, when the link is lost."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as watcher:
            await watcher.psubscribe(_channel(organisation_id))
            async with aclosing(watcher.listen()) as messages:
                async for message in messages:
                    yield News(**json.loads(message["data"]))


def _channel(organisation_id: int | None) -> str:
    return f"news:{'*' if organisation_id is None else organisation_id}"
