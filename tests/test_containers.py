"""The containers get every setting, are bounded, and are of known versions; their queue server wants its password."""

import asyncio
import re
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from ruamel.yaml import YAML

from backend.embedded.valkey import QueueServer
from backend.settings import Settings
from tests.waiting import until

ROOT = Path(__file__).parents[1]

COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")

OURS = ("web", "worker", "migrations")

MADE_BY_COMPOSE = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMP_HOST", "PORT"}
"""Settings that say where the containers are."""

PASSWORDS = {"POSTGRES_PASSWORD", "DESK_OWNER_PASSWORD", "DESK_RUNTIME_PASSWORD", "VALKEY_PASSWORD"}

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::[-?](?P<otherwise>[^}]*))?\}")

EXACT_VERSION = re.compile(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)*$")


def settings_by_variable() -> set[str]:
    """The names of all settings, as they stand in an environment."""
    return {str(field.validation_alias or f"EMP_{name.upper()}") for name, field in Settings.model_fields.items()}


def filled_in(text: str, chosen: dict[str, str]) -> str:
    """The text with the variables of ``.env`` in it, as Compose fills them in."""
    return VARIABLE.sub(lambda found: chosen.get(found["name"]) or found["otherwise"] or "", text)


def environment_of(service: str, chosen: dict[str, str]) -> dict[str, str]:
    """What a service's process finds when ``.env`` holds what was chosen."""
    described = COMPOSE["services"][service]
    files = {file["path"] for file in described.get("env_file", [])}
    own = {name: filled_in(str(value), chosen) for name, value in described.get("environment", {}).items()}
    return (chosen if ".env" in files else {}) | own


@pytest.mark.parametrize("service", OURS)
def test_every_setting_that_is_chosen_in_the_file_reaches_the_process(service: str) -> None:
    chosen = {name: f"chosen for {name}" for name in settings_by_variable() - MADE_BY_COMPOSE}

    found = environment_of(service, chosen)

    assert {name: found.get(name) for name in chosen} == chosen


@pytest.mark.parametrize("service", OURS)
def test_the_passwords_of_the_servers_are_in_the_urls(service: str) -> None:
    found = environment_of(service, {name: f"of-{name}" for name in PASSWORDS})

    assert "desk_runtime:of-DESK_RUNTIME_PASSWORD@postgres" in found["DATABASE_URL"]
    is_owner = "of-DESK_OWNER_PASSWORD" in found["DATABASE_OWNER_URL"]
    assert is_owner == (service == "migrations")
    assert found["POSTGRES_PASSWORD"] == found["DESK_OWNER_PASSWORD"] == ""
    assert found["REDIS_URL"].startswith("redis://:of-VALKEY_PASSWORD@valkey")


def test_the_example_names_settings_and_passwords_alone() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named <= settings_by_variable() | PASSWORDS
    assert named >= PASSWORDS | {"SMTP_URL", "EMP_METRICS_TOKEN", "EMP_SECOND_FACTOR_KEYS"}


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_no_container_takes_all_memory_or_processes(service: str) -> None:
    assert {"mem_limit", "pids_limit"} <= COMPOSE["services"][service].keys()


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_no_container_is_open_to_the_network(service: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][service].get("ports", []))


def test_every_image_is_of_an_exact_version() -> None:
    images = {service["image"] for service in COMPOSE["services"].values()} - {"account-desk"}
    images |= set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))

    assert [image for image in images if not EXACT_VERSION.search(image)] == []


async def test_the_queue_server_serves_nobody_without_the_password(tmp_path: Path) -> None:
    file, socket = tmp_path / "valkey.conf", tmp_path / "socket"
    file.write_text(filled_in(COMPOSE["configs"]["valkey"]["content"], {"VALKEY_PASSWORD": "of-queue"}))
    (program, *_) = QueueServer(tmp_path).part().command
    server = await asyncio.create_subprocess_exec(
        *(program, file, "--port", "0", "--unixsocket", socket, "--dir", tmp_path), stdout=DEVNULL
    )
    try:
        await until(socket.exists)
        async with Redis.from_url(f"unix://{socket}") as stranger:
            with pytest.raises(RedisError, match="Authentication required"):
                await stranger.ping()
        async with Redis.from_url(f"unix://:of-queue@{socket}") as ours:
            assert await ours.ping()
            assert (await ours.config_get("save"))["save"] == ""
    finally:
        server.terminate()
        await server.wait()
