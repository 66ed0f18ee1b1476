"""uvicorn's connections, with the bounds that a bridge needs.

uvicorn (0.54) leaves these open: its send buffer holds 64 KiB before it waits; a close waits for a peer that does not
read, and hears one out that goes on sending; pings are answered into an unbounded buffer; all frames of a read, some
ten thousand when they are small, are taken apart and queued at once; text that is no UTF-8 is logged, a stack and all;
a request may take for ever to be said, or its answer to be taken; one address may have all connections.
"""

import asyncio
from asyncio.transports import BaseTransport
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import h11
from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from bridge.pace import Pace
from teleop_core.wire.messages import CloseCode

REQUEST_TIMEOUT_S: Final = 10.0
ANSWER_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 1.0
MAX_FRAGMENTS: Final = 64
MAX_BYTES_AFTER_CLOSE: Final = 64 * 1024
HEARD_AFTER_CLOSE: Final = 2 * 1024  # of which so much is taken apart, for the peer's own close frame
SLICE_BYTES: Final = 256  # taken apart at once: a usual frame, or 42 of the smallest, in less than a millisecond
MAX_QUEUED: Final = 64
PINGS_PER_S: Final = 5  # of WebSocket's own, which no page sends and a program sends seldom
PINGS_AT_ONCE: Final = 100

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
        self._after_close = 0
        self._heard_after_close = 0
        self._unread = bytearray()
        self._is_due = False
        self._pings = Pace(per_second=PINGS_PER_S, at_once=PINGS_AT_ONCE)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        if self.close_sent:
            self._after_close += len(data)
            if self._after_close > MAX_BYTES_AFTER_CLOSE:
                self.transport.abort()
                return
        self._unread += data
        self._take_apart()

    def connection_lost(self, exc: Exception | None) -> None:
        while self._may_take_apart and not self.close_sent:  # who says STOP and hangs up has said it
            self._take_slice()
        self._unread.clear()
        super().connection_lost(exc)

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.queue.empty():
            self._read_on()
        return message

    @property
    def _may_take_apart(self) -> bool:
        """Whether there is something to take apart, and room for what is in it."""
        if self.close_sent:
            return bool(self._unread) and self._heard_after_close < HEARD_AFTER_CLOSE
        return bool(self._unread) and self.queue.qsize() < MAX_QUEUED

    def _take_slice(self) -> None:
        piece = bytes(self._unread[:SLICE_BYTES])
        del self._unread[:SLICE_BYTES]
        super().data_received(piece)
        if self.close_sent:
            self._heard_after_close += len(piece)

    def _take_apart(self) -> None:
        """Take what has come apart, a slice in each turn of the loop; meanwhile nothing more is read."""
        self._is_due = False
        if self._may_take_apart:
            self._take_slice()
        if self.close_sent and not self._may_take_apart:
            self._unread.clear()
        if not self._unread:
            if self.queue.empty() or self.close_sent:
                self._read_on()
            return
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()
        if self._may_take_apart and not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._take_apart)

    def _read_on(self) -> None:
        """Go on with what has come, and then with what the kernel has."""
        if self._unread:
            if not self._is_due:
                self._take_apart()
        elif self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope["extensions"])[_EXTENSION] = {"link": self}

    def handle_ping(self) -> None:
        if not self._pings.take(now_s=self.loop.time()):
            self.cut(CloseCode.REFUSED_TOO_OFTEN, "too many pings")
        elif self.writable.is_set() and not self.transport.is_closing():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # who does not read gets no pong, rather than a longer queue

    def handle_text(self, event: Frame) -> None:
        self.handle_bytes(event)  # whoever reads it decodes it, and counts what is no text

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


class Doorway:
    """All plain HTTP connections, the oldest first: so many of one address, and so many in all.

    When all places are taken, whoever has waited longest without a request makes room: a crowd that only holds places
    locks nobody out who comes with a request. Those of `except_for` share a proxy's address, which has no limit.
    """

    def __init__(self, *, most: int, most_of_one: int, except_for: Collection[str] = ()) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._except_for = frozenset(except_for)
        self._inside: dict[FrontDoor, str] = {}
        self._by_address: Counter[str] = Counter()

    def enter(self, door: "FrontDoor", address: str) -> bool:
        """Let `door` in; return whether there is a place for it."""
        if address not in self._except_for and self._by_address[address] >= self._most_of_one:
            return False
        if len(self._inside) >= self._most:
            idle = next((each for each in self._inside if each.is_idle), None)
            if idle is None:
                return False
            idle.turn_out()
        self._inside[door] = address
        self._by_address[address] += 1
        return True

    def leave(self, door: "FrontDoor") -> None:
        """Note that `door` has gone; one that was never let in is nothing."""
        address = self._inside.pop(door, None)
        if address is None:
            return
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class FrontDoor(H11Protocol):
    """One HTTP connection: closed when a request or the taking of its answer lasts too long, or there are too many."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        doorway: Doorway,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._doorway = doorway
        self._request_due: asyncio.TimerHandle | None = None
        self._answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as H11Protocol has it
        super().connection_made(transport)
        if not self._doorway.enter(self, self.client[0] if self.client is not None else ""):
            transport.abort()
            return
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._go()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer_due = self.loop.call_later(ANSWER_TIMEOUT_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._answer_due is not None:
            self._answer_due.cancel()
            self._answer_due = None

    def _await_request(self) -> None:
        """Close unless the next request is whole in time, however busily it is being said."""
        if self._request_due is not None:
            self._request_due.cancel()
        self._request_due = self.loop.call_later(REQUEST_TIMEOUT_S, self._close_when_idle)

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def turn_out(self) -> None:
        """Close at once, and give the place back."""
        self._go()
        self.transport.abort()

    def _close_when_idle(self) -> None:
        if self.is_idle:
            self.turn_out()

    def _go(self) -> None:
        for timer in (self._request_due, self._answer_due):
            if timer is not None:
                timer.cancel()
        self._doorway.leave(self)
