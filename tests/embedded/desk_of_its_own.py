"""A supervisor in a process of its own, for tests that kill it: ``python -m tests.embedded.desk_of_its_own``.

Arguments: a folder, the folder of PostgreSQL's programs, the user to become or 0, and who ends the children: kernel or
guard. Prints the children's process ids, then waits.
"""

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio imports it late, when it may be out of reach
import os
import sys
from pathlib import Path

from backend.embedded import postgres, processes
from backend.embedded.part import Part
from backend.embedded.supervisor import Supervisor


async def at_once() -> bool:
    """Ready at once."""
    return True


async def run(folder: Path) -> None:
    """Start a server and a sleeper, and wait to be killed."""
    supervisor = Supervisor(folder / "logs")
    await supervisor.start(postgres.Cluster(folder / "postgres", folder / "sockets", durable=False).part())
    await supervisor.start(Part("sleeper", ("/bin/sleep", "3600"), at_once))
    sys.stdout.write(f"{supervisor.pid_of('postgres')} {supervisor.pid_of('sleeper')}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    place, binaries, user, tie = sys.argv[1:]
    processes.ON_LINUX = processes.ON_LINUX and tie == "kernel"
    if int(user):
        # Whatever could be imported is; from here on the checkout may be out of reach.
        postgres.find_binaries = lambda owner: Path(binaries)  # type: ignore[attr-defined]
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    asyncio.run(run(Path(place)))
