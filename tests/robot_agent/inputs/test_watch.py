"""A wired stop fails towards the stop: cut, lost, hanging or mad, it counts as pressed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from robot_agent.inputs import watch
from robot_agent.inputs.contact import Contact
from robot_agent.inputs.watch import STALE_NS, Look, StopInput, StopPanel
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.wire.messages import StopLevel

PATIENCE_S = 10.0


@dataclass
class FakeContact:
    name: str = "fake"
    opens: bool = False
    fails: Exception | None = None
    hangs: threading.Event | None = None
    closed: int = 0
    reads: int = 0

    def is_open(self) -> bool:
        self.reads += 1
        if self.hangs is not None:
            self.hangs.wait(PATIENCE_S)
        if self.fails is not None:
            raise self.fails
        return self.opens

    def close(self) -> None:
        self.closed += 1


@dataclass
class Bench:
    contact: FakeContact = field(default_factory=FakeContact)
    opening_fails: Exception | None = None
    made: list[StopInput] = field(default_factory=list)

    def start(self) -> StopInput:
        self.made.append(StopInput(self._open, label="the stop"))
        return self.made[-1]

    def _open(self) -> Contact:
        if self.opening_fails is not None:
            raise self.opening_fails
        return self.contact

    def fresh_read(self) -> None:
        """Wait until the contact was read once more, and that was noted."""
        reads = self.contact.reads
        until(lambda: self.contact.reads >= reads + 2)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(watch, "RETRY_S", 0.02)
    made = Bench()
    yield made
    for each in made.made:
        each.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def look(of: StopInput) -> Look:
    return of.look(now_ns=time.monotonic_ns())


def test_a_closed_contact_is_not_pressed(bench: Bench) -> None:
    stop = bench.start()
    stop.wait_until_tried(timeout_s=PATIENCE_S)

    assert look(stop) == Look(pressed=False)


def test_an_open_contact_is_pressed_and_says_why(bench: Bench) -> None:
    bench.contact.opens = True
    stop = bench.start()
    stop.wait_until_tried(timeout_s=PATIENCE_S)

    assert look(stop) == Look(pressed=True, why="the stop is pressed, or its wire is cut")


def test_before_the_first_reading_nothing_is_known(bench: Bench) -> None:
    bench.contact.hangs = threading.Event()
    stop = bench.start()

    assert look(stop).pressed is None
    bench.contact.hangs.set()


def test_a_press_between_two_looks_is_not_missed(bench: Bench) -> None:
    stop = bench.start()
    bench.fresh_read()
    look(stop)

    bench.contact.opens = True
    bench.fresh_read()
    bench.contact.opens = False
    bench.fresh_read()
    until(lambda: stop._look.pressed is False)

    assert look(stop).pressed is True
    assert look(stop).pressed is False


@pytest.mark.parametrize("failure", [DriverLost("unplugged"), RuntimeError("a mad plug-in")], ids=repr)
def test_a_contact_that_cannot_be_read_is_lost_and_comes_back(bench: Bench, failure: Exception) -> None:
    stop = bench.start()
    bench.fresh_read()

    bench.contact.fails = failure
    until(lambda: look(stop).pressed is None)
    assert str(failure) in look(stop).why
    assert bench.contact.closed >= 1
    bench.contact.fails = None

    until(lambda: look(stop).pressed is False)


def test_one_that_cannot_be_opened_is_lost_and_tried_again(bench: Bench) -> None:
    bench.opening_fails = DriverLost("no such device")
    stop = bench.start()
    until(lambda: "no such device" in look(stop).why)

    bench.opening_fails = None

    until(lambda: look(stop).pressed is False)


def test_a_device_that_hangs_holds_up_nobody_and_counts_as_lost(bench: Bench) -> None:
    stop = bench.start()
    bench.fresh_read()
    bench.contact.hangs = threading.Event()
    reads = bench.contact.reads
    until(lambda: bench.contact.reads > reads)
    read_ns = stop._read_ns
    assert read_ns is not None

    assert stop.look(now_ns=read_ns + STALE_NS - 1).pressed is False
    assert stop.look(now_ns=read_ns + STALE_NS).pressed is None
    bench.contact.hangs.set()


def test_settings_that_can_never_work_are_said(bench: Bench) -> None:
    bench.opening_fails = ConfigError("robot.stop_inputs: no")
    panel = StopPanel([bench.start()])

    with pytest.raises(ConfigError, match=r"robot\.stop_inputs: no"):
        panel.wait_until_tried(timeout_s=PATIENCE_S)


def test_a_panel_stops_when_any_of_its_inputs_does() -> None:
    first, second = Bench(), Bench()
    panel = StopPanel([first.start(), second.start()])
    panel.wait_until_tried(timeout_s=PATIENCE_S)
    assert panel.press(now_ns=time.monotonic_ns()) is None

    second.contact.opens = True
    until(lambda: panel.press(now_ns=time.monotonic_ns()) is not None)

    panel.close()
    assert (first.contact.closed, second.contact.closed) == (1, 1)


def test_without_any_input_nothing_is_pressed() -> None:
    panel = StopPanel()

    assert not panel.is_wired
    assert panel.press(now_ns=0) is None
    panel.wait_until_tried(timeout_s=0)
    panel.close()


# --- How sternly ---


def test_a_press_stops_as_sternly_as_its_input_says_and_the_sternest_counts() -> None:
    mild, stern = FakeContact(opens=True), FakeContact()
    panel = StopPanel(
        [StopInput(lambda: mild, label="mild"), StopInput(lambda: stern, label="stern", level=StopLevel.CUT)]
    )
    panel.wait_until_tried(timeout_s=PATIENCE_S)
    try:
        press = panel.press(now_ns=time.monotonic_ns())
        assert press is not None
        assert (press.why, press.level) == ("mild is pressed, or its wire is cut", StopLevel.SETTLE)

        stern.opens = True
        until(lambda: _level(panel) is StopLevel.CUT)
    finally:
        panel.close()


def test_what_cannot_be_read_only_settles() -> None:
    lost = FakeContact(fails=DriverLost("unplugged"))
    panel = StopPanel([StopInput(lambda: lost, label="stern", level=StopLevel.CUT)])
    panel.wait_until_tried(timeout_s=PATIENCE_S)
    try:
        assert _level(panel) is StopLevel.SETTLE
    finally:
        panel.close()


def _level(panel: StopPanel) -> StopLevel | None:
    press = panel.press(now_ns=time.monotonic_ns())
    return None if press is None else press.level
