"""One bridge in one process: open, serve until told to stop, drain."""

import asyncio
import contextlib
import functools
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from bridge.app import build_app
from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.directory.sqlite import SqliteDirectory
from bridge.door import Doorway, FrontDoor, Porter, Threshold
from bridge.fabric.local import LocalFabric
from bridge.gate import Gate
from bridge.link import Link
from bridge.listener import allow_files, open_listener, url_of
from bridge.metrics import BridgeMetrics
from bridge.pages import read_pages
from bridge.rest.callers import Doorman
from bridge.rest.desk import Desk
from bridge.turn import IceServerDesk
from teleop_core.wire.codec import MAX_ENVELOPE_BYTES

DRAIN_TIMEOUT_S: Final = 1
PING_INTERVAL_S: Final = 2.5
PING_TIMEOUT_S: Final = 5.0
MAX_HTTP_CONNECTIONS: Final = 512  # beside the WebSockets; each is one only until its request has come
_SPARE_FILES: Final = 1024  # for farewells that last a second, the directory, the log


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that a bridge runs on: uvloop's, where there is one (`asyncio.Runner(loop_factory=...)`)."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - not on every platform

    return uvloop.new_event_loop()


async def run_bridge(config: BridgeConfig, *, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or cancellation, then send everybody off with 1001 and return within two seconds.

    `on_ready` is called once with the URL that the bridge listens on.

    Raises:
        SetupError: the port is taken, or the directory cannot be opened.

    """
    allow_files(config.max_connections + MAX_HTTP_CONNECTIONS + _SPARE_FILES)
    listener = open_listener(config)
    with contextlib.ExitStack() as on_exit:
        on_exit.callback(listener.close)
        directory = await asyncio.to_thread(SqliteDirectory, config.database)
        metrics = BridgeMetrics()
        audit = AuditLog(on_lost=metrics.audit_lost.inc)
        try:
            await _serve(config, listener, directory=directory, metrics=metrics, audit=audit, on_ready=on_ready)
        finally:
            await directory.close()
            await asyncio.to_thread(audit.close)


async def _serve(
    config: BridgeConfig,
    listener: socket.socket,
    *,
    directory: SqliteDirectory,
    metrics: BridgeMetrics,
    audit: AuditLog,
    on_ready: Callable[[str], None],
) -> None:
    url = url_of(listener)
    ice_servers = IceServerDesk(config.ice_servers, config.turn)
    fabric = LocalFabric(ice_servers=ice_servers, witness=audit)
    gate = Gate(config, directory=directory, fabric=fabric, metrics=metrics, audit=audit)
    pages = await asyncio.to_thread(read_pages, Path(config.pages))
    if not pages.built:
        audit.note("pages_missing", expected=f"the built pages in {config.pages}", cure="run `make setup`")
    app = build_app(
        gate=gate,
        desk=Desk(directory=directory, fabric=fabric, gate=gate, audit=audit, public_url=config.public_url or url),
        doorman=Doorman(directory, admin_key=config.admin_key),
        pages=pages,
        fabric=fabric,
        metrics=metrics,
    )
    stop = asyncio.Event()

    def started() -> None:
        audit.note("listening", url=url)
        on_ready(url)

    server = _Server(_uvicorn_config(config, app), on_started=started)
    with _stopped_by_signals(stop):
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listener]), name="http")
            watching = tasks.create_task(gate.watch_invites(), name="invite-watch")
            renewing = tasks.create_task(ice_servers.keep_renewing(fabric), name="ice-servers")
            try:
                await stop.wait()
            finally:
                audit.note("draining")
                watching.cancel()
                renewing.cancel()
                gate.drain()
                server.should_exit = True
                # Cancelled or not, the farewells leave before this returns; uvicorn bounds the wait.
                await asyncio.shield(serving)


def _uvicorn_config(config: BridgeConfig, app: object) -> uvicorn.Config:
    porter = Porter()
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


def _doorway(config: BridgeConfig) -> Doorway:
    return Doorway(
        most=MAX_HTTP_CONNECTIONS,
        most_of_one=config.max_connections_per_address,
        except_for=config.trusted_proxies,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals to us: it would raise them again, and so never exit with 0."""

    def __init__(self, config: uvicorn.Config, *, on_started: Callable[[], None]) -> None:
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


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM and SIGINT, where this thread may listen to signals."""
    loop = asyncio.get_running_loop()
    listened_to: list[signal.Signals] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread, or Windows
            loop.add_signal_handler(number, stop.set)
            listened_to.append(number)
    try:
        yield
    finally:
        for number in listened_to:
            loop.remove_signal_handler(number)
