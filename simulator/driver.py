"""The driver of kind "sim": a base on the simulated stage, reached over the stage's Unix socket.

Lives in the 50 Hz motion process: imports no event loop, no numpy, nothing heavy.
"""

from typing import Final, cast

import msgspec

from simulator import stage_link as link
from simulator.plant import BASES, BaseKind, clamp
from simulator.stage_port import StagePort
from teleop_core.bearing import Bearing
from teleop_core.errors import ConfigError, DriverError, DriverLost, GestureError
from teleop_core.geometry import Pose2D, Twist
from teleop_core.ports import Capabilities, DriverState, Performance
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import StopLevel

SILENCE_NS: Final = 300 * NS_PER_MS


class SimDriverSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.driver]` table of kind "sim"."""

    socket: str


def open_driver(settings: dict[str, object]) -> "SimDriver":
    """Connect to the stage and return its base, at rest. Waits at most 1 s.

    Raises:
        ConfigError: the settings are wrong.
        DriverLost: no stage answers there, or it has a driver already.

    """
    try:
        wanted = msgspec.convert(settings, SimDriverSettings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.driver (sim): {exc}") from exc
    return SimDriver(StagePort(wanted.socket, link.Part.DRIVER))


class SimDriver:
    """The simulated base as a `RobotDriver`."""

    def __init__(self, port: StagePort) -> None:
        self._port = port
        self._capabilities = BASES[cast("BaseKind", port.welcome.base)]
        self._state = DriverState()
        self._heard_ns: int | None = None
        self._seq = 0

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        if not twist.is_finite:
            self.stop_hard(StopLevel.SETTLE, reason="not a number")
            raise DriverError(f"expected a finite twist, got {twist}")
        held = clamp(twist, self._capabilities)
        motion = link.Motion(held.vx_mps, held.vy_mps, held.wz_radps)
        self._port.send(link.Velocity(self._next_seq(), motion, ttl_ms))

    def poll(self, *, now_ns: int) -> DriverState:
        if self._heard_ns is None:
            self._heard_ns = now_ns
        for message in self._port.receive():
            if isinstance(message, link.BaseReport):
                self._heard_ns = now_ns
                self._state = _state(message, stamp_ns=now_ns)
        if now_ns - self._heard_ns > SILENCE_NS:
            silent_ms = (now_ns - self._heard_ns) // NS_PER_MS
            raise DriverLost(f"the simulated base has said nothing for {silent_ms} ms")
        return self._state

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        del reason  # the base keeps none
        self._port.send(link.Halt(self._next_seq(), level), urgent=True)

    def begin_gesture(self, name: str, *, run: int) -> None:
        if all(gesture.name != name for gesture in self._capabilities.gestures):
            raise GestureError(f"this base knows no gesture {name!r}")
        self._port.send(link.Begin(self._next_seq(), name, run), urgent=True)

    def cancel_gesture(self, reason: str) -> None:  # noqa: ARG002 - the base keeps no reasons
        self._port.send(link.Cancel(self._next_seq()), urgent=True)

    def carry(self, bearing: Bearing) -> None:
        reach = self._capabilities.look
        self._port.send(
            link.Carry(
                self._next_seq(),
                max(-reach.pan_rad, min(reach.pan_rad, bearing.pan_rad)),
                max(0.0, min(1.0, bearing.talk)),
            )
        )

    def close(self) -> None:
        try:
            self.stop_hard(StopLevel.SETTLE, reason="closing")
        except DriverLost:
            pass  # nobody is left to be told; the base's own time limit stops it
        finally:
            self._port.close()

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq


def _state(report: link.BaseReport, *, stamp_ns: int) -> DriverState:
    odometry, twist, now = report.odometry, report.twist, report.performing
    return DriverState(
        stamp_ns=stamp_ns,
        pose=Pose2D(odometry.x_m, odometry.y_m, odometry.heading_rad),
        twist=Twist(twist.vx_mps, twist.vy_mps, twist.wz_radps),
        battery=report.battery,
        tilt_rad=report.tilt_rad,
        faults=report.faults,
        stop_input=report.stop_pressed,
        performance=None
        if now is None
        else Performance(run=now.run, name=now.name, progress=now.progress, outcome=now.outcome, detail=now.detail),
    )
