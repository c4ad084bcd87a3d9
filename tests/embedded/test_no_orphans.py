"""Nothing outlives the supervisor, however it dies, whoever runs it; and its servers start again afterwards."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend.embedded.postgres import unprivileged_owner
from backend.embedded.postgres_binaries import find_binaries
from backend.embedded.processes import ON_LINUX, command_line_of
from tests.waiting import until

ROOT = Path(__file__).parents[2]
WE_ARE_ROOT = os.getuid() == 0

needs_root = pytest.mark.skipif(not WE_ARE_ROOT, reason="only root can become somebody else")
needs_kernel = pytest.mark.skipif(not ON_LINUX, reason="only Linux ties a process to its parent")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach."""
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        owner = unprivileged_owner()
        if owner:
            os.chown(name, owner.uid, owner.gid)
        yield Path(name)


@pytest.fixture
async def bystander() -> AsyncIterator[asyncio.subprocess.Process]:
    """Some other program of PostgreSQL's user."""
    owner = unprivileged_owner()
    program = await asyncio.create_subprocess_exec("/bin/sleep", "3600", user=owner.uid if owner else None)
    yield program
    program.kill()
    await program.wait()


async def start(folder: Path, user: int = 0, tie: str = "kernel") -> tuple[asyncio.subprocess.Process, list[int]]:
    """Start a supervisor by itself. Returns it and its children's process ids."""
    command = ("-m", "tests.embedded.desk_of_its_own", str(folder), str(find_binaries(unprivileged_owner())))
    desk = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, str(user), tie), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert desk.stdout
    children = [int(pid) for pid in (await desk.stdout.readline()).split()]
    assert len(children) == 2
    return desk, children


async def kill(desk: asyncio.subprocess.Process) -> None:
    desk.kill()
    await desk.wait()


@pytest.mark.parametrize("tie", [pytest.param("kernel", marks=needs_kernel), "guard"])
async def test_the_children_end_when_their_supervisor_is_killed(folder: Path, tie: str) -> None:
    desk, children = await start(folder, tie=tie)

    await kill(desk)

    await until(lambda: not any(command_line_of(pid) for pid in children))


@needs_root
@pytest.mark.parametrize("tie", [pytest.param("kernel", marks=needs_kernel), "guard"])
async def test_the_same_holds_for_an_ordinary_user(folder: Path, tie: str) -> None:
    nobody = unprivileged_owner()
    assert nobody
    desk, children = await start(folder, user=nobody.uid, tie=tie)
    assert {os.stat(f"/proc/{pid}").st_uid for pid in children} == {nobody.uid}

    await kill(desk)

    await until(lambda: not any(command_line_of(pid) for pid in children))


async def test_a_new_supervisor_starts_where_a_killed_one_left_off(folder: Path) -> None:
    desk, first = await start(folder)
    await kill(desk)

    desk, second = await start(folder)

    assert not set(first) & set(second)
    await kill(desk)
    await until(lambda: not any(command_line_of(pid) for pid in second))


async def test_two_supervisors_live_side_by_side(folder: Path) -> None:
    one, its_children = await start(folder / "8000")
    other, others_children = await start(folder / "8001")

    await kill(one)

    await until(lambda: not any(command_line_of(pid) for pid in its_children))
    assert all(command_line_of(pid) for pid in others_children)
    await kill(other)
    await until(lambda: not any(command_line_of(pid) for pid in others_children))


async def test_a_child_hears_no_ctrl_c_of_the_terminal(folder: Path) -> None:
    desk, children = await start(folder)

    assert all(os.getpgid(pid) == pid for pid in children)

    await kill(desk)
    await until(lambda: not any(command_line_of(pid) for pid in children))


async def test_a_lock_whose_process_is_another_program_by_now_does_not_keep_postgres_from_starting(
    folder: Path, bystander: asyncio.subprocess.Process
) -> None:
    desk, children = await start(folder)
    await kill(desk)
    await until(lambda: not any(command_line_of(pid) for pid in children))
    for lock in (folder / "postgres/data/postmaster.pid", folder / "sockets/.s.PGSQL.5432.lock"):
        lock.write_text(f"{bystander.pid}\n{folder}/postgres/data\n0\n5432\n{folder}/sockets\n\n0 0\nready\n")

    desk, children = await start(folder)

    assert bystander.returncode is None
    await kill(desk)
    await until(lambda: not any(command_line_of(pid) for pid in children))
