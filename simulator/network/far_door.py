"""A door to the bridge at the far end of a link: pages, WebSocket and WebRTC of whoever enters here go through it.

What TCP carries is delivered late, in order and whole, as TCP itself delivers it over such a link. WebRTC is made to
go through a relay: the robot's answer gets the relay's address instead of the robot's, and the person's own addresses
are taken out of what they say, so that no straight path is found.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import structlog

from simulator.network.frames import Splitter
from simulator.network.profiles import Profile
from simulator.network.pump import Pump
from simulator.network.relay import Relay, before_robot_on
from simulator.network.signalling import answer_of, answered, hide_addresses
from simulator.network.way import Way, Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import NS_PER_S

CHUNK_BYTES: Final = 16 * 1024
MOST_QUEUED_BITS: Final = 8 * 256 * 1024
IDLE_S: Final = 60.0  # a relay that nobody was heard at for so long is closed
MOST_RELAYS: Final = 32
_LOOK_S: Final = 0.01

_log = structlog.get_logger(__name__)


class FarDoor:
    """The door and the relays behind it. Opened by `opened`."""

    def __init__(self, profile: Profile, *, bridge: tuple[str, int], seed: int) -> None:
        self._profile = profile
        self._bridge = bridge
        self._chance = random.Random(seed)
        self._relays: list[Relay] = []
        self._visits: set[asyncio.Task[None]] = set()
        self.port = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, profile: Profile, *, bridge: tuple[str, int], host: str, port: int = 0, seed: int = 1
    ) -> "AsyncIterator[FarDoor]":
        """Listen at `host` for those who come over the link.

        Raises:
            SetupError: it cannot be listened there.

        """
        door = cls(profile, bridge=bridge, seed=seed)
        try:
            server = await asyncio.start_server(door._enter, host, port)
        except OSError as exc:
            raise SetupError(f"cannot listen at {host} for the far end of the link: {exc.strerror or exc}") from exc
        door.port = server.sockets[0].getsockname()[1]
        try:
            yield door
        finally:
            server.close()
            for visit in list(door._visits):
                visit.cancel()
            await asyncio.gather(*door._visits, return_exceptions=True)
            for relay in door._relays:
                relay.close()

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._receive(reader, writer), name="far-door-visit")
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            try:
                far_reader, far_writer = await asyncio.open_connection(*self._bridge)
            except OSError:
                return  # no bridge: the connection is closed, as a front before a dead server does
            with contextlib.closing(far_writer):
                await self._visit((reader, writer), (far_reader, far_writer))

    async def _visit(
        self,
        person: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        bridge: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        profile = self._profile
        handshake_s = (profile.to_robot.delay_ns + profile.from_robot.delay_ns) / NS_PER_S
        await asyncio.sleep(handshake_s)  # SYN and its answer cross the link before a word does
        up = asyncio.create_task(self._carry(person[0], bridge[1], profile.to_robot, is_up=True))
        down = asyncio.create_task(self._carry(bridge[0], person[1], profile.from_robot, is_up=False))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (up, down):
                each.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather, *, is_up: bool
    ) -> None:
        """Carry one direction to its end; what is under way then still arrives."""
        ended = asyncio.Event()

        def deliver(piece: bytes) -> None:
            if not piece:
                ended.set()
            elif not writer.is_closing():
                writer.write(piece)

        pump = Pump(Way[bytes](random.Random(self._chance.random()), replace(weather, ordered=True)), deliver)
        splitter = Splitter(from_person=is_up)
        try:
            with contextlib.suppress(OSError):
                while chunk := await reader.read(CHUNK_BYTES):
                    for piece, is_message in splitter.feed(chunk):
                        whole = await self._reworded(piece, is_up=is_up) if is_message else piece
                        carried = splitter.framed(whole) if is_message else whole
                        pump.put(carried, bits=8 * len(carried))
                    while pump.way.queued_bits > MOST_QUEUED_BITS:  # noqa: ASYNC110 -- a way tells nobody
                        await asyncio.sleep(_LOOK_S)
                    await writer.drain()
            pump.put(b"", bits=0)
            await ended.wait()
            with contextlib.suppress(OSError):
                await writer.drain()
        finally:
            pump.close()

    async def _reworded(self, message: bytes, *, is_up: bool) -> bytes:
        if is_up:
            return hide_addresses(message)
        sdp = answer_of(message)
        if sdp is None:
            return message
        self._close_idle_relays()
        if len(self._relays) >= MOST_RELAYS:
            self._relays.pop(0).close()
        try:
            relay, through = await before_robot_on(self._profile, sdp, seed=self._chance.getrandbits(32))
        except SetupError as exc:
            _log.warning("no_relay", reason=str(exc))
            return message
        self._relays.append(relay)
        return answered(message, through)

    def _close_idle_relays(self) -> None:
        for relay in list(self._relays):
            if time.monotonic() - relay.heard_s > IDLE_S:
                self._relays.remove(relay)
                relay.close()
