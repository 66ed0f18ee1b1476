"""The emulated firmware, byte by byte, in stage time."""

import pytest

from robot_agent.drivers import serial_protocol as wire
from simulator.faults import Fault
from simulator.firmware import HOST_GONE_NS, Firmware
from simulator.stage import STEP_NS, Stage
from teleop_core.geometry import STILL, Twist
from teleop_core.wire.messages import StopLevel


class Bench:
    """A base on the bench: what it hears and says, and its stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.firmware = Firmware(self.stage, boot_id=42)
        self._decoder = wire.Decoder()
        self._seq = 0

    def say(self, message: wire.Message) -> list[wire.Message]:
        self._seq += 1
        return self.hear(self.firmware.receive(wire.encode(message, seq=self._seq)))

    def hear(self, frames: bytes) -> list[wire.Message]:
        return [message for _, message in self._decoder.feed(frames)]

    def run(self, duration_ms: int) -> list[wire.Message]:
        heard = []
        for _ in range(duration_ms * 1_000_000 // STEP_NS):
            heard += self.hear(self.firmware.tick())
            self.stage.step()
        return heard

    def drive(self, duration_ms: int, *, ttl_ms: int = 250) -> None:
        for _ in range(duration_ms // 20):
            self.say(wire.Velocity(Twist(0.5), ttl_ms))
            self.run(20)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_says_nothing_before_it_is_greeted(bench: Bench) -> None:
    assert bench.run(500) == []


def test_answers_a_greeting_with_who_it_is_and_then_reports_at_50_hz(bench: Bench) -> None:
    [hello] = bench.say(wire.Hello())
    assert isinstance(hello, wire.BaseHello)
    assert hello.boot_id == 42
    assert hello.watchdog_ms <= 300

    reports = bench.run(1000)
    assert len(reports) == 50
    assert all(isinstance(report, wire.BaseState) for report in reports)


def test_starts_stopped(bench: Bench) -> None:
    bench.say(wire.Hello())
    bench.run(500)

    assert bench.stage.plant.twist == STILL


@pytest.mark.parametrize(("ttl_ms", "lives_ms"), [(100, 100), (300, 300), (301, 300), (60_000, 300)])
def test_the_watchdog_ends_every_command_whatever_its_ttl(bench: Bench, ttl_ms: int, lives_ms: int) -> None:
    bench.say(wire.Hello())
    bench.drive(1000)
    bench.say(wire.Velocity(Twist(0.5), ttl_ms))

    bench.run(lives_ms)
    assert bench.stage.plant.twist == Twist(0.5)

    bench.run(5)
    assert bench.stage.plant.twist.vx_mps < 0.5
    bench.run(1000)
    assert bench.stage.plant.is_still


def test_reports_what_its_watchdog_does(bench: Bench) -> None:
    bench.say(wire.Hello())
    states = []
    for act in (
        lambda: None,
        lambda: bench.drive(100),
        lambda: bench.run(400),
        lambda: bench.say(wire.Stop(StopLevel.SETTLE)),
    ):
        act()
        [state] = bench.say(wire.StateRequest())
        assert isinstance(state, wire.BaseState)
        states.append(state.watchdog)

    assert states == [wire.Watchdog.IDLE, wire.Watchdog.RUNNING, wire.Watchdog.TRIPPED, wire.Watchdog.IDLE]


def test_acknowledges_a_stop_at_once_by_its_seq(bench: Bench) -> None:
    bench.say(wire.Hello())
    bench.drive(200)

    frames = bench.firmware.receive(wire.encode(wire.Stop(StopLevel.CUT), seq=4711))

    [state] = bench.hear(frames)
    assert isinstance(state, wire.BaseState)
    assert state.acked == 4711


def test_a_damaged_command_is_neither_obeyed_nor_acknowledged(bench: Bench) -> None:
    bench.say(wire.Hello())
    frame = bytearray(wire.encode(wire.Velocity(Twist(0.5), 250), seq=99))
    frame[4] ^= 0x04

    bench.firmware.receive(bytes(frame))
    bench.run(100)

    [state] = bench.say(wire.StateRequest())
    assert isinstance(state, wire.BaseState)
    assert state.acked != 99
    assert bench.stage.plant.is_still
    assert bench.firmware.refused.total == 1


def test_falls_silent_when_its_host_is_gone(bench: Bench) -> None:
    bench.say(wire.Hello())
    bench.run(HOST_GONE_NS // 1_000_000 + 100)

    assert bench.run(500) == []
    assert not bench.firmware.is_driven


def test_another_base_on_the_line_is_not_obeyed(bench: Bench) -> None:
    [hello] = bench.say(wire.Hello())

    assert bench.say(hello) == []
    assert bench.firmware.refused.unknown == 1


def test_a_base_that_tipped_over_says_so(bench: Bench) -> None:
    bench.say(wire.Hello())
    bench.stage.set_fault(Fault.TIPPED, on=True)

    state = bench.run(20)[-1]

    assert isinstance(state, wire.BaseState)
    assert state.faults == wire.BaseFault.TIPPED
