"""The ASGI application: routes, lifespan, headers; nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from backend.api.execution.documents import Documents
from backend.api.execution.trusted_documents import trusted_documents
from backend.api.http.endpoint import Endpoint
from backend.api.schema import build_schema
from backend.concurrency import ConcurrencyLimiter
from backend.events import EventBus
from backend.settings import settings
from backend.storage.database import database
from backend.storage.privileges import warn_if_overprivileged
from backend.storage.rate_limiter import RateLimiter
from backend.storage.role_defaults import warn_of_lost_timeouts
from backend.storage.tortoise_client import OF_REQUESTS
from backend.web.csv_export import accounts_as_csv
from backend.web.drain import drained_at_sigterm
from backend.web.explorer import explorer_routes
from backend.web.health import Readiness, end_when_exhausted, healthz, healthz_detail, readyz
from backend.web.limits import AddressRateLimit, ConcurrencyLimits, UnexpectedErrors
from backend.web.mail_page import mail_page
from backend.web.mailbox_page import mailbox_app
from backend.web.metrics import metrics
from backend.web.security_headers import SameOrigin, SecurityHeaders
from backend.web.static_files import PAGE, page_routes
from backend.worker import queue, wake


def create_app() -> Starlette:
    """The application of this process, by its settings."""
    redis = queue(settings().redis_url)
    counter = RateLimiter(settings().redis_url)
    documents = Documents(
        build_schema()._schema, trusted_documents(PAGE), trusted_only=settings().trusted_documents_only
    )
    under_way = ConcurrencyLimiter()
    endpoint = Endpoint(EventBus(redis, partial(wake, redis)), counter, documents)
    app = Starlette(
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/management/{zone}.csv", accounts_as_csv),
            Route("/mails/{id}", mail_page),
            Route("/healthz", healthz),
            Route("/healthz/detail", healthz_detail),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *_mailbox(),
            *explorer_routes(),
            *page_routes(),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(ConcurrencyLimits, limiter=under_way),
            Middleware(UnexpectedErrors),
            Middleware(AddressRateLimit, counter=counter),
            Middleware(SameOrigin),
        ],
        lifespan=_lifespan,
    )
    app.state.redis, app.state.counter, app.state.under_way = redis, counter, under_way
    app.state.readiness = Readiness(redis)
    return app


def _mailbox() -> list[BaseRoute]:
    folder = settings().mailbox
    if not settings().demo or folder is None:
        return []
    return [Mount("/mailbox", mailbox_app(folder))]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.state.redis)
        stack.push_async_callback(app.state.counter.close)
        await stack.enter_async_context(database(settings().database_url))
        await warn_if_overprivileged()
        await warn_of_lost_timeouts(OF_REQUESTS)
        watch = asyncio.create_task(end_when_exhausted())
        stack.callback(watch.cancel)
        stack.enter_context(drained_at_sigterm())
        yield
