"""Threat 12: frames of 64 MiB, compression bombs, crowds of connections, slow lorises, readers that do not read.

Expected: memory stays bounded, and who drives drives on. How much their p99 moves is measured by `bench/flood.py`.
"""

import asyncio
import json
import os
import sys

import pytest

from simulator.presenter import Picture
from simulator.rig import Part, Rig
from teleop_core.wire.messages import RobotState, Role
from tests.system.scene import AROUND, Scene, on_stage, person
from tests.threats.real import rss_bytes

pytestmark = pytest.mark.asyncio(loop_scope="session")

PARTS_IN_REACH: tuple[Part, ...] = ("bridge", "robot")
SECONDS = 3.0
GROWTH_BYTES = 64 * 2**20
LOG_BYTES = 2**20
ADDRESSES = 5  # of the crowd; everybody else comes from another one
LONGEST_S = 30.0  # until the crowd's process has ended, on a busy machine

CONNECTIONS = {"silent": 200, "loris": 100, "late_loris": 100, "knockers": 200}
FRAMES = {"giants": 10, "bombs": 20, "crumbs": 5, "bodies": 5, "rubbish": 10, "forgers": 10}
READERS_THAT_DO_NOT = {"deaf": 20, "pages": 40, "talkers": 4}
CROWDS = {
    "connections": CONNECTIONS,
    "frames and requests": FRAMES,
    "slow readers and talkers": READERS_THAT_DO_NOT,
}


class Crowd:
    """A crowd under way, and the most memory that the bridge and the agent took meanwhile."""

    def __init__(self, rig: Rig, kinds: dict[str, int], token: str) -> None:
        self._rig = rig
        self._kinds = kinds
        self._token = token
        self.most: dict[Part, int] = {}
        self.outcome: dict[str, dict[str, int]] = {}

    async def run(self) -> None:
        crowd = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulator.crowd", *(f"{kind}={count}" for kind, count in self._kinds.items())),
            *("--port", str(self._rig.port), "--seconds", str(SECONDS), "--addresses", str(ADDRESSES)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "CROWD_TOKEN": self._token},
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                watching = asyncio.create_task(self._watch())
                said, _ = await crowd.communicate()
                watching.cancel()
        finally:
            if crowd.returncode is None:
                crowd.kill()
        self.outcome = json.loads(said)

    async def _watch(self) -> None:
        while True:
            for part in PARTS_IN_REACH:
                self.most[part] = max(self.most.get(part, 0), rss_bytes(self._rig.child(part).pid))
            await asyncio.sleep(0.05)


async def drive_while(scene: Scene, crowd: asyncio.Task[None]) -> float:
    """Drive as a person does until the crowd has gone; return the way made, in metres."""
    start = await scene.rig.stage.truth()
    while not crowd.done():
        if scene.presenter.state is RobotState.HOLD:  # on a machine that is busy
            await scene.presenter.rearm()
        scene.presenter.hold(AROUND)
        await asyncio.sleep(0.05)
    return (await scene.rig.stage.truth()).path_m - start.path_m


@pytest.mark.parametrize("kinds", CROWDS.values(), ids=CROWDS.keys())
async def test_memory_stays_bounded_who_drives_drives_on_and_who_comes_gets_in_and_may_stop(
    rig: Rig, kinds: dict[str, int]
) -> None:
    invited = await rig.invite(Role.OBSERVER, "Crowd")
    log = rig.folder.log("bridge")
    async with on_stage(rig) as scene:
        await scene.drive_off()
        fence = fence_of(scene)
        before = {part: rss_bytes(rig.child(part).pid) for part in PARTS_IN_REACH}
        logged = log.stat().st_size
        crowd = Crowd(rig, kinds, invited.token)

        async with asyncio.TaskGroup() as meanwhile:
            driving = meanwhile.create_task(drive_while(scene, meanwhile.create_task(crowd.run())))
            await asyncio.sleep(SECONDS / 2)
            async with person(rig, Role.OBSERVER, picture=Picture.UNSEEN) as newcomer:
                way_m = await driving

                assert scene.presenter.holds_lease, scene.presenter.last_seen()
                assert fence_of(scene) == fence  # the same lease as before
                await newcomer.stop()
                await scene.at_rest()

        assert way_m > 0.3
        assert log.stat().st_size - logged < LOG_BYTES
        for part in PARTS_IN_REACH:
            assert rig.child(part).exit_status is None
            assert crowd.most[part] - before[part] < GROWTH_BYTES
        assert all(outcome["connected"] for outcome in crowd.outcome.values()), crowd.outcome


def fence_of(scene: Scene) -> int:
    """Return the fence in force, as the presenter knows it."""
    known = scene.presenter.session.telemetry
    assert known is not None
    return known.fence
