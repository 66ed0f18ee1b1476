import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from bench.lone_bridge import Room
from bench.pairs import MARK, NUMBER, Talk, compiled, templates
from bench.relay import SATURATED, Cell, tell
from bench.report import Report
from teleop_core.errors import SetupError, StagebridgeError
from teleop_core.wire import codec
from teleop_core.wire import messages as m


def talk(*times_us: float, cpu_s: float = 0.001, seconds: float = 1.0) -> Talk:
    return Talk(
        times_us=list(times_us),
        arrived=len(times_us),
        sent=len(times_us),
        beacons=len(times_us),
        late_us=1.0,
        cpu_s=cpu_s,
        seconds=seconds,
    )


def test_what_is_sent_is_what_the_bridge_takes() -> None:
    drive, telemetry = (line.replace(MARK, str(NUMBER).encode()) for line in templates().splitlines())

    said = codec.decode_from_person(drive)
    assert isinstance(said, m.Drive)
    assert said.seq == NUMBER
    envelope = codec.decode_from_robot(telemetry)
    assert isinstance(envelope, m.ToPeer)
    assert isinstance(codec.decode_to_person(bytes(envelope.body)), m.Telemetry)
    assert templates().count(MARK) == 2


def test_everybody_says_a_hello_that_the_bridge_knows() -> None:
    room = Room(robot="stage-1", key="k" * 43, tokens={m.Role.PRESENTER: "p" * 43, m.Role.OBSERVER: "o" * 43})

    assert isinstance(codec.decode_hello(room.robot_hello()), m.RobotHello)
    said = [codec.decode_hello(room.observer_hello(number)) for number in (1, 2)]
    assert len({each.client_id for each in said if isinstance(each, m.Hello)}) == 2
    assert isinstance(codec.decode_hello(room.presenter_hello()), m.Hello)


def test_a_message_costs_what_the_relay_ran_for_commands_and_telemetry_alike() -> None:
    cell = Cell(talks=[talk(10.0, 20.0, cpu_s=0.002), talk(30.0, 40.0, cpu_s=0.002, seconds=3.0)])

    assert cell.times_us == [10.0, 20.0, 30.0, 40.0]
    assert cell.per_s == 1.0
    assert cell.cpu_us == 500.0


def test_the_bridge_is_told_beside_the_bare_relay_of_the_same_run() -> None:
    report = Report()

    tell(
        report,
        {50: Cell(talks=[talk(100.0, 300.0)]), SATURATED: Cell(talks=[talk(1.0, 1.0)])},
        {50: Cell(talks=[talk(50.0, 150.0)]), SATURATED: Cell(talks=[talk(*[1.0] * 8)])},
    )

    assert report.figures["p99_ratio_50"] == 2.0
    assert report.figures["saturated_ratio"] == 0.25
    assert "p99_ratio_500" not in report.figures


def test_a_cell_that_only_one_of_them_has_is_left_out() -> None:
    with pytest.raises(StagebridgeError):
        tell(Report(), {50: Cell(talks=[talk(100.0)])}, {})


def test_without_a_compiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(SetupError, match="gcc"):
        compiled("relay", tmp_path)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: the bench says so, too")
@pytest.mark.parametrize("rate_hz", ["50", "0"])
def test_over_the_bare_relay_everything_arrives(tmp_path: Path, rate_hz: str) -> None:
    relay, pairs = compiled("relay", tmp_path), compiled("pairs", tmp_path)
    with subprocess.Popen([relay], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as between:
        assert between.stdout is not None
        port = int(between.stdout.readline())
        done = subprocess.run(
            [pairs, str(port), "4", rate_hz, "0.05", "0.2", "1", str(between.pid)],
            input=templates() + b"go\n",
            capture_output=True,
            check=True,
            timeout=30,
        )
        between.kill()
    word, told, times = done.stdout.split(b"\n", 2)
    heard = json.loads(told)

    assert word == b"open"
    assert heard["arrived"] > 5
    assert heard["times"] == heard["arrived"]
    assert heard["beacons"] > 2
    assert heard["unsaid"] == 0
    assert all(0 < ns < 10**9 for (ns,) in struct.iter_unpack("=I", times))
