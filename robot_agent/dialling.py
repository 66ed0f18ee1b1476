"""How the robot opens a WebSocket to the bridge by one of its uplinks, and what it uses of it.

What the kernel may queue is kept small.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self

from websockets.asyncio.client import connect
from websockets.uri import parse_uri

from robot_agent.config import UplinkSettings
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


Dial = Callable[[str, UplinkSettings], Awaitable[Connection]]


async def dial(url: str, uplink: UplinkSettings) -> Connection:
    """Open a WebSocket to `url` by `uplink`.

    Raises:
        OSError: nobody answers, or there is no such interface or address.
        WebSocketException: somebody does answer, and refuses.

    """
    way: dict[str, Any] = {}
    if uplink.interface is not None:
        way["sock"] = await _reach(url, uplink.interface)
    elif uplink.source is not None:
        way["local_addr"] = (uplink.source, 0)
    connection = await connect(
        url,
        **way,
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


async def _reach(url: str, interface: str) -> socket.socket:
    """Return a socket that is connected to the host of `url`, and uses `interface` only.

    Raises:
        OSError: nobody answers there, there is no such interface, or this system does not know how to bind to one.

    """
    if sys.platform != "linux":
        raise OSError(f"expected Linux to bind to an interface, got {sys.platform}; say source instead of interface")
    target = parse_uri(url)
    loop = asyncio.get_running_loop()
    failure = OSError(f"{target.host} has no address")
    async with asyncio.timeout(OPEN_S):
        for family, kind, protocol, _, address in await loop.getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(0)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
                await loop.sock_connect(sock, address)
            except BaseException as exc:
                sock.close()
                if not isinstance(exc, OSError):
                    raise
                failure = OSError(exc.errno, f"{exc.strerror} (by {interface})")
            else:
                return sock
    raise failure
