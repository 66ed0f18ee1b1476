"""Promise: a robot with two uplinks drives on when either is cut; with both cut it holds, and it comes back by itself.

Cut without a word, as a line that dies: nothing gets through, and no end is told. The presenter's commands come over
the bridge only, the picture by a way of its own. Between network namespaces; needs root, as CI has it. All bounds are
wide.
"""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulator.lab.rooms import require_namespaces
from simulator.lab.uplinks import NAMES, TwoUplinks
from simulator.motion_trace import read_trace
from simulator.stage_link import Truth
from simulator.watching import stays_at_rest
from teleop_core.errors import SetupError
from teleop_core.timebase import to_seconds
from teleop_core.wire.messages import EventKind, RobotState
from tests.system.scene import BRIDGE_ONLY, Scene, on_stage

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
TO_COME_BACK_S = 30.0
GAP_S = 2.0  # before what is cut is noticed


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall() -> AsyncIterator[TwoUplinks]:
    try:
        require_namespaces()
    except SetupError as exc:
        pytest.skip(str(exc))
    async with TwoUplinks.opened() as opened:
        yield opened
        rig = opened.rig
    assert rig.is_clean, "the rig left something running"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_is_cut(hall: TwoUplinks) -> None:
    for name in NAMES:
        await hall.mend(name)


async def both_up(scene: Scene) -> None:
    """Wait until the robot says that both uplinks are up."""

    def are_up() -> bool:
        told = scene.staff.session.uplinks
        return told is not None and [each.up for each in told.uplinks] == [True, True]

    try:
        await scene.staff.until("both uplinks", are_up, within_s=TO_COME_BACK_S)
    except TimeoutError as exc:
        tails = "\n".join(scene.rig.child(part).tail() for part in ("robot", "bridge"))
        raise AssertionError(f"{exc}; {scene.staff.session.uplinks}\n{tails}") from exc


def longest_gap_s(hall: TwoUplinks, scene: Scene, since_ns: int) -> float:
    """Return for how much longer the robot heard no command than this machine's presenter said none."""
    arrivals = read_trace(hall.rig.folder.motion_trace).arrivals
    heard = [since_ns, *(each.received_ns for each in arrivals if each.received_ns >= since_ns)]
    said = [since_ns, *(each for each in scene.presenter.drives_sent_ns.values() if each >= since_ns)]
    longest_heard, longest_said = (
        max(later - earlier for earlier, later in itertools.pairwise(times)) for times in (heard, said)
    )
    return to_seconds(longest_heard - longest_said)


async def drive_until_missed(scene: Scene, name: str, *, since: int) -> None:
    """Drive on until the bridge and the robot say that an uplink, and no other, is down."""

    def is_missed(_: Truth) -> bool:
        told = scene.staff.session.uplinks
        is_down = told is not None and [each.name for each in told.uplinks if not each.up] == [name]
        return is_down and EventKind.UPLINK_DOWN in kinds(scene)[since:]

    await scene.drive_until(is_missed, within_s=TO_COME_BACK_S)


def kinds(scene: Scene) -> list[EventKind]:
    return [event.kind for event in scene.staff.session.events]


@pytest.mark.parametrize(("first", "second"), [NAMES, NAMES[::-1]])
async def test_one_cut_is_not_felt_both_hold_and_one_alone_is_enough_to_come_back(
    hall: TwoUplinks, first: str, second: str
) -> None:
    async with on_stage(hall.rig, roads=BRIDGE_ONLY) as scene:
        await both_up(scene)
        await scene.drive_off()
        fence, before = scene.presenter.session.telemetry, len(kinds(scene))

        cut_ns = await hall.cut(first)
        await scene.drive_on(1.0)
        await drive_until_missed(scene, first, since=before)
        await scene.drive_on(0.3)

        assert longest_gap_s(hall, scene, cut_ns) < GAP_S
        assert scene.presenter.holds_lease
        assert fence is not None
        assert scene.presenter.session.telemetry is not None
        assert scene.presenter.session.telemetry.fence == fence.fence
        assert EventKind.ROBOT_OFFLINE not in kinds(scene)[before:]

        await hall.cut(second)
        await scene.at_rest()
        assert await stays_at_rest(hall.rig.stage, for_s=0.5)  # the hand is on all the time

        await hall.mend(second)
        await scene.staff.until("the robot", lambda: scene.staff.robot_online, within_s=TO_COME_BACK_S)
        await hall.mend(first)
        await both_up(scene)


async def test_an_uplink_that_comes_back_carries_alone_when_the_other_is_cut(hall: TwoUplinks) -> None:
    async with on_stage(hall.rig, roads=BRIDGE_ONLY) as scene:
        await both_up(scene)
        await scene.drive_off()
        before = len(kinds(scene))
        await hall.cut("venue")
        await drive_until_missed(scene, "venue", since=before)
        await hall.mend("venue")
        await both_up(scene)

        cut_ns = await hall.cut("5G")
        await scene.drive_on(1.0)

        assert longest_gap_s(hall, scene, cut_ns) < GAP_S
        assert scene.presenter.holds_lease
        await hall.mend("5G")
        await both_up(scene)


async def test_a_stop_is_acknowledged_over_whichever_is_left(hall: TwoUplinks) -> None:
    async with on_stage(hall.rig, roads=BRIDGE_ONLY) as scene:
        await both_up(scene)
        for name in NAMES:
            await scene.drive_off()
            await hall.cut(name)

            ack = await scene.staff.stop()

            assert ack.state in {RobotState.STOPPING, RobotState.STOPPED}
            await scene.at_rest()
            await hall.mend(name)
            await both_up(scene)
            await scene.staff.reset()
            await scene.presenter.get_lease()


async def test_both_come_back_to_a_bridge_that_restarted(hall: TwoUplinks) -> None:
    async with on_stage(hall.rig, roads=BRIDGE_ONLY) as scene:
        await both_up(scene)
        await scene.drive_off()

        await hall.rig.restart("bridge", gently=False)
        await scene.at_rest()
        await scene.staff.until("the room again", lambda: scene.staff.robot_online, within_s=TO_COME_BACK_S)
        await both_up(scene)
        assert scene.presenter.holds_lease or scene.presenter.state in {RobotState.READY, RobotState.HOLD}
