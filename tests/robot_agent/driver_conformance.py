"""What every robot's driver must do: inherit `DriverConformance`, give it a `rig`, and all of this is tested.

::

    class TestMyDriver(DriverConformance):
        @pytest.fixture
        def rig(self, tmp_path: Path) -> Iterator[DriverRig]:
            ...
"""

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Protocol

import pytest

from teleop_core.bearing import Bearing
from teleop_core.errors import DriverError, DriverLost, GestureError
from teleop_core.geometry import STILL, Twist
from teleop_core.ports import GestureOutcome, Performance, RobotDriver

TTL_MS: Final = 250
PATIENCE_S: Final = 8.0  # a bound for a busy machine, never the figure under test


class DriverRig(Protocol):
    """A driver together with the device (or its emulator) behind it, as one test sees them."""

    def open(self) -> RobotDriver:
        """Open the driver on the device; again after `close` or `lose` and `restore`."""
        ...

    def device_twist(self) -> Twist:
        """Return how the device itself moves now: measured at the plant, not asked of the driver."""
        ...

    def now_ns(self) -> int:
        """Return the time that `poll` is to be given."""
        ...

    def advance(self, duration_ms: float) -> None:
        """Let that much time pass for the device: sleep, or turn a virtual clock."""
        ...

    def lose(self) -> None:
        """Take the device away: unplug it, or kill what stands behind the driver."""
        ...

    def restore(self) -> None:
        """Give a lost device back."""
        ...


class DriverConformance:
    """The contract of `teleop_core.ports.RobotDriver`."""

    @pytest.fixture
    def rig(self) -> Iterator[DriverRig]:
        """Yield the device under test; close what it opened itself afterwards."""
        raise NotImplementedError

    @pytest.fixture
    def driver(self, rig: DriverRig) -> Iterator[RobotDriver]:
        opened = rig.open()
        yield opened
        opened.close()

    def test_states_capabilities_that_make_sense(self, driver: RobotDriver) -> None:
        can = driver.capabilities

        assert can.model
        assert can.stop_levels
        assert all(math.isfinite(limit) and limit > 0 for limit in (can.max_vx_mps, can.max_wz_radps))
        assert all(math.isfinite(limit) and limit > 0 for limit in (can.max_accel_mps2, can.max_accel_radps2))
        assert math.isfinite(can.max_vy_mps)
        assert can.max_vy_mps >= 0

    def test_starts_stopped(self, rig: DriverRig, driver: RobotDriver) -> None:
        for _ in range(20):
            driver.poll(now_ns=rig.now_ns())
            rig.advance(10)

            assert is_at_rest(rig)

    def test_moves_while_it_is_told_to_both_ways_and_round(self, rig: DriverRig, driver: RobotDriver) -> None:
        can = driver.capabilities
        for wanted in (
            Twist(vx_mps=can.max_vx_mps / 2),
            Twist(vx_mps=-can.max_vx_mps / 2),
            Twist(wz_radps=can.max_wz_radps / 2),
        ):
            keep_driving(rig, driver, wanted, until=partial(moves_like, rig, wanted))

    def test_stands_still_once_the_time_limit_of_a_command_is_up(self, rig: DriverRig, driver: RobotDriver) -> None:
        bring_to_speed(rig, driver)

        wait_for(rig, driver, lambda: is_at_rest(rig))

    def test_moves_no_longer_than_the_time_limit_and_the_ramp(self, rig: DriverRig, driver: RobotDriver) -> None:
        speed_mps = bring_to_speed(rig, driver)
        ramp_ms = 1000 * speed_mps / driver.capabilities.max_accel_mps2

        rig.advance(TTL_MS + 2 * ramp_ms + 1000)

        assert is_at_rest(rig)

    def test_clamps_what_is_asked_to_its_capabilities(self, rig: DriverRig, driver: RobotDriver) -> None:
        can = driver.capabilities
        fastest = Twist()

        for sign in (1, -1):
            absurd = Twist(vx_mps=sign * can.max_vx_mps * 50, vy_mps=sign * 50.0, wz_radps=sign * can.max_wz_radps * 50)
            for _ in range(40):
                driver.set_velocity(absurd, ttl_ms=TTL_MS)
                driver.poll(now_ns=rig.now_ns())
                rig.advance(20)
                seen = rig.device_twist()
                fastest = Twist(
                    max(fastest.vx_mps, abs(seen.vx_mps)),
                    max(fastest.vy_mps, abs(seen.vy_mps)),
                    max(fastest.wz_radps, abs(seen.wz_radps)),
                )

        assert fastest.vx_mps <= can.max_vx_mps * 1.02
        assert fastest.vy_mps <= can.max_vy_mps * 1.02 + 1e-9
        assert fastest.wz_radps <= can.max_wz_radps * 1.02

    @pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
    def test_a_number_that_is_none_never_reaches_the_wheels(
        self, rig: DriverRig, driver: RobotDriver, poison: float
    ) -> None:
        for twist in (Twist(vx_mps=poison), Twist(vy_mps=poison), Twist(wz_radps=poison)):
            try:
                driver.set_velocity(twist, ttl_ms=TTL_MS)
            except (ValueError, DriverError):
                return  # refusing it loudly is as good
            for _ in range(10):
                driver.poll(now_ns=rig.now_ns())
                rig.advance(20)

                assert is_at_rest(rig)

    def test_says_how_it_is_and_when_it_said_so(self, rig: DriverRig, driver: RobotDriver) -> None:
        wait_for(rig, driver, lambda: driver.poll(now_ns=rig.now_ns()).stamp_ns is not None)

        state = driver.poll(now_ns=rig.now_ns())

        assert state.stamp_ns is not None
        assert state.stamp_ns <= rig.now_ns()
        assert state.faults == ()
        assert state.twist is None or state.twist.is_still(within_mps=0.02, within_radps=0.02)
        assert state.battery is None or 0 <= state.battery <= 1

    def test_a_hard_stop_stops_at_every_level_that_it_states(self, rig: DriverRig, driver: RobotDriver) -> None:
        for level in driver.capabilities.stop_levels:
            bring_to_speed(rig, driver)

            driver.stop_hard(level, reason="conformance")

            wait_for(rig, driver, lambda: is_at_rest(rig))

    def test_a_gesture_that_it_does_not_know_is_refused_and_no_failure(
        self, rig: DriverRig, driver: RobotDriver
    ) -> None:
        with pytest.raises(GestureError):
            driver.begin_gesture("somersault", run=1)
        driver.cancel_gesture("conformance")

        assert driver.poll(now_ns=rig.now_ns()).faults == ()
        assert not is_performing(rig, driver, run=1)

    def test_how_the_body_is_carried_moves_no_wheel(self, rig: DriverRig, driver: RobotDriver) -> None:
        reach = driver.capabilities.look
        for bearing in (Bearing(reach.pan_rad, -reach.tilt_rad, 1.0), Bearing()):
            driver.carry(bearing)
            driver.poll(now_ns=rig.now_ns())

        assert is_at_rest(rig)
        assert driver.poll(now_ns=rig.now_ns()).faults == ()

    def test_closing_stops_the_robot_at_once_and_twice_is_harmless(self, rig: DriverRig, driver: RobotDriver) -> None:
        bring_to_speed(rig, driver)

        driver.close()
        driver.close()

        wait_for(rig, None, lambda: is_at_rest(rig))

    def test_a_lost_device_is_said_to_be_lost(self, rig: DriverRig, driver: RobotDriver) -> None:
        driver.poll(now_ns=rig.now_ns())

        rig.lose()

        with pytest.raises(DriverLost):
            use_for_long(rig, driver)

    def test_a_device_that_comes_back_is_opened_stopped(self, rig: DriverRig, driver: RobotDriver) -> None:
        bring_to_speed(rig, driver)
        rig.lose()
        with pytest.raises(DriverError):
            use_for_long(rig, driver)
        driver.close()
        rig.restore()

        again = open_in_time(rig)
        try:
            wait_for(rig, again, lambda: is_at_rest(rig))
            for _ in range(20):
                again.poll(now_ns=rig.now_ns())
                rig.advance(10)

                assert is_at_rest(rig)
        finally:
            again.close()

    def test_no_call_waits_for_the_device(self, rig: DriverRig, driver: RobotDriver) -> None:
        began = time.monotonic()

        for _ in range(500):
            driver.set_velocity(STILL, ttl_ms=TTL_MS)
            driver.poll(now_ns=rig.now_ns())

        assert time.monotonic() - began < 500 * 0.010  # half of a motion tick each, on average


class GestureConformance(DriverConformance):
    """The same, of a robot that knows gestures."""

    def test_performs_to_the_end_with_progress_and_says_so(self, rig: DriverRig, driver: RobotDriver) -> None:
        shortest = min(driver.capabilities.gestures, key=lambda gesture: gesture.lasts_ms)
        begin(rig, driver, run=7, name=shortest.name)

        seen = [performance_of(rig, driver)]
        while seen[-1].outcome is None:
            rig.advance(20)
            seen.append(performance_of(rig, driver))

        assert {(each.run, each.name) for each in seen} == {(7, shortest.name)}
        assert [each.progress for each in seen] == sorted(each.progress for each in seen)
        assert (seen[-1].outcome, seen[-1].progress) == (GestureOutcome.DONE, 1.0)

    def test_a_stop_at_any_level_pre_empts_a_gesture(self, rig: DriverRig, driver: RobotDriver) -> None:
        for run, level in enumerate(driver.capabilities.stop_levels, 1):
            begin(rig, driver, run=run)

            driver.stop_hard(level, reason="conformance")

            wait_for(rig, driver, partial(is_cut, rig, driver, run))

    def test_cancelling_breaks_it_off(self, rig: DriverRig, driver: RobotDriver) -> None:
        begin(rig, driver, run=3)

        driver.cancel_gesture("conformance")

        wait_for(rig, driver, partial(is_cut, rig, driver, 3))

    def test_it_outlives_no_silence_of_whoever_commands(self, rig: DriverRig, driver: RobotDriver) -> None:
        begin(rig, driver, run=4)

        wait_for(rig, driver, lambda: last_performance(rig, driver).outcome is not None)

        assert last_performance(rig, driver).outcome is GestureOutcome.CUT


def performance_of(rig: DriverRig, driver: RobotDriver) -> Performance:
    """Tell it to stand, as the motion loop does all the while, and return what it says of its performance."""
    driver.set_velocity(STILL, ttl_ms=TTL_MS)
    return last_performance(rig, driver)


def last_performance(rig: DriverRig, driver: RobotDriver) -> Performance:
    said = driver.poll(now_ns=rig.now_ns()).performance
    return Performance(run=0, name="") if said is None else said


def is_performing(rig: DriverRig, driver: RobotDriver, *, run: int) -> bool:
    said = last_performance(rig, driver)
    return said.run == run and said.outcome is None


def is_cut(rig: DriverRig, driver: RobotDriver, run: int) -> bool:
    said = last_performance(rig, driver)
    return (said.run, said.outcome) == (run, GestureOutcome.CUT)


def begin(rig: DriverRig, driver: RobotDriver, *, run: int, name: str | None = None) -> None:
    """Begin the longest gesture, or the one named, and wait until it says that it goes on."""
    longest = max(driver.capabilities.gestures, key=lambda gesture: gesture.lasts_ms)
    driver.set_velocity(STILL, ttl_ms=TTL_MS)
    driver.begin_gesture(name or longest.name, run=run)

    def goes_on() -> bool:
        said = performance_of(rig, driver)
        return (said.run, said.outcome) == (run, None) and said.progress > 0.0

    wait_for(rig, driver, goes_on)


def is_at_rest(rig: DriverRig) -> bool:
    return rig.device_twist().is_still(within_mps=0.005, within_radps=0.01)


def moves_like(rig: DriverRig, wanted: Twist) -> bool:
    seen = rig.device_twist()
    return (
        abs(seen.vx_mps - wanted.vx_mps) <= 0.02 + 0.1 * abs(wanted.vx_mps)
        and abs(seen.vy_mps - wanted.vy_mps) <= 0.02
        and abs(seen.wz_radps - wanted.wz_radps) <= 0.05 + 0.1 * abs(wanted.wz_radps)
    )


def bring_to_speed(rig: DriverRig, driver: RobotDriver) -> float:
    """Drive forward at half speed and return that speed, in m/s."""
    wanted = Twist(vx_mps=driver.capabilities.max_vx_mps / 2)
    keep_driving(rig, driver, wanted, until=partial(moves_like, rig, wanted))
    return wanted.vx_mps


def keep_driving(rig: DriverRig, driver: RobotDriver, twist: Twist, *, until: Callable[[], bool]) -> None:
    def command() -> bool:
        driver.set_velocity(twist, ttl_ms=TTL_MS)
        return until()

    wait_for(rig, driver, command)


def use_for_long(rig: DriverRig, driver: RobotDriver) -> None:
    """Use the driver as the motion loop does, for as long as patience lasts."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        driver.poll(now_ns=rig.now_ns())
        driver.set_velocity(STILL, ttl_ms=TTL_MS)
        rig.advance(20)


def open_in_time(rig: DriverRig) -> RobotDriver:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return rig.open()
        except DriverError:
            if time.monotonic() >= deadline:
                raise
            rig.advance(20)


def wait_for(rig: DriverRig, driver: RobotDriver | None, condition: Callable[[], bool]) -> None:
    """Poll as the motion loop does, every 20 ms, until `condition` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not in {PATIENCE_S} s; the device moves with {rig.device_twist()}"
        if driver is not None:
            driver.poll(now_ns=rig.now_ns())
        rig.advance(20)
