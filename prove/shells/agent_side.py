"""An agent: the real switchboard with its link and its motion process, in a process that freezes, dies, comes back.

Played are the media plane (signalling, pictures and data channels, without a picture) and what `Outside` stands for:
the network under the link, and the birth of motion processes.
"""

import asyncio
import random
import socket
from typing import Final

from prove.clock import Process, VirtualLoop
from prove.people import Person
from prove.shells.bridge_side import KEY, ROBOT, BridgeSide
from prove.shells.judge import Judge
from prove.shells.lines import ClientEnd, Line
from prove.shells.link_judge import Link
from prove.shells.motion_side import Cabin, MotionSide
from robot_agent.config import AgentConfig, MotionConfig
from robot_agent.dialling import OPEN_S
from robot_agent.switchboard import Outside, Switchboard
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire import messages as m

CONFIG: Final = AgentConfig(
    name=ROBOT,
    bridge_url="ws://bridge/ws",
    key=KEY,
    state_dir="unused",
    driver={"kind": "played"},
    camera={"kind": "played"},
)
LINK_DELAY_S: Final = 0.004
SIGNALLING_S: Final = 0.01
CLOSING_S: Final = 0.2
MEDIA_PERIOD_S: Final = 0.02
PICTURE_EVERY: Final = 2  # periods


class LoadedDice(random.Random):
    """Dice that always throw the same share of what they can."""

    share = 0.5

    def random(self) -> float:
        """Return the share."""
        return self.share


class PlayedMedia:
    """The media plane without media: one session a person, with a screen and perhaps a data channel."""

    def __init__(self, side: "AgentSide", switchboard: Switchboard) -> None:
        self._side = side
        self._switchboard = switchboard
        self.sessions: dict[str, str] = {}  # by peer

    async def receive(self, peer: str, message: m.MediaMessage) -> m.RtcAnswer | m.Ack | None:
        """Take a signalling message."""
        await asyncio.sleep(SIGNALLING_S)
        match message:
            case m.RtcOffer(id=session):
                for way in (self._side.people[peer].up_direct, self._side.people[peer].down_direct):
                    way.lose_all()
                self.sessions[peer] = session
                return m.RtcAnswer(id=session, sdp="played")
            case m.RtcClose(id=session):
                await asyncio.sleep(CLOSING_S)
                if self.sessions.get(peer) == session:
                    del self.sessions[peer]
                return m.Ack(id=session, verdict=m.Verdict.DONE)
            case _:
                return None

    def send(self, peer: str | None, lane: m.Lane, body: bytes) -> None:
        """Send over the data channels."""
        del lane
        now_ns = self._side.loop.now_ns
        for each in tuple(self.sessions) if peer is None else (peer,):
            person = self._side.people.get(each)
            if person is not None and person.has_direct and each in self.sessions:
                person.down_direct.send(body, now_ns=now_ns)

    async def run(self) -> None:
        """Capture pictures, and read the data channels."""
        loop, beat = self._side.loop, 0
        while True:
            await asyncio.sleep(MEDIA_PERIOD_S)
            now_ns = loop.now_ns
            for peer in tuple(self.sessions):
                for body in self._side.people[peer].up_direct.arriving(now_ns=now_ns):
                    self._switchboard.from_channel(peer, body)
            beat += 1
            if beat % PICTURE_EVERY == 0 and self._side.camera_alive:
                rtp_time = now_ns // NS_PER_MS * 90 % 2**32
                self._switchboard.captured(rtp_time, now_ns - NS_PER_MS)
                for peer in self.sessions:
                    self._side.people[peer].sight.send(b"%d" % rtp_time, now_ns=now_ns)


class AgentSide:
    """The place of the agent: one process at a time, or none."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, judge: Judge, bridge: BridgeSide) -> None:
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
        self._rng = rng
        self._judge = judge
        self._bridge = bridge
        self._starts = 0

    @property
    def runs(self) -> bool:
        """Whether there is an agent that runs."""
        return self.process is not None and self.process.runs

    @property
    def has_line(self) -> bool:
        """Whether it runs, and it and the bridge hear each other."""
        switchboard, line = self.switchboard, self.line
        return self.runs and switchboard is not None and line is not None and line.is_through and switchboard.link.is_up

    @property
    def is_linked(self) -> bool:
        """Whether what the bridge says now will be heard by a motion process, soon."""
        return self.has_line and self.is_moved

    @property
    def is_moved(self) -> bool:
        """Whether a motion process turns and hears its agent."""
        motion, switchboard = self.motion, self.switchboard
        if motion is None or switchboard is None:
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
        self.process.start(self._live())

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

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            outside = Outside(dial=self._dial, spawn=self._spawn, clock=lambda: self.loop.now_ns, dice=self.dice)
            switchboard = Switchboard(CONFIG, tasks=tasks, outside=outside)
            self.switchboard = switchboard
            self.media = switchboard.media = media = PlayedMedia(self, switchboard)
            switchboard.run()
            tasks.create_task(media.run())
            await asyncio.Event().wait()

    def _spawn(self, config: MotionConfig, end: socket.socket) -> MotionSide:
        if self.process is None:
            raise OSError("the process that would be the parent is dead")
        self.motion = self.cabin.spawn(config, end, parent=self.process)
        return self.motion

    # --- The network ---

    async def _dial(self, url: str) -> ClientEnd:
        del url
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
