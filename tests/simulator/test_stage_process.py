"""The stage's process over its real socket."""

import asyncio
import math
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator import stage_link as link
from simulator.config import SimConfig
from simulator.driver import open_driver
from simulator.events import EventKind
from simulator.faults import Fault
from simulator.stage_client import AsyncStageClient, StageClient
from simulator.stage_port import StagePort
from simulator.stage_process import run_stage
from teleop_core.errors import DriverError, DriverLost, SetupError
from teleop_core.geometry import Twist
from tests.simulator.live_stage import LiveStage


@pytest.fixture
def lockstep(tmp_path: Path) -> Iterator[LiveStage]:
    with LiveStage(tmp_path, clock="lockstep") as stage:
        yield stage


@pytest.fixture
def client(lockstep: LiveStage) -> Iterator[StageClient]:
    with lockstep.client() as opened:
        yield opened


def test_lock_step_advances_only_on_request(client: StageClient) -> None:
    assert client.truth().stage_ns == 0

    assert client.step(200).stage_ns == 10**9
    assert client.truth().stage_ns == 10**9


def test_same_commands_at_the_same_steps_give_the_same_trace(tmp_path: Path) -> None:
    def run(name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        with LiveStage(folder, clock="lockstep", seed=5) as stage, stage.client() as client:
            driver = open_driver({"socket": stage.socket})
            try:
                for tick in range(100):
                    driver.set_velocity(Twist(0.5, 0.0, math.sin(tick / 10)), ttl_ms=250)
                    wait_until(lambda: client.truth().target.vx_mps == 0.5)
                    client.step(4)
                return client.truth().trace_hash
            finally:
                driver.close()

    assert run("one") == run("two")


def test_only_a_lock_step_stage_is_stepped(tmp_path: Path) -> None:
    with LiveStage(tmp_path) as stage, stage.client() as client, pytest.raises(DriverError, match="lock-step"):
        client.step(1)


def test_a_hundred_seconds_is_the_most_that_is_stepped_at_once(client: StageClient) -> None:
    with pytest.raises(DriverError, match="20000"):
        client.step(20_001)


def test_the_observer_sees_a_fall_and_puts_the_robot_back(lockstep: LiveStage, client: StageClient) -> None:
    driver = open_driver({"socket": lockstep.socket})
    client.place(3.9, 0.0, 0.0)
    driver.set_velocity(Twist(0.8), ttl_ms=5000)
    wait_until(lambda: client.truth().target.vx_mps > 0)

    fallen = client.step(400)

    assert fallen.fallen
    assert [event.kind for event in fallen.events] == [EventKind.FELL]
    assert not client.place(0.0, 0.0).fallen
    driver.close()


def test_pushes_faults_and_the_battery_can_be_played_with(client: StageClient) -> None:
    assert client.push(0.0, 0.5).speed_mps == pytest.approx(0.5)
    assert client.set_fault(Fault.MOTOR, on=True).faults == (Fault.MOTOR,)
    assert client.set_fault(Fault.MOTOR, on=False).faults == ()
    assert client.set_battery(0.25).battery == 0.25


def test_stage_time_follows_the_clock_on_the_wall(tmp_path: Path) -> None:
    with LiveStage(tmp_path) as stage, stage.client() as client:
        began = client.truth()
        time.sleep(0.4)
        later = client.truth()

    passed = (later.stage_ns - began.stage_ns) / (later.monotonic_ns - began.monotonic_ns)
    assert 0.5 < passed < 1.5


def test_somebody_who_talks_nonsense_is_hung_up_on_and_nobody_else(lockstep: LiveStage, client: StageClient) -> None:
    for nonsense in (b"\xff" * 64, b"\0\0\0\x02\xc1\xc1", link.framed(link.Step(1))):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.settimeout(5)
            stranger.connect(lockstep.socket)
            stranger.sendall(nonsense)
            while stranger.recv(4096):
                pass

    assert client.truth().stage_ns == 0


def test_an_observer_does_not_drive(client: StageClient) -> None:
    client._port.send(link.Velocity(1, link.Motion(1.0, 0.0, 0.0), 1000))

    with pytest.raises(DriverError, match="does not drive"):
        client.truth()


def test_a_camera_that_does_not_read_does_not_hold_up_the_others(tmp_path: Path) -> None:
    with LiveStage(tmp_path) as stage, stage.client() as client:
        idle = StagePort(stage.socket, link.Part.CAMERA)
        began = client.truth().stage_ns
        time.sleep(0.6)

        assert client.truth().stage_ns - began > 300_000_000
        idle.close()


def test_a_taken_socket_is_refused_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "stage.sock"
    with LiveStage(tmp_path) as stage:
        with pytest.raises(SetupError, match="another simulated stage"):
            asyncio.run(run_stage(SimConfig(socket=str(path)), on_ready=lambda: None))
        with stage.client() as client:  # the first one took no harm
            assert client.truth().path_m == 0.0
    assert not path.exists()

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with LiveStage(tmp_path) as stage, stage.client() as client:
        assert client.truth().path_m == 0.0


def test_what_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "stage.sock"
    path.write_text("mine")

    with pytest.raises(SetupError, match="no socket"):
        asyncio.run(run_stage(SimConfig(socket=str(path)), on_ready=lambda: None))

    assert path.read_text() == "mine"


def test_a_socket_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot listen"):
        asyncio.run(run_stage(SimConfig(socket=str(tmp_path / "no" / "such" / "folder")), on_ready=lambda: None))


def test_the_serial_link_comes_and_goes_with_the_stage(tmp_path: Path) -> None:
    with LiveStage(tmp_path, serial=True) as stage, stage.client() as client:
        assert os.path.realpath(stage.serial_link).startswith("/dev/")
        with pytest.raises(DriverLost, match="serial port"):
            open_driver({"socket": stage.socket})
        client.set_fault(Fault.SERIAL_UNPLUGGED, on=True)
        assert not os.path.lexists(stage.serial_link)
        client.set_fault(Fault.SERIAL_UNPLUGGED, on=False)
        assert Path(stage.serial_link).exists()

    assert not os.path.lexists(stage.serial_link)


def test_what_is_no_link_is_not_replaced_by_the_serial_port(tmp_path: Path) -> None:
    (tmp_path / "tty").write_text("mine")
    config = SimConfig(socket=str(tmp_path / "stage.sock"), serial_link=str(tmp_path / "tty"))

    with pytest.raises(SetupError, match="no link"):
        asyncio.run(run_stage(config, on_ready=lambda: None))

    assert (tmp_path / "tty").read_text() == "mine"
    assert not (tmp_path / "stage.sock").exists()


def test_the_client_for_asyncio_sees_the_same(tmp_path: Path) -> None:
    async def look(path: str) -> tuple[float, float]:
        async with await AsyncStageClient.open(path) as stage:
            placed = await stage.place(1.0, 0.5)
            seen = await asyncio.gather(stage.truth(), stage.truth())
            assert seen[0].pose == placed.pose
            return placed.pose.x_m, placed.pose.y_m

    with LiveStage(tmp_path, clock="lockstep") as stage:
        assert asyncio.run(look(stage.socket)) == (1.0, 0.5)
    with pytest.raises(DriverLost):
        asyncio.run(look(stage.socket))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
