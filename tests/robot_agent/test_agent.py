"""The agent for real: killed, stopped and ended while the robot moves; its motion process and its bridge dying."""

import asyncio
import itertools
import os
import signal
from pathlib import Path

import pytest

from robot_agent.motion import memory
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.robot_agent.stand import PRESENTER, speeds_of
from tests.robot_agent.venue import KEY, Venue, is_alive, venue

pytestmark = pytest.mark.asyncio


def assert_ramps_to_zero(speeds: list[float]) -> None:
    assert max((before - after for before, after in itertools.pairwise(speeds)), default=0) <= 0.101
    assert speeds[-1] == 0


def assert_latched_on_disk(hall: Venue) -> None:
    kept, problem = memory.load(hall.state_dir, unix_s=0)
    assert problem is None
    assert kept.latched


async def test_the_robot_comes_in_stopped_and_says_what_it_is(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.until_in()

        assert hall.hellos[0].robot == "recorder"
        assert hall.hellos[0].profile.model == "recorder"
        assert hall.status is not None
        assert hall.status.state is m.RobotState.STOPPED
        assert hall.status.bridge_up
        assert isinstance(await hall.ask(lambda request: m.Stop(id=request)), m.StopAck)


async def test_drives_over_either_road_alone(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.3)
        assert hall.direct > 0

        hall.roads = frozenset({m.Road.DIRECT})
        taken = _accepted(hall, "direct")
        await hall.until(lambda: _accepted(hall, "direct") > taken + 50, lambda: hall.hold(0.3))

        await hall.until(lambda: speeds_of(hall.record)[-1] > 0, lambda: hall.hold(0.3))


@pytest.mark.parametrize("how", ["absent", "crashes", "hangs"])
async def test_whatever_is_wrong_with_its_sound_the_robot_drives(tmp_path: Path, how: str) -> None:
    async with venue(tmp_path, sound={"kind": "broken", "how": how}) as hall:
        await hall.until(lambda: bool(hall.sounds))

        await hall.bring_to_speed(0.3)

        reasons = {"absent": "expected a sound card, found none", "crashes": "RuntimeError: the driver crashed"}
        await hall.until(lambda: hall.sounds[-1].missing == reasons.get(how, ""))
        assert hall.sounds[-1].heard == ()


@pytest.mark.parametrize(
    ("how", "why"),
    [("opening", "MemoryError: no room for its buffers"), ("reading", "RuntimeError: the driver crashed")],
)
async def test_whatever_is_wrong_with_a_camera_the_robot_drives_and_everybody_is_told(
    tmp_path: Path, how: str, why: str
) -> None:
    async with venue(tmp_path, other_camera={"kind": "broken", "name": "front", "how": how}) as hall:
        await hall.until(lambda: hall.cameras is not None and hall.cameras.cameras[1].missing == why)

        await hall.bring_to_speed(0.3)

        assert hall.cameras is not None
        assert [each.health for each in hall.cameras.cameras] == [m.CameraHealth.LIVE, m.CameraHealth.ABSENT]


async def test_a_camera_is_chosen_over_either_road_and_everybody_is_told_of_the_cameras(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.until_in()
        await hall.until(lambda: hall.cameras is not None)
        assert hall.cameras is not None
        assert [camera.name for camera in hall.cameras.cameras] == [hall.cameras.main] == ["camera"]

        answer = await hall.ask(lambda request: m.ChooseCamera(id=request, name="camera"), staff=True)
        assert isinstance(answer, m.Ack)
        assert answer.verdict is m.Verdict.DONE

        await hall.watch()
        assert hall.viewer is not None
        hall.viewer.send(codec.encode(m.ChooseCamera(id="direct", name="roof")))
        await hall.until(lambda: "direct" in hall.answers)
        refused = hall.answers["direct"]
        assert isinstance(refused, m.Ack)
        assert refused.refusal is m.Refusal.MEDIA


async def test_an_agent_that_is_killed_leaves_a_robot_that_ramps_to_zero_and_latches(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.4)
        motion = hall.motion_pid()
        before = len(speeds_of(hall.record))

        hall.agent.kill()
        await hall.until(lambda: not is_alive(motion))

        assert_ramps_to_zero(speeds_of(hall.record)[before - 1 :])
        assert_latched_on_disk(hall)


async def test_an_agent_that_is_stopped_leaves_a_robot_that_ramps_to_zero_and_latches(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.4)
        motion = hall.motion_pid()
        before = len(speeds_of(hall.record))

        hall.agent.send_signal(signal.SIGSTOP)
        await hall.until(lambda: speeds_of(hall.record)[-1] == 0, lambda: hall.drive(0.4))
        assert_ramps_to_zero(speeds_of(hall.record)[before - 1 :])
        assert is_alive(motion)
        await asyncio.sleep(1)  # so that it latches
        stood = len(speeds_of(hall.record))
        hall.agent.send_signal(signal.SIGCONT)
        await hall.until(lambda: _latched_by(hall) is m.StopCause.AGENT_SILENT, lambda: hall.drive(0.4))

        await hall.until(lambda: len(speeds_of(hall.record)) > stood + 25, lambda: hall.drive(0.4))
        assert set(speeds_of(hall.record)[stood:]) == {0.0}
        assert hall.motion_pid() == motion


async def test_a_motion_process_that_is_killed_is_reported_and_comes_back_latched(
    tmp_path: Path,
) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.4)
        assert hall.telemetry is not None
        epoch, fence = hall.telemetry.epoch, hall.telemetry.fence

        os.kill(hall.motion_pid(), signal.SIGKILL)
        await hall.until(lambda: _latched_by(hall) is m.StopCause.MOTION_DIED, lambda: hall.drive(0.4))
        assert hall.status is not None
        assert hall.status.state is m.RobotState.STOPPED
        assert "SIGKILL" in hall.status.faults[0]
        assert any(event.cause is m.StopCause.MOTION_DIED for event in hall.events)
        before = len(speeds_of(hall.record))
        await hall.until(lambda: _latched_by(hall) is m.StopCause.BOOT, lambda: hall.drive(0.4))

        await hall.until(lambda: hall.telemetry is not None and hall.telemetry.epoch != epoch)
        assert hall.telemetry.latched
        assert hall.telemetry.fence > fence
        assert set(speeds_of(hall.record)[before:]) == {0.0}


async def test_a_motion_process_that_hangs_is_reported_and_replaced(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.until_in()
        hung = hall.motion_pid()

        os.kill(hung, signal.SIGSTOP)
        await hall.until(lambda: _latched_by(hall) is m.StopCause.MOTION_DIED)
        await hall.until(lambda: hall.motion_pid() != hung and _latched_by(hall) is m.StopCause.BOOT)

        assert not is_alive(hung)


async def test_sigterm_stops_the_robot_before_anything_ends(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.4)
        motion = hall.motion_pid()
        before = len(speeds_of(hall.record))

        hall.agent.terminate()
        await hall.until(lambda: hall.agent.poll() is not None)

        assert hall.agent.returncode == 0
        assert not is_alive(motion)
        assert_ramps_to_zero(speeds_of(hall.record)[before - 1 :])
        assert_latched_on_disk(hall)
        assert _latched_by(hall) is m.StopCause.LOCAL


async def test_a_bridge_that_dies_takes_nothing_from_who_drives_and_is_redialled(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.bring_to_speed(0.3)
        hall.roads = frozenset({m.Road.DIRECT})

        await hall.shut()
        await hall.until(lambda: hall.status is not None and not hall.status.bridge_up, lambda: hall.hold(0.3))
        await hall.until(lambda: speeds_of(hall.record)[-1] > 0, lambda: hall.hold(0.3))
        hellos = len(hall.hellos)
        await hall.open()
        await hall.until(lambda: len(hall.hellos) > hellos, lambda: hall.hold(0.3))
        await hall.until(lambda: hall.status is not None and hall.status.bridge_up, lambda: hall.hold(0.3))

        assert hall.telemetry is not None
        assert hall.telemetry.driver == PRESENTER
        await hall.until(lambda: speeds_of(hall.record)[-1] > 0, lambda: hall.hold(0.3))


async def test_a_bridge_that_falls_silent_is_left_and_redialled(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.until_in()

        hall.is_answering = False
        await hall.until(lambda: len(hall.hellos) > 1)


async def test_the_key_is_in_no_log(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        await hall.until_in()

    assert "link.up" in hall.log.read_text()
    assert KEY not in hall.log.read_text()


def _accepted(hall: Venue, road: str) -> int:
    return 0 if hall.status is None else hall.status.accepted.get(road, 0)


def _latched_by(hall: Venue) -> m.StopCause | None:
    return None if hall.status is None or hall.status.latch is None else hall.status.latch.cause
