"""Promise: however the demo ends, by Ctrl-C, a closed terminal or a kill, nothing that it started goes on."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import processes

TAG = "STAGE_TEST"


class Demo:
    """A running demo, found again by a variable that all its descendants carry."""

    def __init__(self, folder: Path) -> None:
        self.tag = secrets.token_hex(8)
        self.log = folder / "demo.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stagebridge", "demo", "--json", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, TAG: self.tag},
                start_new_session=True,
            )

    def links(self) -> dict[str, str]:
        """Wait for the links."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        links: dict[str, str] = json.loads(line)
        return links

    def descendants(self) -> list[int]:
        """Return the ids of all that live, the demo itself included."""
        return processes.carrying(TAG, self.tag)

    def until(self, count: int, *, within_s: float = 15.0) -> bool:
        """Wait until so many processes live."""
        deadline = time.monotonic() + within_s
        while len(self.descendants()) != count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    yield running
    for pid in running.descendants():
        os.kill(pid, signal.SIGKILL)
    running.process.wait()
    assert running.process.stdout is not None
    running.process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_of_it_in_order(demo: Demo, number: signal.Signals) -> None:
    demo.links()
    assert demo.until(6)  # the demo, the stage, the bridge and its strangers, the agent, the motion process

    demo.process.send_signal(number)

    assert demo.process.wait(timeout=15) == 0, demo.log.read_text()
    assert demo.descendants() == []
    assert "stopped; nothing left running" in demo.log.read_text()


def test_a_second_ctrl_c_does_not_break_the_clean_up(demo: Demo) -> None:
    demo.links()

    demo.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(timeout=15) == 0, demo.log.read_text()
    assert demo.descendants() == []


def test_sigkill_of_the_demo_leaves_nothing_either(demo: Demo) -> None:
    demo.links()

    demo.process.kill()

    assert demo.until(0)  # the motion process last, after its ramp


@pytest.mark.parametrize("after_s", [0.05, 0.4, 0.8, 1.2])
def test_ctrl_c_while_it_starts_leaves_nothing(demo: Demo, after_s: float) -> None:
    time.sleep(after_s)

    demo.process.send_signal(signal.SIGINT)

    demo.process.wait(timeout=15)
    assert demo.descendants() == []


def test_a_part_that_dies_ends_the_demo_with_its_reason(demo: Demo) -> None:
    demo.links()
    (bridge,) = [pid for pid in demo.descendants() if " bridge " in processes.command_line(pid)]

    os.kill(bridge, signal.SIGKILL)

    assert demo.process.wait(timeout=15) == 2
    assert "bridge ended by itself" in demo.log.read_text()
    assert demo.descendants() == []


def test_ctrl_c_while_it_stops_for_another_reason_leaves_nothing(demo: Demo) -> None:
    demo.links()
    (bridge,) = [pid for pid in demo.descendants() if " bridge " in processes.command_line(pid)]
    os.kill(bridge, signal.SIGKILL)
    time.sleep(0.6)

    demo.process.send_signal(signal.SIGINT)

    demo.process.wait(timeout=15)
    assert demo.descendants() == []


def test_a_port_in_use_is_one_clear_line(demo: Demo) -> None:
    port = demo.links()["url"].rsplit(":", 1)[1]

    ended = subprocess.run(
        [sys.executable, "-m", "stagebridge", "demo", "--port", port],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert ended.returncode == 2
    (line,) = ended.stderr.strip().splitlines()
    assert f"port {port}" in line
    assert "--port" in line
