"""Promise: a command counts once, in its own life and lease of the robot, by who knows how things are now."""

from collections.abc import Callable

import msgspec
import pytest

from simulator.presenter import Presenter
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road
from tests.system.scene import Scene, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAR_AHEAD = 10**9


def command(scene: Scene) -> m.Drive:
    """Return a command that the robot would obey, numbered after all that the presenter's own session sends."""
    known, shown = scene.presenter.session.telemetry, scene.presenter.last_shown
    assert known is not None
    assert shown is not None
    return m.Drive(
        epoch=known.epoch,
        fence=known.fence,
        seq=FAR_AHEAD,
        dead_man=True,
        vx_mps=0.4,
        vy_mps=0.0,
        wz_radps=0.0,
        beacon=known.tick,
        picture=shown.rtp_time,
    )


async def is_refused(scene: Scene, drive: m.Drive, refusal: Refusal) -> None:
    """Send `drive` and expect that it is counted under `refusal` and moves nothing."""
    presenter = scene.presenter
    before = presenter.refused.get(refusal.value, 0)

    presenter.say(encode(drive), road=Road.DIRECT)

    await presenter.until(
        f"a command refused as {refusal.value}", lambda: presenter.refused.get(refusal.value, 0) > before
    )
    assert await stays_at_rest(scene.rig.stage, for_s=0.4)


async def test_the_same_command_fresh_moves_the_robot(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        scene.presenter.roads = frozenset()
        for count in range(20):
            scene.presenter.say(
                encode(msgspec.structs.replace(command(scene), seq=FAR_AHEAD + count)), road=Road.DIRECT
            )
            await scene.presenter.until("the next word of the robot", _next_word(scene.presenter))

        assert (await rig.stage.truth()).path_m > 0.0


async def test_a_number_that_was_used_is_refused(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await is_refused(scene, msgspec.structs.replace(command(scene), seq=1), Refusal.REPLAYED)


async def test_another_life_of_the_robot_is_refused(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await is_refused(scene, msgspec.structs.replace(command(scene), epoch="another"), Refusal.WRONG_EPOCH)


async def test_an_earlier_lease_is_refused(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        drive = command(scene)
        await is_refused(scene, msgspec.structs.replace(drive, fence=drive.fence - 1), Refusal.WRONG_FENCE)


async def test_a_beacon_that_was_never_sent_is_refused(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        drive = command(scene)
        await is_refused(scene, msgspec.structs.replace(drive, beacon=drive.beacon + 10_000), Refusal.UNKNOWN_BEACON)


async def test_who_knows_only_how_things_were_is_refused(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        drive = command(scene)
        ticks = drive.beacon
        await scene.presenter.until("half a second of beacons", lambda: _tick(scene.presenter) > ticks + 12)

        await is_refused(scene, msgspec.structs.replace(drive, beacon=ticks), Refusal.STALE)


async def test_commands_of_a_recorded_drive_move_nothing_when_played_again(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        recorded = [msgspec.structs.replace(command(scene), seq=count) for count in range(1, 200)]
        await scene.drive_off()
        scene.presenter.let_go()
        await scene.at_rest()

        for drive in recorded:
            scene.presenter.say(encode(drive), road=Road.DIRECT)

        assert await stays_at_rest(rig.stage, for_s=1.0)


def _tick(presenter: Presenter) -> int:
    known = presenter.session.telemetry
    return 0 if known is None else known.tick


def _next_word(presenter: Presenter) -> Callable[[], bool]:
    tick = _tick(presenter)
    return lambda: _tick(presenter) > tick
