"""The bridge's real asyncio shell, with a robot and people around it, in virtual time.

Real: `bridge.room` (a reader and a writer task for each connection, its stall limit), `BridgeRoom`, `Outbox`,
`RobotSession`, `OperatorSession`. Played: the WebSockets (each takes frames at its own pace, stalls, breaks) and the
agent, as one task that reads its connection and turns the motion loop. Not here, because they live on real sockets and
processes: the agent's `BridgeLink` and `MotionProcess`, and uvicorn; `tests/system/` has those.
"""

import argparse
import asyncio
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, cast

import msgspec

from bridge.handshake import Person as Invited
from bridge.handshake import Robot
from bridge.metrics import BridgeMetrics
from bridge.room import attend_person, attend_robot
from prove.clock import VirtualLoop, run_virtually
from prove.people import ANNA, BO, EVERYBODY, STAFF
from prove.people import Person as Somebody
from prove.people import person as somebody
from prove.referee import Referee, require
from prove.world import PROFILE, NobodyWrites
from teleop_core.governor import Limits
from teleop_core.ports import DriverState
from teleop_core.room import BridgeRoom
from teleop_core.session import RobotSession
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import codec
from teleop_core.wire import messages as m

TICK_S: Final = 0.02
LIVES_FOR_S: Final = 4.0
BATCH: Final = 10
METRICS: Final = BridgeMetrics()


class PlayedSocket:
    """Both ends of one WebSocket: what the bridge's shell uses of it, and what its peer does with it."""

    def __init__(self, rng: random.Random, *, delay_s: float, stalls: float) -> None:
        self._rng = rng
        self._delay_s = delay_s
        self._stalls = stalls
        self._to_bridge: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._last_s = 0.0
        self.from_bridge: asyncio.Queue[bytes] = asyncio.Queue()
        self.is_open = True
        self.scope = {"extensions": {"stagebridge.link": {"link": self}}}

    # What the bridge's shell calls

    async def receive(self) -> dict[str, Any]:
        """Return the next ASGI message."""
        return await self._to_bridge.get()

    async def is_writable_within(self, seconds_: float) -> bool:
        """Wait until the peer has taken what was sent; a peer that stalls takes its time."""
        if self._rng.random() < self._stalls:
            pause_s = self._rng.random() * 3.0
            await asyncio.sleep(min(pause_s, seconds_))
            return pause_s < seconds_ and self.is_open
        return True

    def send_frame(self, frame: bytes) -> None:
        """Let the peer have a frame, in order, after the road's delay."""
        if self.is_open:
            loop = asyncio.get_running_loop()
            self._last_s = max(self._last_s, loop.time() + self._delay_s * (0.5 + self._rng.random()))
            loop.call_at(self._last_s, self.from_bridge.put_nowait, frame)

    def cut(self, code: m.CloseCode, reason: str) -> None:
        """Close it."""
        del reason
        if self.is_open:
            self.is_open = False
            self._to_bridge.put_nowait({"type": "websocket.disconnect", "code": int(code)})

    # What its peer calls

    def say(self, frame: bytes) -> None:
        """Let the bridge have a frame after the road's delay."""
        loop = asyncio.get_running_loop()
        loop.call_later(self._delay_s, self._arrive, frame)

    def _arrive(self, frame: bytes) -> None:
        if self.is_open:
            self._to_bridge.put_nowait({"type": "websocket.receive", "bytes": frame})


@dataclass(slots=True)
class Told:
    """What a run came to."""

    ticks: int = 0
    moves: int = 0


class House:
    """One bridge room with a robot and people in it, all tasks of one loop."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"shells {seed}")
        self.loop = cast("VirtualLoop", asyncio.get_running_loop())
        self.room = BridgeRoom("stage-1", ice_servers=(), witness=NobodyWrites(), now_unix_ms=0)
        self.told = Told()
        self.robot_socket = PlayedSocket(self.rng, delay_s=0.002, stalls=0.0)
        self.session = RobotSession(epoch="e1", memory=None, profile_limits=Limits(), now_ns=self.loop.now_ns)
        self.referee = Referee(
            session=self.session,
            timing=Timing(),
            limits=Limits(),
            born_ns=self.loop.now_ns,
            longest_tick_ns=ms(60),
        )
        self.stops_asked: dict[str, tuple[int, PlayedSocket]] = {}

    async def live(self) -> Told:
        """Let everybody come, drive, stop, stall and go for some seconds."""
        async with asyncio.TaskGroup() as tasks:
            everybody = [
                tasks.create_task(
                    attend_robot(cast("Any", self.robot_socket), Robot("stage-1", PROFILE), self.room, METRICS)
                ),
                tasks.create_task(self._be_the_robot()),
                *(tasks.create_task(self._be(peer)) for peer in EVERYBODY),
            ]
            await asyncio.sleep(LIVES_FOR_S)
            for task in everybody:
                task.cancel()
        require(self.told.ticks > LIVES_FOR_S / TICK_S / 2, "the robot's task was starved")
        return self.told

    # --- The robot ---

    async def _be_the_robot(self) -> None:
        """Read the connection, turn the motion loop, and speak, as the agent and the motion process do together."""
        picture = 0
        while True:
            await asyncio.sleep(TICK_S)
            now_ns = self.loop.now_ns
            self._heartbeat(now_ns)
            while not self.robot_socket.from_bridge.empty():
                self._hear(self.robot_socket.from_bridge.get_nowait(), now_ns)
            picture = now_ns // ms(33) % 2**32
            self.session.picture_captured(picture, now_ns)
            self.referee.picture_captured(picture, now_ns)
            self.session.robot_reported(DriverState(stamp_ns=now_ns), now_ns=now_ns)
            setpoint = self.session.tick(now_ns=now_ns)
            self.referee.ticked(setpoint, now_ns=now_ns)
            self.told.ticks += 1
            self.told.moves = self.referee.moves
            outgoing = self.session.messages_to_send()
            self.referee.read(outgoing, now_ns=now_ns)
            for each in outgoing:
                body = msgspec.Raw(each.body)
                self.robot_socket.say(codec.encode(m.ToPeer(to=each.to, lane=each.lane, body=body)))
            self._judge_stops(now_ns)

    def _heartbeat(self, now_ns: int) -> None:
        up = self.robot_socket.is_open
        self.session.agent_heard(bridge_up=up, now_ns=now_ns)
        self.referee.agent_heard(bridge_up=up, now_ns=now_ns)
        self.referee.look(now_ns=now_ns)

    def _hear(self, frame: bytes, now_ns: int) -> None:
        message = codec.decode_to_robot(frame)
        if isinstance(message, m.Roster):
            self.session.peers_changed(message.peers, now_ns=now_ns)
            self.referee.peers_are({each.id: each.role for each in message.peers})
            self.referee.look(now_ns=now_ns)
        elif isinstance(message, m.FromPeer):
            self.referee.receive(
                bytes(message.body), peer=message.peer, role=message.role, road=m.Road.BRIDGE, now_ns=now_ns
            )

    def _judge_stops(self, now_ns: int) -> None:
        """A STOP said on an open road arrives, whatever else does."""
        for stop, (asked_ns, socket) in list(self.stops_asked.items()):
            if self.session.is_latched or not socket.is_open:
                del self.stops_asked[stop]
            else:
                require(now_ns - asked_ns < ms(400), "a STOP was said on an open road and did not arrive")

    # --- People ---

    async def _be(self, peer: m.Peer) -> None:
        """Come in, act, and come in anew whenever the connection breaks."""
        each = somebody(peer, self.rng)
        each.speed_mps = 0.2 + 0.4 * self.rng.random()
        while True:
            stalls = 0.02 if self.rng.random() < 0.3 else 0.0
            socket = PlayedSocket(self.rng, delay_s=0.005 + 0.06 * self.rng.random(), stalls=stalls)
            async with asyncio.TaskGroup() as tasks:
                attending = tasks.create_task(
                    attend_person(
                        cast("Any", socket), Invited(peer, cast("Any", SimpleNamespace())), self.room, METRICS
                    )
                )
                acting = tasks.create_task(self._act(each, socket))
                await attending
                acting.cancel()
            await asyncio.sleep(0.1 + 0.2 * self.rng.random())

    async def _act(self, each: Somebody, socket: PlayedSocket) -> None:
        rng = self.rng
        leaves_s = self.loop.time() + (rng.random() * 2.0 if rng.random() < 0.3 else 60.0)
        stops_s = self.loop.time() + (0.8 + 1.5 * rng.random() if rng.random() < 0.2 else 60.0)
        while socket.is_open:
            await asyncio.sleep(TICK_S)
            now_ns = self.loop.now_ns
            while not socket.from_bridge.empty():
                each.session.receive(socket.from_bridge.get_nowait(), now_ns=now_ns)
            each.session.picture_shown((now_ns - ms(80)) // ms(33) % 2**32)
            if each.peer in {ANNA, BO}:
                each.follow_habit(now_ns=now_ns)
            if each.peer.id == STAFF.id:
                each.keep_it_clear(now_ns=now_ns)
            if self.loop.time() >= stops_s:
                stops_s += 60.0
                self.stops_asked[each.session.stop(now_ns=now_ns)] = (now_ns, socket)
            each.session.tick(now_ns=now_ns)
            for body in each.session.messages_to_send():
                socket.say(body)
            if rng.random() < 0.003:
                socket.say(rng.randbytes(30))
            if self.loop.time() >= leaves_s:
                socket.cut(m.CloseCode.GOING_AWAY, "the tab is closed")


def live(seed: int) -> Told:
    """Play one house in virtual time; raises `Foul` when a rule breaks, and whatever a task raises."""

    async def play() -> Told:
        return await House(seed).live()

    return run_virtually(play())


def _live_some(seeds: range, ends: float) -> tuple[int, int, list[str]]:
    ran, moves, fouls = 0, 0, []
    for seed in seeds:
        if time.monotonic() >= ends:
            break
        ran += 1
        try:
            moves += live(seed).moves
        except (Exception, BaseExceptionGroup) as exc:  # noqa: BLE001 - whatever a shell raises is a counterexample
            fouls.append(f"python -m prove.shells --seed {seed}  # {_first(exc)!r}")
    return ran, moves, fouls


def _first(exc: BaseException) -> BaseException:
    return _first(exc.exceptions[0]) if isinstance(exc, BaseExceptionGroup) else exc


def run(*, runs: int, processes: int, within_s: float = float("inf")) -> tuple[int, list[str]]:
    """Play so many houses, or as many as fit into the time; return how many, and the fouls."""
    ends = time.monotonic() + within_s
    batches = [range(at, min(at + BATCH, runs)) for at in range(0, runs, BATCH)]
    ran, moves, fouls = 0, 0, []
    with ProcessPoolExecutor(processes) as pool:
        for some, moved, broken in pool.map(_live_some, batches, [ends] * len(batches)):
            ran, moves = ran + some, moves + moved
            fouls += broken
    if ran and not moves:
        fouls.append("shells: nothing ever moved, so nothing was shown")
    return ran, fouls


def main() -> int:
    """Play some houses, or one."""
    parser = argparse.ArgumentParser(prog="python -m prove.shells", description="The bridge's shell in virtual time.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--processes", type=int, default=2)
    wanted = parser.parse_args()
    if wanted.seed is not None:
        print(live(wanted.seed))
        return 0
    started = time.monotonic()
    ran, fouls = run(runs=wanted.runs, processes=wanted.processes)
    print("\n".join(fouls))
    print(f"shells: {ran} runs in {time.monotonic() - started:.1f} s, {len(fouls)} violations")
    return 1 if fouls else 0


if __name__ == "__main__":
    sys.exit(main())
