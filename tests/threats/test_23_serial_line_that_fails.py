"""Threat 23: half a frame, bad sums, or silence on the line to the base. Expected: it stops, and the robot latches.

On an emulated base behind a real pty. A cable that is pulled out: `test_serial_base_stops_when_unplugged.py` of the
system tests.
"""

import os
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from robot_agent.drivers import serial_protocol as wire
from robot_agent.drivers.serial_base import SerialDriver, open_driver
from simulator.faults import Fault
from simulator.rig import Rig, RigOptions
from simulator.stage_link import SetFault
from simulator.watching import stays_at_rest
from teleop_core.errors import DriverLost
from teleop_core.geometry import STILL, Pose2D
from teleop_core.timebase import ms
from teleop_core.wire.messages import StopCause
from tests.robot_agent.test_serial_base import ScriptedBase
from tests.system.scene import on_stage
from tests.threats.real import FARTHEST_M, SMALL_PICTURE

LOST_AFTER_NS = ms(300)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig() -> AsyncIterator[Rig]:
    """The same system as everywhere, with the base on a serial line."""
    async with Rig(RigOptions(robot="serial", changes={"robot": {"camera": SMALL_PICTURE}})) as running:
        yield running


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("fault", [Fault.SERIAL_NOISE, Fault.BASE_SILENT], ids=["every sum wrong", "not a word"])
async def test_a_line_that_says_nothing_that_counts_stops_and_latches_the_robot(rig: Rig, fault: Fault) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        await rig.stage.ask(SetFault(fault, on=True))
        try:
            resting = await scene.at_rest()
            await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is StopCause.DRIVER_FAULT)
            assert await stays_at_rest(rig.stage, for_s=0.5)  # the hand is on all the time
        finally:
            await rig.stage.ask(SetFault(fault, on=False))

        assert resting.path_m - moving.path_m < FARTHEST_M
        assert await stays_at_rest(rig.stage, for_s=0.5)  # and the line is well again


# --- Half a frame ---


@pytest.fixture
def base() -> Iterator[ScriptedBase]:
    """The far end of a line, which says what the test wants."""
    scripted = ScriptedBase()
    yield scripted
    scripted.close()


@pytest.fixture
def driver(base: ScriptedBase) -> Iterator[SerialDriver]:
    timer = threading.Timer(0.05, base.greet_in_advance)
    timer.start()
    opened = open_driver({"port": base.port})
    timer.join()
    yield opened
    opened.close()


def a_report() -> bytes:
    state = wire.BaseState(
        boot_id=1,
        uptime_ms=0,
        pose=Pose2D(),
        twist=STILL,
        battery=1.0,
        faults=wire.BaseFault(0),
        stop_pressed=None,
        watchdog=wire.Watchdog.IDLE,
        acked=1,
    )
    return wire.encode(state, seq=0)


def test_half_a_frame_and_then_nothing_is_a_lost_base(base: ScriptedBase, driver: SerialDriver) -> None:
    os.write(base._near, a_report())
    assert driver.poll(now_ns=0).stamp_ns is not None

    os.write(base._near, a_report()[: len(a_report()) // 2])
    driver.poll(now_ns=LOST_AFTER_NS)

    with pytest.raises(DriverLost, match="said nothing"):
        driver.poll(now_ns=LOST_AFTER_NS + 1)


def test_half_a_frame_in_a_stream_costs_one_report_and_no_more(base: ScriptedBase, driver: SerialDriver) -> None:
    os.write(base._near, a_report()[: len(a_report()) // 2] + a_report() + a_report())

    state = driver.poll(now_ns=ms(20))

    assert state.stamp_ns == ms(20)
    assert driver.refused.total == 1
