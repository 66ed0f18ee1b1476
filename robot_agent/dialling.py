"""How the robot opens its WebSocket to the bridge, and what it uses of it; what the kernel may queue is kept small."""

import contextlib
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from websockets.asyncio.client import connect

from teleop_core.wire.codec import MAX_ENVELOPE_BYTES

OPEN_S: Final = 5.0
NOTSENT_LOWAT_BYTES: Final = 4096
USER_TIMEOUT_MS: Final = 4000
RTO_MAX_MS: Final = 1000
MAX_FRAME_FROM_BRIDGE_BYTES: Final = 4 * MAX_ENVELOPE_BYTES  # more is refused by the codec, and only costs its frame
_TCP_NOTSENT_LOWAT: Final = 25  # Python 3.11 has no name for it
_TCP_RTO_MAX_MS: Final = 44  # Linux 6.15

_quiet: Final = logging.getLogger("robot_agent.bridge_link.frames")
_quiet.setLevel(logging.WARNING)  # at DEBUG it would print frames, and the first one carries the key


class Transport(Protocol):
    """What lies under a connection."""

    def abort(self) -> None:
        """Close at once; nothing that waits is sent."""
        ...


class Connection(Protocol):
    """An open WebSocket, closed when its context ends; `send` and `recv` then raise `ConnectionClosed`."""

    @property
    def transport(self) -> Transport:
        """What to abort."""
        ...

    async def send(self, message: bytes, *, text: bool) -> None:
        """Send a frame, and wait until the kernel has taken it."""
        ...

    async def recv(self, *, decode: Literal[False]) -> bytes:
        """Wait for the next frame."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


Dial = Callable[[str], Awaitable[Connection]]


async def dial(url: str) -> Connection:
    """Open a WebSocket to `url`.

    Raises:
        OSError: nobody answers.
        WebSocketException: somebody does, and refuses.

    """
    connection = await connect(
        url,
        compression=None,
        max_size=MAX_FRAME_FROM_BRIDGE_BYTES,
        open_timeout=OPEN_S,
        close_timeout=1.0,
        ping_interval=None,
        write_limit=0,
        proxy=None,
        logger=_quiet,
    )
    sock = connection.transport.get_extra_info("socket")
    if sock is not None:
        _tune(sock)
    return connection


def _tune(sock: socket.socket) -> None:
    """Keep what the kernel may queue small, and its silence short; what this kernel does not know is left out."""
    options = [(socket.TCP_NODELAY, 1)]
    if sys.platform == "linux":
        options += [
            (_TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES),
            (socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS),
            (_TCP_RTO_MAX_MS, RTO_MAX_MS),
        ]
    for option, value in options:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
