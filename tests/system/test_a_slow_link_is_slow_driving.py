"""Promise: the robot knows the true loop delay, camera to wheel, and drives no faster than it allows."""

import statistics

import pytest

from simulator.rig import Rig
from teleop_core.geometry import Twist
from teleop_core.governor import Limits, safe_speed_mps
from teleop_core.timebase import to_seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import Limit, RobotState
from tests.system.scene import Scene, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAST = Twist(vx_mps=0.6, wz_radps=0.8)
LAG_S = 0.4


async def loop_delays_ms(scene: Scene) -> list[float]:
    """Drive for a while and return what the robot reports meanwhile."""
    presenter = scene.presenter
    presenter.telemetry_log.clear()
    await scene.drive_off(FAST)
    known = len(presenter.telemetry_log)
    await presenter.until("a second of telemetry", lambda: len(presenter.telemetry_log) > known + 20)
    return [each.loop_delay_ms for each in presenter.telemetry_log if each.loop_delay_ms is not None]


async def test_the_loop_delay_holds_the_age_of_the_picture_as_it_is_read_off_the_picture(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        seen_ms = statistics.median(await loop_delays_ms(scene))

        assert seen_ms > statistics.median(scene.presenter.glass_to_glass_ms)


async def test_a_picture_that_is_shown_later_shows_in_the_loop_delay(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        prompt_ms = statistics.median(await loop_delays_ms(scene))
        scene.presenter.let_go()
        await scene.at_rest()

        scene.presenter.lag_s = 0.3
        late_ms = statistics.median(await loop_delays_ms(scene))

        assert late_ms - prompt_ms > 200


async def test_a_slow_link_slows_the_robot_and_does_not_stop_it(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        scene.presenter.lag_s = LAG_S
        await scene.drive_off(FAST)
        await scene.presenter.until("a slowed robot", lambda: scene.presenter.state is RobotState.DEGRADED)

        truth = await rig.stage.truth()

        timing = Timing()
        bound = safe_speed_mps(Limits(), delay_s=LAG_S + to_seconds(timing.reaction_ns))
        assert bound < Limits().max_speed_mps
        assert truth.speed_mps <= bound + 0.02
        assert scene.presenter.limit in {Limit.LOOP_DELAY, Limit.SLEW}
