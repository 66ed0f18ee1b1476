"""uvicorn, as the bridge uses it: its limits, its doors, and nothing of its signals and log lines."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from starlette.types import Receive, Scope, Send

from bridge.config import BridgeConfig
from bridge.door import Doorway, FrontDoor, Porter, Threshold
from bridge.link import Link
from teleop_core.wire.codec import MAX_ENVELOPE_BYTES

DRAIN_TIMEOUT_S: Final = 1
PING_INTERVAL_S: Final = 2.5
PING_TIMEOUT_S: Final = 5.0
MAX_HTTP_CONNECTIONS: Final = 512  # beside the WebSockets; each is one only until its request has come


def uvicorn_config(config: BridgeConfig, app: object, *, porter: Porter) -> uvicorn.Config:
    """Return uvicorn's settings; who comes is seen to by `porter`."""
    open_door = functools.partial(FrontDoor, doorway=_doorway(config), porter=porter)
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI app, by another name than in uvicorn's types
        http=functools.partial(Threshold, open_door=open_door, porter=porter),  # type: ignore[arg-type]  # called like a class
        ws=functools.partial(Link, see_to=porter.see_to),  # type: ignore[arg-type]  # uvicorn's, with bounds
        ws_max_size=MAX_ENVELOPE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=PING_TIMEOUT_S,
        interface="asgi3",
        lifespan="off",
        log_config=None,  # its lines at INFO carry queries
        log_level="error",  # a warning for each request that is none would fill a disk, one blocking write at a time
        access_log=False,
        server_header=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        timeout_keep_alive=5,
        timeout_graceful_shutdown=DRAIN_TIMEOUT_S,
    )


async def nothing_here(scope: Scope, _receive: Receive, _send: Send) -> None:
    """Serve nothing: for a process to which nobody comes but through another one."""
    raise AssertionError(f"expected nobody, got {scope['type']}")


def _doorway(config: BridgeConfig) -> Doorway:
    return Doorway(
        most=MAX_HTTP_CONNECTIONS,
        most_of_one=config.max_connections_per_address,
        except_for=config.trusted_proxies,
    )


class QuietServer(uvicorn.Server):
    """uvicorn's server, which leaves the signals to us: it would raise them again, and so never exit with 0."""

    def __init__(self, config: uvicorn.Config, *, on_started: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._on_started = on_started
        self.servers: list[asyncio.base_events.Server] = []

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        finally:
            for server in self.servers:  # cancelled: uvloop cannot close with a server that still listens
                server.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()
