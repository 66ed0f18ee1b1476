"""One turn of the motion loop after the other, on clocks that the test turns."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from robot_agent.inputs.watch import Press, StopPanel
from robot_agent.motion import ipc, memory
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.loop import LONGEST_ENDING_NS, REST_NS, MotionLoop
from robot_agent.motion.memory import FileDisk, MemoryKeeper
from robot_agent.motion.trace import NoTrace
from teleop_core.errors import DriverLost, GestureError
from teleop_core.geometry import STILL, Twist
from teleop_core.governor import Limits
from teleop_core.ports import DriverState, Gesture
from teleop_core.profile import SafetyProfile
from teleop_core.session import Memory, RobotSession
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from teleop_core.wire.messages import StopLevel
from tests.robot_agent.test_driver_slot import CAN, FakeDriver

PERIOD_NS = ms(20)
STOP = encode(m.Stop(id="s1"))


@dataclass
class HandTurnedClock:
    time_ns: int = seconds(100)
    suspended_ns: int = 0

    def now_ns(self) -> int:
        return self.time_ns

    def boot_ns(self) -> int:
        return self.time_ns + self.suspended_ns

    def unix_ns(self) -> int:
        return seconds(1_800_000_000) + self.time_ns


@dataclass
class RollingDriver(FakeDriver):
    """Reports a speed of its own, whatever it is told."""

    rolls: Twist = STILL

    def poll(self, *, now_ns: int) -> DriverState:
        return DriverState(stamp_ns=now_ns, twist=self.rolls)


@dataclass
class Bench:
    loop: MotionLoop
    clock: HandTurnedClock
    agent: "ipc.Channel[ipc.FromMotion, ipc.FromAgent]"
    keeper: MemoryKeeper
    session: RobotSession
    driver: RollingDriver
    heard: list[m.ToPerson] = field(default_factory=list)
    readies: list[ipc.Ready] = field(default_factory=list)

    def turn(self, *, late_ns: int = 0) -> bool:
        due_ns = self.clock.time_ns + PERIOD_NS
        self.clock.time_ns = due_ns + late_ns
        self.loop._take_in(due_ns=due_ns)
        goes_on = self.loop.turn(due_ns=due_ns)
        self.listen()
        return goes_on

    def settle(self) -> None:
        while not self.keeper.is_settled:
            self.keeper.wait(timeout_s=0.05)

    def listen(self) -> None:
        while (frame := self.agent.receive()) is not None:
            match frame:
                case ipc.ToPeer(body=body):
                    self.heard.append(decode_to_person(body))
                case ipc.Ready():
                    self.readies.append(frame)
                case ipc.Unfit():
                    raise AssertionError(frame)

    def causes(self) -> list[m.StopCause | None]:
        return [each.cause for each in self.heard if isinstance(each, m.Event) and each.kind is m.EventKind.STOPPED]

    def clear_the_latch(self) -> None:
        """Have staff reset the robot, as any test that looks for a new latch needs it."""
        self.agent.send(ipc.Heartbeat(bridge_up=True))
        self.turn()
        self.say(m.ResetPrepare(id="r1"), role=m.Role.STAFF)
        offers = [each.reset for each in self.heard if isinstance(each, m.Status) and each.reset is not None]
        self.say(m.ResetConfirm(id="r2", code=offers[-1].code), role=m.Role.STAFF)
        assert not self.session.is_latched
        self.heard.clear()

    def say(self, message: m.FromPerson, *, role: m.Role) -> None:
        """Have somebody say it, and let what follows from it come out."""
        self.agent.send(ipc.FromPeer("p", role, m.Road.BRIDGE, encode(message)))
        self.turn()
        self.settle()
        self.turn()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    ours, theirs = ipc.socket_pair()
    agent, motion = ipc.agent_end(ours), ipc.motion_end(theirs)
    clock = HandTurnedClock()
    keeper = MemoryKeeper(FileDisk(tmp_path))
    driver = RollingDriver()
    slot = DriverSlot(lambda: driver)
    slot.wait_until_tried(timeout_s=10, now_ns=clock.time_ns)
    session = RobotSession(epoch="e1", memory=None, profile=SafetyProfile(limits=Limits()), now_ns=clock.time_ns)
    loop = MotionLoop(
        session=session,
        channel=motion,
        driver=slot,
        memory=keeper,
        trace=NoTrace(),
        profile=lambda: None,
        period_ns=PERIOD_NS,
        clock=clock,
    )
    yield Bench(loop, clock, agent, keeper, session, driver)
    keeper.close(timeout_s=5)
    agent.close()
    motion.close()


def test_nothing_is_said_before_what_it_follows_from_is_on_the_disk(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write = threading.Event()

    def slow_store(state_dir: Path, kept: Memory) -> None:
        assert may_write.wait(10)

    monkeypatch.setattr(memory, "store", slow_store)
    bench.agent.send(ipc.FromPeer("p", m.Role.OBSERVER, m.Road.BRIDGE, STOP))
    for _ in range(5):
        bench.turn()

    assert bench.heard == []
    assert len(bench.driver.told) == 5  # while the wheels were told all the time

    may_write.set()
    bench.settle()
    bench.turn()
    assert any(isinstance(each, m.StopAck) for each in bench.heard)


def test_a_disk_that_hangs_latches_and_lets_the_words_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.clear_the_latch()
    may_write = threading.Event()
    monkeypatch.setattr(memory, "store", lambda *_: may_write.wait(30))
    bench.agent.send(ipc.FromPeer("p", m.Role.PRESENTER, m.Road.BRIDGE, encode(m.LeaseRequest(id="q"))))
    for _ in range(60):
        bench.agent.send(ipc.Heartbeat(bridge_up=True))
        bench.turn()

    assert bench.causes() == [m.StopCause.LOCAL]
    assert any(isinstance(each, m.Ack) for each in bench.heard)
    may_write.set()


def test_a_late_edge_latches_before_what_came_meanwhile_counts(bench: Bench) -> None:
    bench.clear_the_latch()
    bench.agent.send(ipc.FromPeer("p", m.Role.PRESENTER, m.Road.BRIDGE, encode(m.LeaseRequest(id="late"))))

    bench.turn(late_ns=ms(501))
    bench.settle()
    bench.turn()

    assert bench.causes() == [m.StopCause.SUSPEND]
    assert bench.session.holder is None


def test_a_suspended_machine_latches(bench: Bench) -> None:
    bench.clear_the_latch()

    bench.clock.suspended_ns += seconds(3600)
    bench.turn()
    bench.settle()
    bench.turn()

    assert bench.causes() == [m.StopCause.SUSPEND]


def test_a_step_of_the_wall_clock_is_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.clear_the_latch()

    monkeypatch.setattr(bench.clock, "unix_ns", lambda: 0)
    for _ in range(60):
        bench.agent.send(ipc.Heartbeat(bridge_up=True))
        bench.turn()

    assert not bench.session.is_latched


def test_a_driver_that_fails_at_a_command_latches_in_the_same_turn(bench: Bench) -> None:
    bench.clear_the_latch()
    bench.driver.fails = True

    bench.turn()

    assert bench.session.is_latched


@pytest.fixture
def able(bench: Bench) -> Bench:
    """A bench at which somebody has the lease of a robot that can wave."""
    bench.session.robot_is(SafetyProfile(gestures=(Gesture(name="wave", lasts_ms=5000),)), now_ns=bench.clock.time_ns)
    bench.clear_the_latch()
    bench.say(m.LeaseRequest(id="lease"), role=m.Role.PRESENTER)
    for _ in range(30):
        bench.agent.send(ipc.Heartbeat(bridge_up=True))
        bench.turn()
    assert bench.session.holder == "p"
    return bench


def wave(bench: Bench) -> None:
    bench.agent.send(ipc.Heartbeat(bridge_up=True))
    begin = m.GestureBegin(id="wave-1", epoch="e1", fence=bench.session.fence, name="wave")
    bench.agent.send(ipc.FromPeer("p", m.Role.PRESENTER, m.Road.BRIDGE, encode(begin)))
    bench.turn()


def test_a_stop_breaks_a_gesture_off_before_the_edge_and_before_its_acknowledgement(able: Bench) -> None:
    wave(able)
    assert able.driver.performed == [("wave", 1)]
    told = len(able.driver.told)

    able.agent.send(ipc.FromPeer("q", m.Role.OBSERVER, m.Road.BRIDGE, STOP))
    able.loop._take_in(due_ns=able.clock.time_ns + PERIOD_NS)
    able.listen()
    assert able.driver.performed == [("wave", 1), "stopped"]
    assert len(able.driver.told) == told
    assert not [each for each in able.heard if isinstance(each, m.StopAck)]


def test_a_driver_that_will_not_perform_is_told_and_latches_nothing(able: Bench) -> None:
    able.driver.mood = GestureError("an arm is warm")
    wave(able)
    able.turn()

    assert not able.session.is_latched
    aborted = [each for each in able.heard if isinstance(each, m.Event) and each.kind is m.EventKind.GESTURE_ABORTED]
    assert [(each.ended, each.detail) for each in aborted] == [(m.GestureEnd.FAILED, "an arm is warm")]


def test_a_driver_that_fails_on_a_gesture_latches(able: Bench) -> None:
    able.driver.mood = DriverLost("unplugged")
    wave(able)

    assert able.session.is_latched
    able.settle()
    able.turn()
    assert able.causes() == [m.StopCause.DRIVER_FAULT]


def test_it_says_that_it_is_ready_once(bench: Bench) -> None:
    for _ in range(3):
        bench.turn()

    assert bench.readies == [ipc.Ready("e1", None)]


def test_it_leaves_once_the_robot_has_stood_for_a_while(bench: Bench) -> None:
    bench.turn()
    bench.agent.end()

    turns = 0
    while bench.turn():
        turns += 1

    assert turns * PERIOD_NS == REST_NS


def test_it_waits_for_a_robot_that_still_rolls_but_not_for_ever(bench: Bench) -> None:
    bench.driver.rolls = Twist(0.2)
    bench.turn()
    bench.agent.end()

    turns = 0
    while bench.turn():
        turns += 1

    assert turns * PERIOD_NS == LONGEST_ENDING_NS


def test_being_told_to_leave_is_enough(bench: Bench) -> None:
    bench.turn()
    bench.agent.send(ipc.LocalStop("the agent goes down", leave=True))

    while bench.turn():
        pass

    assert bench.session.is_latched


# --- Sterner than a ramp, on site ---


@pytest.fixture
def stern(bench: Bench) -> Bench:
    """A robot whose ladder goes up to CUT, its latch clear."""
    bench.session.robot_is(SafetyProfile(ladder=tuple(StopLevel)), now_ns=bench.clock.time_ns)
    bench.turn()
    bench.clear_the_latch()
    return bench


def test_the_hall_cuts_the_power_at_every_turn_until_it_is_taken_back(stern: Bench) -> None:
    stern.agent.send(ipc.LocalStop("on the page", level=StopLevel.CUT))
    stern.turn()
    stern.turn()
    told = len(stern.driver.told)
    stern.turn()

    assert stern.session.is_latched
    assert stern.driver.stopped_hard == [StopLevel.CUT] * 3
    assert len(stern.driver.told) == told
    stern.agent.send(ipc.LocalRelease("on the page"))
    stern.turn()
    assert stern.driver.told[-1] == STILL
    assert stern.session.is_latched


class Contacts(StopPanel):
    """Wired stops, pressed at will."""

    level: StopLevel | None = None

    @property
    def is_wired(self) -> bool:
        return True

    def press(self, *, now_ns: int) -> Press | None:
        return None if self.level is None else Press(why="pressed", level=self.level)


def test_closing_a_stern_contact_takes_it_back_and_leaves_it_latched(stern: Bench) -> None:
    stern.loop._inputs = contacts = Contacts()
    contacts.level = StopLevel.CUT
    stern.turn()
    assert stern.driver.stopped_hard == [StopLevel.CUT]

    contacts.level = None
    stern.turn()
    assert stern.driver.stopped_hard == [StopLevel.CUT]
    assert stern.session.is_latched


def test_closing_a_contact_does_not_take_back_what_the_hall_asked_for(stern: Bench) -> None:
    stern.loop._inputs = contacts = Contacts()
    stern.agent.send(ipc.LocalStop("on the page", level=StopLevel.CUT))
    contacts.level = StopLevel.CUT
    stern.turn()
    contacts.level = None
    stern.turn()
    stern.turn()

    assert stern.driver.stopped_hard == [StopLevel.CUT] * 3


def test_the_hall_does_not_take_back_what_a_contact_still_asks_for(stern: Bench) -> None:
    stern.loop._inputs = contacts = Contacts()
    contacts.level = StopLevel.DAMP
    stern.turn()
    stern.agent.send(ipc.LocalRelease("on the page"))
    stern.turn()

    assert stern.driver.stopped_hard == [StopLevel.DAMP] * 2


def test_a_driver_that_fails_at_a_stern_stop_latches_with_the_reason(stern: Bench) -> None:
    stern.agent.send(ipc.LocalStop("on the page", level=StopLevel.CUT))
    stern.driver.fails = True
    stern.turn()

    assert stern.session.is_latched


def test_a_driver_that_opens_late_brings_its_limits_and_its_ladder(bench: Bench) -> None:
    slower = SafetyProfile(limits=Limits(max_speed_mps=0.2), ladder=(StopLevel.SETTLE, StopLevel.CUT))
    bench.loop._safety_profile = lambda: slower
    bench.loop._driver.capabilities = replace(CAN, max_vx_mps=0.2)
    bench.turn()

    bench.session.stop(m.StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=bench.clock.time_ns)
    bench.turn()
    assert bench.driver.stopped_hard == [StopLevel.CUT]


def test_each_turn_feeds_the_watchdog(bench: Bench) -> None:
    fed: list[int] = []
    bench.loop._feed_watchdog = lambda: fed.append(bench.clock.time_ns)
    bench.turn()
    bench.turn()

    assert len(fed) == 2
