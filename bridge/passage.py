"""Between the process of the strangers and that of the rooms: who goes through takes their socket along (Linux)."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from bridge.config import BridgeConfig
from bridge.handshake import Person, Robot

MAX_BYTES: Final = 160 * 1024  # of one message
_FULL_S: Final = 0.01  # until the next try, when the other end is behind


class Onward(msgspec.Struct, tag=True, frozen=True):
    """What the strangers' process says."""


class Opened(Onward, frozen=True):
    """It listens."""


class Entrant(Onward, frozen=True, kw_only=True):
    """With a socket: a WebSocket past its hello, whose place is kept until it is said to have left."""

    guest: int
    address: str
    person: Person | None = None
    robot: Robot | None = None
    heard: bytes  # since the hello


class Refusals(Onward, frozen=True):
    """How many were turned away since the process began, by reason."""

    counts: dict[str, int]


class Look(Onward, frozen=True):
    """A question, answered under its number: who is in the rooms, or in that of one robot."""

    number: int
    robot: str | None


class SendOffInvited(Onward, frozen=True):
    """A question: send off whoever came with an invite; how many were they?"""

    number: int
    invite_id: str
    reason: str


class SendOffRobot(Onward, frozen=True):
    """A question: send off a robot; done?"""

    number: int
    robot: str
    reason: str


class Total(Onward, frozen=True):
    """A question: how many are there?"""

    number: int


class Count(Onward, frozen=True):
    """A question: all counters, as text."""

    number: int


Question = Look | Total | SendOffInvited | SendOffRobot | Count


class Back(msgspec.Struct, tag=True, frozen=True):
    """What the rooms' process says."""


class Begin(Back, frozen=True):
    """The first word."""

    config: BridgeConfig
    url: str


class Answer(Back, frozen=True):
    """The answer to a question, packed as what it answers with."""

    number: int
    body: bytes


class Left(Back, frozen=True):
    """A guest has gone, or several."""

    guests: list[int]


class Drain(Back, frozen=True):
    """Let nobody in any more, tell those who wait, and end."""


_to_rooms: Final[msgspec.msgpack.Decoder[Opened | Entrant | Refusals | Question]] = msgspec.msgpack.Decoder(
    Opened | Entrant | Refusals | Question
)
_to_strangers: Final[msgspec.msgpack.Decoder[Begin | Left | Answer | Drain]] = msgspec.msgpack.Decoder(
    Begin | Left | Answer | Drain
)


def said_onward(data: bytes) -> Opened | Entrant | Refusals | Question:
    """Return what the strangers' process said."""
    return _to_rooms.decode(data)


def said_back(data: bytes) -> Begin | Left | Answer | Drain:
    """Return what the rooms' process said."""
    return _to_strangers.decode(data)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a passage."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MAX_BYTES)
    return ends


class Passage:
    """One end. What is said without a socket arrives, late when the other is behind; a socket goes at once or not."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._end.settimeout(0.0)
        self._waiting: deque[bytes] = deque()
        self._retry: asyncio.TimerHandle | None = None

    def send(self, message: "Onward | Back") -> None:
        """Say something."""
        self._waiting.append(msgspec.msgpack.encode(message))
        self._send_waiting()

    def hand_over(self, message: Onward, fileno: int) -> bool:
        """Send a socket, of which the caller still has to close its own; return whether it went."""
        try:
            socket.send_fds(self._end, [msgspec.msgpack.encode(message)], [fileno])
        except OSError:
            return False
        return True

    def listen(self, hear: Callable[[bytes, socket.socket | None], None], *, on_end: Callable[[], None]) -> None:
        """Have `hear` called with each message and its socket, one in each turn of the loop, until the end."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            try:
                data, filenos, _, _ = socket.recv_fds(self._end, MAX_BYTES, 1)
            except BlockingIOError:
                return
            except OSError:
                data, filenos = b"", []
            if not data:
                loop.remove_reader(self._end.fileno())
                on_end()
                return
            hear(data, socket.socket(fileno=filenos[0]) if filenos else None)

        loop.add_reader(self._end.fileno(), read)

    def close(self) -> None:
        """Close this end: the other hears of it."""
        if self._retry is not None:
            self._retry.cancel()
        with contextlib.suppress(RuntimeError):  # no loop runs any more
            asyncio.get_running_loop().remove_reader(self._end.fileno())
        self._end.close()

    def _send_waiting(self) -> None:
        self._retry = None
        while self._waiting:
            try:
                self._end.send(self._waiting[0])
            except BlockingIOError:
                self._retry = asyncio.get_running_loop().call_later(_FULL_S, self._send_waiting)
                return
            except OSError:
                return  # the other end has gone, which is heard
            self._waiting.popleft()
