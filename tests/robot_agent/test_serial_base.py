"""The serial driver on the emulated base: what every driver must do, and what only a cable can do to it (threat 23)."""

import os
import select
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.drivers import serial_protocol as wire
from robot_agent.drivers.serial_base import SerialDriver, open_driver
from simulator.faults import Fault
from simulator.stage_client import StageClient
from teleop_core.errors import ConfigError, DriverError, DriverLost
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.wire.messages import StopLevel
from tests.robot_agent.driver_conformance import DriverConformance, bring_to_speed, is_at_rest, use_for_long, wait_for
from tests.simulator.live_stage import LiveStage

MS = 1_000_000


class SerialRig:
    """The driver on a pty, the emulated firmware behind it, the plant behind that."""

    def __init__(self, stage: LiveStage, client: StageClient) -> None:
        self.stage = stage
        self.client = client

    def open(self) -> SerialDriver:
        return open_driver({"port": self.stage.serial_link})

    def device_twist(self) -> Twist:
        twist = self.client.truth().twist
        return Twist(twist.vx_mps, twist.vy_mps, twist.wz_radps)

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def advance(self, duration_ms: float) -> None:
        time.sleep(duration_ms / 1000)

    def lose(self) -> None:
        self.client.set_fault(Fault.SERIAL_UNPLUGGED, on=True)

    def restore(self) -> None:
        self.client.set_fault(Fault.SERIAL_UNPLUGGED, on=False)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SerialRig]:
    with LiveStage(tmp_path, serial=True) as stage, stage.client() as client:
        yield SerialRig(stage, client)


class TestSerialConformance(DriverConformance):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SerialRig]:
        with LiveStage(tmp_path, serial=True) as stage, stage.client() as client:
            yield SerialRig(stage, client)


@pytest.fixture
def driver(rig: SerialRig) -> Iterator[SerialDriver]:
    opened = rig.open()
    yield opened
    opened.close()


def test_a_base_that_says_nothing_more_is_lost_and_has_stopped(rig: SerialRig, driver: SerialDriver) -> None:
    bring_to_speed(rig, driver)

    rig.client.set_fault(Fault.BASE_SILENT, on=True)

    with pytest.raises(DriverLost, match=r"said nothing|acknowledged no command"):
        use_for_long(rig, driver)
    wait_for(rig, None, lambda: is_at_rest(rig))


def test_a_line_full_of_noise_is_a_lost_base_and_the_noise_is_counted(rig: SerialRig, driver: SerialDriver) -> None:
    rig.client.set_fault(Fault.SERIAL_NOISE, on=True)

    with pytest.raises(DriverLost):
        use_for_long(rig, driver)
    assert driver.refused.total > 0


def test_faults_and_the_wired_stop_are_told(rig: SerialRig, driver: SerialDriver) -> None:
    assert driver.poll(now_ns=rig.now_ns()).faults == ()
    rig.client.set_fault(Fault.MOTOR, on=True)
    rig.client.press_stop(pressed=True)

    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).faults == ("motor fault",))
    wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).stop_input is True)


def test_a_port_is_held_by_one_driver_only(rig: SerialRig, driver: SerialDriver) -> None:
    with pytest.raises(DriverLost):
        rig.open()

    driver.poll(now_ns=rig.now_ns())


def test_a_port_that_does_not_exist_is_lost(tmp_path: Path) -> None:
    with pytest.raises(DriverLost, match="expected a serial port at"):
        open_driver({"port": str(tmp_path / "none")})


@pytest.mark.parametrize(
    "settings", [{}, {"port": 3}, {"port": "/dev/x", "baud": 1}, {"port": "/dev/x", "bauds": 9600}]
)
def test_wrong_settings_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.driver"):
        open_driver(settings)


class ScriptedBase:
    """The far end of a pty, answering as the test says."""

    def __init__(self) -> None:
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self.port = os.ttyname(self._far)
        self._decoder = wire.Decoder()

    def greet_in_advance(self, *, version: int = wire.PROTOCOL_VERSION) -> None:
        """Answer the greeting as soon as it comes, from a thread."""
        self.say(
            wire.BaseHello(
                version=version,
                boot_id=1,
                max_vx_mps=0.8,
                max_vy_mps=0.0,
                max_wz_radps=1.2,
                max_accel_mps2=1.5,
                max_accel_radps2=4.0,
                watchdog_ms=300,
                model="scripted",
            )
        )

    def say(self, message: wire.Message, *, seq: int = 0) -> None:
        os.write(self._near, wire.encode(message, seq=seq))

    def report(self, *, acked: int, boot_id: int = 1) -> None:
        self.say(
            wire.BaseState(
                boot_id=boot_id,
                uptime_ms=0,
                pose=Pose2D(),
                twist=STILL,
                battery=1.0,
                faults=wire.BaseFault(0x8000),
                stop_pressed=None,
                watchdog=wire.Watchdog.IDLE,
                acked=acked,
            )
        )

    def heard(self, last: type[wire.Message]) -> list[tuple[int, wire.Message]]:
        """Return what comes until a message of the type `last` is among it."""
        found: list[tuple[int, wire.Message]] = []
        deadline = time.monotonic() + 5
        while not any(isinstance(message, last) for _, message in found):
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"expected a {last.__name__}, heard {found}"
            if select.select([self._near], [], [], left_s)[0]:
                found += self._decoder.feed(os.read(self._near, 65_536))
        return found

    @property
    def refused(self) -> wire.Refused:
        return self._decoder.refused

    def close(self) -> None:
        os.close(self._far)
        os.close(self._near)


@pytest.fixture
def base() -> Iterator[ScriptedBase]:
    scripted = ScriptedBase()
    yield scripted
    scripted.close()


def opened(base: ScriptedBase, **greeting: int) -> SerialDriver:
    """Open a driver on a base that answers after 50 ms; opening flushes what was said before."""
    timer = threading.Timer(0.05, base.greet_in_advance, kwargs=greeting)
    timer.start()
    try:
        return open_driver({"port": base.port})
    finally:
        timer.join()


def test_opening_says_hello_and_stops_the_base(base: ScriptedBase) -> None:
    driver = opened(base)

    heard = [message for _, message in base.heard(wire.Stop)]

    assert heard[0] == wire.Hello()
    assert heard[-1] == wire.Stop(StopLevel.SETTLE)
    driver.close()


def test_a_base_of_another_version_is_refused(base: ScriptedBase) -> None:
    with pytest.raises(DriverError, match="version 9"):
        opened(base, version=9)


def test_a_port_where_nobody_answers_is_lost(base: ScriptedBase) -> None:
    with pytest.raises(DriverLost, match="expected a base on"):
        open_driver({"port": base.port})


def test_a_base_that_reports_but_acknowledges_nothing_is_lost(base: ScriptedBase) -> None:
    driver = opened(base)
    driver.poll(now_ns=0)
    driver.set_velocity(Twist(0.1), ttl_ms=250)

    for tick in range(16):  # 0..300 ms
        base.report(acked=0)
        driver.poll(now_ns=tick * 20 * MS)
    base.report(acked=0)
    with pytest.raises(DriverLost, match="acknowledged no command"):
        driver.poll(now_ns=320 * MS)
    driver.close()


def test_an_acknowledgement_covers_all_commands_before_it(base: ScriptedBase) -> None:
    driver = opened(base)
    for tick in range(100):
        driver.set_velocity(Twist(0.1), ttl_ms=250)
        [*_, (seq, _)] = base.heard(wire.Velocity)
        base.report(acked=seq)
        driver.poll(now_ns=tick * 20 * MS)
    driver.close()


def test_a_silent_base_is_lost_after_300_ms_and_not_before(base: ScriptedBase) -> None:
    driver = opened(base)
    base.report(acked=1)
    driver.poll(now_ns=0)

    driver.poll(now_ns=300 * MS)
    with pytest.raises(DriverLost, match="said nothing"):
        driver.poll(now_ns=300 * MS + 1)
    driver.close()


def test_a_base_that_restarts_is_lost(base: ScriptedBase) -> None:
    driver = opened(base)
    base.report(acked=1)
    driver.poll(now_ns=0)

    base.report(acked=1, boot_id=2)
    with pytest.raises(DriverLost, match="restarted"):
        driver.poll(now_ns=20 * MS)
    driver.close()


def test_a_fault_bit_that_is_new_to_us_is_still_a_fault(base: ScriptedBase) -> None:
    driver = opened(base)
    base.report(acked=1)

    state = driver.poll(now_ns=0)

    assert state.faults == ("fault bit 15",)
    assert state.stop_input is None
    driver.close()


def test_a_full_line_delays_velocities_but_neither_blocks_nor_tears_a_frame(base: ScriptedBase) -> None:
    driver = opened(base)
    base.heard(wire.Stop)
    for _ in range(3000):  # nobody reads: far more than a pty holds
        driver.set_velocity(Twist(0.1), ttl_ms=250)
    driver.stop_hard(StopLevel.CUT, reason="test")

    heard: list[wire.Message] = []
    while wire.Stop(StopLevel.CUT) not in heard:
        heard += [message for _, message in base.heard(wire.Velocity)]
        driver.set_velocity(STILL, ttl_ms=0)

    assert base.refused.total == 0
    assert wire.Velocity(STILL, 0) not in heard[: heard.index(wire.Stop(StopLevel.CUT))]
    driver.close()


def test_the_command_is_rounded_and_limited_to_what_the_base_can(base: ScriptedBase) -> None:
    driver = opened(base)
    base.heard(wire.Stop)

    driver.set_velocity(Twist(9.0, 9.0, -9.0), ttl_ms=5000)

    [(_, sent)] = base.heard(wire.Velocity)
    assert sent == wire.Velocity(Twist(0.8, 0.0, -1.2), 300)
    driver.close()
