"""uvicorn's connections, with the bounds that a bridge needs.

uvicorn (0.54) leaves four things open: its send buffer holds 64 KiB before it waits, a close waits for a peer that does
not read, pings are answered into an unbounded buffer, and a connection may idle for ever before its first request.
"""

import asyncio
from asyncio.transports import BaseTransport
from collections.abc import Mapping
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from teleop_core.wire.messages import CloseCode

REQUEST_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 1.0
MAX_FRAGMENTS: Final = 64

_EXTENSION: Final = "stagebridge.link"
_MAX_REASON_BYTES: Final = 123


class Link(WebSocketsSansIOProtocol):
    """One WebSocket. Writing never blocks: wait for `writable` first, then at most one frame is in our hands."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.close_timeout = CLOSE_TIMEOUT_S

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope["extensions"])[_EXTENSION] = {"link": self}

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # who does not read gets no pong, rather than a longer queue

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MAX_FRAGMENTS:
            self.cut(CloseCode.TOO_LARGE, f"expected at most {MAX_FRAGMENTS} fragments")
            return
        super().handle_cont(event)

    def keepalive_timeout(self) -> None:
        self.cut(CloseCode.TOO_SLOW, "no pong")

    def send_frame(self, frame: bytes) -> None:
        """Send one text frame, or nothing when the WebSocket is closing."""
        if self.close_sent or self.conn.state is not State.OPEN or self.transport.is_closing():
            return
        self.conn.send_text(frame)
        self.transport.write(b"".join(self.conn.data_to_send()))

    def cut(self, code: CloseCode, reason: str) -> None:
        """Close now, whether or not the peer reads; what it has not taken after a second is dropped."""
        if self.close_sent or self.disconnected:
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": int(code), "reason": reason})
        if self.conn.state is State.OPEN:
            self.conn.send_close(int(code), reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()  # for the peer's own close frame
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    async def is_writable_within(self, seconds: float) -> bool:
        """Wait until all that was sent has left for the kernel; return False when that takes longer."""
        if self.writable.is_set():
            return True
        try:
            async with asyncio.timeout(seconds):
                await self.writable.wait()
        except TimeoutError:
            return False
        return True


def link_of(scope: Mapping[str, Any]) -> Link:
    """Return the link behind an ASGI scope."""
    return cast("Link", scope["extensions"][_EXTENSION]["link"])


class FrontDoor(H11Protocol):
    """One HTTP connection: closed when no request came in time, or when there are too many."""

    _first_request: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as H11Protocol has it
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency:
            transport.abort()
            return
        self._first_request = self.loop.call_later(REQUEST_TIMEOUT_S, self._close_when_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._first_request is not None:
            self._first_request.cancel()
        super().connection_lost(exc)

    def _close_when_idle(self) -> None:
        no_request = cast("object | None", self.cycle) is None
        if no_request and self.transport.get_protocol() is self:
            self.transport.close()
