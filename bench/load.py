"""Sixteen connections that ask the same thing again and again: by wrk, or by a client of ours where there is no wrk."""

import asyncio
import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

CONNECTIONS = 16

SCRIPT = """
wrk.method = "POST"
wrk.body = [==[{body}]==]
{headers}
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request by POST."""

    port: int
    path: str
    body: bytes
    headers: Mapping[str, str]

    def other(self, query: str, **variables: str | int) -> "Ask":
        """Another query to the same process, by the same person."""
        return asking(self.port, self.path, {"query": query, "variables": variables}, **self.headers)


def asking(port: int, path: str, body: object, **headers: str) -> Ask:
    """A request with a body of JSON."""
    return Ask(port, path, json.dumps(body).encode(), {**headers, "content-type": "application/json"})


def client() -> str:
    """What asks."""
    return "wrk" if shutil.which("wrk") else "a client in Python"


async def requests_per_second(ask: Ask, seconds: float) -> float:
    """How many answers a second. Raises: RuntimeError, when one is no success."""
    if shutil.which("wrk"):
        return await _by_wrk(ask, seconds)
    return await _by_ourselves(ask, seconds)


async def answer_to(ask: Ask) -> bytes:
    """One answer's body. Raises: RuntimeError, when it is no success."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ask.port)
    try:
        return await _once(ask, reader, writer)
    finally:
        writer.close()


async def data_of(ask: Ask) -> Any:
    """The data of one answer. Raises: RuntimeError, when it is no success."""
    return json.loads(await answer_to(ask))["data"]


async def milliseconds(ask: Ask, times: int) -> float:
    """How long one answer takes when nobody else asks; the median, after one that is not counted."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        await answer_to(ask)
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken[1:])


async def _by_wrk(ask: Ask, seconds: float) -> float:
    headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in ask.headers.items())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "ask.lua"
        script.write_text(SCRIPT.format(body=ask.body.decode(), headers=headers))
        command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script))
        running = await asyncio.create_subprocess_exec(
            *command, f"http://127.0.0.1:{ask.port}{ask.path}", stdout=asyncio.subprocess.PIPE
        )
        told = (await running.communicate())[0].decode()
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if running.returncode or not found or "Non-2xx" in told:
        raise RuntimeError(f"not every answer was a success:\n{told}")
    return float(found[1])


async def _by_ourselves(ask: Ask, seconds: float) -> float:
    began = time.perf_counter()
    counts = await asyncio.gather(*(_keep_asking(ask, began + seconds) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - began)


async def _keep_asking(ask: Ask, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", ask.port)
    count = 0
    while time.perf_counter() < until:
        await _once(ask, reader, writer)
        count += 1
    writer.close()
    return count


async def _once(ask: Ask, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    headers = {"host": "localhost", "content-length": str(len(ask.body)), **ask.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {ask.path} HTTP/1.1\r\n{head}\r\n".encode() + ask.body)
    told = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = re.search(r"content-length: (\d+)", told)
    if " 200 " not in told.partition("\r\n")[0] or not length:
        body = await reader.readexactly(int(length[1])) if length else b""
        raise RuntimeError(f"no success: {told}{body.decode()}")
    return await reader.readexactly(int(length[1]))
