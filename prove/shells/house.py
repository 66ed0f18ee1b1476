"""One house: a bridge, an agent, its motion process, a robot and people, in one virtual time; troubles befall it."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from prove.clock import VirtualLoop
from prove.foul import Foul, require
from prove.shells.agent_side import AgentSide
from prove.shells.bridge_side import BridgeSide, PlayedDirectory
from prove.shells.judge import LOOK_NS, Judge, Wait
from prove.shells.tabs import ANNA, BO, EVERYBODY, STAFF, Part, Tab
from robot_agent.config import MotionSettings
from teleop_core.timebase import to_seconds

CASTS: Final[tuple[tuple[Part, ...], ...]] = ((ANNA, STAFF), (ANNA, STAFF), (ANNA, BO, STAFF), EVERYBODY)
DICE: Final = (0.0, 0.3, 0.6, 0.999)
NEEDS_STAFF_SHARE: Final = 0.25
DRIVES_AGAIN_WITHIN_S: Final = 25.0
ENDS_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a run came to."""

    ticks: int
    moves: int
    dials: int
    boots: int


class House:
    """One run's world. Whatever a process of it raises, `fail` keeps, and the run ends."""

    def __init__(self, rng: random.Random, *, tell: Callable[[str], None]) -> None:
        self.rng = rng
        self.loop = cast("VirtualLoop", asyncio.get_running_loop())
        self.loop.set_exception_handler(self._hear_failure)
        self.tell = tell
        self.judge = Judge(self.loop, tell=tell)
        self.directory = PlayedDirectory({part.invite: part.role for part in EVERYBODY})
        self.bridge = BridgeSide(self.loop, self.directory)
        settings = MotionSettings(needs_staff=rng.random() < NEEDS_STAFF_SHARE)
        self.agent = AgentSide(self.loop, rng, self.judge, self.bridge, settings=settings)
        self.agent.dice.share = self.judge.link.dice_share = rng.choice(DICE)
        self.tabs = [
            Tab(part, loop=self.loop, rng=rng, judge=self.judge, bridge=self.bridge, agent=self.agent)
            for part in rng.choice(CASTS)
        ]
        self._failure: BaseException | None = None
        self._has_forgotten = False

    @property
    def told(self) -> Told:
        """What there was so far."""
        judge = self.judge
        return Told(judge.ticks, judge.moves, judge.link.dials, len(self.agent.cabin.born))

    def open(self) -> None:
        """Let everybody come."""
        self.bridge.start()
        self.agent.start()
        for tab in self.tabs:
            tab.open()

    async def pass_time(self, seconds: float, *, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass, and judge; return whether `until` came true meanwhile. Raises what anybody raised."""
        ends_s = self.loop.time() + seconds
        while (now_s := self.loop.time()) < ends_s:
            if until is not None and until():
                return True
            await asyncio.sleep(min(to_seconds(LOOK_NS), ends_s - now_s))
            if self._failure is not None:
                raise self._failure
            self.judge.look([each for each in self.agent.cabin.born if each.is_orphan and each.process.runs])
        return until is not None and until()

    def forget(self) -> None:
        """Lose the robot's memory; a second time, the wall clock's seconds could be behind its fence."""
        if not self._has_forgotten:
            self._has_forgotten = True
            self.agent.cabin.platter.text = None

    def kill_motion(self) -> None:
        """Kill the motion process where it stands."""
        motion = self.agent.motion
        if motion is not None and motion.is_alive:
            motion.kill()
            if self.agent.process is not None:
                self.judge.motion_died([Wait(tab.is_reached, tab.shows_latch) for tab in self.tabs])

    async def must_drive_again(self) -> None:
        """With everything cured, somebody must be able to drive before long."""
        for tab in self.tabs:
            tab.will = 0.0
        moves = self.judge.moves
        drives = await self.pass_time(DRIVES_AGAIN_WITHIN_S, until=lambda: self.judge.moves > moves + 5)
        require(drives or all(tab.is_sent_off for tab in self.tabs if tab.part.drives), "nobody can drive any more")

    async def close(self) -> None:
        """Kill everybody, and wait until all has come to rest."""
        for tab in self.tabs:
            tab.close()
        self.agent.kill()
        for motion in self.agent.cabin.born:
            motion.kill()
        self.bridge.kill()
        everybody = [*(tab.process for tab in self.tabs), *self.agent.processes, *self.bridge.processes]
        for process in (*everybody, *(motion.process for motion in self.agent.cabin.born)):
            require(await process.has_ended(within_s=ENDS_WITHIN_S), f"{process.name} was killed, and does not end")

    def _hear_failure(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        failure = context.get("exception") or Foul(context["message"])
        self._failure = self._failure or failure
