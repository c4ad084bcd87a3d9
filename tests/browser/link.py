"""The live link of a window, which a test can cut and mend."""

import asyncio

from playwright.async_api import BrowserContext, WebSocketRoute


class Link:
    """The websockets of a window, which can be cut and held."""

    def __init__(self) -> None:
        self.held = False
        self.open: list[WebSocketRoute] = []
        self.comes = asyncio.Event()
        self.comes.set()

    async def guard(self, window: BrowserContext) -> None:
        """Let the window's websockets through until they are held."""
        await window.route_web_socket("**/graphql", self._meet)

    async def _meet(self, socket: WebSocketRoute) -> None:
        if self.held:
            await socket.close(code=1012)
            return
        await self.comes.wait()
        socket.connect_to_server()
        self.open.append(socket)

    def tarry(self) -> None:
        """What is opened from now on is not open before it may come."""
        self.comes.clear()

    def come(self) -> None:
        """Let through what has tarried."""
        self.comes.set()

    async def cut(self) -> None:
        """Close what is open; nothing new gets through."""
        self.held = True
        for socket in self.open:
            await socket.close(code=1012)

    def mend(self) -> None:
        """Let the next try through."""
        self.held = False
