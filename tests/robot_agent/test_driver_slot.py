"""A driver may take its time, fail, come back or be wrong: the motion loop never waits and the robot starts still."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from robot_agent.motion.driver_slot import FIRST_RETRY_NS, LONGEST_RETRY_NS, DriverSlot, Unperformed
from teleop_core.bearing import Bearing
from teleop_core.errors import ConfigError, DriverError, DriverLost, GestureError
from teleop_core.geometry import STILL, Twist
from teleop_core.gestures import Wanted
from teleop_core.ports import Capabilities, DriverState
from teleop_core.timebase import seconds
from teleop_core.wire.messages import StopLevel

CAN = Capabilities(
    model="fake",
    max_vx_mps=1.0,
    max_vy_mps=0.0,
    max_wz_radps=1.0,
    max_accel_mps2=1.0,
    max_accel_radps2=1.0,
    native_time_limit=True,
)


@dataclass
class FakeDriver:
    capabilities: Capabilities = CAN
    told: list[Twist] = field(default_factory=list)
    fails: bool = False
    is_closed: bool = False
    stopped_hard: list[StopLevel] = field(default_factory=list)
    performed: list[object] = field(default_factory=list)
    carried: list[Bearing] = field(default_factory=list)
    mood: Exception | None = None

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        if self.fails:
            raise DriverLost("unplugged")
        self.told.append(twist)

    def poll(self, *, now_ns: int) -> DriverState:
        if self.fails:
            raise DriverLost("unplugged")
        return DriverState(stamp_ns=now_ns)

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        if self.fails:
            raise DriverLost("unplugged")
        self.stopped_hard.append(level)

    def begin_gesture(self, name: str, *, run: int) -> None:
        if self.mood is not None:
            raise self.mood
        self.performed.append((name, run))

    def cancel_gesture(self, reason: str) -> None:
        if self.fails:
            raise DriverLost("unplugged")
        self.performed.append(reason)

    def carry(self, bearing: Bearing) -> None:
        if self.fails:
            raise DriverLost("unplugged")
        self.carried.append(bearing)

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Shelf:
    """Gives out drivers, or the errors that were put on it."""

    makes: list[FakeDriver | Exception] = field(default_factory=list)
    opened: list[FakeDriver] = field(default_factory=list)
    may_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_go.set()

    def open(self) -> FakeDriver:
        assert self.may_go.wait(10)
        made = self.makes.pop(0) if self.makes else FakeDriver()
        if isinstance(made, Exception):
            raise made
        self.opened.append(made)
        return made


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def slot(shelf: Shelf) -> DriverSlot:
    return DriverSlot(shelf.open)


def poll_until(slot: DriverSlot, condition: Callable[[], bool], *, now_ns: int = 0) -> DriverState:
    deadline = time.monotonic() + 10
    while True:
        state = slot.poll(now_ns=now_ns)
        if condition():
            return state
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_driver_that_takes_long_to_open_holds_up_nobody(slot: DriverSlot, shelf: Shelf) -> None:
    shelf.may_go.clear()

    assert slot.poll(now_ns=0).faults == ("the driver is not open yet",)
    assert slot.set_velocity(STILL, ttl_ms=250, now_ns=0) is None

    shelf.may_go.set()
    assert poll_until(slot, lambda: slot.is_open).faults == ()
    assert slot.capabilities == CAN


def test_it_waits_for_the_first_attempt_when_asked_to(slot: DriverSlot) -> None:
    slot.wait_until_tried(timeout_s=10, now_ns=0)

    assert slot.is_open


def test_settings_that_can_never_work_are_kept_apart(slot: DriverSlot, shelf: Shelf) -> None:
    wrong = ConfigError("robot.driver.port: expected a port")
    shelf.makes = [wrong]

    slot.wait_until_tried(timeout_s=10, now_ns=0)

    assert slot.config_error is wrong


@pytest.mark.parametrize(
    "error", [DriverError("no answer"), OSError("no such device"), RuntimeError("a bug")], ids=repr
)
def test_whatever_opening_raises_is_a_fault_in_words(slot: DriverSlot, shelf: Shelf, error: Exception) -> None:
    shelf.makes = [error]

    slot.wait_until_tried(timeout_s=10, now_ns=0)

    assert slot.poll(now_ns=0).faults == (f"driver: {error}",)


def test_it_tries_again_after_a_while_that_doubles_up_to_five_seconds(slot: DriverSlot, shelf: Shelf) -> None:
    shelf.makes = [DriverError("no answer") for _ in range(8)]
    now_ns, delay_ns = 0, FIRST_RETRY_NS
    slot.wait_until_tried(timeout_s=10, now_ns=now_ns)
    for left in range(7, 0, -1):
        assert len(shelf.makes) == left
        now_ns += delay_ns
        slot.wait_until_tried(timeout_s=10, now_ns=now_ns - 1)
        assert len(shelf.makes) == left
        slot.wait_until_tried(timeout_s=10, now_ns=now_ns)
        delay_ns = min(2 * delay_ns, LONGEST_RETRY_NS)


def test_a_driver_that_fails_is_closed_and_said_to_have_failed(slot: DriverSlot, shelf: Shelf) -> None:
    poll_until(slot, lambda: slot.is_open)
    shelf.opened[0].fails = True

    assert slot.set_velocity(STILL, ttl_ms=250, now_ns=0) == "driver: unplugged"
    assert slot.poll(now_ns=0).faults == ("driver: unplugged",)
    assert shelf.opened[0].is_closed
    assert not slot.is_open


def test_the_rest_of_a_ramp_does_not_move_a_robot_that_came_back(slot: DriverSlot, shelf: Shelf) -> None:
    poll_until(slot, lambda: slot.is_open)
    slot.set_velocity(STILL, ttl_ms=250, now_ns=0)
    slot.set_velocity(Twist(0.5), ttl_ms=250, now_ns=0)
    shelf.opened[0].fails = True
    slot.poll(now_ns=0)
    poll_until(slot, lambda: slot.is_open, now_ns=seconds(1))

    for vx_mps in (0.4, 0.2, 0.0, 0.1):
        slot.set_velocity(Twist(vx_mps), ttl_ms=250, now_ns=seconds(1))

    assert shelf.opened[0].told == [STILL, Twist(0.5)]
    assert shelf.opened[1].told == [STILL, STILL, STILL, Twist(0.1)]


def test_closing_stops_the_robot_first(slot: DriverSlot, shelf: Shelf) -> None:
    poll_until(slot, lambda: slot.is_open)

    slot.close()
    slot.close()

    assert shelf.opened[0].stopped_hard == [StopLevel.SETTLE]
    assert shelf.opened[0].is_closed


def test_a_driver_that_opens_after_the_end_is_closed_again(slot: DriverSlot, shelf: Shelf) -> None:
    shelf.may_go.clear()
    slot.poll(now_ns=0)
    slot.close()

    shelf.may_go.set()

    deadline = time.monotonic() + 10
    while not (shelf.opened and shelf.opened[0].is_closed):
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_stern_stop_goes_to_the_driver_and_leaves_it_resting() -> None:
    driver = FakeDriver()
    slot = DriverSlot(lambda: driver)
    slot.wait_until_tried(timeout_s=10, now_ns=0)
    slot.set_velocity(STILL, ttl_ms=250, now_ns=0)

    assert slot.stop_hard(StopLevel.CUT, reason="on site", now_ns=0) is None
    assert driver.stopped_hard == [StopLevel.CUT]
    slot.set_velocity(Twist(0.3), ttl_ms=250, now_ns=0)
    assert driver.told == [STILL, STILL]


def test_a_stern_stop_of_a_driver_that_fails_says_why_and_one_without_a_driver_nothing() -> None:
    driver = FakeDriver()
    slot = DriverSlot(lambda: driver)
    assert slot.stop_hard(StopLevel.CUT, reason="on site", now_ns=0) is None
    slot.wait_until_tried(timeout_s=10, now_ns=0)
    driver.fails = True

    assert slot.stop_hard(StopLevel.CUT, reason="on site", now_ns=0) == "driver: unplugged"
    assert not slot.is_open


# --- Gestures ---

WAVE = Wanted(run=1, name="wave")


def opened(slot: DriverSlot, shelf: Shelf) -> FakeDriver:
    slot.wait_until_tried(timeout_s=10, now_ns=0)
    return shelf.opened[0]


def test_a_gesture_is_begun_once_and_cancelled_once(slot: DriverSlot, shelf: Shelf) -> None:
    driver = opened(slot, shelf)
    for _ in range(3):
        assert slot.perform(WAVE, now_ns=0) is None
    for _ in range(3):
        assert slot.perform(Wanted(run=1, name=None, why="stopped"), now_ns=0) is None
    slot.perform(Wanted(run=2, name="bow"), now_ns=0)

    assert driver.performed == [("wave", 1), "stopped", ("bow", 2)]


def test_with_nothing_wanted_nothing_is_told(slot: DriverSlot, shelf: Shelf) -> None:
    driver = opened(slot, shelf)

    assert slot.perform(Wanted(run=0, name=None), now_ns=0) is None
    assert driver.performed == []


def test_without_a_driver_a_gesture_is_told_to_nobody(slot: DriverSlot) -> None:
    assert slot.perform(WAVE, now_ns=0) is None


@pytest.mark.parametrize(
    ("mood", "words"),
    [(GestureError("an arm is warm"), "an arm is warm"), (KeyError("wave"), "KeyError: 'wave'")],
)
def test_a_driver_that_will_not_perform_is_fit_all_the_same(
    slot: DriverSlot, shelf: Shelf, mood: Exception, words: str
) -> None:
    driver = opened(slot, shelf)
    driver.mood = mood

    assert slot.perform(WAVE, now_ns=0) == Unperformed(words, is_fault=False)
    assert slot.is_open
    assert slot.perform(WAVE, now_ns=0) is None


def test_a_driver_that_fails_on_a_gesture_is_given_up(slot: DriverSlot, shelf: Shelf) -> None:
    driver = opened(slot, shelf)
    driver.mood = DriverLost("unplugged")

    assert slot.perform(WAVE, now_ns=0) == Unperformed("driver: unplugged", is_fault=True)
    assert driver.is_closed


def test_a_driver_that_fails_to_cancel_is_given_up_and_the_next_one_performs_anew(
    slot: DriverSlot, shelf: Shelf
) -> None:
    driver = opened(slot, shelf)
    slot.perform(WAVE, now_ns=0)
    driver.fails = True

    failed = slot.perform(Wanted(run=1, name=None, why="stopped"), now_ns=0)
    assert failed == Unperformed("driver: unplugged", is_fault=True)
    poll_until(slot, lambda: slot.is_open, now_ns=seconds(1))
    slot.perform(Wanted(run=2, name="wave"), now_ns=seconds(1))
    assert shelf.opened[1].performed == [("wave", 2)]


def test_how_the_body_is_carried_is_told_at_each_change_alone(slot: DriverSlot, shelf: Shelf) -> None:
    slot.wait_until_tried(timeout_s=10, now_ns=0)
    driver = shelf.opened[-1]
    for bearing in (Bearing(), Bearing(0.5), Bearing(0.5), Bearing()):
        assert slot.carry(bearing, now_ns=0) is None

    assert driver.carried == [Bearing(0.5), Bearing()]


def test_a_driver_that_fails_while_it_is_told_is_given_up(slot: DriverSlot, shelf: Shelf) -> None:
    slot.wait_until_tried(timeout_s=10, now_ns=0)
    shelf.opened[-1].fails = True

    assert slot.carry(Bearing(0.5), now_ns=0) == "driver: unplugged"
    assert not slot.is_open
    assert slot.carry(Bearing(0.6), now_ns=0) is None
