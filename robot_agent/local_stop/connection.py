"""The STOP page's socket, and a connection on it that is counted and cut before it costs anything."""

import asyncio
import os
import socket
import time
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

from robot_agent.local_stop.doorway import ByteBudget, Doorway
from teleop_core import tcp

MAX_UNSENT_BYTES: Final = 32 * 1024
BACKLOG: Final = 16
USER_TIMEOUT_MS: Final = 4000


class DoorConnection(ServerConnection):
    """A connection that is counted at the door, and cut when it sends too much or takes too little."""

    def __init__(self, protocol: ServerProtocol, server: Server, *, doorway: Doorway, **more: Any) -> None:  # noqa: ANN401 -- the same
        super().__init__(protocol, server, **more)
        self._doorway = doorway
        self._budget = ByteBudget(now_ns=time.monotonic_ns())
        self._is_let_in = False

    def cut(self) -> None:
        """End it at once, without a word."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        address = str((transport.get_extra_info("peername") or ("unknown",))[0])
        self._is_let_in = self._doorway.came(self, address, now_ns=time.monotonic_ns())
        if self._is_let_in:
            super().connection_made(transport)
        elif isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self._budget.allows(len(data), now_ns=time.monotonic_ns()):
            self.cut()
            return
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._doorway.went(self)
        if self._is_let_in:
            super().connection_lost(exc)


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises:
        OSError: the port is in use or not allowed, or there is no such address here.

    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.keep_short(listener.setsockopt, user_timeout_ms=USER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.settimeout(0.0)
    except OSError:
        listener.close()
        raise
    return listener
