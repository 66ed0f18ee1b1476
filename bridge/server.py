"""One bridge in one process: open, serve until told to stop, drain."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Final

from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.directory.sqlite import SqliteDirectory
from bridge.door import Porter
from bridge.fabric.local import LocalFabric
from bridge.front import build_front
from bridge.hall import Hall
from bridge.http_server import MAX_HTTP_CONNECTIONS, QuietServer, nothing_here, uvicorn_config
from bridge.listener import allow_files, open_listener, url_of
from bridge.metrics import BridgeMetrics
from bridge.rooms import LocalRooms
from bridge.seats import Seats
from bridge.turn import IceServerDesk
from bridge.vestibule import Vestibule

_SPARE_FILES: Final = 1024  # for farewells that last a second, the directory, the log


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
    seats = Seats(directory=directory, fabric=fabric, metrics=metrics, audit=audit)
    rooms = LocalRooms(fabric=fabric, seats=seats, metrics=metrics)
    porter = Porter()
    stop = asyncio.Event()

    def ready() -> None:
        audit.note("listening", url=url)
        on_ready(url)

    if config.strangers_apart and sys.platform == "linux":
        server = QuietServer(uvicorn_config(config, nothing_here, porter=porter))
        hall = Hall(server, seats, rooms=rooms, porter=porter, metrics=metrics)
        vestibule = Vestibule(config, listener, url=url, hall=hall, audit=audit, on_ready=ready)
        serving, letting_in, let_nobody_in = server.serve(sockets=[]), vestibule.keep(), vestibule.drain
    else:
        gate, app = await build_front(
            config, url=url, directory=directory, inside=seats, rooms=rooms, metrics=metrics, audit=audit
        )
        server = QuietServer(uvicorn_config(config, app, porter=porter), on_started=ready)
        serving, letting_in, let_nobody_in = server.serve(sockets=[listener]), None, gate.drain
    with _stopped_by_signals(stop):
        async with asyncio.TaskGroup() as tasks:
            at_work = tasks.create_task(serving, name="http")
            if letting_in is not None:
                tasks.create_task(letting_in, name="vestibule")
            watching = tasks.create_task(seats.watch_invites(), name="invite-watch")
            renewing = tasks.create_task(ice_servers.keep_renewing(fabric), name="ice-servers")
            try:
                await stop.wait()
            finally:
                audit.note("draining")
                watching.cancel()
                renewing.cancel()
                let_nobody_in()
                seats.drain()
                server.should_exit = True
                # Cancelled or not, the farewells leave before this returns; uvicorn bounds the wait.
                await asyncio.shield(at_work)


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
