"""A running system and a presenter at the two ends of a laboratory's link; staff are beside the robot."""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Self

from bench import seat_words as words
from bench.seat import Seat
from simulator.lab.laboratory import Lab
from simulator.motion_trace import Arrival, Tick, read_trace
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig, RigOptions
from teleop_core.timebase import to_ms
from teleop_core.wire.messages import RobotState, Role

SMALL_PICTURE: Final = {"width": 320, "height": 176, "rate_hz": 30.0}
TURNING_RADPS: Final = 0.4  # on the spot: any length of driving fits on the stage
TO_DRIVE_S: Final = 30.0
TRACE_LAG_S: Final = 0.3
COLLECT_S: Final = 4.0
ENTER_S: Final = 20.0
_LOOK_S: Final = 0.02
_MOVING: Final = frozenset({RobotState.DRIVING, RobotState.DEGRADED})
_LATCHED: Final = frozenset({RobotState.STOPPED, RobotState.STOPPING, RobotState.BOOT})


class FarHall:
    """The laboratory, the rig in the robot's room, the presenter's seat in the other.

    This process is in the robot's room meanwhile, and what it starts is there too.

    Raises:
        SetupError: this machine has no laboratory, or a part does not start.
        TimeoutError: something did not come true in time; the message says what.

    """

    def __init__(self, lab: Lab, rig: Rig, seat: Seat, staff: Presenter) -> None:
        self.lab = lab
        self.rig = rig
        self.seat = seat
        self.staff = staff
        self.sent_ns: dict[int, int] = {}
        self.arrivals: list[Arrival] = []
        self.ticks: list[Tick] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator[Self]:
        """Start everything on a clear link; leave nothing behind."""
        async with AsyncExitStack() as leaving:
            lab = await leaving.enter_async_context(Lab.opened(None))
            leaving.enter_context(lab.robot.entered())
            options = RigOptions(traced=True, host=Lab.robot_address(), changes={"robot": {"camera": SMALL_PICTURE}})
            rig = await leaving.enter_async_context(Rig(options))
            staff = Presenter(rig.ws_url, (await rig.invite(Role.STAFF)).token, picture=Picture.UNSEEN)
            await leaving.enter_async_context(staff)
            await staff.enter(within_s=ENTER_S)
            seat = await Seat.taken(rig, inside=lab.presenter)
            leaving.push_async_callback(seat.leave)
            yield cls(lab, rig, seat, staff)

    async def drive(self, *, within_s: float = TO_DRIVE_S) -> None:
        """See to it that the presenter turns the robot on the spot, whatever was before."""
        deadline = time.monotonic() + within_s
        while self.staff.state not in _MOVING:
            if time.monotonic() > deadline:
                raise TimeoutError(f"expected a robot that is driven; {self.staff.last_seen()}")
            with contextlib.suppress(TimeoutError):  # on a link or a machine that is bad: from where it is by now
                await self._take_hold()
            await asyncio.sleep(_LOOK_S)

    async def _take_hold(self) -> None:
        if self.staff.state in _LATCHED:
            await self.staff.reset()
        await self.seat.let_go()
        await self.seat.arm()
        await self.seat.order(words.Hold(0.0, TURNING_RADPS))
        await self.staff.until("a robot that is driven", lambda: self.staff.state in _MOVING, within_s=1.0)

    async def forget(self) -> None:
        """Forget what was sent and what arrived so far."""
        await self.seat.order(words.TellSent())
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.rig.folder.motion_trace, 0)  # whoever writes it appends
        self.sent_ns.clear()
        self.arrivals, self.ticks = [], []

    async def collect(self, *, for_s: float) -> None:
        """Let so much time go by, and keep what was sent, arrived and was done; drive on where the robot holds."""
        ends_s = time.monotonic() + for_s
        while (left_s := ends_s - time.monotonic()) > 0:
            await asyncio.sleep(min(left_s, COLLECT_S))
            self.sent_ns |= (await self.seat.order(words.TellSent())).sent_ns
            if self.staff.state not in _MOVING:
                await self.drive()
        await asyncio.sleep(TRACE_LAG_S)
        trace = read_trace(self.rig.folder.motion_trace)
        self.arrivals, self.ticks = trace.arrivals, trace.ticks

    @property
    def sending_gaps_ms(self) -> list[float]:
        """How long it was between one command and the next, of those that follow each other."""
        numbered = sorted(self.sent_ns.items())
        return [
            to_ms(later_ns - earlier_ns)
            for (earlier, earlier_ns), (later, later_ns) in itertools.pairwise(numbered)
            if later == earlier + 1
        ]
