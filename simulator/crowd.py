"""A crowd that means harm to a bridge, in a process of its own: many connections of each kind, again and again.

`python -m simulator.crowd --port 8080 --seconds 4 silent=500 giants=20` prints one JSON line with what became of them.
They come from `--addresses` loopback addresses of their own, as from so many machines.
"""

import argparse
import asyncio
import contextlib
import enum
import functools
import itertools
import json
import os
import re
import resource
import secrets
import socket
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode

SPARE_FILES: Final = 256
KINDNESS: Final = 10  # it stands for other machines: what it takes of this one's time, it takes last
NARROW_BYTES: Final = 4096
HUGE_BYTES: Final = 64 * 2**20
BOMB_BYTES: Final = 64 * 2**20  # what it would unpack to
DRIP_S: Final = 0.5
TURN_S: Final = 0.005
FARTHEST_LOOPBACK: Final = 254

_TEXT: Final = 0x1
_CONTINUATION: Final = 0x0
_PING: Final = 0x9
_FIN: Final = 0x80
_FAREWELL: Final = b"\x88"
_COMPRESSED: Final = 0x40
_SHORT: Final = 126
_MEDIUM: Final = 2**16


class Kind(enum.Enum):
    """What every one of the crowd does."""

    SILENT = "silent"  # connects, and says nothing
    LORIS = "loris"  # sends a request, a byte at a time
    LATE_LORIS = "late_loris"  # asks properly once, and goes on a byte at a time
    BODIES = "bodies"  # announces a body of 64 MiB, and sends it
    PAGES = "pages"  # asks for the pages, and reads none of it
    RUBBISH = "rubbish"  # sends what is no request
    KNOCKERS = "knockers"  # opens a WebSocket, and never says hello
    FORGERS = "forgers"  # says hello with a token of its own making, and comes again
    GIANTS = "giants"  # sends a frame of 64 MiB
    BOMBS = "bombs"  # sends a small frame that would unpack to 64 MiB
    CRUMBS = "crumbs"  # sends a frame in pieces without end
    DEAF = "deaf"  # comes in with a real token, asks, and reads nothing
    TALKERS = "talkers"  # comes in with a real token, and talks as fast as the line takes it


@dataclass
class Crowd:
    """Everybody of one kind, and what became of them."""

    port: int
    kind: Kind
    token: str = ""
    addresses: int = 1
    ends_s: float = 0.0
    tally: Counter[str] = field(default_factory=Counter)
    open_now: int = 0
    open_most: int = 0
    _scripts: list[bytes] = field(default_factory=list)

    async def visit(self, visitors: int, *, per_second: float) -> None:
        """Keep `visitors` connections going until the end, no more new ones than `per_second`."""
        pace = _Pace(per_second)
        async with asyncio.TaskGroup() as tasks:
            for number in range(visitors):
                tasks.create_task(self._come_again(number, pace))

    async def _come_again(self, number: int, pace: "_Pace") -> None:
        source = f"127.0.0.{2 + number % self.addresses % (FARTHEST_LOOPBACK - 1)}"
        while True:
            await pace.turn()
            if time.monotonic() >= self.ends_s:
                return
            try:
                async with asyncio.timeout_at(self._loop_end()):
                    await self._visit_once(source)
            except TimeoutError:
                self.tally["held to the end"] += 1
            except (OSError, asyncio.IncompleteReadError):
                self.tally["cut"] += 1

    async def _visit_once(self, source: str) -> None:
        is_narrow = self.kind in {Kind.DEAF, Kind.PAGES}
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if is_narrow:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
            sock.settimeout(0.0)
            sock.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
            reader, writer = await asyncio.open_connection(sock=sock, limit=NARROW_BYTES if is_narrow else 2**16)
        except OSError:
            sock.close()
            self.tally["not even connected"] += 1
            return
        except asyncio.CancelledError:  # the time is over
            sock.close()
            raise
        self.tally["connected"] += 1
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await _ACTS[self.kind](self, reader, writer)
        finally:
            self.open_now -= 1
            writer.transport.abort()

    def _loop_end(self) -> float:
        return asyncio.get_running_loop().time() + max(0.0, self.ends_s - time.monotonic())

    # --- What they do ---

    async def wait_to_be_sent_off(self, reader: asyncio.StreamReader) -> None:
        """Read until the bridge closes, or says farewell on a WebSocket, which nobody here answers."""
        while (said := await reader.read(2**16)) and not said.startswith(_FAREWELL):
            pass
        self.tally["sent off"] += 1

    async def be_silent(self, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        """Say nothing."""
        await self.wait_to_be_sent_off(reader)

    async def drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a request that never ends."""
        sent_off = asyncio.create_task(self.wait_to_be_sent_off(reader))
        try:
            for byte in itertools.chain(b"GET /presenter HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", itertools.repeat(0x61)):
                if sent_off.done():
                    return
                writer.write(bytes([byte]))
                await asyncio.sleep(DRIP_S)
        finally:
            sent_off.cancel()

    async def ask_once_and_drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a request, hear the answer, and send another that never ends."""
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await self.drip(reader, writer)

    async def send_a_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a body of 64 MiB that says of itself that it is packed."""
        head = "POST /api/invites HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Encoding: gzip\r\n"
        writer.write(f"{head}Authorization: Bearer {self.token}\r\nContent-Length: {HUGE_BYTES}\r\n\r\n".encode())
        await self.pour(reader, writer)

    async def read_nothing_of_a_page(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask for the scripts of a page, as often as the line takes it, and read nothing."""
        ask = b"".join(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path for path in await self.scripts())
        while not writer.transport.is_closing():
            writer.write(ask)
            await writer.drain()
            await asyncio.sleep(TURN_S)

    async def scripts(self) -> list[bytes]:
        """Return the paths of what the presenter's page loads."""
        if not self._scripts:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /presenter HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            page = await reader.read(-1)
            writer.close()
            self._scripts = re.findall(rb'(?:src|href)="(/[^"]+)"', page) or [b"/presenter"]
        return self._scripts

    async def say_rubbish(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send what is no request."""
        writer.write(secrets.token_bytes(200) + b"\r\n\r\n")
        await self.wait_to_be_sent_off(reader)

    async def knock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Open a WebSocket and say nothing."""
        await self.upgrade(reader, writer)
        await self.wait_to_be_sent_off(reader)

    async def forge(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say hello with a token that nobody gave."""
        await self.upgrade(reader, writer)
        writer.write(_frame(_hello(secrets.token_urlsafe(32))))
        await self.wait_to_be_sent_off(reader)

    async def send_a_giant(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a frame of 64 MiB."""
        await self.upgrade(reader, writer)
        writer.write(struct.pack("!BBQ", _FIN | _TEXT, 0x80 | 127, HUGE_BYTES) + bytes(4))
        await self.pour(reader, writer)

    async def send_a_bomb(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a compressed frame, whether or not that was agreed."""
        await self.upgrade(reader, writer, extensions="permessage-deflate")
        writer.write(_frame(_bomb(), first=_FIN | _COMPRESSED | _TEXT))
        await self.wait_to_be_sent_off(reader)

    async def crumble(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a frame in pieces of a byte, without end."""
        await self.upgrade(reader, writer)
        writer.write(_frame(b'"', first=_TEXT))
        await self.pour(reader, writer, _frame(b"x", first=_CONTINUATION) * 100)

    async def hear_nothing(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Come in, ask for answers, and read none."""
        await self.upgrade(reader, writer)
        writer.write(_frame(_hello(self.token)))
        ask = _frame(encode(m.Ping(id="p"))) + _frame(b"x" * 125, first=_FIN | _PING)
        while not writer.transport.is_closing():
            writer.write(ask)
            await writer.drain()
            await asyncio.sleep(4 * TURN_S)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Come in and talk: what is answered by the bridge, what is refused, and what goes to the robot."""
        await self.upgrade(reader, writer)
        writer.write(_frame(_hello(self.token)))
        reading = asyncio.create_task(self.wait_to_be_sent_off(reader))
        try:
            for number in itertools.count():
                if reading.done():
                    return
                for message in (m.Ping(id=f"p{number}"), m.LeaseTake(id=f"t{number}"), m.RtcClose(id=f"c{number}")):
                    writer.write(_frame(encode(message)))
                await writer.drain()
                self.tally["frames"] += 3
                await asyncio.sleep(TURN_S)
        finally:
            reading.cancel()

    async def pour(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: bytes = bytes(2**16)
    ) -> None:
        """Send until the bridge has had enough."""
        sent_off = asyncio.create_task(self.wait_to_be_sent_off(reader))
        try:
            for _ in range(HUGE_BYTES // len(what)):
                if sent_off.done():
                    return
                writer.write(what)
                await writer.drain()
                await asyncio.sleep(TURN_S)
        finally:
            sent_off.cancel()

    async def upgrade(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, extensions: str | None = None
    ) -> None:
        """Open a WebSocket."""
        extra = "" if extensions is None else f"Sec-WebSocket-Extensions: {extensions}\r\n"
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n{extra}\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")


Act = Callable[[Crowd, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_ACTS: Final[dict[Kind, Act]] = {
    Kind.SILENT: Crowd.be_silent,
    Kind.LORIS: Crowd.drip,
    Kind.LATE_LORIS: Crowd.ask_once_and_drip,
    Kind.BODIES: Crowd.send_a_body,
    Kind.PAGES: Crowd.read_nothing_of_a_page,
    Kind.RUBBISH: Crowd.say_rubbish,
    Kind.KNOCKERS: Crowd.knock,
    Kind.FORGERS: Crowd.forge,
    Kind.GIANTS: Crowd.send_a_giant,
    Kind.BOMBS: Crowd.send_a_bomb,
    Kind.CRUMBS: Crowd.crumble,
    Kind.DEAF: Crowd.hear_nothing,
    Kind.TALKERS: Crowd.talk,
}
_KEY: Final = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455's own


class _Pace:
    """Gives turns, no more than so many a second."""

    def __init__(self, per_second: float) -> None:
        self._gap_s = 1.0 / per_second
        self._next_s = time.monotonic()

    async def turn(self) -> None:
        """Wait for the next."""
        now_s = time.monotonic()
        self._next_s = max(self._next_s + self._gap_s, now_s)
        await asyncio.sleep(self._next_s - now_s)


def _hello(token: str) -> bytes:
    return encode(m.Hello(version=m.PROTOCOL_VERSION, token=token, client_id=secrets.token_hex(6), name="Crowd"))


def _frame(payload: bytes, *, first: int = _FIN | _TEXT) -> bytes:
    """Return a client's frame, with a mask of zeros (RFC 6455, 5.2)."""
    size = len(payload)
    if size < _SHORT:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < _MEDIUM:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload


@functools.cache
def _bomb() -> bytes:
    """Return the beginning of what would unpack to `BOMB_BYTES`."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return packer.compress(bytes(BOMB_BYTES))[: 60 * 1024]


@contextlib.contextmanager
def _many_files(count: int) -> Iterator[None]:
    """Let this process have so many sockets, as far as the system allows it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), max(before[1], wanted)))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _of_a_kind(told: str) -> tuple[Kind, int]:
    name, _, count = told.partition("=")
    return Kind(name), int(count)


async def _visit(crowds: Sequence[tuple[Crowd, int]], *, per_second: float) -> None:
    async with asyncio.TaskGroup() as tasks:
        for crowd, visitors in crowds:
            tasks.create_task(crowd.visit(visitors, per_second=per_second / len(crowds)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Be a crowd until the time is over, and tell what became of it."""
    parser = argparse.ArgumentParser(prog="python -m simulator.crowd", description="A crowd that means harm.")
    kinds = ", ".join(kind.value for kind in Kind)
    parser.add_argument("crowds", nargs="+", type=_of_a_kind, metavar="KIND=COUNT", help=f"so many at once of: {kinds}")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--per-second", type=float, default=250.0, help="new connections, at most")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--addresses", type=int, default=1, help="how many loopback addresses they come from")
    told = parser.parse_args(arguments)
    os.nice(KINDNESS)
    token = os.environ.get("CROWD_TOKEN", "")  # not among the arguments, which anybody on the host may read
    ends_s = time.monotonic() + told.seconds
    crowds = [(Crowd(told.port, kind, token, told.addresses, ends_s), visitors) for kind, visitors in told.crowds]
    with _many_files(sum(visitors for _, visitors in crowds)):
        asyncio.run(_visit(crowds, per_second=told.per_second))
    outcome = {crowd.kind.value: {"open_most": crowd.open_most, **crowd.tally} for crowd, _ in crowds}
    print(json.dumps(outcome))  # noqa: T201 -- for its parent
    return 0


if __name__ == "__main__":
    sys.exit(main())
