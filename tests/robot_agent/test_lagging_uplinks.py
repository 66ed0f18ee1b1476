"""Whatever two uplinks delay, and wherever either is cut: nothing that one of them brings is lost, or heard twice."""

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from robot_agent.config import UplinkSettings
from robot_agent.uplinks import Uplinks
from teleop_core.outbox import Outbox
from teleop_core.presence import RobotSeat
from teleop_core.room import BridgeRoom, no_ice_servers
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.teleop_core.test_room import ANNA, BO, PROFILE, Notebook, drive

LIVES = 60
STEPS = 150
NAMES = ("venue", "5G")


@dataclass
class Line:
    """One uplink on its way to the robot: what was sent waits, in order, until the line brings it."""

    seat: RobotSeat
    on_the_way: list[bytes]
    is_cut: bool = False


class Life:
    """A room, two lines, and a robot that hears."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.room = BridgeRoom("stage-1", ice_servers=no_ice_servers, witness=Notebook(), now_unix_ms=1000)
        self.heard: list[m.ToRobot] = []
        self.brought: list[m.ToRobot] = []
        self.lines = [self._line(name) for name in NAMES]
        self.anna = self.room.join(ANNA, Outbox(wake=lambda: None), now_unix_ms=1)
        self.uplinks = Uplinks(
            [UplinkSettings(name=name) for name in NAMES],
            url="ws://bridge/ws",
            robot="stage-1",
            key="k" * 16,
            on_frame=self.heard.append,
            on_change=lambda: None,
        )
        self.requests = 0

    def _line(self, name: str) -> Line:
        outbox = Outbox(wake=lambda: None)
        return Line(self.room.robot_joins(PROFILE, outbox, now_unix_ms=1, boot="b" * 16, uplink=name), [])

    def step(self) -> None:
        match self.rng.choice([*["drive"] * 4, "ask", "stop", "roster", *["send"] * 4, *["bring"] * 4]):
            case "drive":
                self.requests += 1
                self.say(drive(self.requests))
            case "ask":
                self.requests += 1
                self.say(m.RtcClose(id=f"q{self.requests}"))
            case "stop":
                self.say(m.Stop(id=f"s{self.requests}"))  # repeated until something else is said
            case "roster":
                self.room.leave(self.room.join(BO, Outbox(wake=lambda: None), now_unix_ms=1), now_unix_ms=1)
            case "send":
                self.send(self.rng.choice(self.lines), self.rng.randrange(1, 8))
            case _:
                self.bring(self.rng.choice(self.lines), self.rng.randrange(1, 8))

    def say(self, message: m.FromPerson) -> None:
        assert self.room.receive_from_person(self.anna, codec.encode(message)) is None

    def send(self, line: Line, most: int) -> None:
        for _ in range(most):
            frame = line.seat.outbox.take()
            if frame is not None:
                line.on_the_way.append(frame)

    def bring(self, line: Line, most: int) -> None:
        for _ in range(most):
            if line.on_the_way and not line.is_cut:
                message = codec.decode_to_robot(line.on_the_way.pop(0))
                self.brought.append(message)
                self.uplinks._heard(message)

    def end(self, *, cut: int | None) -> None:
        if cut is not None:
            self.lines[cut].is_cut = True
        for line in self.lines:
            self.send(line, STEPS)
            self.bring(line, 2 * STEPS)


def said(messages: list[m.ToRobot], kind: bytes) -> list[bytes]:
    return [
        bytes(each.body)
        for each in messages
        if isinstance(each, m.FromPeer) and bytes(each.body).startswith(b'{"type":"' + kind)
    ]


def seqs(messages: list[m.ToRobot], kind: type[m.Roster] | bytes) -> list[int]:
    return [
        each.seq or 0
        for each in messages
        if (isinstance(each, m.Roster) and kind is m.Roster)
        or (isinstance(each, m.FromPeer) and isinstance(kind, bytes) and bytes(each.body).startswith(kind))
    ]


@pytest.mark.parametrize("cut", [None, 0, 1], ids=["no cut", "first cut", "second cut"])
def test_what_either_brings_is_heard_once_and_in_order(cut: int | None) -> None:
    for seed in range(LIVES):
        life = Life(seed)
        for _ in range(STEPS):
            life.step()
        life.end(cut=cut)

        asked = said(life.heard, b"rtc_close")
        assert set(asked) == set(said(life.brought, b"rtc_close")), seed
        assert max(Counter(asked).values(), default=0) <= 1, seed
        assert set(said(life.heard, b"stop")) == set(said(life.brought, b"stop")), seed
        driven = seqs(life.heard, b'{"type":"drive"')
        assert driven == sorted(set(driven)), seed
        assert driven[-1:] == [max(seqs(life.brought, b'{"type":"drive"'))], seed
        rosters = seqs(life.heard, m.Roster)
        assert rosters == sorted(rosters), seed
        assert rosters[-1:] == [max(seqs(life.brought, m.Roster))], seed


def test_no_stop_is_heard_after_a_later_repeat_of_it() -> None:
    for seed in range(LIVES):
        life = Life(seed)
        for _ in range(STEPS):
            life.step()
        life.end(cut=None)

        last: dict[bytes, int] = {}
        for each in life.heard:
            if isinstance(each, m.FromPeer) and bytes(each.body).startswith(b'{"type":"stop"'):
                assert (each.seq or 0) > last.get(bytes(each.body), -1), seed
                last[bytes(each.body)] = each.seq or 0
