"""Serves the hall's STOP page from the agent itself: HTTP for its files, a WebSocket for STOP and what the robot does.

A page that stops the robot must be the last thing to fail, and must never be why the rest fails: a port in use, a full
disk or a mad client are logged, and the agent goes on. Every number here is bounded: connections, frames, bytes a
second, bytes not yet sent, wrong PINs.
"""

import asyncio
import contextlib
import errno
import itertools
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from robot_agent.local_stop import words
from robot_agent.local_stop.address import reachable_hosts
from robot_agent.local_stop.asking import Asked, HallRequests, PageRequests, Robot
from robot_agent.local_stop.board import HALL_NAME, Board
from robot_agent.local_stop.connection import BACKLOG, MAX_UNSENT_BYTES, DoorConnection, listen
from robot_agent.local_stop.doorway import Doorway
from robot_agent.local_stop.files import PageFiles
from robot_agent.local_stop.pin import PinGuard, keep_private, kept_pin, whole_seconds
from robot_agent.local_stop.settings import LocalStopSettings
from teleop_core.errors import WireError
from teleop_core.wire.codec import decode_to_person
from teleop_core.wire.messages import StopAck

LINK_FILE: Final = "stop-page.url"
MAX_PAGES: Final = 32  # that have shown the PIN
ENTER_S: Final = 5.0
SEND_S: Final = 2.0  # a page that takes nothing for so long is cut; it dials again
SHOW_PERIOD_S: Final = 0.2
RETRY_S: Final = 5.0
PING_S: Final = 2.0
MAX_ANSWERS: Final = 16
_CLOSED_FOR_GOOD: Final = 4401  # as the bridge closes on a wrong credential


@dataclass(frozen=True, slots=True)
class StopPageLink:
    """Where the STOP page is. `link` opens it; `url` alone asks for the PIN and may be shown to anybody."""

    urls: tuple[str, ...]  # one for each address of this machine, the likeliest first
    file: Path  # holds `link`, for its owner alone
    pin: str = field(repr=False)

    @property
    def url(self) -> str:
        """The likeliest address."""
        return self.urls[0]

    @property
    def link(self) -> str:
        """The address with the PIN in its fragment, which no browser sends to anybody."""
        return f"{self.url}#{self.pin}"


class StopPage:
    """The STOP page of one robot.

    `robot` is what its pages stop; `answered` takes what comes back. `on_link` is told where the page is each time that
    it is served anew, `on_fault` why it cannot be, once.
    """

    def __init__(
        self,
        settings: LocalStopSettings,
        *,
        name: str,
        state_dir: Path,
        board: Board,
        is_bridge_up: Callable[[], bool],
        robot: Robot,
        on_link: Callable[[StopPageLink], None],
        on_fault: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._name = name
        self._state_dir = state_dir
        self._board = board
        self._is_bridge_up = is_bridge_up
        self._requests = HallRequests(robot, levels=lambda: board.levels)
        self._on_link = on_link
        self._on_fault = on_fault
        self._pin = settings.pin or kept_pin(state_dir)
        self._guard = PinGuard(self._pin)
        self._doorway = Doorway()
        self._files = PageFiles()
        self._pages: dict[str, _Page] = {}
        self._numbers = itertools.count(1)
        self._log = structlog.get_logger("stop-page")

    async def run(self) -> None:
        """Serve until cancelled; while the port cannot be had, try again and leave the rest of the agent alone."""
        with contextlib.suppress(OSError):
            (self._state_dir / LINK_FILE).unlink(missing_ok=True)  # of an agent before this one
        is_told = False
        while True:
            try:
                await self._serve(listen(self._settings.host, self._settings.port))
            except OSError as exc:
                where = f"{self._settings.host} port {self._settings.port}"
                reason = "another program has it" if exc.errno == errno.EADDRINUSE else str(exc)
                self._log.error("stop_page.not_served", where=where, reason=reason, retry_in_s=RETRY_S)
                if not is_told:
                    self._on_fault(f"the STOP page in the hall is not served: cannot listen on {where}: {reason}")
                is_told = True
                await asyncio.sleep(RETRY_S)

    def is_page(self, peer: str) -> bool:
        """Return whether `peer` is, or was, a page of the hall; the bridge's peers all have a dot in their ids."""
        return peer.startswith(f"{HALL_NAME}-") and "." not in peer

    def answered(self, peer: str, body: bytes) -> None:
        """Tell the page `peer` what the motion process answered."""
        page = self._pages.get(peer)
        if page is None:
            return
        with contextlib.suppress(WireError):
            ack = decode_to_person(body)
            if isinstance(ack, StopAck):
                page.tell(words.Done(id=ack.id, state=ack.state, speed_mps=ack.speed_mps))

    def changed(self) -> None:
        """Show every page at once that something changed."""
        for page in self._pages.values():
            page.wake.set()

    async def _serve(self, listener: socket.socket) -> None:
        def connection(protocol: ServerProtocol, server: Server, **more: Any) -> DoorConnection:  # noqa: ANN401 -- as `serve` gives them
            return DoorConnection(protocol, server, doorway=self._doorway, **more)

        async with serve(
            self._meet,
            sock=listener,
            backlog=BACKLOG,
            process_request=self._answer,
            compression=None,
            server_header=None,
            open_timeout=ENTER_S,
            close_timeout=0.5,
            ping_interval=PING_S,
            ping_timeout=2 * PING_S,
            max_size=words.MAX_FRAME_BYTES,
            max_queue=8,
            write_limit=MAX_UNSENT_BYTES // 2,
            logger=_quiet,
            create_connection=connection,  # type: ignore[arg-type]  # "a wrapper or a subclass", say its docs
        ):
            self._say_where(listener.getsockname()[1])
            await asyncio.Event().wait()

    def _say_where(self, port: int) -> None:
        urls = tuple(f"http://{host}:{port}/" for host in reachable_hosts(self._settings.host))
        link = StopPageLink(urls, self._state_dir / LINK_FILE, self._pin)
        try:
            link.file.parent.mkdir(parents=True, exist_ok=True)
            keep_private(link.file, f"{link.link}\n")
        except OSError as exc:
            self._log.warning("stop_page.link_not_kept", file=str(link.file), reason=str(exc))
        self._log.info("stop_page.served", urls=link.urls, link_in=str(link.file))
        self._on_link(link)

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        return self._files.answer(request)

    async def _meet(self, connection: ServerConnection) -> None:
        try:
            await self._admit(connection)
        except (ConnectionClosed, TimeoutError):
            return
        except Exception:  # noqa: BLE001 -- the root of a page's task: the page ends, the agent does not
            self._log.exception("stop_page.failed")

    async def _admit(self, connection: ServerConnection) -> None:
        """Ask for the PIN, then serve the page until it goes."""
        async with asyncio.timeout(ENTER_S):
            first = words.decode(await connection.recv())
        refused = self._refusal(first, _address(connection))
        if refused is not None:
            await connection.send(words.encode(refused))
            await connection.close(_CLOSED_FOR_GOOD, refused.why.value)
            return
        self._doorway.went(connection)  # type: ignore[arg-type]  # `serve` makes no other here
        peer = f"{HALL_NAME}-{next(self._numbers)}"
        page = _Page(connection)
        self._pages[peer] = page
        self._log.info("stop_page.entered", peer=peer, address=_address(connection), pages=len(self._pages))
        try:
            page.tell(words.Entered(robot=self._name))
            await self._converse(peer, page)
        finally:
            del self._pages[peer]

    def _refusal(self, first: words.FromPage | None, address: str) -> words.Refused | None:
        now_ns = time.monotonic_ns()
        wait_ns = self._guard.wait_ns(address, now_ns=now_ns)
        if wait_ns > 0:
            return words.Refused(why=words.WhyNot.WAIT, wait_s=whole_seconds(wait_ns))
        if not isinstance(first, words.Enter) or not self._guard.is_right(first.pin, address, now_ns=now_ns):
            self._log.warning("stop_page.wrong_pin", address=address)
            return words.Refused(why=words.WhyNot.PIN)
        if len(self._pages) >= MAX_PAGES:
            return words.Refused(why=words.WhyNot.FULL)
        return None

    async def _converse(self, peer: str, page: "_Page") -> None:
        writer = asyncio.create_task(self._show(page), name=f"stop-page-{peer}")
        requests = PageRequests(self._requests, peer)
        try:
            async for frame in page.connection:
                said = words.decode(frame)
                if not isinstance(said, Asked):
                    return
                declined = requests.take(said, now_ns=time.monotonic_ns())
                if declined is not None:
                    page.tell(declined)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _show(self, page: "_Page") -> None:
        """Send answers at once and the newest state at each change; cut a page that does not take them."""
        try:
            while True:
                for answer in page.take_answers():
                    await page.send(answer)
                await page.send(self._board.hall(bridge_up=self._is_bridge_up(), asked=self._requests.asked))
                page.wake.clear()
                if not page.has_answers:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(page.wake.wait(), SHOW_PERIOD_S)
        except TimeoutError:
            page.connection.transport.abort()
        except ConnectionClosed:
            return


class _Page:
    """One page that is in."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.wake = asyncio.Event()
        self._answers: list[words.Word] = []

    @property
    def has_answers(self) -> bool:
        return bool(self._answers)

    def tell(self, word: words.Word) -> None:
        """Have `word` sent; of those that wait, only the newest few are kept: the page asks again."""
        self._answers = [*self._answers[1 - MAX_ANSWERS :], word]
        self.wake.set()

    def take_answers(self) -> list[words.Word]:
        answers, self._answers = self._answers, []
        return answers

    async def send(self, word: words.Word) -> None:
        async with asyncio.timeout(SEND_S):
            await self.connection.send(words.encode(word))


def _address(connection: ServerConnection) -> str:
    return str((connection.remote_address or ("unknown",))[0])


_quiet: Final = logging.getLogger("robot_agent.local_stop.websockets")  # what strangers do wrong fills no log
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False
_quiet.setLevel(logging.CRITICAL)
