"""The demo as its user starts it: ``emp run`` in a process of its own."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

ROOT = Path(__file__).parents[1]

LIMITS = (
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON",
    "EMP_SIGN_IN_ATTEMPTS_PER_ADDRESS",
    "EMP_SIGN_IN_ATTEMPTS_PER_PERSON_ANYWHERE",
    "EMP_SIGN_IN_ATTEMPTS_EVERYWHERE",
    "EMP_CALLS_PER_MINUTE_PER_PERSON",
    "EMP_COST_PER_MINUTE_PER_PERSON",
    "EMP_CALLS_PER_MINUTE_PER_ADDRESS",
    "EMP_REQUESTS_PER_HOUR_PER_PERSON",
    "EMP_PENDING_NEW_ACCOUNTS_PER_ORGANISATION",
)
"""All visitors of a test's demo come from one address, and as a few people."""


async def run(port: int, temporary: Path) -> Process:
    """Start the demo, with all that it has in a folder."""
    embedded = {
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": "",
        "TMPDIR": str(temporary),
        "EMP_STATE_DIR": str(temporary / "state"),
        "PORT": str(port),
    }
    embedded |= dict.fromkeys(LIMITS, "1000000")
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", "run"),
        cwd=ROOT,
        env=os.environ | embedded,
        stdout=PIPE,
        stderr=STDOUT,
    )


async def welcome(demo: Process) -> str:
    """What it prints once it is ready."""
    assert demo.stdout
    said = ""
    while "Ctrl-C" not in said:
        line = await asyncio.wait_for(demo.stdout.readline(), 60)
        assert line, said
        said += line.decode()
    return said


async def stop(demo: Process, how: signal.Signals = signal.SIGINT) -> int:
    demo.send_signal(how)
    await asyncio.wait_for(demo.communicate(), 60)
    assert demo.returncode is not None
    return demo.returncode
