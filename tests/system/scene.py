"""A presenter and the staff with a running system, in the situations that the promises start from."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from simulator.presenter import BOTH_ROADS, Picture, Presenter
from simulator.rig import Rig
from simulator.stage_link import Truth
from simulator.watching import until_at_rest, until_truth
from teleop_core.geometry import Twist
from teleop_core.wire.messages import Road, RobotState, Role, Verdict

FORWARD = Twist(vx_mps=0.4)
BACK = Twist(vx_mps=-0.4)
AROUND = Twist(vx_mps=0.4, wz_radps=0.8)  # a circle of half a metre: any length of driving fits on the stage
MOVING_MPS = 0.2
BRIDGE_ONLY = frozenset({Road.BRIDGE})
DIRECT_ONLY = frozenset({Road.DIRECT})


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One presenter, one of the staff, one robot."""

    rig: Rig
    presenter: Presenter
    staff: Presenter

    async def drive_off(self, twist: Twist = AROUND, *, within_s: float = 20.0) -> Truth:
        """Hold the dead-man and wait until the robot truly moves."""
        return await self.drive_until(lambda seen: seen.speed_mps >= MOVING_MPS, twist, within_s=within_s)

    async def drive_on(self, way_m: float, twist: Twist = AROUND, *, within_s: float = 20.0) -> Truth:
        """Hold the dead-man until the robot has made its way."""
        start = await self.rig.stage.truth()
        return await self.drive_until(lambda seen: seen.path_m >= start.path_m + way_m, twist, within_s=within_s)

    async def drive_until(self, true: Callable[[Truth], bool], twist: Twist = AROUND, *, within_s: float) -> Truth:
        """Drive as a person does: where the robot holds, as on a machine that is busy, let go and take hold anew."""
        deadline = time.monotonic() + within_s
        self.presenter.hold(twist)
        while not true(seen := await self.rig.stage.truth()):
            assert time.monotonic() < deadline, f"the robot does not get on; {self.presenter.last_seen()}"
            if self.presenter.state is RobotState.HOLD:
                await self.presenter.rearm()
                self.presenter.hold(twist)
            await asyncio.sleep(0.01)
        return seen

    async def at_rest(self, *, within_s: float = 5.0) -> Truth:
        """Wait until the plant stands."""
        return await until_at_rest(self.rig.stage, within_s=within_s)

    async def truth(self, what: str, true: Callable[[Truth], bool], *, within_s: float = 5.0) -> Truth:
        """Wait until the plant is so."""
        return await until_truth(self.rig.stage, what, true, within_s=within_s)


@asynccontextmanager
async def person(
    rig: Rig,
    role: Role = Role.PRESENTER,
    *,
    roads: frozenset[Road] = BOTH_ROADS,
    picture: Picture = Picture.WATCHED,
    name: str = "",
) -> AsyncIterator[Presenter]:
    """Somebody more in the room, who sees the picture unless told otherwise."""
    invite = await rig.invite(role, name)
    async with Presenter(rig.ws_url, invite.token, roads=roads, picture=picture) as visitor:
        await visitor.enter()
        yield visitor


@asynccontextmanager
async def on_stage(
    rig: Rig, *, roads: frozenset[Road] = BOTH_ROADS, leased: bool = True, cleared: bool = True
) -> AsyncIterator[Scene]:
    """The robot at the start mark, the STOP cleared, the presenter with the lease and an armed dead-man.

    Whatever the test before left is stopped first, so that tests of one rig come in any order.
    """
    await rig.mend()
    async with AsyncExitStack() as room:
        staff = await room.enter_async_context(person(rig, Role.STAFF, picture=Picture.UNSEEN))
        presenter = await room.enter_async_context(person(rig, roads=roads))
        scene = Scene(rig=rig, presenter=presenter, staff=staff)
        await stop_and_place(scene)
        if cleared:
            await clear(staff)
        if cleared and leased:
            await presenter.get_lease()
        yield scene


async def stop_and_place(scene: Scene) -> None:
    """Latch the STOP, wait for rest, carry the robot to the start mark."""
    await scene.staff.stop("a new scene")
    await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)
    await scene.rig.stage.place(0.0, 0.0)


async def clear(staff: Presenter, *, within_s: float = 10.0) -> None:
    """Reset in two steps, and insist: what latched the robot may take a moment to be gone."""
    deadline = time.monotonic() + within_s
    while (outcome := await staff.reset()).verdict is Verdict.REFUSED:
        assert time.monotonic() < deadline, outcome
        await asyncio.sleep(0.1)
