"""The data channel to one page: frames both ways, none queued that would be old, what is for the media plane kept."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from aiortc import RTCDataChannel

from teleop_core.errors import WireError
from teleop_core.timebase import NS_PER_US
from teleop_core.wire.codec import MAX_FRAME_BYTES, decode_on_road, encode
from teleop_core.wire.messages import Lane, OnRoad, PictureArrivals, Ping, Pong

LABEL: Final = "motion"
MAX_WAITING_BYTES: Final = 64 * 1024

_OURS: Final = (b'"ping"', b'"picture_arrivals"')
_TYPE_WITHIN_BYTES: Final = 32  # the type is a frame's first field


class MotionChannel:
    """Wraps the open data channel of one peer.

    `on_frame` receives each frame that is not for the media plane; one that is too long arrives cut to one byte over
    the limit, so that whoever decodes it refuses and counts it like any other. `on_heard` is called for everything that
    arrives, `on_ping` for each ping too, and `on_arrivals` is told when pictures came.
    """

    def __init__(
        self,
        channel: RTCDataChannel,
        *,
        on_frame: Callable[[bytes], None],
        on_heard: Callable[[], None],
        on_ping: Callable[[], None],
        on_arrivals: Callable[[PictureArrivals], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._channel = channel
        self._on_frame = on_frame
        self._on_heard = on_heard
        self._on_ping = on_ping
        self._on_arrivals = on_arrivals
        self._clock = clock
        self._same_turn = False
        channel.on("message", self._received)

    def send(self, lane: Lane, body: bytes) -> bool:
        """Send one frame, or return False when it would have to wait: state that waits is old, and the road is lossy.

        Frames of one turn of the event loop go out together, as the channel empties only between turns.
        """
        waiting = self._channel.bufferedAmount
        limit = 0 if lane is Lane.STATE and not self._same_turn else MAX_WAITING_BYTES
        if self._channel.readyState != "open" or waiting > limit:
            return False
        if waiting == 0 and not self._same_turn:
            self._same_turn = True
            asyncio.get_running_loop().call_soon(self._end_turn)
        self._channel.send(body.decode())
        return True

    def _end_turn(self) -> None:
        self._same_turn = False

    def _received(self, frame: str | bytes) -> None:
        self._on_heard()
        body = frame.encode() if isinstance(frame, str) else frame
        match _ours_in(body):
            case Ping(id=request):
                self._on_ping()
                self.send(Lane.EVENT, encode(Pong(id=request, clock_us=self._clock() // NS_PER_US)))
            case PictureArrivals() as arrivals:
                self._on_arrivals(arrivals)
            case None:
                self._on_frame(body[: MAX_FRAME_BYTES + 1])


def _ours_in(body: bytes) -> OnRoad | None:
    if not any(word in body[:_TYPE_WITHIN_BYTES] for word in _OURS):
        return None
    try:
        return decode_on_road(body)
    except WireError:
        return None  # whoever decodes all frames counts it
