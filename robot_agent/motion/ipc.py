"""Frames between the agent and the motion process, over a pair of local sockets that keep frames whole.

One frame is one MessagePack message, bounded; neither side ever waits for the other. What people say travels as the
bytes that came: they may be anything, and in MessagePack they cannot break out of their envelope. What is not a frame
of this protocol is counted and dropped, never fatal.

The agent may send from any thread. An empty frame would look like the end of the connection and is never sent.
"""

import collections
import errno
import socket
import sys
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from robot_agent.config import MotionConfig
from teleop_core.wire.codec import MAX_FRAME_BYTES
from teleop_core.wire.messages import Lane, Peer, Road, RobotProfile, Role, StopLevel

MAX_IPC_BYTES: Final = MAX_FRAME_BYTES + 1024
SOCKET_BUFFER_BYTES: Final = 256 * 1024
MAX_WAITING: Final = 512  # lossless frames that wait for the other side to read

_SOCKET_KIND: Final = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
_GONE: Final = {errno.EPIPE, errno.ECONNRESET, errno.ECONNREFUSED, errno.ENOTCONN, errno.EBADF, errno.ESHUTDOWN}
_FULL: Final = {errno.EAGAIN, errno.ENOBUFS}


class Frame(Struct, frozen=True, forbid_unknown_fields=True, tag=True, array_like=True):
    """Anything that travels between the two processes."""


# From the agent


class Configure(Frame, frozen=True):
    """The first frame: what the motion process is to be."""

    config: MotionConfig


class Heartbeat(Frame, frozen=True):
    """The agent's event loop turns; sent every 20 ms by that loop itself."""

    bridge_up: bool
    voice: float = 0.0  # how loud the voice is that the hall hears now, 0..1


class FromPeer(Frame, frozen=True):
    """What a person said, with the role that the bridge vouched for."""

    peer: str
    role: Role
    road: Road
    body: bytes


class Present(Frame, frozen=True):
    """Who is in the room, and who was sent off for good."""

    peers: tuple[Peer, ...]
    dismissed: tuple[str, ...] = ()


class Captured(Frame, frozen=True):
    """The picture with this RTP time was captured at this monotonic time."""

    rtp_time: int
    captured_ns: int


class LocalStop(Frame, frozen=True):
    """Stop and latch: an input on the robot itself. With `leave`, go as well, once the robot stands."""

    detail: str
    leave: bool = False
    level: StopLevel = StopLevel.SETTLE


class LocalRelease(Frame, frozen=True):
    """Somebody beside the robot takes back what is above SETTLE; it stays latched."""

    detail: str


class Perform(Frame, frozen=True):
    """The show's next gesture, None to break off the one that runs; its `Ack` goes to `teleop_core.session.SHOW`."""

    request: str
    name: str | None


# To the agent


class Ready(Frame, frozen=True):
    """The motion process runs in this epoch, as this robot; `profile` is None until the driver could be opened."""

    epoch: str
    profile: RobotProfile | None


class ToPeer(Frame, frozen=True):
    """What the robot says, to one peer or (None) to everybody."""

    to: str | None
    lane: Lane
    body: bytes


class Unfit(Frame, frozen=True):
    """The configuration can never work; the motion process ends."""

    detail: str


FromAgent = Configure | Heartbeat | FromPeer | Present | Captured | LocalStop | LocalRelease | Perform
FromMotion = Ready | ToPeer | Unfit

InT = TypeVar("InT")
OutT = TypeVar("OutT", bound=Frame)


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected, non-blocking ends that keep frames whole."""
    pair = socket.socketpair(socket.AF_UNIX, _SOCKET_KIND)
    for end in pair:
        prepare(end)
    return pair


def prepare(end: socket.socket) -> None:
    """Make `end` non-blocking and bound what the kernel keeps for it."""
    end.settimeout(0)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)


class Channel(Generic[InT, OutT]):
    """One end of the pair: whole frames in and out, none of which waits."""

    def __init__(self, end: socket.socket, decoder: "msgspec.msgpack.Decoder[InT]") -> None:
        self._socket = end
        self._decoder = decoder
        self._waiting: collections.deque[bytes] = collections.deque()
        self._was_reset = False
        self.is_open = True
        self.refused = 0  # frames that were none
        self.dropped = 0  # frames that the other side was too slow for

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._socket.fileno()

    def send(self, frame: OutT, *, lossless: bool = False, ahead: bool = False) -> bool:
        """Send now if there is room; else keep a lossless frame for `flush`, and drop any other.

        `ahead` puts a lossless frame before those that wait, and pushes the last of them out when there is no room.
        Return whether the frame was sent or kept.
        """
        packed = _encoder.encode(frame)
        if len(packed) > MAX_IPC_BYTES:
            self.refused += 1
            return False
        if not (self._waiting and lossless and not ahead) and self._push(packed):
            return True
        if not lossless or not self.is_open:
            self.dropped += 1
            return False
        return self._keep(packed, ahead=ahead)

    def flush(self) -> None:
        """Send what waits, as far as there is room."""
        while self._waiting and self._push(self._waiting[0]):
            self._waiting.popleft()

    def receive(self) -> InT | None:
        """Return the next frame that lies ready, None when there is none; look at `is_open` then."""
        while self.is_open:
            try:
                packed, _, flags, _ = self._socket.recvmsg(MAX_IPC_BYTES)
            except BlockingIOError:
                return None
            except OSError as exc:
                if exc.errno not in _GONE:
                    raise
                if exc.errno == errno.ECONNRESET and not self._was_reset:
                    self._was_reset = True  # told once, and before what the other side said last
                    continue
                packed, flags = b"", 0
            if not packed:
                self.is_open = False
                break
            if flags & socket.MSG_TRUNC:
                self.refused += 1
                continue
            try:
                return self._decoder.decode(packed)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.refused += 1
        return None

    def end(self) -> None:
        """Say that nothing more will come from here; what the other side says can still be read."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.is_open = False

    def close(self) -> None:
        """Let go of the socket."""
        self.is_open = False
        self._waiting.clear()
        self._socket.close()

    def _keep(self, packed: bytes, *, ahead: bool) -> bool:
        is_full = len(self._waiting) >= MAX_WAITING
        self.dropped += is_full
        if ahead:
            if is_full:
                self._waiting.pop()
            self._waiting.appendleft(packed)
        elif not is_full:
            self._waiting.append(packed)
        return ahead or not is_full

    def _push(self, packed: bytes) -> bool:
        try:
            self._socket.send(packed)
        except OSError as exc:
            if exc.errno not in _FULL | _GONE:
                raise
            return False
        return True


def agent_end(end: socket.socket) -> Channel[FromMotion, FromAgent]:
    """Return the agent's end."""
    return Channel(end, msgspec.msgpack.Decoder(FromMotion))


def motion_end(end: socket.socket) -> Channel[FromAgent, FromMotion]:
    """Return the motion process's end."""
    return Channel(end, msgspec.msgpack.Decoder(FromAgent))


_encoder: Final = msgspec.msgpack.Encoder()
