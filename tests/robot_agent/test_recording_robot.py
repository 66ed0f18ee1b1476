"""The recording robot of these tests is a driver like any other, so what they see is what a robot would do."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from teleop_core.geometry import STILL, Twist
from teleop_core.ports import RobotDriver
from tests.robot_agent.driver_conformance import DriverConformance, DriverRig
from tests.robot_agent.recording_robot import RecordingDriver


class RecorderRig:
    def __init__(self, record: Path) -> None:
        self._record = record
        self._lost = Path(f"{record}.lost")

    def open(self) -> RobotDriver:
        return RecordingDriver(self._record)

    def device_twist(self) -> Twist:
        lines = self._record.read_text().splitlines()
        last = json.loads(lines[-1])
        expired = time.monotonic_ns() - last["ns"] > last.get("ttl_ms", 0) * 1_000_000
        return STILL if expired or self._lost.exists() else Twist(last["vx"], 0.0, last["wz"])

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def advance(self, duration_ms: float) -> None:
        time.sleep(duration_ms / 1000)

    def lose(self) -> None:
        self._lost.touch()

    def restore(self) -> None:
        self._lost.unlink(missing_ok=True)


class TestRecordingRobot(DriverConformance):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[DriverRig]:
        made = RecorderRig(tmp_path / "record")
        yield made
        made.restore()
