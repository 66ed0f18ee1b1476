"""A room on the air: for each connection one reader and one writer, around the core's `BridgeRoom`.

The reader of one peer never waits for another peer: it puts frames into outboxes. Only the writer of an outbox waits,
for its own connection, and cuts it when that has taken nothing for two seconds. What a person says beyond any use is
dropped, but for STOP, and heard ever more slowly.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from starlette.websockets import WebSocket

from bridge.handshake import Person, Robot
from bridge.link import Link, link_of
from bridge.metrics import BridgeMetrics, Turned
from bridge.pace import Pace
from teleop_core.outbox import Outbox
from teleop_core.room import BridgeRoom
from teleop_core.wire.messages import CloseCode, Refusal

STALL_TIMEOUT_S: Final = 2.0
FRAMES_PER_S: Final = 250  # of one person: who drives and presses STOP at once says half of that
FRAMES_AT_ONCE: Final = 1000  # what a broken line kept back for as long as a connection outlives it

_FRAMES_IN_A_ROW: Final = 8  # then everybody else has a turn
_FLOODED_PAUSE_S: Final = 0.002  # and a longer one, when this is a flood
_STOP: Final = ('{"type":"stop"', b'{"type":"stop"')
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


async def attend_person(websocket: WebSocket, person: Person, room: BridgeRoom, metrics: BridgeMetrics) -> None:
    """Keep `person` in `room` until one of the two has had enough."""
    writer = _Writer(link_of(websocket.scope))
    seat = room.join(person.peer, writer.outbox, now_unix_ms=unix_ms())

    pace = Pace(per_second=FRAMES_PER_S, at_once=FRAMES_AT_ONCE)
    clock = asyncio.get_running_loop().time

    def receive(frame: bytes | str) -> bool:
        metrics.frames_from_people.inc()
        in_time = pace.take(now_s=clock())
        refusal = room.receive_from_person(seat, frame) if in_time or _is_stop(frame) else Refusal.OVERLOADED
        if refusal is not None:
            metrics.count_refused(refusal)
        return in_time

    try:
        with metrics.people.track_inprogress():
            await _serve(websocket, writer, receive, metrics)
    finally:
        room.leave(seat, now_unix_ms=unix_ms())


async def attend_robot(websocket: WebSocket, robot: Robot, room: BridgeRoom, metrics: BridgeMetrics) -> None:
    """Keep the robot in `room` until one of the two has had enough."""
    writer = _Writer(link_of(websocket.scope))
    seat = room.robot_joins(robot.profile, writer.outbox, now_unix_ms=unix_ms())

    def receive(frame: bytes | str) -> bool:
        metrics.frames_from_robots.inc()
        fault = room.receive_from_robot(seat, frame)
        if fault is not None:
            metrics.count_refused(fault)
        return True

    try:
        with metrics.robots.track_inprogress():
            await _serve(websocket, writer, receive, metrics)
    finally:
        room.robot_leaves(seat, now_unix_ms=unix_ms())


class _Writer:
    """Empties its outbox into one link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._ready = asyncio.Event()
        self.outbox = Outbox(wake=self._wake)

    async def run(self) -> None:
        """Send what comes into the outbox, as the link takes it, for ever."""
        sent = 0
        while True:
            await self._ready.wait()
            self._ready.clear()
            while len(self.outbox):
                # Taken only when the kernel wants it: until then a newer command replaces an older one.
                if not await self._link.is_writable_within(STALL_TIMEOUT_S):
                    self.outbox.end(CloseCode.TOO_SLOW, f"you read nothing for {STALL_TIMEOUT_S:.0f} s")
                    break
                frame = self.outbox.take()
                if frame is not None:
                    self._link.send_frame(frame)
                    sent += 1
                    if sent % _FRAMES_IN_A_ROW == 0:
                        await asyncio.sleep(0)

    def _wake(self) -> None:
        ending = self.outbox.ending
        if ending is not None:
            self._link.cut(ending.code, ending.reason)  # at once, even while `run` waits for the link
        self._ready.set()


async def _serve(
    websocket: WebSocket, writer: _Writer, receive: Callable[[bytes | str], bool], metrics: BridgeMetrics
) -> None:
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(writer.run(), name="link-writer")
        code = await _read(websocket, receive)
        writing.cancel()
    turned = _TURNED_BY_CODE.get(code)
    if turned is not None:
        metrics.count_refused(turned)


async def _read(websocket: WebSocket, receive: Callable[[bytes | str], bool]) -> int:
    """Take in frames until the WebSocket closes, and return the close code; `receive` says whether it is no flood."""
    received = 0
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return int(message.get("code") or CloseCode.GOING_AWAY)
        text: str | None = message.get("text")
        in_time = receive(text if text is not None else message["bytes"])
        received += 1
        if received % _FRAMES_IN_A_ROW == 0:
            await asyncio.sleep(0 if in_time else _FLOODED_PAUSE_S)


def _is_stop(frame: bytes | str) -> bool:
    """Return whether `frame` is a STOP as everybody writes it, the type first."""
    return frame.startswith(_STOP[0]) if isinstance(frame, str) else frame.startswith(_STOP[1])
