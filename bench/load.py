"""Load on 16 connections that repeat one call: by wrk, or by a client in Python where wrk is not installed."""

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
class Call:
    """A POST request to a local process."""

    port: int
    path: str
    body: bytes
    headers: Mapping[str, str]

    def with_query(self, query: str, **variables: str | int) -> "Call":
        """A call with another query to the same process, with the same headers."""
        return call_of(self.port, self.path, {"query": query, "variables": variables}, **self.headers)


def call_of(port: int, path: str, body: object, **headers: str) -> Call:
    """A call with a JSON body."""
    return Call(port, path, json.dumps(body).encode(), {**headers, "content-type": "application/json"})


def client_name() -> str:
    """Name of the client program that generates the load."""
    return "wrk" if shutil.which("wrk") else "a client in Python"


async def requests_per_second(call: Call, seconds: float) -> float:
    """Answers per second. Raises: RuntimeError, when one is not a success."""
    if shutil.which("wrk"):
        return await _rate_by_wrk(call, seconds)
    return await _rate_by_python(call, seconds)


async def answer_to(call: Call) -> bytes:
    """The body of one answer. Raises: RuntimeError, when it is not a success."""
    reader, writer = await asyncio.open_connection("127.0.0.1", call.port)
    try:
        return await _send(call, reader, writer)
    finally:
        writer.close()


async def data_of(call: Call) -> Any:
    """The data of one answer. Raises: RuntimeError, when it is no success."""
    return json.loads(await answer_to(call))["data"]


async def milliseconds(call: Call, times: int) -> float:
    """How long one answer takes when nobody else asks; the median, after one that is not counted."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        await answer_to(call)
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken[1:])


async def _rate_by_wrk(call: Call, seconds: float) -> float:
    headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in call.headers.items())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "ask.lua"
        script.write_text(SCRIPT.format(body=call.body.decode(), headers=headers))
        command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script))
        running = await asyncio.create_subprocess_exec(
            *command, f"http://127.0.0.1:{call.port}{call.path}", stdout=asyncio.subprocess.PIPE
        )
        response = (await running.communicate())[0].decode()
    found = re.search(r"Requests/sec:\s+([\d.]+)", response)
    if running.returncode or not found or "Non-2xx" in response:
        raise RuntimeError(f"not every answer was a success:\n{response}")
    return float(found[1])


async def _rate_by_python(call: Call, seconds: float) -> float:
    began = time.perf_counter()
    counts = await asyncio.gather(*(_repeat_calls(call, began + seconds) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - began)


async def _repeat_calls(call: Call, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", call.port)
    count = 0
    while time.perf_counter() < until:
        await _send(call, reader, writer)
        count += 1
    writer.close()
    return count


async def _send(call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    headers = {"host": "localhost", "content-length": str(len(call.body)), **call.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {call.path} HTTP/1.1\r\n{head}\r\n".encode() + call.body)
    response = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = re.search(r"content-length: (\d+)", response)
    if " 200 " not in response.partition("\r\n")[0] or not length:
        body = await reader.readexactly(int(length[1])) if length else b""
        raise RuntimeError(f"no success: {response}{body.decode()}")
    return await reader.readexactly(int(length[1]))
