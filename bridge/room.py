"""A room on the air: for each connection one reader and one writer, around the core's `BridgeRoom`.

The reader of one peer never waits for another peer: it puts frames into outboxes. What a connection takes at once is
written at once; only then does the writer of its outbox wait, for this connection alone, and cut it when that has taken
nothing for two seconds. What a person says beyond any use is dropped, but for STOP, and heard ever more slowly.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

from bridge.handshake import Person, Robot
from bridge.link import Closed, Link, Receive
from bridge.metrics import BridgeMetrics, Turned
from bridge.pace import Pace
from teleop_core.outbox import Outbox
from teleop_core.room import BridgeRoom
from teleop_core.wire.messages import CloseCode, Refusal

STALL_TIMEOUT_S: Final = 2.0
FRAMES_PER_S: Final = 250  # of one person: who drives and presses STOP at once says half of that
FRAMES_AT_ONCE: Final = 1000  # what a broken line kept back for as long as a connection outlives it

_FRAMES_IN_A_ROW: Final = 8  # then everybody else has a turn
_STOP: Final = b'{"type":"stop"'
_TURNED_BY_CODE: Final[dict[int, Turned]] = {
    CloseCode.TOO_SLOW: Turned.TOO_SLOW,
    CloseCode.TOO_LARGE: Turned.TOO_LARGE,
    CloseCode.REFUSED_TOO_OFTEN: Turned.TOO_OFTEN,
    CloseCode.REPLACED: Turned.REPLACED,
    CloseCode.BAD_CREDENTIAL: Turned.REVOKED,
}


def unix_ms() -> int:
    """Return the wall clock, for display and expiry only."""
    return time.time_ns() // 1_000_000


async def attend_person(link: Link, person: Person, room: BridgeRoom, metrics: BridgeMetrics) -> None:
    """Keep `person` in `room` until one of the two has had enough."""
    async with _writer(link) as writer:
        seat = room.join(person.peer, writer.outbox, now_unix_ms=unix_ms())
        pace = Pace(per_second=FRAMES_PER_S, at_once=FRAMES_AT_ONCE)
        clock = asyncio.get_running_loop().time

        def receive(frame: bytes) -> bool:
            metrics.frames.from_people += 1
            in_time = pace.take(now_s=clock())
            refusal = room.receive_from_person(seat, frame) if in_time or _is_stop(frame) else Refusal.OVERLOADED
            if refusal is not None:
                metrics.count_refused(refusal)
            return in_time

        try:
            with metrics.people.track_inprogress():
                await _read(link, receive, metrics)
        finally:
            room.leave(seat, now_unix_ms=unix_ms())


async def attend_robot(link: Link, robot: Robot, room: BridgeRoom, metrics: BridgeMetrics) -> None:
    """Keep the robot in `room` until one of the two has had enough."""
    async with _writer(link) as writer:
        seat = room.robot_joins(
            robot.profile, writer.outbox, boot=robot.boot, uplink=robot.uplink, now_unix_ms=unix_ms()
        )

        def receive(frame: bytes) -> bool:
            metrics.frames.from_robots += 1
            fault = room.receive_from_robot(seat, frame)
            if fault is not None:
                metrics.count_refused(fault)
            return True

        try:
            with metrics.robots.track_inprogress():
                await _read(link, receive, metrics)
        finally:
            room.robot_leaves(seat, now_unix_ms=unix_ms())


@contextlib.asynccontextmanager
async def _writer(link: Link) -> AsyncIterator["_Writer"]:
    """Give a writer for a connection; what it still waits for is forgotten at the end."""
    async with asyncio.TaskGroup() as tasks:
        writer = _Writer(link, tasks)
        try:
            yield writer
        finally:
            writer.end()


class _Writer:
    """Empties its outbox into one link: at once as far as that takes it, else in a task, of which there is one."""

    def __init__(self, link: Link, tasks: asyncio.TaskGroup) -> None:
        self._link = link
        self._tasks = tasks
        self._clock = asyncio.get_running_loop().time
        self._turn_s = 0.0
        self._in_turn = 0
        self._catching_up: asyncio.Task[None] | None = None
        self._lacks_credit = False
        self.outbox = Outbox(wake=self._wake)

    def end(self) -> None:
        """Write no more."""
        self.outbox.wake_nobody()
        if self._catching_up is not None:
            self._catching_up.cancel()

    def _wake(self) -> None:
        ending = self.outbox.ending
        if ending is not None:
            self._link.cut(ending.code, ending.reason)  # at once, even while a task waits for the link
            return
        if self._catching_up is not None and not self._lacks_credit:
            return
        now_s = self._clock()
        if now_s != self._turn_s:
            self._turn_s, self._in_turn = now_s, 0
        if not self._write() and self._catching_up is None:
            self._catching_up = self._tasks.create_task(self._catch_up(), name="link-writer")

    def _write(self) -> bool:
        """Write some of what waits, as long as the link takes it; return whether nothing is left."""
        # Taken only when the kernel wants it: until then a newer command replaces an older one.
        while self._in_turn < _FRAMES_IN_A_ROW and self._link.is_writable:
            frame = self.outbox.take(states=self._link.has_credit)
            if frame is None:
                break
            self._link.send_frame(frame)
            self._in_turn += 1
        return not len(self.outbox)

    async def _catch_up(self) -> None:
        """Write as the link takes it: what is lossless when the kernel does, what is not when the peer keeps up too."""
        try:
            while len(self.outbox):
                is_patient = await self._link.is_writable_within(STALL_TIMEOUT_S)
                if is_patient and self.outbox.holds_only_states and not self._link.has_credit:
                    self._lacks_credit = True
                    is_patient = await self._link.has_credit_within(STALL_TIMEOUT_S)
                    self._lacks_credit = False
                if not is_patient:
                    self.outbox.end(CloseCode.TOO_SLOW, f"you read nothing for {STALL_TIMEOUT_S:.0f} s")
                    return
                self._in_turn = 0
                self._write()
                await asyncio.sleep(0)
        finally:
            self._catching_up = None


async def _read(link: Link, receive: Receive, metrics: BridgeMetrics) -> None:
    """Take in frames until the WebSocket closes; `receive` says whether one is no flood."""
    link.hand_over(receive)
    while True:
        message = await link.next()
        if isinstance(message, Closed):
            turned = _TURNED_BY_CODE.get(message.code)
            if turned is not None:
                metrics.count_refused(turned)
            return
        receive(message)


def _is_stop(frame: bytes) -> bool:
    """Return whether `frame` is a STOP as everybody writes it, the type first."""
    return frame.startswith(_STOP)
