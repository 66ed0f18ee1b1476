"""Threat 10: the wall clock steps by an hour, or the machine is suspended.

Expected: a step is nothing; what slept has stopped, and is latched when it wakes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from robot_agent.motion import ipc
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.loop import MotionLoop
from robot_agent.motion.memory import FileDisk, MemoryKeeper
from robot_agent.motion.trace import NoTrace
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from teleop_core.wire.messages import Role, StopCause
from tests.robot_agent.test_driver_slot import FakeDriver

PERIOD_NS = ms(20)
AN_HOUR_NS = seconds(3600)
DRIVER = m.Peer(id="driver", role=Role.PRESENTER, name="Driver")
STAFF = m.Peer(id="staff", role=Role.STAFF, name="Staff")


@dataclass
class Clocks:
    """The three clocks of a host."""

    monotonic_ns: int = seconds(100)
    suspended_ns: int = 0
    wall_ns: int = seconds(1_800_000_000)

    def now_ns(self) -> int:
        return self.monotonic_ns

    def boot_ns(self) -> int:
        return self.monotonic_ns + self.suspended_ns

    def unix_ns(self) -> int:
        return self.wall_ns + self.monotonic_ns


@dataclass
class Obedient(FakeDriver):
    """Moves as it is told."""

    def poll(self, *, now_ns: int) -> DriverState:
        return DriverState(stamp_ns=now_ns, twist=self.told[-1] if self.told else None)


@dataclass
class Host:
    """A motion loop whose clocks the test turns, and its driver, who is also its agent."""

    loop: MotionLoop
    clocks: Clocks
    agent: "ipc.Channel[ipc.FromMotion, ipc.FromAgent]"
    keeper: MemoryKeeper
    session: RobotSession
    driver: Obedient
    telemetry: m.Telemetry | None = None
    status: m.Status | None = None
    seq: int = 0
    speeds: list[float] = field(default_factory=list)

    def turn(self, *, dead_man: bool | None = None, late_ns: int = 0) -> None:
        """Let one edge pass, `late_ns` after it was due; the driver speaks before it, unless `dead_man` is None."""
        due_ns = self.clocks.monotonic_ns + PERIOD_NS
        self.agent.send(ipc.Heartbeat(bridge_up=True))
        if dead_man is not None:
            self.drive(dead_man=dead_man)
        self.clocks.monotonic_ns = due_ns + late_ns
        self.loop._take_in(due_ns=due_ns)
        self.loop.turn(due_ns=due_ns)
        while not self.keeper.is_settled:
            self.keeper.wait(timeout_s=0.05)
        while (frame := self.agent.receive()) is not None:
            if isinstance(frame, ipc.ToPeer):
                self.hear(decode_to_person(frame.body))
        self.speeds.append(self.driver.told[-1].vx_mps if self.driver.told else 0.0)

    def hear(self, message: m.ToPerson) -> None:
        match message:
            case m.Telemetry():
                self.telemetry = message
            case m.Status():
                self.status = message
            case _:
                pass

    def say(self, message: m.FromPerson, *, by: m.Peer = DRIVER) -> None:
        self.agent.send(ipc.FromPeer(by.id, by.role, m.Road.DIRECT, encode(message)), lossless=True)

    def drive(self, *, dead_man: bool) -> None:
        assert self.telemetry is not None
        self.seq += 1
        self.agent.send(ipc.Captured(self.seq, self.clocks.monotonic_ns))
        epoch, fence = self.telemetry.epoch, self.telemetry.fence
        self.say(m.LeaseRenew(epoch=epoch, fence=fence, seq=self.seq))
        self.say(
            m.Drive(
                epoch=epoch,
                fence=fence,
                seq=self.seq,
                dead_man=dead_man,
                vx_mps=0.5 if dead_man else 0.0,
                vy_mps=0.0,
                wz_radps=0.0,
                beacon=self.telemetry.tick,
                picture=self.seq,
            )
        )

    def bring_to_speed(self) -> None:
        self.agent.send(ipc.Present((DRIVER, STAFF), ()), lossless=True)
        self.reset()
        self.say(m.LeaseRequest(id="lease"))
        for _ in range(5):
            self.turn()
        for _ in range(20):
            self.turn(dead_man=False)
        for _ in range(40):
            self.turn(dead_man=True)
        assert self.speeds[-1] == 0.5

    def reset(self) -> None:
        self.turn()
        self.say(m.ResetPrepare(id=f"p{self.seq}"), by=STAFF)
        for _ in range(3):
            self.turn()
        assert self.status is not None
        assert self.status.reset is not None
        self.say(m.ResetConfirm(id=f"c{self.seq}", code=self.status.reset.code), by=STAFF)
        for _ in range(5):
            self.turn()
        assert not self.session.is_latched


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A robot that is driven at 0.5 m/s."""
    ours, theirs = ipc.socket_pair()
    agent, motion = ipc.agent_end(ours), ipc.motion_end(theirs)
    clocks = Clocks()
    keeper, driver = MemoryKeeper(FileDisk(tmp_path)), Obedient()
    slot = DriverSlot(lambda: driver)
    slot.wait_until_tried(timeout_s=10, now_ns=clocks.monotonic_ns)
    session = RobotSession(epoch="e1", memory=None, profile=SafetyProfile(), now_ns=clocks.monotonic_ns)
    loop = MotionLoop(
        session=session,
        channel=motion,
        driver=slot,
        memory=keeper,
        trace=NoTrace(),
        profile=lambda: None,
        period_ns=PERIOD_NS,
        clock=clocks,
    )
    opened = Host(loop, clocks, agent, keeper, session, driver)
    opened.bring_to_speed()
    yield opened
    keeper.close(timeout_s=5)
    agent.close()
    motion.close()


@pytest.mark.parametrize("step_ns", [AN_HOUR_NS, -AN_HOUR_NS], ids=["forward", "back"])
def test_a_wall_clock_that_steps_by_an_hour_changes_no_tick_of_the_drive(host: Host, step_ns: int) -> None:
    host.clocks.wall_ns += step_ns

    for _ in range(150):
        host.turn(dead_man=True)

    assert set(host.speeds[-150:]) == {0.5}
    assert host.session.holder == DRIVER.id


def test_a_machine_that_was_suspended_wakes_latched_and_ramps_to_rest(host: Host) -> None:
    host.clocks.suspended_ns += AN_HOUR_NS

    for _ in range(60):
        host.turn(dead_man=True)

    assert host.speeds[-60] < 0.5  # from the first edge on
    assert host.speeds[-1] == 0.0
    assert host.status is not None
    assert host.status.latch is not None
    assert host.status.latch.cause is StopCause.SUSPEND
    assert host.session.holder is None


def test_a_process_that_was_stopped_wakes_at_rest_and_latched(host: Host) -> None:
    for _ in range(20):
        host.drive(dead_man=True)  # what the agent went on sending meanwhile

    host.turn(dead_man=True, late_ns=seconds(5))
    for _ in range(60):
        host.turn(dead_man=True)

    assert set(host.speeds[-61:]) == {0.0}  # the driver's own time limit stopped it long ago; no rest of a ramp
    assert host.session.is_latched


def test_after_the_sleep_a_reset_is_needed_and_moves_nothing(host: Host) -> None:
    host.clocks.suspended_ns += AN_HOUR_NS
    for _ in range(60):
        host.turn(dead_man=True)

    host.reset()
    for _ in range(60):
        host.turn(dead_man=True)

    assert set(host.speeds[-60:]) == {0.0}
