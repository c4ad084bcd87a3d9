"""The limit: one SQL statement that returns the finished JSON, served by Starlette without authorization."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE = """
SELECT json_build_object('data', json_build_object('accounts', json_build_object(
    'nodes', coalesce(json_agg(json_build_object(
        'id', a.id, 'name', a.name, 'clientName', a.client_name, 'licence', json_build_object('code', a.licence),
        'datapoints', a.datapoints, 'sector', json_build_object('code', a.sector),
        'country', json_build_object('code', a.country), 'rtcLines', a.rtc_lines, 'mailDomain', a.mail_domain,
        'startsOn', a.starts_on, 'expiresOn', a.expires_on, 'zone', 'ACTIVE',
        'pendingRequests', (
            SELECT coalesce(json_agg(json_build_object('id', r.id, 'type', r.type, 'state', r.state)), '[]')
              FROM change_request r WHERE r.account_id = a.id AND r.state = 'PENDING'
        )) ORDER BY lower(a.name), a.id) FILTER (WHERE place <= 50), '[]'),
    'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', max(a.id) FILTER (WHERE place = 50))
)))::text
  FROM (
      SELECT a.*, row_number() OVER (ORDER BY lower(a.name), a.id) AS place FROM account a
       WHERE a.organisation_id = $1 AND a.expires_on >= current_date ORDER BY lower(a.name), a.id LIMIT 51
  ) AS a
"""


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, server_settings={"jit": "off", "random_page_cost": "1.1"},
        reset=_no_reset,
    ) as app.state.pool:  # fmt: skip
        yield


async def _no_reset(connection: object) -> None:
    """Return connections to the pool without a reset."""


async def _page(request: Request) -> Response:
    organisation = int(os.environ["BENCH_ORGANISATION"])
    await request.body()
    async with request.app.state.pool.acquire() as connection:
        return Response(await connection.fetchval(PAGE, organisation), media_type="application/json")


app = Starlette(routes=[Route("/graphql", _page, methods=["POST"])], lifespan=_lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
