"""An agent: the real switchboard with its link and its motion process, in a process that freezes, dies, comes back.

Played are the media plane and the hall's page (`media`) and what `Outside` stands for: the network under the link, and
the birth of motion processes.
"""

import asyncio
import random
import socket
from typing import Final

from prove.clock import NOBODY, Process, VirtualLoop
from prove.people import Person
from prove.shells.bridge_side import KEY, ROBOT, BridgeSide
from prove.shells.judge import Judge
from prove.shells.lines import ClientEnd, Line
from prove.shells.link_judge import Link
from prove.shells.media import PHONE, PlayedMedia, PlayedPage
from prove.shells.motion_side import Cabin, MotionSide
from robot_agent.config import AgentConfig, MotionConfig, MotionSettings, UplinkSettings
from robot_agent.dialling import OPEN_S
from robot_agent.switchboard import Outside, Switchboard
from teleop_core.wire import messages as m

LINK_DELAY_S: Final = 0.004
PRESS_EVERY_S: Final = 0.02
RESTART_S: Final = 0.3


class LoadedDice(random.Random):
    """Dice that always throw the same share of what they can."""

    share = 0.5

    def random(self) -> float:
        """Return the share."""
        return self.share


class AgentSide:
    """The place of the agent: one process at a time, or none."""

    def __init__(
        self, loop: VirtualLoop, rng: random.Random, judge: Judge, bridge: BridgeSide, *, settings: MotionSettings
    ) -> None:
        self.loop = loop
        self.people: dict[str, Person] = {}  # by peer id
        self.camera_alive = True
        self.network_until_s = 0.0  # until then nothing comes through to the bridge
        self.cabin = Cabin(loop, rng, judge)
        self.dice = LoadedDice()
        self.motion: MotionSide | None = None
        self.media: PlayedMedia | None = None
        self.switchboard: Switchboard | None = None
        self.process: Process | None = None
        self.processes: list[Process] = []
        self.line: Line | None = None
        self.page = PlayedPage()
        self._settings = settings
        self._presses = 0
        self._rng = rng
        self._judge = judge
        self._bridge = bridge
        self._starts = 0
        self._root: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        """Whether there is an agent that runs."""
        return self.process is not None and self.process.runs

    @property
    def has_line(self) -> bool:
        """Whether it runs, and it and the bridge hear each other."""
        switchboard, line = self.switchboard, self.line
        return (
            self.runs and switchboard is not None and line is not None and line.is_through and switchboard.uplinks.is_up
        )

    @property
    def is_linked(self) -> bool:
        """Whether what the bridge says now will be heard by a motion process, soon."""
        return self.has_line and self.is_moved

    @property
    def is_moved(self) -> bool:
        """Whether a motion process turns and hears its agent; one asked to end has latched, and hears nobody."""
        motion, switchboard = self.motion, self.switchboard
        if motion is None or switchboard is None or (self._root is not None and self._root.cancelling()):
            return False
        return motion.is_at_work and motion.process.runs and switchboard.motion.is_up

    def has_channel(self, peer: str) -> bool:
        """Return whether what `peer` says over a data channel now will be heard by a motion process, soon."""
        return self.runs and self.media is not None and peer in self.media.sessions and self.is_moved

    # --- Coming and going ---

    def start(self) -> None:
        """Start an agent."""
        self._starts += 1
        self.process = Process(self.loop, f"agent-{self._starts}")
        self.processes.append(self.process)
        self._judge.link.agent_starts()
        self._judge.agent_runs()
        self._root = self.process.start(self._live(self.process))

    def freeze(self) -> None:
        """Stop the agent with SIGSTOP, or have its loop blocked."""
        if self.process is not None:
            self._judge.agent_stops()
            self.process.freeze()

    def thaw(self) -> None:
        """Let it run on."""
        if self.process is not None and self.process.is_frozen:
            self._judge.agent_runs()
            self.process.thaw()

    def kill(self) -> None:
        """Kill the agent; the kernel closes what it had open."""
        if self.process is not None:
            self._judge.agent_stops()
            if self.line is not None:
                self.line.client.abort()
            self.process.kill()
        self.process = self.media = self.switchboard = self.line = None

    def end(self) -> None:
        """Ask the agent to end, as SIGTERM does; it takes the motion process with it, and another is started."""
        process = self.process
        if process is not None and self._root is not None:
            self._root.add_done_callback(lambda _: self._forget(process), context=NOBODY)
            self._root.cancel()

    def _forget(self, process: Process) -> None:
        if self.process is process:
            self.kill()
            self.loop.call_later(RESTART_S, self.start_again, context=NOBODY)

    def start_again(self) -> None:
        """Start an agent, unless there is one."""
        if self.process is None:
            self.start()

    def press_in_hall(self, level: m.StopLevel | None = None) -> None:
        """Have somebody press STOP on the page in the hall, or something sterner."""
        if self.process is not None and self.switchboard is not None and self.runs:
            self._presses += 1
            request = f"press-{self._presses}"
            self._judge.expects_latch(is_open=lambda: self.is_moved)
            self.process.start(self._press(self.switchboard, request, level))

    async def _press(self, switchboard: Switchboard, request: str, level: m.StopLevel | None) -> None:
        while request not in self.page.answered_ids:
            if level is None:
                switchboard.stop_from_hall(PHONE, request)
            else:
                switchboard.stop_sternly_from_hall(PHONE, request, level)
            await asyncio.sleep(PRESS_EVERY_S)

    def release_in_hall(self) -> None:
        """Have what is above an ordinary STOP taken back there, and nothing pressed any more."""
        self.page.answered_ids |= {f"press-{number + 1}" for number in range(self._presses)}
        if self.switchboard is not None and self.runs:
            self.switchboard.release_from_hall(PHONE)

    async def _live(self, process: Process) -> None:
        config = AgentConfig(
            name=ROBOT,
            bridge_url="ws://bridge/ws",
            key=KEY,
            state_dir="unused",
            driver={"kind": "played"},
            camera={"kind": "played"},
            motion=self._settings,
        )
        outside = Outside(dial=self._dial, spawn=self._spawn, clock=lambda: self.loop.now_ns, dice=self.dice)
        async with asyncio.TaskGroup() as tasks:
            self.switchboard = switchboard = Switchboard(config, tasks=tasks, outside=outside)
            self.media = switchboard.media = media = PlayedMedia(self, switchboard)
            switchboard.page = self.page
            switchboard.run()
            tasks.create_task(media.run())
            try:
                await asyncio.Event().wait()
            finally:
                if not process.is_dead:
                    await switchboard.motion.end("the robot's agent goes down")

    def _spawn(self, config: MotionConfig, end: socket.socket) -> MotionSide:
        if self.process is None:
            raise OSError("the process that would be the parent is dead")
        self.motion = self.cabin.spawn(config, end, parent=self.process)
        return self.motion

    # --- The network ---

    async def _dial(self, url: str, uplink: UplinkSettings) -> ClientEnd:
        del url, uplink
        link = self._judge.link.dialled()
        try:
            line = await self._connect(link)
        except OSError:
            self._judge.link.ended(link)
            raise
        return line.client

    async def _connect(self, link: Link) -> Line:
        silent_s = self.network_until_s - self.loop.time()
        if silent_s > 0:
            await asyncio.sleep(min(silent_s, OPEN_S))
            if silent_s >= OPEN_S:
                raise TimeoutError("timed out during opening handshake")
        await asyncio.sleep(2 * LINK_DELAY_S)
        if not self._bridge.is_listening or not self.runs:
            raise ConnectionRefusedError("nobody listens")
        line = Line(self.loop, self._rng, delay_s=LINK_DELAY_S)
        client = line.client
        client.when_closed = lambda: self._judge.link.ended(link, close_code=client.close_code)
        client.when_read = lambda frame: self._judge.link.read(link, frame)
        client.when_sent = self._judge.link.sent
        self.line = line
        self._bridge.accept(line, address="10.0.0.2")
        return line
