"""One running system with the people of a bench: a presenter and staff in processes of their own, and who looks on."""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Protocol, Self

from playwright.async_api import Playwright

from bench import seat_words as words
from bench.course import Course, Look, NeverStoodError, NoFigureError
from bench.outcome import AT_SPEED_MPS
from bench.seat import Seat
from bench.told import first_still
from simulator.motion_trace import Tick, read_trace
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig, RigOptions
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import RobotState, Role, Verdict

SMALL_PICTURE: Final = {"width": 320, "height": 176, "rate_hz": 30.0}
SPEED_MPS: Final = 0.6
STEADY_NS: Final = 150 * NS_PER_MS
BLIND_NS: Final = 1000 * NS_PER_MS
BACK_M: Final = -1.0
FARTHEST_M: Final = 1.8  # where a drive that began at the back is over: what comes after it needs room
TO_SPEED_S: Final = 8.0
TO_REST_S: Final = 4.0
CLEAR_S: Final = 8.0
TRACE_LAG_S: Final = 0.2
_LOOK_S: Final = (0.004, 0.012)


class Hand(Protocol):
    """What drives: a seat, or a browser's page."""

    async def arm(self) -> None:
        """Hold the lease, hand off, until the dead-man counts."""
        ...

    async def hold(self, vx_mps: float) -> None:
        """Hold the dead-man and ask for a speed."""
        ...

    async def regrip(self) -> None:
        """Let go after a HOLD, and get ready to hold again."""
        ...


class Venue:
    """A rig, the presenter's seat, the desk of staff who press, and staff of this process who look on and clear.

    Raises:
        TimeoutError: something did not come true in time; the message says what.
        SetupError: a part does not start again.

    """

    def __init__(
        self, rig: Rig, *, staff: Presenter, seat: Seat, desk: Seat, playwright: Playwright, seed: int
    ) -> None:
        self.rig = rig
        self.staff = staff
        self.seat = seat
        self.desk = desk
        self.playwright = playwright
        self._chance = random.Random(seed)

    @classmethod
    @asynccontextmanager
    async def opened(cls, playwright: Playwright, *, seed: int) -> AsyncIterator[Self]:
        """Start everything; leave nothing behind."""
        rig = Rig(RigOptions(traced=True, seed=seed, changes={"robot": {"camera": SMALL_PICTURE}}))
        async with AsyncExitStack() as leaving:
            await leaving.enter_async_context(rig)
            invite = await rig.invite(Role.STAFF)
            staff = Presenter(rig.ws_url, invite.token, picture=Picture.UNSEEN)
            await leaving.enter_async_context(staff)
            await staff.enter()
            seat, desk = await asyncio.gather(Seat.taken(rig), Seat.taken(rig, Role.STAFF))
            venue = cls(rig, staff=staff, seat=seat, desk=desk, playwright=playwright, seed=seed)
            leaving.push_async_callback(venue._leave)
            yield venue

    async def _leave(self) -> None:
        await asyncio.gather(self.seat.leave(), self.desk.leave())

    # --- Between drives ---

    async def tidy(self) -> None:
        """Have all parts run, the robot at rest at the back, the STOP clear, and pictures in front of the presenter."""
        await self.rig.mend()
        await self.staff.until("the room, with the robot in it", lambda: self.staff.robot_online, within_s=10.0)
        await self._until_news()
        await self._replace_the_unsound()
        await self.seat.let_go()
        await self.seat.use()
        if self.staff.driver not in {None, self.seat.me}:
            await self.staff.revoke()
        await asyncio.gather(self.seat.order(words.LookUp()), self._clear())
        await self.rig.stage.place(BACK_M, 0.0)

    async def _replace_the_unsound(self) -> None:
        if not self.seat.is_sound:
            await self.seat.leave()
            self.seat = await Seat.taken(self.rig)
        if not self.desk.is_sound:
            await self.desk.leave()
            self.desk = await Seat.taken(self.rig, Role.STAFF)

    async def _clear(self) -> None:
        """Reset in two steps, and insist: what latched the robot may take a moment to be gone."""
        deadline = time.monotonic() + CLEAR_S
        while self.staff.state in {RobotState.STOPPED, RobotState.STOPPING, RobotState.BOOT}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"expected a robot whose STOP is clear; {self.staff.last_seen()}")
            if self.staff.state is RobotState.STOPPED and (await self.staff.reset()).verdict is not Verdict.REFUSED:
                return
            await asyncio.sleep(0.05)

    async def _until_news(self) -> None:
        log = self.staff.telemetry_log
        before = log[-1] if log else None
        await self.staff.until("the robot's telemetry", lambda: bool(log) and log[-1] is not before)

    async def new_life(self, epoch: str | None) -> None:
        """Wait until the robot says that it lives in another epoch."""
        await self.staff.until(
            "another life of the robot", lambda: self.staff.epoch not in {None, epoch}, within_s=15.0
        )

    async def free_lease(self) -> None:
        """End whoever's lease."""
        if self.staff.driver is not None:
            await self.staff.revoke()

    # --- A drive ---

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Course]:
        """Look at the plant all the time, until the robot rests or the drive is given up."""
        course = Course()
        watching = asyncio.create_task(self._watch(course), name="bench-watch")
        try:
            yield course
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, course: Course) -> None:
        while True:
            course.saw(Look.at(await self.rig.stage.truth()))
            await asyncio.sleep(self._chance.uniform(*_LOOK_S))  # at every phase of the stage's own beat

    async def bring_to_speed(self, hand: Hand, course: Course) -> None:
        """Drive at full speed, steadily, up to an instant of no particular phase.

        On a machine that is busy the robot may hold before: then the hand lets go, as a presenter's does, and holds
        again.
        """
        deadline = time.monotonic() + TO_SPEED_S
        await hand.hold(SPEED_MPS)
        steady_ns: int | None = None
        held_by: list[str] = []
        while True:
            await asyncio.sleep(0.01)
            if not course.looks:
                continue
            look = course.looks[-1]
            if time.monotonic() > deadline or look.x_m > FARTHEST_M:
                raise TimeoutError(
                    f"expected {SPEED_MPS} m/s, saw {look.speed_mps:.2f} at x {look.x_m:.1f}, "
                    f"held by {held_by or 'nothing'}; {self.staff.last_seen()}"
                )
            if look.speed_mps < AT_SPEED_MPS:
                steady_ns = None
                if self.staff.state is RobotState.HOLD:
                    held_by.append(self.staff.limit.value if self.staff.limit else "?")
                    await hand.regrip()
                    await hand.hold(SPEED_MPS)
            elif steady_ns is None:
                steady_ns = look.monotonic_ns
            elif look.monotonic_ns - steady_ns >= STEADY_NS:
                await asyncio.sleep(self._chance.uniform(0.0, 0.04))
                return

    async def until_at_rest(self, course: Course) -> None:
        """Wait until nothing of the robot has moved for a moment.

        Raises:
            NeverStoodError: it moves on.
            NoFigureError: nobody can tell.

        """
        deadline = time.monotonic() + TO_REST_S
        while (course.looks[-1].still_for_ns or 0) < STEADY_NS // 3:
            if time.monotonic() > deadline:
                if time.monotonic_ns() - course.looks[-1].monotonic_ns > BLIND_NS:
                    raise NoFigureError("the stage is not to be seen any more")
                raise NeverStoodError(f"no rest within {TO_REST_S:g} s; {self.staff.last_seen()}")
            await asyncio.sleep(0.01)

    def forget_trace(self) -> None:
        """Empty the motion trace; whoever writes it appends."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.rig.folder.motion_trace, 0)

    async def ticks(self, *, after_ns: int) -> list[Tick]:
        """Return what the driver was told since the trace was emptied, once it was told to stand after an instant.

        A motion process that was killed tells nothing: then all that there is, after a while.
        """
        deadline = time.monotonic() + TRACE_LAG_S
        while True:
            ticks = read_trace(self.rig.folder.motion_trace).ticks
            if first_still(ticks, after_ns) is not None or time.monotonic() > deadline:
                return ticks
            await asyncio.sleep(0.03)
