"""What ``make`` sets up is whole or not there; who lacks something is told what to install."""

import asyncio
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.waiting import until

ROOT = Path(__file__).parents[1]


def module(file: Path) -> ModuleType:
    """A program of the set-up, which is in no package."""
    described = importlib.util.spec_from_file_location(file.stem, file)
    assert described
    assert described.loader
    loaded = importlib.util.module_from_spec(described)
    described.loader.exec_module(loaded)
    return loaded


def checkout(folder: Path) -> Path:
    """The set-up of this checkout in another folder, whose requirements are empty."""
    for name in ("tools/environment.py", "tools/step.py"):
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    (folder / "requirements").mkdir()
    for name in ("run", "dev"):
        (folder / "requirements" / f"{name}.txt").touch()
    (folder / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "none"\n')
    return folder


def sets_up(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up of a folder."""
    return subprocess.run(
        [sys.executable, folder / "tools" / "environment.py", "run"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_venv_it_says_what_to_install_and_leaves_nothing(tmp_path: Path) -> None:
    folder, without = checkout(tmp_path / "checkout"), tmp_path
    (without / "ensurepip.py").write_text("raise ImportError")

    done = sets_up(folder, PYTHONPATH=str(without))

    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()


def test_a_half_made_environment_is_made_anew_and_a_failed_step_is_not_taken_for_done(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / ".venv" / "left-behind").touch()

    # There is no build backend of this name: the last step fails.
    done = sets_up(folder)

    assert done.returncode == 1
    assert "Installing the account desk: failed" in done.stderr
    assert not (folder / ".venv" / "left-behind").exists()
    assert not (folder / ".venv" / "run-installed").exists()
    assert (folder / ".run" / "venv.lock").read_text() == "unfinished"


OF_EACH_NAME = ("python3.11", "python3", "python3.14", "python3.13", "python3.12")
"""Pythons that ``make`` looks for."""

OF_ANOTHER_MAKE = {"PYTHON", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


def makes(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder that has the set-up of this checkout, told nothing of the make around the tests."""
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (folder / "frontend").mkdir()
    return subprocess.run(
        ["/usr/bin/make", *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in OF_ANOTHER_MAKE} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", ["run", "test"])
def test_a_machine_whose_pythons_are_all_too_old_is_told_what_to_install(tmp_path: Path, target: str) -> None:
    folder, programs = checkout(tmp_path / "checkout"), tmp_path / "programs"
    programs.mkdir()
    for name in OF_EACH_NAME:
        (programs / name).write_text("#!/bin/sh\nexit 1\n")
        (programs / name).chmod(0o755)

    done = makes(folder, target, PATH=f"{programs}:{os.environ['PATH']}")

    assert done.returncode == 2
    assert done.stdout.startswith(
        "Python 3.11.2 or newer is needed. On Debian and Ubuntu: sudo apt-get install python3 "
    )
    assert len(done.stdout.splitlines()) == 1
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("target", ["run", "test"])
def test_a_python_that_is_named_and_too_old_is_refused(tmp_path: Path, target: str) -> None:
    folder, old = checkout(tmp_path / "checkout"), tmp_path / "python3"
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 11, 1, 'final', 0)")
    old.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    old.chmod(0o755)

    done = makes(folder, target, f"PYTHON={old}")

    assert done.returncode == 2
    assert done.stderr.startswith("Python 3.11.2 or newer is needed, and ")
    assert " is 3.11.1: name a newer one, as in make PYTHON=/path/to/python3\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()


def test_an_environment_of_a_python_that_is_too_old_is_made_anew(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    (packages,) = (folder / ".venv" / "lib").glob("python*/site-packages")
    (packages / "old.pth").write_text("import sys; sys.version_info = (3, 11, 1, 'final', 0)\n")

    done = sets_up(folder)

    assert "Making .venv" in done.stderr + done.stdout
    assert not (packages / "old.pth").exists()


async def test_what_a_killed_step_left_running_ends_before_the_next_begins(tmp_path: Path) -> None:
    lock, ended = tmp_path / "lock", tmp_path / "ended"
    lasting = f"import pathlib; pathlib.Path({str(tmp_path / 'begun')!r}).touch()"
    lasting += (
        f"; list(iter(pathlib.Path({str(tmp_path / 'go')!r}).exists, True)); pathlib.Path({str(ended)!r}).touch()"
    )
    step = (sys.executable, str(ROOT / "tools" / "step.py"), str(lock))
    first = await asyncio.create_subprocess_exec(*step, "First", sys.executable, "-c", lasting)
    await until((tmp_path / "begun").exists)
    first.kill()
    await first.wait()

    asks = f"import pathlib, sys; sys.exit(not pathlib.Path({str(ended)!r}).exists())"
    second = await asyncio.create_subprocess_exec(*step, "Second", sys.executable, "-c", asks)
    (tmp_path / "go").touch()

    assert await second.wait() == 0


def test_a_page_that_cannot_be_built_leaves_the_one_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = module(ROOT / "frontend" / "hatch_build.py")
    frontend, page = tmp_path / "frontend", tmp_path / "page"
    for folder in (frontend, page):
        folder.mkdir()
    (page / "index.html").write_text("of before")
    os.utime(page / "index.html", (1, 1))
    (frontend / "source.ts").touch()

    def half(name: str, frontend: Path, page: Path) -> None:
        (page / "index.html").write_text("half")
        raise SystemExit("npm run build failed")

    def whole(name: str, frontend: Path, page: Path) -> None:
        (page / "index.html").write_text("whole")

    monkeypatch.setattr(build, "run_script", half)
    with pytest.raises(SystemExit):
        build.build_page(frontend, page)
    assert (page / "index.html").read_text() == "of before"

    monkeypatch.setattr(build, "run_script", whole)
    assert build.build_page(frontend, page)
    assert not build.build_page(frontend, page)

    assert (page / "index.html").read_text() == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frontend", "page"]


def test_a_page_over_its_budget_is_a_matter_of_make_check_alone() -> None:
    scripts = module(ROOT / "frontend" / "hatch_build.py").FRONTEND / "package.json"

    build, check = (line for line in scripts.read_text().splitlines() if '"build":' in line or '"check":' in line)

    assert "budget.ts" not in build
    assert "budget.ts" in check


def test_make_clean_removes_the_data_where_the_demo_keeps_it(tmp_path: Path) -> None:
    folder, states = tmp_path / "an odd checkout's", tmp_path / "states"
    folder.mkdir()
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("backend", "frontend", "tests"):
        (folder / name).mkdir()
    environment = os.environ | {"EMP_STATE_DIR": str(states), "PYTHONPATH": str(ROOT)}
    makes = "from backend.embedded.state import state_folder; (state_folder(8000) / 'data').touch()"
    subprocess.run([sys.executable, "-c", makes], cwd=folder, env=environment, check=True)
    assert list(states.rglob("data"))

    subprocess.run(["/usr/bin/make", "clean"], cwd=folder, env=environment, check=True)

    assert list(states.iterdir()) == []
