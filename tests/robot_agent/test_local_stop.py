"""STOP on the robot itself, for real: the page of the agent and the key on its terminal, with the bridge gone."""

import asyncio
import os
import pty
import signal
import socket
from pathlib import Path

import pytest

from robot_agent.local_stop.words import WhyDeclined
from simulator.hall_phone import HallPhone
from teleop_core.wire import messages as m
from tests.robot_agent.stand import speeds_of
from tests.robot_agent.test_agent import assert_latched_on_disk, assert_ramps_to_zero
from tests.robot_agent.venue import Venue, venue

pytestmark = pytest.mark.asyncio


async def test_a_phone_in_the_hall_stops_the_robot_after_the_bridge_has_died(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall, HallPhone.open(await hall.stop_page()) as phone:
        await phone.enter()
        await hall.bring_to_speed(0.4)
        hall.roads = frozenset({m.Road.DIRECT})
        await hall.shut()
        await hall.until(lambda: phone.hall is not None and not phone.hall.bridge_up, lambda: hall.hold(0.4))
        await hall.until(lambda: speeds_of(hall.record)[-1] > 0, lambda: hall.hold(0.4))
        before = len(speeds_of(hall.record))

        answer = await phone.stop()
        await hall.until(lambda: speeds_of(hall.record)[-1] == 0, lambda: hall.drive(0.4))

        assert answer.state in {m.RobotState.STOPPING, m.RobotState.STOPPED}
        assert_ramps_to_zero(speeds_of(hall.record)[before - 1 :])
        assert_latched_on_disk(hall)
        await hall.until(lambda: _latch(hall) is not None)
        latch = _latch(hall)
        assert latch is not None
        assert (latch.cause, latch.role) == (m.StopCause.PERSON, m.Role.STAFF)
        assert latch.by is not None
        assert latch.by.startswith("hall-")
        assert latch.detail == "on the STOP page in the hall"
        await hall.open()  # for the end


async def test_answers_to_the_hall_go_to_nobody_else(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall, HallPhone.open(await hall.stop_page()) as phone:
        await phone.enter()
        await hall.until_in()

        answer = await phone.stop()

        await asyncio.sleep(0.2)
        assert answer.id not in hall.answers


async def test_a_robot_that_has_no_sterner_stop_declines_one_and_stops(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall, HallPhone.open(await hall.stop_page()) as phone:
        await phone.enter()
        await hall.bring_to_speed(0.4)
        assert phone.hall is not None
        assert phone.hall.levels == ()

        declined = await phone.stop_sternly(m.StopLevel.CUT)
        await hall.until(lambda: speeds_of(hall.record)[-1] == 0, lambda: hall.drive(0.4))

        assert declined is WhyDeclined.LEVEL
        assert_latched_on_disk(hall)
        await hall.until(lambda: _latch(hall) is not None)
        latch = _latch(hall)
        assert latch is not None
        assert (latch.cause, latch.level) == (m.StopCause.PERSON, m.StopLevel.SETTLE)
        assert (latch.by or "").startswith("hall-")


async def test_a_motion_process_that_died_is_shown_and_stop_is_answered_by_the_next(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall, HallPhone.open(await hall.stop_page()) as phone:
        await phone.enter()
        await hall.until_in()

        os.kill(hall.motion_pid(), signal.SIGKILL)
        await hall.until(
            lambda: (
                phone.hall is not None
                and phone.hall.latch is not None
                and phone.hall.latch.cause is m.StopCause.MOTION_DIED
            )
        )

        answer = await phone.stop(within_s=20)
        assert answer.state is m.RobotState.STOPPED


async def test_a_port_in_use_is_told_and_leaves_the_robot_up(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        async with venue(tmp_path, stop_port=other.getsockname()[1]) as hall:
            await hall.until_in()
            await hall.until(lambda: any(event.kind is m.EventKind.FAULT for event in hall.events))

            assert isinstance(await hall.ask(lambda request: m.Stop(id=request)), m.StopAck)


async def test_the_pin_is_in_no_log(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall:
        link = await hall.stop_page()
        pin = link.partition("#")[2]
        async with HallPhone.open(link) as phone:
            await phone.enter()
            await phone.stop()
        async with HallPhone.open(link, pin=f"{pin}0") as stranger:
            await stranger.connection.wait_closed()

    log = hall.log.read_text()
    assert "stop_page.entered" in log
    assert "stop_page.wrong_pin" in log
    assert pin not in log


async def test_a_flood_from_the_hall_leaves_the_motion_loop_its_time(tmp_path: Path) -> None:
    async with venue(tmp_path) as hall, HallPhone.open(await hall.stop_page()) as phone:
        await phone.enter()
        await hall.bring_to_speed(0.3)
        flood = await asyncio.create_subprocess_exec(*_flood(await hall.stop_page()))
        await hall.until(lambda: flood.returncode is not None, lambda: hall.hold(0.3))
        await hall.until(lambda: speeds_of(hall.record)[-1] > 0, lambda: hall.hold(0.3))

        assert not any(event.cause is m.StopCause.AGENT_SILENT for event in hall.events)
        await phone.stop()  # who was in before the flood is in still


async def test_a_key_on_the_agents_terminal_stops_the_robot(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        async with venue(tmp_path, terminal=theirs) as hall:
            await hall.bring_to_speed(0.4)
            before = len(speeds_of(hall.record))

            os.write(ours, b" ")
            await hall.until(lambda: speeds_of(hall.record)[-1] == 0, lambda: hall.drive(0.4))

            assert_ramps_to_zero(speeds_of(hall.record)[before - 1 :])
            await hall.until(lambda: _latch(hall) is not None, lambda: hall.drive(0.4))
            latch = _latch(hall)
            assert latch is not None
            assert (latch.cause, latch.detail) == (m.StopCause.LOCAL, "a key on the robot's terminal")
    finally:
        os.close(ours)
        os.close(theirs)


def _latch(hall: Venue) -> m.Latch | None:
    return None if hall.status is None else hall.status.latch


def _flood(link: str) -> list[str]:
    """Return a program that for two seconds opens connections, half a request each, as fast as it can."""
    host, port = link.removeprefix("http://").partition("/")[0].split(":")
    script = f"""
import socket, time
until, kept = time.monotonic() + 2, []
while time.monotonic() < until:
    try:
        one = socket.create_connection(("{host}", {port}), 0.2)
        one.send(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n")
        kept = [*kept[-200:], one]
    except OSError:
        pass
"""
    return ["python3", "-c", script]
