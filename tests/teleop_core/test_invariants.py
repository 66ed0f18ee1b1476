"""Hundreds of seeded lives in which everybody does anything at any time, and a referee who knows the design.

A failure names its seed; ``GAME_SEED=<seed> pytest tests/teleop_core/test_invariants.py`` plays that life alone.
"""

import os
import random
from collections import Counter
from typing import Final

import msgspec
import pytest

from prove.performing import REPERTOIRE, Body
from prove.referee import Referee
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession
from teleop_core.states import NEXT_STATES
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import EventKind, Road, RobotState, Role, StopCause
from tests.teleop_core.game import ANNA, BO, EVERYBODY, GUEST, STAFF

LIVES: Final = 320
BATCHES: Final = 4
TICKS: Final = 500
LONGEST_TICK_NS: Final = ms(100)
DRIVERS: Final = (ANNA, BO, STAFF)
PROFILE: Final = SafetyProfile(gestures=REPERTOIRE)
TIMING: Final = Timing()
JUNK: Final = (b"", b"{}", b"[]", b"\xff\x00", b'{"type":"drive"}', b'{"type":"stop","id":""}', b"[" * 3000)


class Life:
    """One robot, the people and the machines around it, all moved by one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.chaos = self.rng.choice((0.0, 0.02, 0.1, 0.3))  # how much of what is sent is wrong or old
        self.trouble = self.rng.choice((0.0, 0.1, 0.3, 1.0))  # how often something around the robot fails or recovers
        self.now_ns = self.rng.randrange(10**15)
        self.lives = 0
        self.told: Counter[str] = Counter()
        self.past: list[tuple[m.Peer, bytes]] = []
        self.hands = {peer.id: False for peer in DRIVERS}
        self.bridge_up = self.agent_alive = self.camera_alive = self.robot_speaks = True
        self.faults: tuple[str, ...] = ()
        self.stop_input = False
        self.seen: set[tuple[RobotState, RobotState]] = set()
        self.moves = 0
        self.session = self._new_session(fence=None)

    def _new_session(self, *, fence: int | None) -> RobotSession:
        memory = None if fence is None else self.session.memory
        self.lives += 1
        self.epoch = f"e{self.lives}"
        self.requests = self.seq = 0
        self.tick_seen = 0
        self.code = ""
        self.told_twist = STILL
        self.body = Body()
        self.gesture_code: str | None = None
        self.pictures: list[int] = [0]
        self.spoke_ns = self.now_ns
        self.session = RobotSession(epoch=self.epoch, memory=memory, profile=PROFILE, timing=TIMING, now_ns=self.now_ns)
        self.referee = Referee(
            session=self.session,
            timing=TIMING,
            profile=PROFILE,
            born_ns=self.now_ns,
            longest_tick_ns=LONGEST_TICK_NS,
            seen=self.seen,
        )
        assert fence is None or self.session.fence > fence, "a restart must raise the fence"
        self.session.peers_changed(EVERYBODY, now_ns=self.now_ns)
        return self.session

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- A tick ---

    def play(self) -> None:
        for _ in range(TICKS):
            if self.chance(0.001 * self.trouble):
                self.moves += self.referee.moves
                self._new_session(fence=self.session.fence)
            self._change_the_world()
            self._let_people_act()
            self._tick()
        self.moves += self.referee.moves

    def _change_the_world(self) -> None:
        rng = self.rng
        if self.chance(0.02 * self.trouble):
            self.bridge_up = self.chance(0.7)
        if self.chance(0.03 * self.trouble):
            self.agent_alive = self.chance(0.85)
        if self.chance(0.03 * self.trouble):
            self.camera_alive = self.chance(0.8)
        if self.chance(0.02 * self.trouble):
            self.robot_speaks = self.chance(0.9)
        if self.chance(0.05 * self.trouble):
            self.faults = ("bumper",) if self.chance(0.05) else ()
            self.stop_input = self.chance(0.05)
        if self.chance(0.003 * self.trouble):
            self.session.stop(rng.choice(list(StopCause)), detail="chaos", now_ns=self.now_ns)
        if self.chance(0.01 * self.trouble):
            self.session.peers_changed(rng.sample(EVERYBODY, rng.randrange(5)), now_ns=self.now_ns)
        if self.chance(0.05):
            self.session.peers_changed(EVERYBODY, now_ns=self.now_ns)
        if self.chance(0.01):
            self.session.set_wall_clock(rng.randrange(-(10**18), 10**18))
        self.referee.look(now_ns=self.now_ns)

    def _tick(self) -> None:
        rng = self.rng
        self.now_ns += ms(20) if self.chance(0.95) else rng.randrange(LONGEST_TICK_NS)
        if self.agent_alive:
            self.session.agent_heard(bridge_up=self.bridge_up, now_ns=self.now_ns)
            self.referee.agent_heard(bridge_up=self.bridge_up, now_ns=self.now_ns)
        if self.camera_alive:
            self.pictures.append(self.now_ns // ms(33) * 2970 % 2**32)
            captured_ns = self.now_ns - rng.randrange(ms(40))
            self.session.picture_captured(self.pictures[-1], captured_ns)
            self.referee.picture_captured(self.pictures[-1], captured_ns)
        if self.robot_speaks:
            self.spoke_ns = self.now_ns
        noise = rng.gauss(0.0, 0.01)
        moved = Twist(self.told_twist.vx_mps + noise, self.told_twist.vy_mps, self.told_twist.wz_radps)
        state = DriverState(
            stamp_ns=self.spoke_ns,
            pose=Pose2D(noise, 0.0, 0.0),
            twist=moved if self.chance(0.9) else None,
            faults=self.faults,
            stop_input=self.stop_input,
            performance=self.body.perform(self.session.wanted_gesture, now_ns=self.now_ns),
        )
        self.session.robot_reported(state, now_ns=self.now_ns)
        is_silent = self.now_ns - self.spoke_ns >= TIMING.robot_silence_ns
        is_faulty = bool(self.faults) or self.stop_input or is_silent
        self.referee.robot_reported(faulty=is_faulty, pose=state.pose, performing=self.body.is_performing)
        setpoint = self.session.tick(now_ns=self.now_ns)
        self.referee.ticked(setpoint, now_ns=self.now_ns)
        self.told_twist = setpoint.twist
        for _, message in self.referee.read(self.session.messages_to_send(), now_ns=self.now_ns):
            self._hear(message)

    def _hear(self, message: m.ToPerson) -> None:
        match message:
            case m.Telemetry():
                assert message.tick > self.tick_seen
                self.tick_seen = message.tick
            case m.Status():
                self.code = message.reset.code if message.reset is not None else self.code
                self.gesture_code = None if message.gesture_offer is None else message.gesture_offer.code
            case m.Event():
                self.told[message.kind.value] += 1
            case m.Ack():
                self.told[message.verdict.value] += 1
            case _:
                self.told[type(message).__name__] += 1

    # --- People ---

    def _let_people_act(self) -> None:
        for peer in DRIVERS:
            self.hands[peer.id] = self.hands[peer.id] if self.chance(0.97) else not self.hands[peer.id]
            if peer.id == self.session.holder and self.chance(0.95):
                self.say(peer, self._drive(peer))
                if self.chance(0.1):
                    self.say(peer, m.LeaseRenew(epoch=self.epoch, fence=self.session.fence, seq=self._next_seq()))
            elif self.chance(self.chaos):
                self.say(peer, self._drive(peer))
        self._push_on()
        for _ in range(3):
            if self.chance(self.chaos):
                self._disturb()

    def _push_on(self) -> None:
        """Do what keeps the show going: reset what is latched, ask for what is free, now and then hand over."""
        if self.session.is_latched and self.chance(0.2):
            self.say(STAFF, m.ResetPrepare(id=self._next_id()))
        if self.session.is_latched and self.chance(0.3):
            self.say(STAFF, m.ResetConfirm(id=self._next_id(), code=self.code))
        if self.session.holder is None and self.chance(0.1):
            self.say(self.rng.choice(DRIVERS), m.LeaseRequest(id=self._next_id()))
        if self.session.holder is not None and self.chance(0.01):
            self._perform(next(peer for peer in EVERYBODY if peer.id == self.session.holder))
        if self.chance(0.004):
            self.say(STAFF, m.LeaseTake(id=self._next_id()))
        if self.chance(0.01):
            self.say(STAFF, m.AllowGestures(id=self._next_id(), allowed=True))
        if self.chance(0.01):
            self.say(self.rng.choice(EVERYBODY), m.DeclareArea(id=self._next_id(), clear=self.chance(0.8)))
        if self.chance(0.01):
            name = self.rng.choice(("wave", "bow", None))
            self.referee.perform(self._next_id(), name, now_ns=self.now_ns)
        if self.chance(0.002):
            self.say(self.rng.choice(EVERYBODY), m.Stop(id=self._next_id()))

    def _perform(self, peer: m.Peer) -> None:
        """Have the holder let go, or not, and ask for a gesture, or its second step."""
        self.hands[peer.id] = self.chance(0.1)
        self.say(peer, msgspec.structs.replace(self._drive(peer), seq=self._next_seq()))
        self.say(peer, self._gesture())

    def _gesture(self) -> m.GestureBegin:
        name = "wave" if self.gesture_code is None and self.chance(0.5) else "bow"
        return m.GestureBegin(
            id=self._next_id(), epoch=self.epoch, fence=self.session.fence, name=name, code=self.gesture_code
        )

    def _disturb(self) -> None:
        rng, peer = self.rng, self.rng.choice(EVERYBODY)
        if self.past and self.chance(0.4):
            of, body = rng.choice(self.past)
            self.send(of if self.chance(0.9) else peer, body)
            return
        if self.chance(0.3):
            self.send(peer, rng.choice(JUNK))
            return
        some_id = self._next_id() if self.chance(0.9) else f"q{rng.randrange(1, 40)}"
        fence = self.session.fence + rng.choice((0, 0, 0, -1, 1))
        request: m.FromPerson = rng.choice(
            (
                m.LeaseRequest(id=some_id),
                m.LeaseWithdraw(id=some_id),
                m.LeaseReturn(id=some_id, fence=max(0, fence)),
                m.LeaseOffer(id=some_id, to=rng.choice(("anna", "bo", "staff", "guest", "nobody"))),
                m.LeaseAccept(id=some_id),
                m.LeaseDecline(id=some_id),
                m.LeaseTake(id=some_id),
                m.LeaseRevoke(id=some_id),
                m.ResetPrepare(id=some_id),
                m.ResetConfirm(id=some_id, code=rng.choice((self.code, "r1", ""))),
                m.Ping(id=some_id),
                msgspec.structs.replace(self._gesture(), id=some_id, fence=max(0, fence)),
                m.GestureCancel(id=some_id),
                m.AllowGestures(id=some_id, allowed=self.chance(0.7)),
                m.CapSpeed(id=some_id, max_speed_mps=rng.choice((None, None, 0.1, 0.5))),
                m.Mute(id=some_id, peer=rng.choice(EVERYBODY).id, muted=self.chance(0.3)),
                m.Watch(epoch=self.epoch, beacon=self.tick_seen + rng.choice((0, 0, -2, 5))),
                m.LeaseRenew(epoch=self.epoch, fence=max(0, fence), seq=rng.randrange(2**53)),
            )
        )
        self.say(peer, request)

    def _drive(self, peer: m.Peer) -> m.Drive:
        rng, held = self.rng, self.hands[peer.id]
        reach = 10.0 if self.chance(0.1) else 0.8
        drive = m.Drive(
            epoch=self.epoch,
            fence=self.session.fence,
            seq=self._next_seq(),
            dead_man=held,
            vx_mps=rng.uniform(-reach, reach) if held else 0.0,
            vy_mps=rng.uniform(-0.1, 0.1) if held else 0.0,
            wz_radps=rng.uniform(-reach, reach) if held else 0.0,
            beacon=max(0, self.tick_seen - rng.choice((0, 0, 1, 2))),
            picture=self.pictures[-1 - min(rng.choice((0, 1, 3, 12)), len(self.pictures) - 1)],
        )
        if not self.chance(self.chaos):
            return drive
        wrongs: tuple[dict[str, object], ...] = (
            {"epoch": f"e{self.lives - 1}"},
            {"fence": max(0, drive.fence - 1)},
            {"fence": drive.fence + 1},
            {"beacon": drive.beacon + 100},
            {"beacon": max(0, drive.beacon - 30)},
            {"picture": None},
            {"picture": rng.randrange(2**32)},
            {"seq": max(0, drive.seq - rng.randrange(50))},
            {"vx_mps": 0.5},
            {"dead_man": not held},
        )
        return msgspec.structs.replace(drive, **rng.choice(wrongs))

    def say(self, peer: m.Peer, message: m.FromPerson) -> None:
        body = encode(message)
        if len(self.past) < 500:
            self.past.append((peer, body))
        self.send(peer, body)
        if self.chance(self.chaos):
            self.send(peer, body)

    def send(self, peer: m.Peer, body: bytes) -> None:
        road = self.rng.choice((Road.BRIDGE, Road.BRIDGE, Road.DIRECT))
        self.referee.receive(body, peer=peer.id, role=peer.role, road=road, now_ns=self.now_ns)
        if b'"type":"stop"' in body and b'"id":""' not in body:
            assert self.session.is_latched or peer.id in self.referee.muted, "a STOP was not heard"

    def _next_id(self) -> str:
        self.requests += 1
        return f"q{self.requests}"

    def _next_seq(self) -> int:
        self.seq += 1
        return self.seq


def play(seed: int) -> Life:
    life = Life(seed)
    try:
        life.play()
    except Exception as exc:
        raise AssertionError(f"life {seed}: {exc!r}; GAME_SEED={seed} plays it alone") from exc
    return life


ONE_SEED: Final = os.environ.get("GAME_SEED")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_life_breaks_an_invariant(batch: int) -> None:
    seeds = range(batch, LIVES, BATCHES) if ONE_SEED is None else [int(ONE_SEED)]
    lives = [play(seed) for seed in seeds]

    if ONE_SEED is not None:
        return
    told = sum((life.told for life in lives), Counter[str]())
    seen = set().union(*(life.seen for life in lives))
    assert sum(life.moves for life in lives) > TICKS * len(lives) / 15, "too little motion to say anything"
    assert all(told[kind.value] > 0 for kind in EventKind if kind not in BRIDGES), told
    assert seen >= USUAL, USUAL - seen
    assert any(life.lives > 1 for life in lives)


BRIDGES: Final = {
    EventKind.JOINED,
    EventKind.LEFT,
    EventKind.ROBOT_ONLINE,
    EventKind.ROBOT_OFFLINE,
    EventKind.FAULT,
    EventKind.UPLINK_UP,
    EventKind.UPLINK_DOWN,
    EventKind.CUE,  # as the agent says, with the next three
    EventKind.SHOW_HELD,
    EventKind.SHOW_ENDED,
    EventKind.SPOKE,
}
S = RobotState
USUAL: Final = {
    (S.BOOT, S.STOPPED),
    (S.STOPPED, S.READY),
    (S.READY, S.LEASED),
    (S.LEASED, S.DRIVING),
    (S.DRIVING, S.DEGRADED),
    (S.DEGRADED, S.DRIVING),
    (S.DRIVING, S.LEASED),
    (S.DRIVING, S.HOLD),
    (S.HOLD, S.LEASED),
    (S.HOLD, S.READY),
    (S.DRIVING, S.STOPPING),
    (S.STOPPING, S.STOPPED),
    (S.LEASED, S.GESTURE),
    (S.GESTURE, S.LEASED),
    (S.GESTURE, S.HOLD),
    (S.GESTURE, S.STOPPING),
}


def test_the_table_of_states_has_every_state_and_leads_back_from_everywhere() -> None:
    assert set(NEXT_STATES) == set(RobotState)
    for start in RobotState:
        reached, frontier = {start}, [start]
        while frontier:
            for state in NEXT_STATES[frontier.pop()] - reached:
                reached.add(state)
                frontier.append(state)
        assert reached >= set(RobotState) - {RobotState.BOOT}
    assert all(RobotState.BOOT not in following for following in NEXT_STATES.values())
    assert all({RobotState.STOPPED, RobotState.STOPPING} & NEXT_STATES[state] for state in RobotState), (
        "STOP is one step away from everywhere"
    )
    assert GUEST.role is Role.OBSERVER
