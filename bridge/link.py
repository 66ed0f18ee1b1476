"""uvicorn's WebSockets, with the bounds that a bridge needs, and a shorter way for frames.

uvicorn (0.54) leaves these open: its send buffer holds 64 KiB before it waits; a close waits for a peer that does not
read, and hears one out that goes on sending; pings are answered into an unbounded buffer; all frames of a read, some
ten thousand when they are small, are taken apart and queued at once; text that is no UTF-8 is logged, a stack and all.
"""

import asyncio
import struct
from asyncio.transports import BaseTransport
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from bridge.frames import Slices, text_frame
from bridge.pace import Pace
from bridge.waiting import Flag, Inbox
from teleop_core.wire.messages import CloseCode

CLOSE_TIMEOUT_S: Final = 1.0
MAX_FRAGMENTS: Final = 64
MAX_BYTES_AFTER_CLOSE: Final = 64 * 1024
HEARD_AFTER_CLOSE: Final = 2 * 1024  # of which so much is taken apart, for the peer's own close frame
MAX_QUEUED: Final = 64
FLOODED_PAUSE_S: Final = 0.002  # after a slice in which somebody said more than anybody means
ASK_EVERY: Final = 5  # frames: with so many a ping goes out, and its pong says that they have arrived
CREDIT: Final = 20  # frames unanswered, after which states wait: 400 ms of motion, beyond which a robot takes none
PINGS_PER_S: Final = 5  # of WebSocket's own, which no page sends and a program sends seldom
PINGS_AT_ONCE: Final = 100

_ASKED: Final = struct.Struct("!Q")  # eight bytes: uvicorn's own pings have four
_EXTENSION: Final = "stagebridge.link"
_MAX_REASON_BYTES: Final = 123


@dataclass(frozen=True, slots=True)
class Closed:
    """A WebSocket is closing, or has gone."""

    code: int


Receive = Callable[[bytes], bool]
"""Takes in a frame, and says whether it is no flood."""


class Link(WebSocketsSansIOProtocol):
    """One WebSocket. Writing never blocks: wait for `writable` first, then at most one frame is in our hands."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        see_to: Callable[[Callable[[], None]], None],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._see_to = see_to
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", Inbox[ASGIReceiveEvent]())
        self.writable = cast("asyncio.Event", Flag())
        self.writable.set()
        self.close_timeout = CLOSE_TIMEOUT_S
        self._after_close = 0
        self._heard_after_close = 0
        self._unread = bytearray()
        self._slices = Slices()
        self._receive_frame: Receive | None = None
        self._is_flood = False
        self._is_due = False
        self._sent = 0
        self._answered = 0
        self._credit: asyncio.Event | None = None
        self._pings = Pace(per_second=PINGS_PER_S, at_once=PINGS_AT_ONCE)

    @classmethod
    def resumed(
        cls, config: Config, server_state: ServerState, *, see_to: Callable[[Callable[[], None]], None], heard: bytes
    ) -> "Link":
        """Return a link whose handshake another process has done, and which has heard so much since."""
        link = cls(config, server_state, {}, see_to=see_to)
        link.conn = ServerProtocol(state=State.OPEN, max_size=config.ws_max_size, logger=link.logger)
        link.handshake_initiated = link.handshake_complete = True
        link.__dict__["scope"] = {"extensions": {_EXTENSION: {"link": link}}}
        link._unread += heard
        return link

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)
        if self.handshake_complete:
            self.start_keepalive()
            self._take_apart()

    def take_rest(self) -> bytes | None:
        """Return what was heard and not received yet, as the peer sent it; None while a frame is begun."""
        if self.conn.current_size is not None or self._slices.is_amid or self.conn.reader.buffer:
            self._resume()
            return None
        self._pause()
        waiting = []
        while not self.queue.empty():
            message = cast("dict[str, Any]", self.queue.get_nowait())
            if message["type"] != "websocket.receive":
                return b""  # it has gone
            waiting.append(Frame(Opcode.BINARY, message["bytes"]).serialize(mask=True))
        return b"".join((*waiting, bytes(self._unread)))

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if self.close_sent:
            self._after_close += len(data)
            if self._after_close > MAX_BYTES_AFTER_CLOSE:
                self.transport.abort()
                return
        elif self._hear_alone(data):
            return
        self._unread += data
        if self._is_due:
            return
        if self._receive_frame is None:
            self._is_due = True
            self._see_to(self._take_apart)
        else:
            self._take_apart()

    def _hear_alone(self, data: bytes) -> bool:
        """Take in a message that came whole and alone, when nothing is before it; return whether it was that."""
        if (
            self._receive_frame is None
            or self._unread
            or self._is_due
            or self.conn.state is not State.OPEN
            or self.conn.current_size is not None  # a message is begun in fragments
            or not self.queue.empty()
        ):
            return False
        message = self._slices.message_in(data, max_bytes=self.config.ws_max_size)
        if message is None:
            return False
        if not self._receive_frame(message):
            self._pause()
            self._is_due = True
            self.loop.call_later(FLOODED_PAUSE_S, self._take_apart)
        return True

    def forget_the_handshake(self) -> None:
        """Let go of what was said at the upgrade, which nobody asks for any more: it is a fifth of a link's memory."""
        self.request.headers.clear()  # the engine holds on to both
        self.response.headers.clear()
        cast("list[object]", self.scope["headers"]).clear()

    def hand_over(self, receive: Receive) -> None:
        """From now on tell `receive` each frame as it comes; those that have come already stay in the queue."""
        self._receive_frame = receive

    def connection_lost(self, exc: Exception | None) -> None:
        while self._may_take_apart and not self.close_sent and self._take_slice():
            pass  # who says STOP and hangs up has said it
        self._unread.clear()
        super().connection_lost(exc)
        self._undo_cycles()

    def _undo_cycles(self) -> None:
        """Leave nothing for the garbage collector: all of it goes when the application has let go of it."""
        self.conn.parser.close()
        self._receive_frame = None
        if self.handshake_initiated and hasattr(self, "scope"):
            cast("dict[str, Any]", self.scope["extensions"]).clear()

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.queue.empty():
            self._read_on()
        return message

    async def next(self) -> bytes | Closed:
        """Return the next message, text or bytes, once it has come."""
        message = cast("dict[str, Any]", await self.receive())
        if message["type"] == "websocket.disconnect":
            return Closed(int(message.get("code") or CloseCode.GOING_AWAY))
        return cast("bytes", message["bytes"])

    @property
    def _may_take_apart(self) -> bool:
        """Whether there is something to take apart, and room for what is in it."""
        if self.close_sent:
            return bool(self._unread) and self._heard_after_close < HEARD_AFTER_CLOSE
        return bool(self._unread) and self.queue.qsize() < MAX_QUEUED

    def _take_slice(self) -> int:
        """Take apart the next slice, and return its size, 0 when more of a frame's head must come first."""
        size = self._slices.next(self._unread)
        if size == len(self._unread):
            piece = bytes(self._unread)
            self._unread.clear()
        else:
            piece = bytes(self._unread[:size])
            del self._unread[:size]
        if size:
            super().data_received(piece)
        if self.close_sent:
            self._heard_after_close += size
        return size

    def _take_apart(self) -> None:
        """Take what has come apart, a slice in each turn of the loop; meanwhile nothing more is read."""
        self._is_due = False
        is_whole = not self._may_take_apart or bool(self._take_slice())
        if self.close_sent and not self._may_take_apart:
            self._unread.clear()
        is_flood, self._is_flood = self._is_flood, False
        if not is_flood and (not self._unread or not is_whole):
            if self.queue.empty() or self.close_sent:
                self._resume()
            return
        self._pause()
        if is_flood:
            self._is_due = True
            self.loop.call_later(FLOODED_PAUSE_S, self._take_apart)
        elif self._may_take_apart:
            self._is_due = True
            if self._receive_frame is None:
                self._see_to(self._take_apart)
            else:
                self.loop.call_soon(self._take_apart)

    def _pause(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def _read_on(self) -> None:
        """Go on with what has come, and then with what the kernel has."""
        if self._is_due:
            return
        if self._unread:
            self._take_apart()
        else:
            self._resume()

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

    def send_receive_event_to_app(self) -> None:
        if self._receive_frame is None or not self.queue.empty():
            super().send_receive_event_to_app()
            return
        frame = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent and not self._receive_frame(frame):
            self._is_flood = True

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MAX_FRAGMENTS:
            self.cut(CloseCode.TOO_LARGE, f"expected at most {MAX_FRAGMENTS} fragments")
            return
        super().handle_cont(event)

    def keepalive_timeout(self) -> None:
        self.cut(CloseCode.TOO_SLOW, "no pong")

    def handle_pong(self, event: Frame) -> None:
        if len(event.data) != _ASKED.size:
            super().handle_pong(event)
            return
        (answered,) = _ASKED.unpack(event.data)
        if self._answered < answered <= self._sent:
            self._answered = answered
            if self._credit is not None:
                self._credit.set()

    def send_frame(self, frame: bytes) -> None:
        """Send one text frame, or nothing when the WebSocket is closing."""
        if self.close_sent or self.conn.state is not State.OPEN or self.transport.is_closing():
            return
        self._sent += 1
        if self._sent % ASK_EVERY:
            self.transport.write(text_frame(frame))
        else:
            self.conn.send_ping(_ASKED.pack(self._sent))
            self.transport.write(b"".join((text_frame(frame), *self.conn.data_to_send())))

    @property
    def has_credit(self) -> bool:
        """Whether the peer has answered so lately that a state may set out which a newer one would replace."""
        return self._sent - self._answered < CREDIT

    async def has_credit_within(self, seconds: float) -> bool:
        """Wait until the peer has answered; return False when that takes longer."""
        if self.has_credit:
            return True
        self._credit = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._credit.wait()
        except TimeoutError:
            return False
        finally:
            self._credit = None
        return True

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

    @property
    def is_writable(self) -> bool:
        """Whether all that was sent has left for the kernel."""
        return self.writable.is_set()

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
