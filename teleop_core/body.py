"""What the robot says of itself, and what of it must stop the robot: faults, silence, tilt, edges, odometry."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from teleop_core import report
from teleop_core.edges import is_outside
from teleop_core.geometry import STILL, Twist
from teleop_core.governor import Ground
from teleop_core.plausibility import Plausibility
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.timing import Timing
from teleop_core.wire.messages import StopCause, StopLevel

STILL_WITHIN_MPS: Final = 0.03  # what odometry may still report at rest
STILL_WITHIN_RADPS: Final = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A reason of the robot's own to stop and latch."""

    cause: StopCause
    detail: str
    level: StopLevel = StopLevel.SETTLE


class Body:
    """The robot as it last reported itself."""

    def __init__(self, *, profile: SafetyProfile, timing: Timing) -> None:
        self._profile = profile
        self._timing = timing
        self._plausibility = Plausibility(profile.tolerance)
        self._state = DriverState()
        self._disagreement: str | None = None
        self._was_outside = False

    @property
    def state(self) -> DriverState:
        """The newest report, as the wire can carry it."""
        return self._state

    def told(self, twist: Twist, *, now_ns: int) -> None:
        """Note what the driver is told."""
        self._plausibility.told(twist, now_ns=now_ns)

    def reported(self, state: DriverState, *, now_ns: int) -> list[Alarm]:
        """Take in a report; return what in it must stop the robot, the gravest first."""
        self._state = report.speakable(state)
        self._disagreement = self._plausibility.disagreement(self._state.twist, now_ns=now_ns)
        return list(self._alarms(now_ns=now_ns))

    def is_still(self, applied: Twist) -> bool:
        """Return whether the robot stands: told to, not measured to move, and performing nothing."""
        measured, performance = self._state.twist, self._state.performance
        if performance is not None and performance.outcome is None:
            return False
        return applied == STILL and (
            measured is None or measured.is_still(within_mps=STILL_WITHIN_MPS, within_radps=STILL_WITHIN_RADPS)
        )

    def is_sound(self, *, now_ns: int) -> bool:
        """Return whether nothing that it reports speaks against clearing the latch; outside, it must come back in."""
        state = self._state
        return not (
            self.is_silent(now_ns=now_ns)
            or state.faults
            or state.stop_input
            or self._is_tilted
            or self._disagreement is not None
        )

    def is_lost(self) -> bool:
        """Return whether the stage has edges and the robot does not say where it is."""
        return self._profile.limits.edges is not None and self._state.pose is None

    def is_silent(self, *, now_ns: int) -> bool:
        """Return whether the robot has not reported for too long."""
        stamp_ns = self._state.stamp_ns
        return stamp_ns is None or now_ns - stamp_ns >= self._timing.robot_silence_ns

    def ground(self, *, speed_cap_mps: float | None, now_ns: int) -> Ground:
        """Return where the robot stands, with the cap that staff set."""
        state = self._state
        age_ns = 0 if state.stamp_ns is None else max(0, now_ns - state.stamp_ns)
        return Ground(pose=state.pose, pose_age_ns=age_ns, speed_cap_mps=speed_cap_mps)

    @property
    def _is_tilted(self) -> bool:
        tilt_rad = self._state.tilt_rad
        return tilt_rad is not None and abs(tilt_rad) > self._profile.max_tilt_rad

    def _alarms(self, *, now_ns: int) -> Iterator[Alarm]:
        state = self._state
        if self._is_tilted and state.tilt_rad is not None:
            detail = f"it tilts by {abs(state.tilt_rad):.2f} rad, more than {self._profile.max_tilt_rad:.2f}"
            yield Alarm(cause=StopCause.TILT, detail=detail, level=self._profile.tilt_level)
        if state.faults:
            yield Alarm(cause=StopCause.DRIVER_FAULT, detail="; ".join(state.faults))
        if state.stop_input:
            yield Alarm(cause=StopCause.HARDWARE, detail="the stop input on the robot is pressed")
        if self.is_silent(now_ns=now_ns):
            yield Alarm(cause=StopCause.DRIVER_FAULT, detail="the robot does not report any more")
        if self._disagreement is not None:
            yield Alarm(cause=StopCause.ODOMETRY, detail=self._disagreement)
        yield from self._crossing()

    def _crossing(self) -> Iterator[Alarm]:
        """Yield an alarm once for each time that the robot gets outside; a reset then lets it come back in."""
        edges, pose = self._profile.limits.edges, self._state.pose
        if edges is None or pose is None:
            return
        was_outside, self._was_outside = self._was_outside, is_outside(edges, pose)
        if self._was_outside and not was_outside:
            detail = f"it is over the edge of its area, at x {pose.x_m:.2f} m, y {pose.y_m:.2f} m"
            yield Alarm(cause=StopCause.EDGE, detail=detail)
