"""WebSockets in memory: two pipes each, that keep the order, take their time, fill up, go dark and break.

The bridge's end is what `bridge.gate` and `bridge.room` use of uvicorn's link and of ASGI; the client's end is what
`robot_agent.bridge_link` uses of a `websockets` connection.
"""

import random
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Literal, Self

from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from bridge import link
from prove.clock import VirtualLoop
from prove.foul import require
from prove.shells.pipe import FOR_EVER, Closed, Pipe
from teleop_core.wire import messages as m

_ABNORMAL: Final = 1006


class Line:
    """One WebSocket from a client to the bridge."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, *, delay_s: float) -> None:
        self._loop = loop
        self.up = Pipe(loop, rng, delay_s=delay_s)
        self.down = Pipe(loop, rng, delay_s=delay_s)
        self.client = ClientEnd(self)
        self.server = ServerEnd(self)

    @property
    def is_through(self) -> bool:
        """Whether both ends are open and what one says reaches the other soon."""
        return (
            self.client.is_open
            and self.server.is_open
            and not (self.up.is_dark or self.down.is_dark or self.up.is_full or self.down.is_full)
        )

    def go_dark(self, for_s: float) -> None:
        """Let nothing through in either direction for so long."""
        until_s = self._loop.virtual_s + for_s
        self.up.go_dark(until_s)
        self.down.go_dark(until_s)

    def snap(self) -> None:
        """Break, and let both ends know."""
        self.up.end(Closed())
        self.down.end(Closed())

    def snap_behind(self) -> None:
        """Break for the client, while the bridge's end hears nothing of it."""
        self.go_dark(FOR_EVER)
        self.down.end(Closed())


class ClientEnd:
    """The client's end."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._closed: Closed | None = None
        self.transport = self
        self.when_closed: Callable[[], None] = _tell_nobody
        self.when_read: Callable[[bytes], None] = _hear_nothing
        self.when_sent: Callable[[bytes], None] = _hear_nothing

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed, as far as this end knows."""
        return self._closed is None

    @property
    def close_code(self) -> int | None:
        """With what the bridge closed, None when it did not."""
        return None if self._closed is None else self._closed.code

    def abort(self) -> None:
        """Close at once; the bridge hears of it as far as the road is open."""
        if self.is_open:
            self._close(Closed())
            self._line.down.end(Closed())
            self._line.up.send(Closed())

    def take(self) -> bytes | None:
        """Return the next frame that has arrived."""
        what = self._line.down.take() if self.is_open else None
        if isinstance(what, Closed):
            self._close(what)
            return None
        return what

    def say(self, frame: bytes) -> None:
        """Let a frame set out, and wait for nothing."""
        if self.is_open:
            self._line.up.send(frame)

    async def send(self, message: bytes, *, text: bool) -> None:
        """Send a frame, and wait until the kernel would take another."""
        del text
        self._require_open()
        self.when_sent(message)
        self._line.up.send(message)
        await self._line.up.room_within(None)
        self._require_open()

    async def recv(self, *, decode: Literal[False]) -> bytes:
        """Wait for the next frame."""
        del decode
        self._require_open()
        what = await self._line.down.recv()
        if isinstance(what, Closed):
            self._close(what)
            raise _closed(what)
        self.when_read(what)
        return what

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()

    def _close(self, closed: Closed) -> None:
        if self._closed is None:
            self._closed = closed
            self.when_closed()

    def _require_open(self) -> None:
        if self._closed is not None:
            raise _closed(self._closed)


class ServerEnd:
    """The bridge's end: ASGI for starlette, and the link that `bridge.link.link_of` finds."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._is_accepted = False
        self.is_open = True

    def websocket(self, address: str) -> WebSocket:
        """Return this end as starlette shows it to the bridge."""
        scope = {
            "type": "websocket",
            "path": "/ws",
            "query_string": b"",
            "headers": [],
            "client": (address, 1),
            "extensions": {"stagebridge.link": {"link": self}},
        }
        return WebSocket(scope, self._receive, self._send)

    @property
    def is_writable(self) -> bool:
        """Whether the kernel would take a frame."""
        return not self._line.down.is_full

    @property
    def has_credit(self) -> bool:
        """Whether the client has answered lately: these lines are full before anybody owes so much."""
        return True

    async def has_credit_within(self, seconds: float) -> bool:
        """Wait until the client has answered."""
        del seconds
        return self.has_credit

    def forget_the_handshake(self) -> None:
        """Nothing of it was kept."""

    def hand_over(self, receive: Callable[[bytes], bool]) -> None:
        """Go on with `next`: `receive` gets the same from there."""

    async def next(self) -> bytes | link.Closed:
        """Return the next message, once it has come."""
        what = await self._line.up.recv()
        if isinstance(what, Closed):
            self.is_open = False
            return link.Closed(what.code or _ABNORMAL)
        return what

    async def is_writable_within(self, seconds: float) -> bool:
        """Wait until the kernel would take a frame; return False when that takes longer."""
        return await self._line.down.room_within(seconds)

    def send_frame(self, frame: bytes) -> None:
        """Let a frame set out."""
        if self.is_open:
            require(not self._line.down.is_full, "the bridge writes into a connection that takes nothing")
            self._line.down.send(frame)

    def cut(self, code: m.CloseCode, reason: str) -> None:
        """Close it, whether or not the client reads."""
        if self.is_open:
            self.is_open = False
            self._line.down.send(Closed(int(code), reason))
            self._line.up.end(Closed(int(code), reason))

    def die(self) -> None:
        """Close as the kernel does for a process that died."""
        if self.is_open:
            self.is_open = False
            self._line.down.end(Closed())
            self._line.up.end(Closed())

    async def _receive(self) -> dict[str, Any]:
        require(not self._is_accepted, "the bridge reads past its link")
        self._is_accepted = True
        return {"type": "websocket.connect"}

    async def _send(self, message: Any) -> None:  # noqa: ANN401 - any ASGI message
        """Take what starlette says at the upgrade."""


def _closed(closed: Closed) -> ConnectionClosedError:
    return ConnectionClosedError(None if closed.code is None else Close(closed.code, closed.reason), None)


def _tell_nobody() -> None:
    """Do nothing."""


def _hear_nothing(_: bytes) -> None:
    """Do nothing."""
