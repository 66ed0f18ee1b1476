"""The simulated base's driver over the real socket."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.driver import SimDriver, open_driver
from simulator.faults import Fault
from simulator.stage_client import StageClient
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.geometry import Twist
from tests.robot_agent.driver_conformance import GestureConformance, bring_to_speed, is_at_rest, use_for_long, wait_for
from tests.simulator.live_stage import LiveStage


class SimRig:
    def __init__(self, stage: LiveStage) -> None:
        self._stage = stage
        self.client: StageClient = stage.client()

    @property
    def socket(self) -> str:
        return self._stage.socket

    def open(self) -> SimDriver:
        return open_driver({"socket": self._stage.socket})

    def device_twist(self) -> Twist:
        twist = self.client.truth().twist
        return Twist(twist.vx_mps, twist.vy_mps, twist.wz_radps)

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def advance(self, duration_ms: float) -> None:
        time.sleep(duration_ms / 1000)

    def lose(self) -> None:
        self.client.close()
        self._stage.stop()

    def restore(self) -> None:
        self._stage.start()
        self.client = self._stage.client()

    def close(self) -> None:
        self.client.close()
        self._stage.stop()


def running(folder: Path, **changes: object) -> Iterator[SimRig]:
    stage = LiveStage(folder)
    stage.start(**changes)
    rig = SimRig(stage)
    yield rig
    rig.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SimRig]:
    yield from running(tmp_path)


@pytest.fixture
def driver(rig: SimRig) -> Iterator[SimDriver]:
    opened = rig.open()
    yield opened
    opened.close()


class TestDifferential(GestureConformance):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SimRig]:
        yield from running(tmp_path)


class TestHolonomic(GestureConformance):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SimRig]:
        yield from running(tmp_path, base="holonomic")


def test_a_second_driver_is_refused_while_the_first_is_there(rig: SimRig, driver: SimDriver) -> None:
    with pytest.raises(DriverLost, match="another driver"):
        rig.open()

    driver.close()
    wait_for(rig, None, lambda: not rig.client.truth().driven)
    rig.open().close()


def test_a_silent_base_is_lost(rig: SimRig, driver: SimDriver) -> None:
    bring_to_speed(rig, driver)

    rig.client.set_fault(Fault.BASE_SILENT, on=True)

    with pytest.raises(DriverLost, match="said nothing"):
        use_for_long(rig, driver)


def test_faults_the_fall_and_the_wired_stop_are_told(rig: SimRig, driver: SimDriver) -> None:
    rig.client.set_fault(Fault.MOTOR, on=True)
    rig.client.press_stop(pressed=True)

    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).faults == ("motor fault",))
    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).stop_input is True)


def test_a_tilt_is_told(rig: SimRig, driver: SimDriver) -> None:
    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).tilt_rad == 0.0)

    rig.client.set_fault(Fault.TIPPED, on=True)

    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).tilt_rad == 0.6)


def test_killing_the_process_that_drives_stops_the_base(rig: SimRig) -> None:
    program = (
        "import sys, time\n"
        "from simulator.driver import open_driver\n"
        "from teleop_core.geometry import Twist\n"
        "driver = open_driver({'socket': sys.argv[1]})\n"
        "while True:\n"
        "    driver.set_velocity(Twist(0.4), ttl_ms=250)\n"
        "    driver.poll(now_ns=time.monotonic_ns())\n"
        "    time.sleep(0.02)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, rig.socket], cwd=Path(__file__).parents[2])
    try:
        wait_for(rig, None, lambda: rig.device_twist().vx_mps > 0.39)
    finally:
        child.kill()
        child.wait()

    wait_for(rig, None, lambda: is_at_rest(rig))
    assert rig.client.truth().pose.x_m < 3.0


def test_a_stage_that_is_not_there_is_lost(tmp_path: Path) -> None:
    with pytest.raises(DriverLost, match="expected a simulated stage"):
        open_driver({"socket": str(tmp_path / "none.sock")})


@pytest.mark.parametrize("settings", [{}, {"socket": 1}, {"socket": "a", "port": "b"}])
def test_wrong_settings_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.driver"):
        open_driver(settings)


def test_the_motion_process_does_not_load_anything_heavy_for_it() -> None:
    program = "import simulator.driver, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )

    assert {"numpy", "cv2", "av", "aiortc", "asyncio"}.isdisjoint(done.stdout.split())
