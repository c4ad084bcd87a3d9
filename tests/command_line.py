"""The command line, as an operator uses it."""

import asyncio
import os
import sys

from backend.settings import settings


async def emp(*arguments: str) -> tuple[int, list[str], str]:
    """Run the command on the desk's database: its exit code, the lines that it prints, and what it says of faults."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", *arguments),
        env=os.environ | {"DATABASE_URL": settings().database_url, "COLUMNS": "80"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines(), err.decode()
