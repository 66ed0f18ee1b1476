"""How the robot opens its WebSocket to the bridge, and what it uses of it; what the kernel may queue is kept small."""

import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from websockets.asyncio.client import connect

from teleop_core import tcp
from teleop_core.wire.codec import MAX_ENVELOPE_BYTES

OPEN_S: Final = 5.0
USER_TIMEOUT_MS: Final = 4000
MAX_FRAME_FROM_BRIDGE_BYTES: Final = 4 * MAX_ENVELOPE_BYTES  # more is refused by the codec, and only costs its frame

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
        tcp.keep_short(sock.setsockopt, user_timeout_ms=USER_TIMEOUT_MS)
    return connection
