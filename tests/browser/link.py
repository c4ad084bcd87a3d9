"""The live link of a window, which a test can cut and mend."""

from playwright.async_api import BrowserContext, WebSocketRoute


class Link:
    """The websockets of a window, which can be cut and held."""

    def __init__(self) -> None:
        self.held = False
        self.open: list[WebSocketRoute] = []

    async def guard(self, window: BrowserContext) -> None:
        """Let the window's websockets through until they are held."""
        await window.route_web_socket("**/graphql", self._meet)

    async def _meet(self, socket: WebSocketRoute) -> None:
        if self.held:
            await socket.close(code=1012)
            return
        socket.connect_to_server()
        self.open.append(socket)

    async def cut(self) -> None:
        """Close what is open; nothing new gets through."""
        self.held = True
        for socket in self.open:
            await socket.close(code=1012)

    def mend(self) -> None:
        """Let the next try through."""
        self.held = False
