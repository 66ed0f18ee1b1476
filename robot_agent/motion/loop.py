"""The motion loop: 50 times a second on absolute edges of the monotonic clock, without drift and without an event loop.

Between edges it sleeps on the agent's socket and takes each frame in as it arrives. At an edge: hear the robot, tick
the session, command the driver, have the memory written, and only then say what follows from it.
"""

import collections
import gc
import os
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple, Protocol, assert_never

import structlog

from robot_agent.inputs.watch import StopPanel
from robot_agent.motion import ipc
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.memory import MemoryKeeper
from robot_agent.motion.trace import Trace
from robot_agent.motion.watchdog import SleepWatch, boot_time_ns, no_watchdog
from teleop_core.announcer import Outgoing
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession, Setpoint
from teleop_core.timebase import NS_PER_S, ms, seconds
from teleop_core.wire.messages import Lane, RobotProfile, RobotState, StopCause, StopLevel

MAX_FRAMES_A_TURN: Final = 256  # so that a flood can never hold up an edge
MAX_HELD_BACK: Final = 1024
REST_NS: Final = ms(300)
LONGEST_ENDING_NS: Final = seconds(3)
WALL_CLOCK_PERIOD_NS: Final = seconds(1)
IDLE_COLLECTION_NS: Final = seconds(10)
REST_WITHIN_MPS: Final = 0.03
REST_WITHIN_RADPS: Final = 0.06
NO_INPUTS: Final = StopPanel()

_STANDING: Final = frozenset({RobotState.STOPPED, RobotState.READY, RobotState.LEASED})


class Clock(Protocol):
    """The clocks of this host, in nanoseconds."""

    def now_ns(self) -> int:
        """Return CLOCK_MONOTONIC."""
        ...

    def boot_ns(self) -> int:
        """Return CLOCK_BOOTTIME, which goes on while the machine is suspended."""
        ...

    def unix_ns(self) -> int:
        """Return the wall clock, for display only."""
        ...


class HostClock:
    """The real clocks."""

    def now_ns(self) -> int:
        """Return CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def boot_ns(self) -> int:
        """Return CLOCK_BOOTTIME."""
        return boot_time_ns()

    def unix_ns(self) -> int:
        """Return the wall clock."""
        return time.time_ns()


class Pause(NamedTuple):
    """Wait until one of `sources` is readable, and for `seconds` at most."""

    sources: "list[ipc.Channel[ipc.FromAgent, ipc.FromMotion] | MemoryKeeper]"
    seconds: float


class MotionLoop:
    """Drives one `RobotSession` between the agent's channel and the robot's driver."""

    def __init__(
        self,
        *,
        session: RobotSession,
        channel: "ipc.Channel[ipc.FromAgent, ipc.FromMotion]",
        driver: DriverSlot,
        memory: MemoryKeeper,
        trace: Trace,
        profile: Callable[[], RobotProfile | None],
        period_ns: int,
        clock: Clock,
        inputs: StopPanel = NO_INPUTS,
        feed_watchdog: Callable[[], None] = no_watchdog,
        safety_profile: Callable[[], SafetyProfile] | None = None,
    ) -> None:
        """Join them; `safety_profile` says what the robot is by now, asked again whenever its driver was opened."""
        self._session = session
        self._channel = channel
        self._driver = driver
        self._memory = memory
        self._trace = trace
        self._profile = profile
        self._period_ns = period_ns
        self._clock = clock
        self._inputs = inputs
        self._is_cut_by_contact = self._is_cut_by_hand = False  # who, on site, asked for more than SETTLE
        self._feed_watchdog = feed_watchdog
        self._safety_profile = safety_profile
        self._known = driver.capabilities
        self._watch = SleepWatch(now_ns=clock.now_ns(), boot_ns=clock.boot_ns())
        self._held_back: collections.deque[Outgoing] = collections.deque(maxlen=MAX_HELD_BACK)
        self._said: ipc.Ready | None = None
        self._agent_pid = os.getppid()  # another parent later: the agent died, whoever still holds its socket
        self._asked_to_end: str | None = None
        self._ending_ns: int | None = None
        self._rest_ns: int | None = None
        self._next_wall_clock_ns = 0
        self._next_collection_ns = clock.now_ns() + IDLE_COLLECTION_NS
        self._log = structlog.get_logger("motion")

    def run(self) -> None:
        """Turn until the agent is gone, or `ask_to_end` was called, and the robot stands."""
        for pause in self.steps():
            select.select(pause.sources, [], [], pause.seconds)

    def steps(self) -> Iterator[Pause]:
        """Do the same, and yield whenever there is nothing to do but wait; whoever takes the step waits."""
        due_ns = self._clock.now_ns() + self._period_ns
        while True:
            yield from self._take_in_until(due_ns)
            if not self.turn(due_ns=due_ns):
                return
            missed = max(0, (self._clock.now_ns() - due_ns) // self._period_ns)
            due_ns += (missed + 1) * self._period_ns

    def ask_to_end(self, detail: str) -> None:
        """Have the next turn stop, latch, and leave once the robot stands; safe to call from a signal."""
        self._asked_to_end = detail

    def _end(self, cause: StopCause, detail: str) -> None:
        if self._ending_ns is None:
            now_ns = self._clock.now_ns()
            self._ending_ns = now_ns
            self._session.stop(cause, detail=detail, now_ns=now_ns)
            self._log.info("motion.ending", reason=detail)

    def turn(self, *, due_ns: int) -> bool:
        """Do what an edge asks for; return whether to go on."""
        self._feed_watchdog()
        now_ns = self._clock.now_ns()
        self._notice_sleep(due_ns=due_ns, now_ns=now_ns)
        if self._asked_to_end is not None:
            self._end(StopCause.LOCAL, self._asked_to_end)
        self._tell_wall_clock(now_ns=now_ns)
        self._notice_memory(now_ns=now_ns)
        state = self._hear_inputs(self._driver.poll(now_ns=now_ns), now_ns=now_ns)
        if self._driver.capabilities is not self._known and self._safety_profile is not None:
            self._known = self._driver.capabilities
            self._session.robot_is(self._safety_profile(), now_ns=now_ns)
        self._session.robot_reported(state, now_ns=now_ns)
        setpoint = self._session.tick(now_ns=now_ns)
        self._perform(now_ns=now_ns)
        fault = self._command(setpoint, now_ns=now_ns) or self._driver.carry(self._session.bearing, now_ns=now_ns)
        if fault is not None:
            self._session.stop(StopCause.DRIVER_FAULT, detail=fault, now_ns=now_ns)
        self._trace.ticked(setpoint, now_ns=now_ns)
        self._say_ready()
        self._speak(now_ns=now_ns)
        self._collect_when_idle(setpoint, now_ns=now_ns)
        return not self._is_over(setpoint, state, now_ns=now_ns)

    def _command(self, setpoint: Setpoint, *, now_ns: int) -> str | None:
        """Tell the driver; return in words why that failed."""
        if setpoint.level is StopLevel.SETTLE:
            return self._driver.set_velocity(setpoint.twist, ttl_ms=setpoint.ttl_ms, now_ns=now_ns)
        return self._driver.stop_hard(setpoint.level, reason="asked for on site", now_ns=now_ns)

    def _perform(self, *, now_ns: int) -> None:
        """Tell the driver which gesture to begin, or to break it off: at once, ahead of whatever else it is told."""
        wanted = self._session.wanted_gesture
        failed = self._driver.perform(wanted, now_ns=now_ns)
        if failed is None:
            return
        if failed.is_fault:
            self._session.stop(StopCause.DRIVER_FAULT, detail=failed.detail, now_ns=now_ns)
        else:
            self._session.gesture_failed(wanted.run, detail=failed.detail)

    # --- In ---

    def _take_in_until(self, due_ns: int) -> Iterator[Pause]:
        """Take in what the agent sends until the edge, and at least once, so that the tick knows all that is there."""
        while True:
            self._take_in(due_ns=due_ns)
            self._speak(now_ns=self._clock.now_ns())
            left_ns = due_ns - self._clock.now_ns()
            if left_ns <= 0:
                return
            channels = [self._channel] if self._channel.is_open else []
            yield Pause([self._memory, *channels], left_ns / NS_PER_S)

    def _take_in(self, *, due_ns: int) -> None:
        self._notice_sleep(due_ns=due_ns, now_ns=self._clock.now_ns())
        for _ in range(MAX_FRAMES_A_TURN):
            frame = self._channel.receive()
            if frame is None:
                break
            now_ns = self._clock.now_ns()
            self._obey(frame, now_ns=now_ns)
            self._perform(now_ns=now_ns)
        if not self._channel.is_open or os.getppid() != self._agent_pid:
            self._end(StopCause.AGENT_SILENT, "the robot's agent has gone")

    def _obey(self, frame: ipc.FromAgent, *, now_ns: int) -> None:
        match frame:
            case ipc.Heartbeat(bridge_up=bridge_up, voice=voice):
                self._session.voice_heard(voice, now_ns=now_ns)
                self._session.agent_heard(bridge_up=bridge_up, now_ns=now_ns)
            case ipc.FromPeer(peer=peer, role=role, road=road, body=body):
                verdict = self._session.receive(body, peer=peer, role=role, road=road, now_ns=now_ns)
                self._trace.received(body, peer=peer, road=road, verdict=verdict, now_ns=now_ns)
            case ipc.Present(peers=peers, dismissed=dismissed):
                self._session.peers_changed(peers, dismissed=dismissed, now_ns=now_ns)
            case ipc.Captured(rtp_time=rtp_time, captured_ns=captured_ns):
                self._session.picture_captured(rtp_time, captured_ns)
            case ipc.LocalStop(detail=detail, leave=leave, level=level):
                self._session.stop(StopCause.LOCAL, detail=detail, level=level, now_ns=now_ns)
                self._is_cut_by_hand |= level is not StopLevel.SETTLE
                if leave:
                    self._end(StopCause.LOCAL, detail)
            case ipc.LocalRelease(detail=detail):
                self._is_cut_by_hand = False
                self._session.release()
                self._log.warning("motion.released", reason=detail)
            case ipc.Perform(request=request, name=name):
                self._session.perform(request, name, now_ns=now_ns)
            case ipc.Configure():
                self._log.warning("motion.configured_twice")
            case unreachable:
                assert_never(unreachable)

    # --- Noticing ---

    def _hear_inputs(self, state: DriverState, *, now_ns: int) -> DriverState:
        """Latch on a wired stop that is pressed; return `state` with the wired stops added, which forbid a reset."""
        if not self._inputs.is_wired:
            return state
        press = self._inputs.press(now_ns=now_ns)
        was_cut, self._is_cut_by_contact = self._is_cut_by_contact, False
        if press is not None:
            self._session.stop(StopCause.HARDWARE, detail=press.why, level=press.level, now_ns=now_ns)
            self._is_cut_by_contact = press.level is not StopLevel.SETTLE
        if was_cut and not self._is_cut_by_contact and not self._is_cut_by_hand:
            self._session.release()  # whoever closed the contact again stands beside the robot
        return replace(state, stop_input=press is not None or state.stop_input is True)

    def _notice_sleep(self, *, due_ns: int, now_ns: int) -> None:
        detail = self._watch.slept(due_ns=due_ns, now_ns=now_ns, boot_ns=self._clock.boot_ns())
        if detail is not None and not self._session.is_latched:
            self._session.stop(StopCause.SUSPEND, detail=detail, now_ns=now_ns)
            self._log.warning("motion.slept", reason=detail)

    def _notice_memory(self, *, now_ns: int) -> None:
        self._memory.keep(self._session.memory, now_ns=now_ns)
        fault = self._memory.fault(now_ns=now_ns)
        if fault is not None and not self._session.is_latched:
            self._session.stop(StopCause.LOCAL, detail=fault, now_ns=now_ns)
            self._log.error("motion.memory_failed", reason=fault)

    def _tell_wall_clock(self, *, now_ns: int) -> None:
        if now_ns >= self._next_wall_clock_ns:
            self._next_wall_clock_ns = now_ns + WALL_CLOCK_PERIOD_NS
            self._session.set_wall_clock(self._clock.unix_ns() - now_ns)

    # --- Out ---

    def _say_ready(self) -> None:
        ready = ipc.Ready(self._session.memory.epoch, self._profile())
        if ready != self._said and self._channel.send(ready, lossless=True):
            self._said = ready

    def _speak(self, *, now_ns: int) -> None:
        """Send what is due, once the memory that it follows from is on the disk or known not to get there."""
        self._notice_memory(now_ns=now_ns)
        self._held_back.extend(self._session.messages_to_send())
        self._channel.flush()
        if not self._memory.is_settled and self._memory.fault(now_ns=now_ns) is None:
            return
        while self._held_back:
            message = self._held_back.popleft()
            frame = ipc.ToPeer(message.to, message.lane, message.body)
            self._channel.send(frame, lossless=message.lane is Lane.EVENT)

    # --- Housekeeping ---

    def _collect_when_idle(self, setpoint: Setpoint, *, now_ns: int) -> None:
        if now_ns >= self._next_collection_ns and setpoint.state in _STANDING:
            self._next_collection_ns = now_ns + IDLE_COLLECTION_NS
            gc.collect()

    def _is_over(self, setpoint: Setpoint, state: DriverState, *, now_ns: int) -> bool:
        if self._ending_ns is None:
            return False
        measured = state.twist
        stands = setpoint.twist.is_still() and (
            measured is None or measured.is_still(within_mps=REST_WITHIN_MPS, within_radps=REST_WITHIN_RADPS)
        )
        if not stands:
            self._rest_ns = None
        elif self._rest_ns is None:
            self._rest_ns = now_ns
        rested = self._rest_ns is not None and now_ns - self._rest_ns >= REST_NS
        return rested or now_ns - self._ending_ns >= LONGEST_ENDING_NS
