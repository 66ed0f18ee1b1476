"""A motion process: the real loop, channel, driver slot and memory keeper, turned by virtual time.

Played are its birth (`robot_agent.motion.__main__` asks for a lock, a driver and a priority), its disk and its robot.
"""

import asyncio
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from prove.clock import NOBODY, Process, VirtualLoop
from prove.referee import Referee
from prove.shells.body import Body, Platter, PlayedDisk, VirtualErrand
from prove.shells.judge import Judge
from prove.shells.watched import Overheard, Watched
from robot_agent.config import MotionConfig
from robot_agent.motion import ipc, limits
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.loop import MotionLoop, Pause
from robot_agent.motion.memory import MemoryKeeper
from robot_agent.motion.trace import NoTrace
from robot_agent.motion.watchdog import HUNG_S
from teleop_core.session import Memory, RobotSession
from teleop_core.timebase import NS_PER_S, ms, seconds
from teleop_core.wire.messages import RobotProfile

LONGEST_TICK_NS: Final = ms(300)
LOCK_RETRY_S: Final = 0.05
LOCK_TRIES: Final = 100
DRIVER_PATIENCE_S: Final = 2.0
KILLED: Final = -9
BITTEN: Final = -14
EXIT_SETUP: Final = 69
UNIX_S: Final = 1_800_000_000


@dataclass(slots=True)
class VirtualClock:
    """`Clock` of the motion loop; the machine can have been suspended, and the wall clock can be wrong."""

    loop: VirtualLoop
    suspended_ns: int = 0

    def now_ns(self) -> int:
        """Return the virtual time."""
        return self.loop.now_ns

    def boot_ns(self) -> int:
        """Return the virtual time, with what was slept."""
        return self.loop.now_ns + self.suspended_ns

    def unix_ns(self) -> int:
        """Return some wall clock."""
        return seconds(UNIX_S) + self.loop.now_ns


class Cabin:
    """The robot's machine, as far as motion processes share it: its body, its disk, and the lock on both."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, judge: Judge) -> None:
        self.loop = loop
        self.rng = rng
        self.judge = judge
        self.clock = VirtualClock(loop)
        self.platter = Platter()
        self.body = Body(loop, judge)
        self.owner: MotionSide | None = None  # who has the lock, dead or alive
        self.born: list[MotionSide] = []

    def sleep(self, for_ns: int) -> None:
        """Suspend the machine, in no virtual time at all."""
        self.clock.suspended_ns += for_ns
        self.judge.robot_slept(for_ns)

    def spawn(self, config: MotionConfig, end: socket.socket, *, parent: Process) -> "MotionSide":
        """Start a motion process of the agent `parent` that has its own copy of `end`."""
        child = MotionSide(self, config, end.dup(), parent=parent, number=len(self.born) + 1)
        self.born.append(child)
        return child


class MotionSide:
    """One motion process, and what the agent sees of it as its `Child`."""

    def __init__(self, cabin: Cabin, config: MotionConfig, end: socket.socket, *, parent: Process, number: int) -> None:
        self.pid = number
        self.alone_ns = 0  # how long it has run without its agent
        self._parent = parent
        self.work: MotionLoop | None = None
        self.process = Process(cabin.loop, f"motion-{number}")
        self._cabin = cabin
        self._config = config
        self._status: int | None = None
        self._has_let_go = False
        self._fed_s = 0.0
        self._wake: asyncio.Future[None] | None = None
        self._channel = Overheard(end, on_frame=self._say)
        self._disk = PlayedDisk(cabin.loop, cabin.platter, cabin.rng)
        self.process.when_killed(self._let_go)
        self.process.start(self._live())

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._status is None

    @property
    def is_at_work(self) -> bool:
        """Whether its loop turns, or would if it ran."""
        return self.is_alive and self.work is not None

    @property
    def is_orphan(self) -> bool:
        """Whether it is at work, and its agent died."""
        return self.is_at_work and self._parent.is_dead

    def poll(self) -> int | None:
        """Return its exit status, None while it lives."""
        return self._status

    def kill(self) -> None:
        """End it where it stands."""
        if self.is_alive:
            self._end(KILLED)

    def _end(self, status: int) -> None:
        self._status = status
        self.process.kill()

    def freeze(self) -> None:
        """Stop it with SIGSTOP, or have the machine too busy for it."""
        self._cabin.judge.motion_away.begin(self._cabin.loop.now_ns)
        self.process.freeze()

    def hang(self) -> None:
        """Stop it as a loop that never ends does: the kernel's watchdog ends it in time."""
        self.freeze()
        if self.is_at_work:
            self._cabin.loop.call_at(self._fed_s + HUNG_S, self._bite, self._fed_s, context=NOBODY)

    def _bite(self, fed_s: float) -> None:
        if self._fed_s == fed_s and self.is_alive:
            self._end(BITTEN)

    def thaw(self) -> None:
        """Let it run on, unless its watchdog has been waiting for that."""
        if self.is_at_work and self.process.is_frozen and self._cabin.loop.time() - self._fed_s >= HUNG_S:
            self._end(BITTEN)
        if self.process.is_frozen:
            judge = self._cabin.judge
            if self.is_at_work and judge.motion_away.since_ns is not None:
                judge.robot_slept(judge.now_ns - judge.motion_away.since_ns)
                judge.motion_away.end(judge.now_ns)
            self.process.thaw()

    # --- What it does ---

    async def _live(self) -> None:
        try:
            self._status = await self._run()
        finally:
            self._let_go()

    async def _run(self) -> int:
        cabin = self._cabin
        await asyncio.sleep(0.03 + 0.1 * cabin.rng.random())  # it is started, and imports
        config = await self._configuration()
        if config is None:
            return 0
        if not await self._has_the_lock():
            return EXIT_SETUP
        remembered = cabin.platter.load(unix_s=UNIX_S)
        slot = DriverSlot(cabin.body.open, start=self._start_errand)
        keeper = MemoryKeeper(self._disk)
        await self._open(slot)
        self.work = MotionLoop(
            session=self._session(config, remembered, slot),
            channel=self._channel,
            driver=slot,
            memory=keeper,
            trace=NoTrace(),
            profile=lambda: _profile(config, slot),
            period_ns=NS_PER_S // config.motion.rate_hz,
            clock=cabin.clock,
            feed_watchdog=self._feed,
        )
        self._feed()
        cabin.loop.add_reader(self._channel, self._look)
        cabin.loop.add_reader(self._disk.fileno(), self._look)
        for pause in self.work.steps():
            await self._wait(pause)
        slot.close()
        keeper.close(timeout_s=1.0)
        return 0

    async def _configuration(self) -> MotionConfig | None:
        while self._channel.is_open:
            frame = self._channel.receive()
            if isinstance(frame, ipc.Configure):
                return frame.config
            await asyncio.sleep(0.01)
        return None

    async def _has_the_lock(self) -> bool:
        """Wait for the lock on the robot, as long as `robot_agent.motion.host` does; return whether it was got."""
        cabin = self._cabin
        for _ in range(LOCK_TRIES):
            if cabin.owner is None or not cabin.owner.is_alive:
                cabin.owner = self
                return True
            await asyncio.sleep(LOCK_RETRY_S)
        return False

    def _start_errand(self, work: Callable[[], None]) -> VirtualErrand:
        def work_unless_dead() -> None:
            if self.is_alive:
                work()

        return VirtualErrand(self._cabin.loop, work_unless_dead, after_s=self._cabin.body.opening_s)

    async def _open(self, slot: DriverSlot) -> None:
        """Wait for the driver; `wait_until_tried` itself would wait for no virtual time."""
        loop = self._cabin.loop
        deadline_s = loop.time() + DRIVER_PATIENCE_S
        slot.wait_until_tried(timeout_s=0.0, now_ns=loop.now_ns)
        await asyncio.sleep(min(self._cabin.body.opening_s, DRIVER_PATIENCE_S))
        while not slot.is_open and not self._cabin.body.is_broken and loop.time() < deadline_s:
            await asyncio.sleep(0.02)
            slot.wait_until_tried(timeout_s=0.0, now_ns=loop.now_ns)

    def _session(self, config: MotionConfig, remembered: Memory, slot: DriverSlot) -> RobotSession:
        now_ns, timing = self._cabin.loop.now_ns, limits.timing_of(config.motion)
        profile = limits.safety_profile_of(config.motion, slot.capabilities)
        session = RobotSession(
            epoch=f"boot-{self.pid}", memory=remembered, profile=profile, timing=timing, now_ns=now_ns
        )
        referee = Referee(
            session=session, timing=timing, profile=profile, born_ns=now_ns, longest_tick_ns=LONGEST_TICK_NS
        )
        self._cabin.judge.motion_is_born(session, referee)
        return cast("RobotSession", Watched(session, referee, self._cabin.judge))

    def _say(self, frame: ipc.FromMotion) -> None:
        if isinstance(frame, ipc.ToPeer):
            self._cabin.judge.robot_says(frame, self._disk)

    def _let_go(self) -> None:
        """Close what it had open, as its kernel does."""
        if self._has_let_go:
            return
        self._has_let_go = True
        self._cabin.loop.remove_reader(self._channel)
        self._cabin.loop.remove_reader(self._disk.fileno())
        driver = self._cabin.body.driver
        if driver is not None and self._cabin.owner is self:
            driver.close()
        self._disk.let_go()
        self._channel.close()
        self._cabin.judge.motion_away.begin(self._cabin.loop.now_ns)

    # --- Waiting ---

    async def _wait(self, pause: Pause) -> None:
        """Wait until the channel or the disk has something, and for so long at most."""
        if self._channel not in pause.sources:
            self._cabin.loop.remove_reader(self._channel)
        self._wake = self._cabin.loop.create_future()
        timer = self._cabin.loop.call_later(pause.seconds, self._look)
        await self._wake
        timer.cancel()

    def _feed(self) -> None:
        self._fed_s = self._cabin.loop.time()

    def _look(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def _profile(config: MotionConfig, slot: DriverSlot) -> RobotProfile | None:
    return None if slot.capabilities is None else limits.profile_of(config.motion, slot.capabilities)
