"""The robot itself, its driver and its disk, played: what they do takes virtual time, and fails when it is told to."""

import os
import random
from collections import deque
from collections.abc import Callable
from typing import Final

from prove.clock import VirtualLoop
from prove.foul import Foul, require
from prove.shells.judge import Judge
from robot_agent.motion import memory
from teleop_core.bearing import Bearing
from teleop_core.errors import DriverLost, GestureError
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.ports import Capabilities, DriverState
from teleop_core.session import Memory
from teleop_core.timebase import ms
from teleop_core.wire.messages import StopLevel

CAN: Final = Capabilities(
    model="played",
    max_vx_mps=0.6,
    max_vy_mps=0.0,
    max_wz_radps=0.8,
    max_accel_mps2=1.0,
    max_accel_radps2=2.0,
    native_time_limit=True,
    stop_levels=tuple(StopLevel),
)
ORIGIN: Final = Pose2D()
WRITE_S: Final = 0.002  # how long a write takes on a healthy disk


class Body:
    """A base that moves as it was told last, and stands by itself once that has outlived its time limit."""

    def __init__(self, loop: VirtualLoop, judge: Judge) -> None:
        self._loop = loop
        self._judge = judge
        self._twist = STILL
        self._until_ns = 0
        self._silent_since_ns: int | None = None
        self.is_broken = False  # whoever asks it for anything hears that it is lost
        self.stop_pressed = False
        self.opening_s = 0.05
        self.driver: PlayedDriver | None = None

    @property
    def twist(self) -> Twist:
        """How it moves now."""
        return self._twist if self._loop.now_ns < self._until_ns else STILL

    @property
    def stamp_ns(self) -> int:
        """When it said something of itself last."""
        return self._loop.now_ns if self._silent_since_ns is None else self._silent_since_ns

    def fall_silent(self) -> None:
        """Report nothing new."""
        self._silent_since_ns = self._loop.now_ns

    def speak_again(self) -> None:
        """Report again."""
        self._silent_since_ns = None

    def open(self) -> "PlayedDriver":
        """Open a driver for it."""
        if self.is_broken:
            raise DriverLost("nothing there")
        if self.driver is not None and not self.driver.is_lost:
            foul = Foul("two drivers of one robot were open at once")  # whoever opens takes it for the driver's failure
            self._loop.call_exception_handler({"message": str(foul), "exception": foul})
        self.driver = PlayedDriver(self)
        return self.driver

    def move(self, twist: Twist, *, ttl_ms: int, has_stood: bool) -> None:
        """Take a velocity of a driver that has passed on a standstill by now, or not."""
        self._judge.driver_was_told(twist, has_stood=has_stood)
        self._twist, self._until_ns = twist, self._loop.now_ns + ms(ttl_ms)


class PlayedDriver:
    """`RobotDriver` of the body."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._has_stood = False
        self.is_lost = False  # closed, or its process died
        self.capabilities = CAN

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        """Move with `twist`, for so long at most."""
        self._require_body()
        self._has_stood = self._has_stood or twist == STILL
        self._body.move(twist, ttl_ms=ttl_ms, has_stood=self._has_stood)

    def poll(self, *, now_ns: int) -> DriverState:
        """Return what the body says of itself."""
        del now_ns
        self._require_body()
        body = self._body
        return DriverState(stamp_ns=body.stamp_ns, pose=ORIGIN, twist=body.twist, stop_input=body.stop_pressed)

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        """Stand, and stay so until told to stand as usual."""
        del level, reason
        self._require_body()
        self._has_stood = False
        self._body.move(STILL, ttl_ms=1, has_stood=True)

    def begin_gesture(self, name: str, *, run: int) -> None:
        """Perform nothing."""
        raise GestureError(f"this body knows no {name!r}, asked for as number {run}")

    def cancel_gesture(self, reason: str) -> None:
        """Do nothing: none runs."""

    def carry(self, bearing: Bearing) -> None:
        """Do nothing: this body has no head."""

    def close(self) -> None:
        """Let go of the body; it stands once its time limit is over."""
        self.is_lost = True

    def _require_body(self) -> None:
        require(not self.is_lost, "a driver was used after it was closed, or its process had died")
        if self._body.is_broken:
            raise DriverLost("nothing answers")


class VirtualErrand:
    """Work that a thread would do: done in one go, after a time. Joining it does not wait; look at `is_alive`."""

    def __init__(self, loop: VirtualLoop, work: Callable[[], None], *, after_s: float) -> None:
        self._work = work
        self._is_done = False
        loop.call_later(after_s, self._do)

    def is_alive(self) -> bool:
        """Return whether it is still to be done."""
        return not self._is_done

    def join(self, timeout: float | None = None) -> None:
        """Wait for nothing: nothing would happen meanwhile."""

    def _do(self) -> None:
        self._work()
        self._is_done = True


class Platter:
    """What is on the disk, and what is wrong with it; it outlives every process."""

    def __init__(self) -> None:
        self.text: bytes | None = memory.to_bytes(Memory(epoch="earlier", fence=7, latched=True))
        self.is_full = False
        self.write_s = WRITE_S

    def load(self, *, unix_s: int) -> Memory:
        """Return what is remembered, or what stands for a file that cannot be read."""
        if self.text is None:
            return memory.lost(unix_s=unix_s)
        return memory.from_bytes(self.text)


class PlayedDisk:
    """`Disk` on a platter: a write takes its time, and a full platter keeps nothing."""

    def __init__(self, loop: VirtualLoop, platter: Platter, rng: random.Random) -> None:
        self._loop = loop
        self._platter = platter
        self._rng = rng
        self._waiting: Memory | None = None
        self._writing: Memory | None = None
        self._since_ns = 0
        self._results: deque[tuple[Memory, str | None]] = deque()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        self._is_closed = False
        self.kept: Memory | None = None
        self.has_failed = False

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when there is a result."""
        return self._woken

    def is_in_trouble(self, *, patience_ns: int) -> bool:
        """Return whether the last write failed, or what is wanted waits for longer than that."""
        is_late = self._writing is not None and self._loop.now_ns - self._since_ns >= patience_ns
        return self.has_failed or is_late

    def write(self, memory: Memory) -> None:
        """Have `memory` written, in the place of one that still waits."""
        if self._writing is None:
            self._since_ns = self._loop.now_ns
        self._waiting = memory
        self._begin()

    def take_result(self) -> tuple[Memory, str | None] | None:
        """Return what was tried since, the oldest first, and in words why it failed; None when there is no more."""
        if not self._results:
            return None
        os.read(self._woken, 64)
        return self._results.popleft()

    def close(self, *, timeout_s: float) -> None:
        """Write what still waits, if that takes no longer, and let go."""
        last = self._waiting or self._writing
        if last is not None and self._platter.write_s <= timeout_s and not self._platter.is_full:
            self._platter.text = memory.to_bytes(last)
        self.let_go()

    def let_go(self) -> None:
        """Lose what is not written yet."""
        if not self._is_closed:
            self._is_closed = True
            os.close(self._woken)
            os.close(self._wake)

    def _begin(self) -> None:
        if self._writing is None and self._waiting is not None:
            self._writing, self._waiting = self._waiting, None
            self._loop.call_later(self._platter.write_s * (0.5 + self._rng.random()), self._finish, self._writing)

    def _finish(self, written: Memory) -> None:
        if self._is_closed:
            return
        self._writing = None
        self.has_failed = self._platter.is_full
        if not self.has_failed:
            self._platter.text, self.kept = memory.to_bytes(written), written
        self._results.append((written, "No space left on device" if self.has_failed else None))
        os.write(self._wake, b".")
        self._begin()
