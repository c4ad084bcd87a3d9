"""``emp run``: everything in one command, on any port, and nothing left of it afterwards."""

import asyncio
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend.demo import PASSWORD
from backend.embedded.mailbox import free_port
from tests.demo_process import run, stop, welcome
from tests.servers import open_folder
from tests.waiting import until


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder of the test's own; the demo keeps its state and its sockets there."""
    with open_folder() as folder:
        yield folder


def processes_in(folder: Path) -> list[str]:
    """Command lines and environments of living processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            about = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in about:
            found.append(process.name)
    return found


def empty_but_for(folder: Path, kept: str) -> None:
    """Remove everything in the folder but one."""
    for path in folder.iterdir():
        if path.name != kept:
            shutil.rmtree(path)


async def asks(port: int, query: str, token: str = "") -> Any:
    """What the demo's API answers."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as phone:
        return (await phone.post("/graphql", json={"query": query})).json()["data"]


async def signs_in(port: int) -> str:
    """A phone's access token: there is a session for it, which nothing but the database holds."""
    said = f'email: "superadmin@northwind.example", password: "{PASSWORD}", client: PHONE'
    answer = await asks(port, f"mutation {{ signIn(input: {{ {said} }}) {{ tokens {{ accessToken }} }} }}")
    token: str = answer["signIn"]["tokens"]["accessToken"]
    return token


async def viewer(port: int, token: str) -> str:
    """Whose token it is."""
    email: str = (await asks(port, "{ viewer { email } }", token))["viewer"]["email"]
    return email


async def test_it_says_where_it_is_and_who_may_sign_in_and_ends_with_ctrl_c(temporary: Path) -> None:
    port = free_port()
    demo = await run(port, temporary)

    said = await welcome(demo)

    assert f"http://localhost:{port}" in said
    assert re.search(r"superadmin@northwind\.example +SuperAdmin of Northwind", said)
    assert "demo-demo-demo" in said
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
        assert (await browser.get("/readyz")).status_code == 200
        assert (await browser.get("/mailbox/")).status_code == 200
    assert await stop(demo) == 0
    assert not processes_in(temporary)


async def test_killed_it_leaves_no_process_and_starts_again_with_its_data(temporary: Path) -> None:
    port = free_port()
    demo = await run(port, temporary)
    await welcome(demo)

    await stop(demo, signal.SIGKILL)
    await until(lambda: not processes_in(temporary))

    demo = await run(port, temporary)
    await welcome(demo)
    assert await stop(demo, signal.SIGTERM) == 0


async def test_what_was_entered_is_there_after_a_reboot_that_empties_the_temporary_folder(temporary: Path) -> None:
    port = free_port()
    demo = await run(port, temporary)
    await welcome(demo)
    token = await signs_in(port)
    assert await stop(demo) == 0
    empty_but_for(temporary, "state")

    demo = await run(port, temporary)
    await welcome(demo)

    assert await viewer(port, token) == "superadmin@northwind.example"
    assert await stop(demo) == 0


async def test_three_kills_and_a_start_within_a_second_work(temporary: Path) -> None:
    port = free_port()
    for made in ("lock", "postgres/making-*", "postgres/data"):
        demo = await run(port, temporary)
        await until(lambda made=made: any(temporary.glob(f"state/*/{port}/{made}")))  # type: ignore[misc]
        demo.kill()

    demo = await run(port, temporary)
    await welcome(demo)
    assert await stop(demo) == 0


async def test_a_place_that_cannot_be_had_is_one_line(temporary: Path) -> None:
    (temporary / "state").write_text("a file")

    demo = await run(free_port(), temporary)
    said, _ = await asyncio.wait_for(demo.communicate(), 60)

    assert demo.returncode == 1
    assert "set EMP_STATE_DIR" in said.decode()
    assert "Traceback" not in said.decode()


async def test_two_run_side_by_side_on_two_ports(temporary: Path) -> None:
    ports = free_port(), free_port()
    demos = [await run(port, temporary) for port in ports]
    await asyncio.gather(*(welcome(demo) for demo in demos))

    for port in ports:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
            assert (await browser.get("/readyz")).status_code == 200

    assert [await stop(demo) for demo in demos] == [0, 0]


async def test_a_second_one_on_the_same_port_says_so_and_leaves_the_first_alone(temporary: Path) -> None:
    port = free_port()
    first = await run(port, temporary)
    await welcome(first)

    second = await run(port, temporary)
    said, _ = await asyncio.wait_for(second.communicate(), 60)

    assert second.returncode == 1
    assert f"Port {port} is taken" in said.decode()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
        assert (await browser.get("/readyz")).status_code == 200
    assert await stop(first) == 0
