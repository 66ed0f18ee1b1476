"""A robot that writes down what it is told, one JSON line a command, and moves exactly so; loaded as a plug-in.

A file `<record>.lost` beside the record takes the device away, and giving it back is removing that file.
"""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from teleop_core.bearing import Bearing
from teleop_core.errors import ConfigError, DriverLost, GestureError
from teleop_core.geometry import STILL, Twist
from teleop_core.ports import Capabilities, DriverState, Gesture, GestureOutcome, Performance, RobotDriver
from teleop_core.wire.messages import StopLevel


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    record: str


class RecordingDriver:
    capabilities = Capabilities(
        model="recorder",
        max_vx_mps=1.0,
        max_vy_mps=0.0,
        max_wz_radps=1.5,
        max_accel_mps2=2.0,
        max_accel_radps2=4.0,
        native_time_limit=True,
        gestures=tuple(Gesture(name=name, lasts_ms=60_000) for name in ("wave", "sulk", "crash")),
    )

    def __init__(self, record: Path) -> None:
        self._lost = Path(f"{record}.lost")
        self._check()
        self._fd = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._twist = STILL
        self._expires_ns = 0
        self._performance: Performance | None = None
        self._note(act="open")

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        self._check()
        if not twist.is_finite:
            raise ValueError(f"expected finite numbers, got {twist}")
        can = self.capabilities
        self._twist = Twist(
            max(-can.max_vx_mps, min(can.max_vx_mps, twist.vx_mps)),
            0.0,
            max(-can.max_wz_radps, min(can.max_wz_radps, twist.wz_radps)),
        )
        self._expires_ns = time.monotonic_ns() + ttl_ms * 1_000_000
        self._note(act="velocity", ttl_ms=ttl_ms)

    def poll(self, *, now_ns: int) -> DriverState:
        self._check()
        twist = self._twist if now_ns < self._expires_ns else STILL
        return DriverState(stamp_ns=now_ns, twist=twist, battery=0.9, performance=self._performance)

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        self._check()
        self._twist = STILL
        self._cut()
        self._note(act="stop_hard", level=level.value)

    def begin_gesture(self, name: str, *, run: int) -> None:
        self._check()
        if all(gesture.name != name for gesture in self.capabilities.gestures):
            raise GestureError(f"the recorder knows no gesture {name!r}")
        if name == "sulk":
            raise GestureError("the recorder is in no mood")
        if name == "crash":
            raise RuntimeError("the recorder's own mistake")
        self._performance = Performance(run=run, name=name)
        self._note(act="begin_gesture", name=name)

    def cancel_gesture(self, reason: str) -> None:
        self._check()
        self._cut()
        self._note(act="cancel_gesture", reason=reason)

    def carry(self, bearing: Bearing) -> None:
        self._check()
        self._note(act="carry", pan_rad=bearing.pan_rad, tilt_rad=bearing.tilt_rad, talk=bearing.talk)

    def _cut(self) -> None:
        if self._performance is not None and self._performance.outcome is None:
            self._performance = replace(self._performance, outcome=GestureOutcome.CUT)

    def close(self) -> None:
        if self._fd >= 0:
            self._twist = STILL
            self._note(act="close")
            os.close(self._fd)
            self._fd = -1

    def _check(self) -> None:
        if self._lost.exists():
            raise DriverLost("the recorder was unplugged")

    def _note(self, **more: object) -> None:
        line = {"ns": time.monotonic_ns(), "vx": self._twist.vx_mps, "wz": self._twist.wz_radps, **more}
        os.write(self._fd, json.dumps(line).encode() + b"\n")


def open_driver(settings: dict[str, object]) -> RobotDriver:
    try:
        chosen = msgspec.convert(settings, Settings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.driver: {exc}") from exc
    return RecordingDriver(Path(chosen.record))
