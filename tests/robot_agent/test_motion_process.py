"""The motion process for real: a child whose agent goes, falls silent or is mad, whose disk is full, and so on."""

import functools
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.motion import ipc, memory
from teleop_core.session import Memory
from teleop_core.wire import messages as m
from tests.robot_agent.stand import CHECKOUT, MotionStand, lines_of, motion_stand, speeds_of


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[MotionStand]:
    with motion_stand(tmp_path) as started:
        yield started


def remembered(stand: MotionStand) -> Memory:
    kept, problem = memory.load(stand.state_dir, unix_s=0)
    assert problem is None
    return kept


def assert_ramps_down(speeds: list[float], *, step_mps: float) -> None:
    assert all(after <= before + 1e-9 for before, after in itertools.pairwise(speeds))
    assert max((before - after for before, after in itertools.pairwise(speeds)), default=0) <= step_mps
    assert speeds[-1] == 0


def test_boots_stopped_and_latched_and_tells_what_the_robot_is(stand: MotionStand) -> None:
    stand.until_ready()

    assert stand.ready is not None
    assert stand.ready.profile == m.RobotProfile(
        model="recorder",
        max_speed_mps=0.6,
        max_turn_radps=0.8,
        holonomic=False,
        gestures=tuple(m.GestureSpec(name=name, lasts_ms=60_000) for name in ("wave", "sulk", "crash")),
    )
    assert stand.status is not None
    assert stand.status.state is m.RobotState.STOPPED
    assert stand.status.latch is not None
    assert stand.status.latch.cause is m.StopCause.BOOT
    assert set(speeds_of(stand.record)) == {0.0}


def test_loads_neither_media_nor_a_server(tmp_path: Path) -> None:
    listing = "import robot_agent.motion.__main__, sys; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}

    done = subprocess.run([sys.executable, "-c", listing], env=environment, capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"aiortc", "av", "cv2", "numpy", "starlette", "uvicorn", "websockets"})


def test_drives_when_the_lease_the_hand_and_the_picture_are_there(stand: MotionStand) -> None:
    stand.bring_to_speed(0.4)

    assert stand.telemetry is not None
    assert stand.telemetry.driver is not None
    assert not stand.telemetry.latched


def test_a_gesture_is_begun_a_stop_cuts_it_and_what_a_driver_will_not_perform_latches_nothing(
    stand: MotionStand,
) -> None:
    stand.bring_to_speed()
    stand.until(lambda: speeds_of(stand.record)[-1] == 0.0, lambda: stand.drive(0.0, dead_man=False))
    stand.until(
        lambda: stand.telemetry is not None and stand.telemetry.state is m.RobotState.LEASED,
        lambda: stand.drive(0.0, dead_man=False),
    )

    for name in ("sulk", "crash", "wave"):
        answer = stand.ask(functools.partial(begin, stand, name))
        assert isinstance(answer, m.Ack)
        assert answer.verdict is m.Verdict.DONE, answer
    stand.until(lambda: stand.telemetry is not None and stand.telemetry.gesture is not None)
    ends = [each for each in stand.events if each.kind is m.EventKind.GESTURE_ABORTED]
    assert [(each.gesture, each.ended, each.detail) for each in ends] == [
        ("sulk", m.GestureEnd.FAILED, "the recorder is in no mood"),
        ("crash", m.GestureEnd.FAILED, "RuntimeError: the recorder's own mistake"),
    ]
    stand.ask(lambda request: m.Stop(id=request), staff=True)

    acts = [line["act"] for line in lines_of(stand.record) if line["act"] in {"begin_gesture", "cancel_gesture"}]
    assert acts[-2:] == ["begin_gesture", "cancel_gesture"]
    stand.until(lambda: stand.telemetry is not None and stand.telemetry.state is m.RobotState.STOPPED)


def begin(stand: MotionStand, name: str, request: str) -> m.GestureBegin:
    assert stand.telemetry is not None
    return m.GestureBegin(id=request, epoch=stand.telemetry.epoch, fence=stand.telemetry.fence, name=name)


def test_an_agent_that_goes_away_ends_in_a_ramp_a_latch_and_a_clean_exit(stand: MotionStand) -> None:
    stand.bring_to_speed(0.4)
    before = len(speeds_of(stand.record))

    stand.channel.end()

    assert stand.until_exit() == 0
    assert_ramps_down(speeds_of(stand.record)[before:], step_mps=0.101)
    assert remembered(stand).latched
    assert [line["act"] for line in lines_of(stand.record)][-2:] == ["stop_hard", "close"]
    assert stand.status is not None
    assert stand.status.latch is not None
    assert stand.status.latch.cause is m.StopCause.AGENT_SILENT


def test_an_agent_that_falls_silent_ends_in_a_ramp_and_a_latch(stand: MotionStand) -> None:
    stand.bring_to_speed(0.4)
    before = len(speeds_of(stand.record))

    stand.is_beating = False
    stand.until(lambda: stand.status is not None and stand.status.latch is not None, lambda: stand.drive(0.4))

    assert stand.status is not None
    assert stand.status.latch is not None
    assert stand.status.latch.cause is m.StopCause.AGENT_SILENT
    stand.until(lambda: speeds_of(stand.record)[-1] == 0, lambda: stand.drive(0.4))
    fell = speeds_of(stand.record)[before:]
    assert_ramps_down(fell[fell.index(max(fell)) :], step_mps=0.101)
    assert stand.process.poll() is None  # silent is not gone


def test_sigterm_stops_first_and_then_ends(stand: MotionStand) -> None:
    stand.bring_to_speed(0.4)
    before = len(speeds_of(stand.record))

    stand.process.send_signal(signal.SIGTERM)

    assert stand.until_exit() == 0
    assert_ramps_down(speeds_of(stand.record)[before:], step_mps=0.101)
    assert remembered(stand).latched


def test_ctrl_c_does_not_reach_it(stand: MotionStand) -> None:
    stand.until_ready()

    stand.process.send_signal(signal.SIGINT)
    stand.ready = None
    stop = stand.ask(lambda request: m.Stop(id=request))

    assert isinstance(stop, m.StopAck)
    assert os.getsid(stand.process.pid) == stand.process.pid


def test_what_came_while_it_slept_moves_nothing(stand: MotionStand) -> None:
    stand.bring_to_speed(0.4)
    stand.process.send_signal(signal.SIGSTOP)
    woken_at = time.monotonic() + 1.2
    while time.monotonic() < woken_at:
        stand.drive(0.4)
        stand.channel.send(ipc.Heartbeat(bridge_up=True))
        time.sleep(0.02)
    before = len(speeds_of(stand.record))

    stand.process.send_signal(signal.SIGCONT)
    stand.until(lambda: stand.status is not None and stand.status.latch is not None, lambda: stand.drive(0.4))

    assert stand.status is not None
    assert stand.status.latch is not None
    assert stand.status.latch.cause is m.StopCause.SUSPEND
    stand.until(lambda: speeds_of(stand.record)[-1] == 0, lambda: stand.drive(0.4))
    assert_ramps_down(speeds_of(stand.record)[before:], step_mps=0.101)


def test_a_restart_is_a_new_epoch_a_higher_fence_and_a_latch(stand: MotionStand, tmp_path: Path) -> None:
    stand.bring_to_speed(0.4)
    assert stand.ready is not None
    assert stand.telemetry is not None
    epoch, fence = stand.ready.epoch, stand.telemetry.fence
    stand.process.kill()
    stand.process.wait()

    with motion_stand(tmp_path) as again:
        again.until_ready()

        assert again.ready is not None
        assert again.telemetry is not None
        assert again.ready.epoch != epoch
        assert again.telemetry.fence > fence
        assert again.telemetry.latched
        assert again.telemetry.state is m.RobotState.STOPPED


@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b'{"epoch":"x","fence":-1,"latched":false}', b"\xff\xfe", b"[" * 9]
)
def test_a_memory_that_is_lost_boots_latched_with_a_fence_above_anything(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "state").mkdir()
    if content is not None:
        (tmp_path / "state" / memory.FILE_NAME).write_bytes(content)

    with motion_stand(tmp_path) as stand:
        stand.until_ready()

        assert stand.telemetry is not None
        assert stand.telemetry.latched
        assert stand.telemetry.fence > 1_700_000_000


def test_only_one_process_owns_a_robot(stand: MotionStand, tmp_path: Path) -> None:
    stand.until_ready()

    with motion_stand(tmp_path) as second:
        second.is_beating = False

        assert second.until_exit() != 0
        assert "another motion process" in second.log.read_text()
    stand.ready = None
    assert isinstance(stand.ask(lambda request: m.Stop(id=request)), m.StopAck)


def test_a_second_process_waits_until_the_first_has_let_go(stand: MotionStand, tmp_path: Path) -> None:
    stand.until_ready()

    with motion_stand(tmp_path) as second:
        stand.channel.end()
        second.until_ready()

        assert stand.process.wait() == 0


def test_settings_that_can_never_work_are_said_to_the_agent(tmp_path: Path) -> None:
    stand = MotionStand(tmp_path)
    stand.driver = {"kind": "recorrder"}
    stand.start()
    try:
        stand.until_exit()
        stand.listen()

        assert stand.unfit is not None
        assert "did you mean 'recorder'?" in stand.unfit
    finally:
        stand.close()


def test_a_lost_device_latches_and_comes_back_stopped(stand: MotionStand, tmp_path: Path) -> None:
    stand.bring_to_speed(0.4)
    lost = Path(f"{stand.record}.lost")

    lost.touch()
    stand.until(lambda: stand.status is not None and bool(stand.status.faults), lambda: stand.drive(0.4))
    assert stand.status is not None
    assert stand.status.latch is not None
    assert stand.status.latch.cause is m.StopCause.DRIVER_FAULT
    answer = stand.ask(lambda request: m.ResetPrepare(id=request), staff=True)
    assert isinstance(answer, m.Ack)
    assert answer.verdict is m.Verdict.REFUSED
    before = len(lines_of(stand.record))
    lost.unlink()
    stand.until(lambda: stand.status is not None and not stand.status.faults, lambda: stand.drive(0.4))

    opened = lines_of(stand.record)[before:]
    assert opened[0]["act"] == "open"
    assert {line["vx"] for line in opened} == {0.0}
    stand.until(lambda: stand.status is not None and stand.status.state is m.RobotState.STOPPED)
    stand.reset()


def test_a_disk_that_keeps_nothing_means_no_motion_while_stop_works(tmp_path: Path) -> None:
    with motion_stand(tmp_path) as stand:
        stand.until_ready()
        (stand.state_dir / memory.FILE_NAME).unlink()
        (stand.state_dir / memory.FILE_NAME).mkdir()
        (stand.state_dir / memory.FILE_NAME / "in-the-way").touch()

        stand.ask(lambda request: m.ResetPrepare(id=request), staff=True)
        stand.until(lambda: stand.status is not None and stand.status.reset is not None)
        assert stand.status is not None
        assert stand.status.reset is not None
        code = stand.status.reset.code
        stand.ask(lambda request: m.ResetConfirm(id=request, code=code), staff=True)
        stand.until(lambda: any(event.kind is m.EventKind.STOPPED for event in stand.events))

        assert "cannot write" in next(event.detail for event in stand.events if event.kind is m.EventKind.STOPPED)
        assert isinstance(stand.ask(lambda request: m.Stop(id=request)), m.StopAck)
        assert set(speeds_of(stand.record)) == {0.0}


def test_a_flood_of_frames_neither_stops_the_loop_nor_grows_a_queue(stand: MotionStand) -> None:
    stand.bring_to_speed(0.3)
    rubbish = itertools.cycle([b"\xc1", b"x" * ipc.MAX_IPC_BYTES, b"x" * (ipc.MAX_IPC_BYTES + 1)])
    flood_until = time.monotonic() + 1.5
    raw = stand.channel._socket
    sent = 0
    while time.monotonic() < flood_until:
        stand.channel.send(ipc.Heartbeat(bridge_up=True))
        stand.drive(0.3)
        for _ in range(200):
            try:
                raw.send(next(rubbish))
            except BlockingIOError:
                time.sleep(0.001)
                break
            sent += 1
        stand.listen()

    assert sent > 1000
    stand.until(lambda: stand.telemetry is not None and stand.telemetry.applied.vx_mps > 0, lambda: stand.hold(0.3))
    ticks = [line["ns"] for line in lines_of(stand.record) if line["act"] == "velocity"]
    assert max(after - before for before, after in itertools.pairwise(ticks)) < 500_000_000
    resident_kib = int(Path(f"/proc/{stand.process.pid}/statm").read_text().split()[1]) * 4
    assert resident_kib < 200 * 1024


def test_malformed_words_of_people_are_counted_and_never_fatal(stand: MotionStand) -> None:
    stand.until_ready()

    for body in (b"", b"{", b"[" * 5000, b'{"type":"drive"}', b'{"type":"nothing"}', b"\xff", b"x" * 16385):
        stand.send_body(body)
    stand.until(lambda: stand.status is not None and sum(stand.status.refused.values()) == 7)

    assert stand.status is not None
    assert stand.status.refused == {"not_json": 3, "bad_field": 2, "unknown_type": 1, "too_large": 1}


def test_the_trace_tells_each_command_and_each_tick(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    with motion_stand(tmp_path, trace=str(trace)) as stand:
        stand.bring_to_speed(0.3)
        stand.channel.end()
        stand.until_exit()

    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    received = [line for line in lines if "received_ns" in line]
    ticked = [line for line in lines if "tick_ns" in line]
    assert "accepted" in {line["verdict"] for line in received}
    assert all(line["road"] == "bridge" for line in received)
    assert max(line["vx"] for line in ticked) == pytest.approx(0.3, rel=0.02)
    assert ticked[-1]["state"] == "stopped"


def test_the_edges_of_the_loop_do_not_drift(stand: MotionStand) -> None:
    stand.until_ready()
    began = len(lines_of(stand.record))
    lasts_until = time.monotonic() + 2.0
    stand.until(lambda: time.monotonic() > lasts_until)

    ticks = [line["ns"] for line in lines_of(stand.record)[began:]]

    periods = (ticks[-1] - ticks[0]) / 20_000_000
    assert abs(periods - round(periods)) < 0.5
    assert len(ticks) - 1 <= round(periods)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[MotionStand]:
    """A motion process whose stop contact is the file `contact`, closed at first."""
    made = MotionStand(tmp_path)
    made.stop_inputs = ({"kind": "file", "path": str(tmp_path / "contact")},)
    (tmp_path / "contact").write_text("closed")
    made.start()
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("wire", ["pressed", "cut"])
def test_a_stop_wired_to_the_robot_ramps_and_latches_and_forbids_a_reset_while_pressed(
    wired: MotionStand, tmp_path: Path, wire: str
) -> None:
    contact = tmp_path / "contact"
    wired.bring_to_speed(0.4)
    before = len(speeds_of(wired.record))

    contact.write_text("open") if wire == "pressed" else contact.unlink()
    wired.until(lambda: speeds_of(wired.record)[-1] == 0, lambda: wired.drive(0.4))

    stood = len(speeds_of(wired.record))
    assert_ramps_down(speeds_of(wired.record)[before - 1 : stood], step_mps=0.101)
    wired.until(lambda: wired.status is not None and wired.status.latch is not None)
    assert wired.status is not None
    assert wired.status.latch is not None
    assert wired.status.latch.cause is m.StopCause.HARDWARE
    assert "the stop wired to the robot (file)" in wired.status.latch.detail
    refused = wired.ask(lambda request: m.ResetPrepare(id=request), staff=True)
    assert isinstance(refused, m.Ack)
    assert refused.refusal is m.Refusal.FAULT

    contact.write_text("closed")
    wired.until(lambda: _can_prepare(wired))
    assert set(speeds_of(wired.record)[stood:]) == {0.0}


def test_a_stop_that_is_not_there_keeps_the_robot_stopped(tmp_path: Path) -> None:
    stand = MotionStand(tmp_path)
    stand.stop_inputs = ({"kind": "serial_line", "port": "/dev/no-such-port"},)
    stand.start()
    try:
        stand.until_ready()

        assert not _can_prepare(stand)
        assert set(speeds_of(stand.record)) == {0.0}
    finally:
        stand.close()


@pytest.mark.parametrize("table", [{"kind": "fille"}, {"kind": "serial_line", "porrt": "x"}, {}], ids=repr)
def test_a_stop_input_that_can_never_work_is_said_to_the_agent(tmp_path: Path, table: dict[str, object]) -> None:
    stand = MotionStand(tmp_path)
    stand.stop_inputs = (table,)
    stand.start()
    try:
        stand.until_exit()
        stand.listen()

        assert stand.unfit is not None
        assert "robot.stop_inputs" in stand.unfit
    finally:
        stand.close()


def _can_prepare(stand: MotionStand) -> bool:
    answer = stand.ask(lambda request: m.ResetPrepare(id=request), staff=True)
    return isinstance(answer, m.Ack) and answer.verdict is m.Verdict.DONE
