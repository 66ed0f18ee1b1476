"""Promise: one lease, one driver; whoever else holds a dead-man moves nothing."""

import pytest

from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road, Role, Verdict
from tests.system.scene import AROUND, on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_second_presenter_waits_in_line(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, name="Second") as second:
        answer = await second.ask()

        assert answer.verdict is Verdict.PENDING
        await scene.staff.until("the request", lambda: second.id in scene.staff.requests)
        assert scene.presenter.holds_lease
        assert not second.holds_lease


@pytest.mark.parametrize("road", [Road.BRIDGE, Road.DIRECT])
async def test_commands_with_the_right_fence_from_the_wrong_person_are_refused(rig: Rig, road: Road) -> None:
    async with on_stage(rig) as scene, person(rig, name="Second") as second:
        known = second.session.telemetry
        assert known is not None
        before = second.refused.get(Refusal.NOT_HOLDER.value, 0)

        for seq in range(20):
            second.say(_drive(known, seq=seq + 1), road=road)

        await second.until(
            "refused commands", lambda: second.refused.get(Refusal.NOT_HOLDER.value, 0) > before, within_s=5
        )
        assert await stays_at_rest(rig.stage, for_s=0.5)
        assert scene.presenter.holds_lease


async def test_an_observer_cannot_even_ask(rig: Rig) -> None:
    async with on_stage(rig, leased=False), person(rig, Role.OBSERVER) as observer:
        answer = await observer.ask()

        assert (answer.verdict, answer.refusal) == (Verdict.REFUSED, Refusal.ROLE)


async def test_a_presenter_who_leaves_frees_the_robot_for_the_next(rig: Rig) -> None:
    async with on_stage(rig, leased=False) as scene:
        async with person(rig, name="First") as first:
            await first.get_lease()
            first.hold(AROUND)
            await scene.truth("a moving robot", lambda seen: seen.speed_mps > 0.1)

        await scene.at_rest()
        await scene.presenter.until("nobody's lease", lambda: scene.presenter.driver is None, within_s=10)
        await scene.presenter.get_lease()

        await scene.drive_off()


def _drive(known: m.Telemetry, *, seq: int) -> bytes:
    return encode(
        m.Drive(
            epoch=known.epoch,
            fence=known.fence,
            seq=seq,
            dead_man=True,
            vx_mps=0.5,
            vy_mps=0.0,
            wz_radps=0.0,
            beacon=known.tick,
            picture=None,
        )
    )
