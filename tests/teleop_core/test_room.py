"""The bridge's room: who is in, what goes where, and what goes nowhere."""

import json
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleop_core.errors import WireFault
from teleop_core.outbox import Outbox
from teleop_core.presence import RobotSeat
from teleop_core.room import HISTORY_EVENTS, MAX_PEERS, BridgeRoom, no_ice_servers
from teleop_core.seat import Seat
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.robot_words import status

PROFILE = m.RobotProfile(model="wheels", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)
ANNA = m.Peer(id="i1.anna-tab", role=m.Role.PRESENTER, name="Anna")
BO = m.Peer(id="i2.bo-tab-1", role=m.Role.STAFF, name="Bo")
GUEST = m.Peer(id="i3.guest-tab", role=m.Role.OBSERVER, name="Guest")
TURN = ("turn:turn.example.org",)


def ice_servers_for(peer: str, *, now_unix_ms: int) -> tuple[m.IceServer, ...]:
    return (m.IceServer(urls=TURN, username=f"{now_unix_ms}:{peer}", credential="c"),)


@dataclass
class Notebook:
    """Keeps what the room's witness saw."""

    events: list[m.Event] = field(default_factory=list)
    stops: list[tuple[str, str, bool]] = field(default_factory=list)

    def saw_event(self, robot: str, event: m.Event) -> None:
        self.events.append(event)

    def saw_stop(self, robot: str, peer: m.Peer, stop: m.Stop, *, robot_online: bool) -> None:
        self.stops.append((peer.id, stop.id, robot_online))


class Play:
    """A room, with short words for what happens in it."""

    def __init__(self) -> None:
        self.notebook = Notebook()
        self.room = BridgeRoom("stage-1", ice_servers=ice_servers_for, witness=self.notebook, now_unix_ms=1000)

    def join(self, peer: m.Peer, *, read: bool = True) -> Seat:
        seat = self.room.join(peer, Outbox(wake=lambda: None), now_unix_ms=2000)
        if read:
            heard(seat)
        return seat

    def robot(self, *, read: bool = True) -> RobotSeat:
        seat = self.room.robot_joins(PROFILE, Outbox(wake=lambda: None), now_unix_ms=2000)
        if read:
            robot_heard(seat)
        return seat

    def say(self, seat: Seat, message: m.FromPerson) -> m.Refusal | WireFault | None:
        return self.room.receive_from_person(seat, codec.encode(message))

    def robot_says(
        self, seat: RobotSeat, message: m.Message, *, to: str | None = None, lane: m.Lane = m.Lane.EVENT
    ) -> WireFault | None:
        envelope = m.ToPeer(to=to, lane=lane, body=msgspec.Raw(codec.encode(message)))
        return self.room.receive_from_robot(seat, codec.encode(envelope))


@pytest.fixture
def play() -> Play:
    return Play()


def frames_for(seat: Seat | RobotSeat) -> list[bytes]:
    frames = []
    while (frame := seat.outbox.take()) is not None:
        frames.append(frame)
    return frames


def heard(seat: Seat) -> list[m.ToPerson]:
    return [codec.decode_to_person(frame) for frame in frames_for(seat)]


def robot_heard(seat: RobotSeat) -> list[m.ToRobot]:
    return [codec.decode_to_robot(frame) for frame in frames_for(seat)]


def drive(seq: int) -> m.Drive:
    return m.Drive(
        epoch="e1", fence=1, seq=seq, dead_man=True, vx_mps=0.5, vy_mps=0.0, wz_radps=0.0, beacon=1, picture=None
    )


def event(seq: int, *, source: str = "robot", detail: str = "") -> m.Event:
    return m.Event(source=source, seq=seq, at_unix_ms=5, kind=m.EventKind.GRANTED, detail=detail)


# --- Coming and going ------------------------------------------------------------------------------------------------


def test_a_newcomer_hears_welcome_roster_status_and_the_history(play: Play) -> None:
    robot = play.robot()
    play.robot_says(robot, status())
    play.robot_says(robot, event(7))

    welcome, roster, seen_status, *events = heard(play.join(ANNA, read=False))

    assert isinstance(welcome, m.Welcome)
    assert (welcome.you, welcome.robot, welcome.profile) == (ANNA, "stage-1", PROFILE)
    assert [server.username for server in welcome.ice_servers] == [f"2000:{ANNA.id}"]
    assert roster == m.Roster(robot_online=True, profile=PROFILE, peers=(ANNA,), seq=1001)
    assert seen_status == status()
    kinds = [each.kind for each in events if isinstance(each, m.Event)]
    assert kinds == [m.EventKind.ROBOT_ONLINE, m.EventKind.GRANTED, m.EventKind.JOINED]


def test_everybody_hears_new_servers_each_for_themselves_and_only_the_newest(play: Play) -> None:
    anna, bo, robot = play.join(ANNA), play.join(BO), play.robot()
    heard(anna), heard(bo)

    play.room.renew_ice_servers(now_unix_ms=3000)
    play.room.renew_ice_servers(now_unix_ms=4000)

    told = [*heard(anna), *heard(bo), *robot_heard(robot)]
    assert told == [
        m.IceServers(servers=ice_servers_for(peer, now_unix_ms=4000)) for peer in (ANNA.id, BO.id, "stage-1")
    ]


def test_a_room_without_a_robot_renews_the_servers_of_people(play: Play) -> None:
    anna = play.join(ANNA)

    play.room.renew_ice_servers(now_unix_ms=3000)

    assert heard(anna) == [m.IceServers(servers=ice_servers_for(ANNA.id, now_unix_ms=3000))]


def test_a_room_that_is_told_of_no_servers_gives_none() -> None:
    room = BridgeRoom("stage-1", ice_servers=no_ice_servers, witness=Notebook(), now_unix_ms=1000)

    [welcome, *_] = heard(room.join(ANNA, Outbox(wake=lambda: None), now_unix_ms=2000))

    assert isinstance(welcome, m.Welcome)
    assert welcome.ice_servers == ()


def test_nobody_hears_servers_of_the_robot(play: Play) -> None:
    anna, robot = play.join(ANNA), play.robot()
    heard(anna)

    assert play.robot_says(robot, m.IceServers(servers=())) is WireFault.UNKNOWN_TYPE
    assert heard(anna) == []


def test_the_robot_hears_welcome_and_roster_first(play: Play) -> None:
    play.join(ANNA)

    welcome, roster = robot_heard(play.robot(read=False))

    assert isinstance(welcome, m.Welcome)
    assert welcome.you is None
    assert [server.username for server in welcome.ice_servers] == ["2000:stage-1"]
    assert roster == m.Roster(robot_online=True, profile=PROFILE, peers=(ANNA,), seq=1001)


def test_everybody_hears_who_comes_and_goes(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)

    bo = play.join(BO)
    play.room.leave(bo, now_unix_ms=3000)

    rosters = [each.peers for each in heard(anna) if isinstance(each, m.Roster)]
    assert rosters == [(ANNA, BO), (ANNA,)]
    assert [each.peers for each in robot_heard(robot) if isinstance(each, m.Roster)] == rosters
    assert [each.kind for each in play.notebook.events][-2:] == [m.EventKind.JOINED, m.EventKind.LEFT]


def test_a_newer_connection_replaces_the_older_one_of_the_same_peer(play: Play) -> None:
    older = play.join(ANNA)
    newer = play.join(ANNA)

    assert older.outbox.ending is not None
    assert older.outbox.ending.code is m.CloseCode.REPLACED
    play.room.leave(older, now_unix_ms=3000)
    assert play.room.peers == (ANNA,)
    assert play.room.people == 1
    play.room.leave(newer, now_unix_ms=3000)
    assert len(play.room.peers) == 0


def test_a_newer_robot_connection_replaces_the_older_one(play: Play) -> None:
    anna, older = play.join(ANNA), play.robot()
    heard(anna)
    newer = play.robot()

    assert older.outbox.ending is not None
    assert older.outbox.ending.code is m.CloseCode.REPLACED
    assert any(isinstance(each, m.Roster) for each in heard(anna))
    play.room.robot_leaves(older, now_unix_ms=3000)
    assert play.room.robot_online
    play.room.robot_leaves(newer, now_unix_ms=3000)
    assert not play.room.robot_online


def test_a_robot_that_left_leaves_no_status_behind(play: Play) -> None:
    robot = play.robot()
    play.robot_says(robot, status(state=m.RobotState.DRIVING))
    play.room.robot_leaves(robot, now_unix_ms=3000)

    frames = heard(play.join(ANNA, read=False))

    assert not any(isinstance(each, m.Status) for each in frames)
    assert m.Roster(robot_online=False, profile=None, peers=(ANNA,), seq=1002) in frames


def test_history_keeps_the_newest_events_and_always_fits_a_newcomer(play: Play) -> None:
    robot = play.robot()
    for seq in range(HISTORY_EVENTS + 50):
        body = codec.encode(event(seq, detail="\x01" * 300)) + b" " * 10_000
        envelope = m.ToPeer(to=None, lane=m.Lane.EVENT, body=msgspec.Raw(body))
        assert play.room.receive_from_robot(robot, codec.encode(envelope)) is None

    seat = play.join(ANNA, read=False)

    assert seat.outbox.ending is None
    seqs = [each.seq for each in heard(seat) if isinstance(each, m.Event) and each.source == "robot"]
    assert seqs == list(range(50, HISTORY_EVENTS + 50))


def test_event_numbers_of_the_bridge_rise_from_the_time_of_its_birth(play: Play) -> None:
    play.join(ANNA)
    play.robot()

    assert [each.seq for each in play.notebook.events] == [1000, 1001]


def test_a_room_has_as_many_places_as_one_roster_can_name(play: Play) -> None:
    long_names = 0
    while play.room.has_place_for(peer := m.Peer(id=f"i{long_names}.tab-0000", role=m.Role.OBSERVER, name="\x01" * 60)):
        play.join(peer)
        long_names += 1
    robot_frame = codec.encode(play.room._roster(play.room.peers))

    assert 10 < long_names < MAX_PEERS
    assert len(robot_frame) < codec.MAX_FRAME_BYTES


def test_a_peer_who_comes_back_needs_no_second_place(play: Play) -> None:
    for number in range(MAX_PEERS):
        play.join(m.Peer(id=f"i{number}.tab-0000", role=m.Role.OBSERVER, name="x"))

    assert not play.room.has_place_for(ANNA)
    assert play.room.has_place_for(m.Peer(id="i0.tab-0000", role=m.Role.OBSERVER, name="x"))


def test_only_those_who_are_meant_are_sent_off(play: Play) -> None:
    anna, bo = play.join(ANNA), play.join(BO)

    assert play.room.send_off(lambda peer: peer.id.startswith("i1."), m.CloseCode.BAD_CREDENTIAL, "revoked") == 1

    assert anna.outbox.ending is not None
    assert bo.outbox.ending is None
    assert play.say(anna, m.Ping(id="p")) is None
    assert frames_for(anna) == []


def test_the_robot_learns_at_once_who_was_sent_off_for_good(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)

    play.room.send_off(lambda peer: peer.id == anna.peer.id, m.CloseCode.BAD_CREDENTIAL, "revoked")
    (roster,) = [each for each in robot_heard(robot) if isinstance(each, m.Roster)]
    assert (roster.peers, roster.dismissed) == ((), (ANNA.id,))

    play.join(ANNA)
    assert [each.dismissed for each in robot_heard(robot) if isinstance(each, m.Roster)] == [()]


def test_a_bridge_that_goes_away_sends_nobody_off_for_good(play: Play) -> None:
    robot = play.robot()
    play.join(ANNA)
    robot_heard(robot)

    play.room.send_off(lambda _: True, m.CloseCode.GOING_AWAY, "the bridge goes down")
    assert robot_heard(robot) == []


# --- From people to the robot ----------------------------------------------------------------------------------------


def test_the_robot_gets_the_same_bytes_in_an_envelope_that_says_who(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)
    frame = json.dumps({"type": "lease_request", "id": "r-1"}, indent=3)

    assert play.room.receive_from_person(anna, frame) is None

    (envelope,) = robot_heard(robot)
    assert isinstance(envelope, m.FromPeer)
    assert (envelope.peer, envelope.role, bytes(envelope.body)) == (ANNA.id, m.Role.PRESENTER, frame.encode())


def test_of_all_drive_commands_only_the_newest_waits(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)

    for seq in range(100):
        play.say(anna, drive(seq))
        play.say(anna, m.LeaseRenew(epoch="e1", fence=1, seq=seq))

    bodies = [codec.decode_from_person(bytes(each.body)) for each in robot_heard(robot) if isinstance(each, m.FromPeer)]
    assert bodies == [drive(99), m.LeaseRenew(epoch="e1", fence=1, seq=99)]


def test_stop_overtakes_all_that_waits(play: Play) -> None:
    robot, anna, guest = play.robot(), play.join(ANNA), play.join(GUEST)
    robot_heard(robot)

    play.say(anna, drive(1))
    play.say(anna, m.LeaseRequest(id="r-1"))
    play.say(guest, m.Stop(id="s-1"))

    first, *_ = robot_heard(robot)
    assert isinstance(first, m.FromPeer)
    assert codec.decode_from_person(bytes(first.body)) == m.Stop(id="s-1")
    assert first.role is m.Role.OBSERVER


@pytest.mark.parametrize("how", ["leaves", "is sent off", "is replaced"])
def test_the_wish_of_a_hand_that_is_gone_is_not_sent(play: Play, how: str) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)
    play.say(anna, drive(1))
    play.say(anna, m.LeaseReturn(id="r-1", fence=1))

    match how:
        case "leaves":
            play.room.leave(anna, now_unix_ms=3000)
        case "is sent off":
            play.room.send_off(lambda _: True, m.CloseCode.BAD_CREDENTIAL, "revoked")
        case _:
            play.join(ANNA)

    bodies = [codec.decode_from_person(bytes(each.body)) for each in robot_heard(robot) if isinstance(each, m.FromPeer)]
    assert bodies == [m.LeaseReturn(id="r-1", fence=1)]


def test_a_robot_that_comes_back_gets_nothing_that_waited_for_its_older_connection(play: Play) -> None:
    anna = play.join(ANNA)
    play.robot()
    play.say(anna, drive(1))

    assert not any(isinstance(each, m.FromPeer) for each in robot_heard(play.robot(read=False)))


@pytest.mark.parametrize(
    "message",
    [m.LeaseRequest(id="r"), m.LeaseTake(id="r"), m.ResetPrepare(id="r"), m.ResetConfirm(id="r", code="1")],
    ids=lambda message: type(message).__name__,
)
def test_an_observer_asks_in_vain(play: Play, message: m.RequestMessage) -> None:
    robot, guest = play.robot(), play.join(GUEST)
    robot_heard(robot)

    assert play.say(guest, message) is m.Refusal.ROLE

    assert heard(guest) == [m.Ack(id="r", verdict=m.Verdict.REFUSED, refusal=m.Refusal.ROLE)]
    assert robot_heard(robot) == []


def test_an_observer_does_not_drive(play: Play) -> None:
    robot, guest = play.robot(), play.join(GUEST)
    robot_heard(robot)

    assert play.say(guest, drive(1)) is m.Refusal.ROLE

    assert heard(guest) == []
    assert robot_heard(robot) == []


@pytest.mark.parametrize("message", [m.Stop(id="r"), m.LeaseRequest(id="r"), m.RtcOffer(id="r", sdp="v=0")])
def test_without_a_robot_every_request_is_answered(play: Play, message: m.RequestMessage | m.RtcOffer) -> None:
    anna = play.join(ANNA)

    assert play.say(anna, message) is m.Refusal.NO_ROBOT

    assert heard(anna) == [m.Ack(id="r", verdict=m.Verdict.REFUSED, refusal=m.Refusal.NO_ROBOT)]


def test_a_repeated_stop_is_written_down_once(play: Play) -> None:
    anna = play.join(ANNA)

    for _ in range(3):
        play.say(anna, m.Stop(id="s-1"))
    play.robot()
    play.say(anna, m.Stop(id="s-2"))

    assert play.notebook.stops == [(ANNA.id, "s-1", False), (ANNA.id, "s-2", True)]


def test_one_who_floods_is_refused_and_the_robot_stays(play: Play) -> None:
    robot, anna, bo = play.robot(), play.join(ANNA), play.join(BO)
    robot_heard(robot)

    outcomes = [play.say(anna, m.LeaseRequest(id=f"r-{number}")) for number in range(300)]

    assert outcomes.count(None) == 64
    assert set(outcomes) == {None, m.Refusal.OVERLOADED}
    assert robot.outbox.ending is None
    assert play.say(bo, m.LeaseTake(id="t-1")) is None


def test_the_bridge_answers_pings_itself(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    robot_heard(robot)
    heard(anna)

    play.say(anna, m.Ping(id="p-1"))
    play.room.receive_from_robot(robot, codec.encode(m.Ping(id="p-2")))

    assert heard(anna) == [m.Pong(id="p-1")]
    assert robot_heard(robot) == [m.Pong(id="p-2")]


def test_the_third_malformed_frame_ends_the_connection(play: Play) -> None:
    anna = play.join(ANNA)

    assert play.room.receive_from_person(anna, "not json") is WireFault.NOT_JSON
    assert play.room.receive_from_person(anna, '{"type":"stop","id":"s-1","more":1}') is WireFault.BAD_FIELD
    assert heard(anna) == [m.Ack(id="s-1", verdict=m.Verdict.REFUSED, refusal=m.Refusal.MALFORMED)]
    assert len(anna.outbox) == 0

    assert play.room.receive_from_person(anna, '{"type":"fly","id":"f-1"}') is WireFault.UNKNOWN_TYPE
    assert anna.outbox.ending is not None
    assert anna.outbox.ending.code is m.CloseCode.REFUSED_TOO_OFTEN


def test_an_oversized_frame_is_malformed(play: Play) -> None:
    anna = play.join(ANNA)

    assert play.room.receive_from_person(anna, "x" * (codec.MAX_FRAME_BYTES + 1)) is WireFault.TOO_LARGE


# --- From the robot to people ----------------------------------------------------------------------------------------


def test_what_the_robot_says_to_one_reaches_only_that_one(play: Play) -> None:
    robot, anna, bo = play.robot(), play.join(ANNA), play.join(BO)
    heard(anna)

    play.robot_says(robot, m.Ack(id="r", verdict=m.Verdict.DONE), to=ANNA.id)
    play.robot_says(robot, m.Ack(id="r", verdict=m.Verdict.DONE), to="nobody")

    assert heard(anna) == [m.Ack(id="r", verdict=m.Verdict.DONE)]
    assert heard(bo) == []


def test_state_is_latest_wins_and_events_are_lossless(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)

    play.robot_says(robot, status(state=m.RobotState.READY), lane=m.Lane.STATE)
    play.robot_says(robot, event(1))
    play.robot_says(robot, status(state=m.RobotState.DRIVING), lane=m.Lane.STATE)
    play.robot_says(robot, event(2))

    assert heard(anna) == [event(1), event(2), status(state=m.RobotState.DRIVING)]


def test_a_stop_ack_overtakes_events(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)
    ack = m.StopAck(id="s-1", state=m.RobotState.STOPPING, speed_mps=0.2)

    play.robot_says(robot, event(1))
    play.robot_says(robot, ack, to=ANNA.id)

    assert heard(anna) == [ack, event(1)]


@pytest.mark.parametrize(
    "message",
    [m.Roster(robot_online=True, profile=None, peers=()), m.Stop(id="s"), event(1, source="bridge")],
    ids=["roster", "stop", "an event of the bridge"],
)
def test_a_robot_does_not_speak_for_others(play: Play, message: m.Message) -> None:
    robot, anna = play.robot(), play.join(ANNA)

    outcomes = [play.robot_says(robot, message) for _ in range(3)]

    assert None not in outcomes
    assert heard(anna) == []
    assert robot.outbox.ending is not None
    assert robot.outbox.ending.code is m.CloseCode.REFUSED_TOO_OFTEN


def test_a_person_who_does_not_read_is_cut_and_others_hear_everything(play: Play) -> None:
    robot, anna, bo = play.robot(), play.join(ANNA), play.join(BO)
    told: list[m.ToPerson] = []
    heard(anna)

    for seq in range(600):
        play.robot_says(robot, event(seq))
        told += heard(anna)

    assert [each.seq for each in told if isinstance(each, m.Event)] == list(range(600))
    assert bo.outbox.ending is not None
    assert bo.outbox.ending.code is m.CloseCode.TOO_SLOW


def test_a_robot_that_was_replaced_is_not_heard(play: Play) -> None:
    older, anna = play.robot(), play.join(ANNA)
    play.robot()
    heard(anna)

    assert play.robot_says(older, event(1)) is None
    assert heard(anna) == []


# --- Properties ------------------------------------------------------------------------------------------------------

PEERS = {"anna": ANNA, "bo": BO, "guest": GUEST}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "drive", "ask", "stop", "robot", "robot away", "read"]),
        st.sampled_from(list(PEERS)),
    ),
    max_size=80,
)


@given(STEPS)
def test_whatever_happens_no_queue_holds_two_motion_commands_and_stop_leaves_first(
    steps: list[tuple[str, str]],
) -> None:
    play = Play()
    robot: RobotSeat | None = None
    seats: dict[str, Seat] = {}

    for number, (step, name) in enumerate(steps):
        if step == "robot":
            robot = play.robot()
        elif step == "join":
            seats[name] = play.join(PEERS[name])
        elif step == "robot away" and robot is not None:
            play.room.robot_leaves(robot, now_unix_ms=3000)
            robot = None
        elif step == "read" and robot is not None:
            _check_order(robot, present={seat.peer.id for seat in seats.values()})
        elif name in seats:
            _act(play, seats, step, name, number)
    if robot is not None:
        _check_order(robot, present={seat.peer.id for seat in seats.values()})


def _act(play: Play, seats: dict[str, Seat], step: str, name: str, number: int) -> None:
    match step:
        case "leave":
            play.room.leave(seats.pop(name), now_unix_ms=3000)
        case "drive":
            play.say(seats[name], drive(number))
        case "ask":
            play.say(seats[name], m.LeaseRequest(id=f"r-{number}"))
        case "stop":
            play.say(seats[name], m.Stop(id=f"s-{number}"))
        case _:
            pass


def _check_order(robot: RobotSeat, *, present: set[str]) -> None:
    said = [
        (each.peer, codec.decode_from_person(bytes(each.body)))
        for each in robot_heard(robot)
        if isinstance(each, m.FromPeer)
    ]
    drivers = [peer for peer, body in said if isinstance(body, m.Drive)]
    ranks = [0 if isinstance(body, m.Stop) else 2 if isinstance(body, m.Drive) else 1 for _, body in said]
    asked = [int(body.id.split("-")[1]) for _, body in said if isinstance(body, m.LeaseRequest)]
    assert len(drivers) == len(set(drivers))
    assert set(drivers) <= present
    assert GUEST.id not in drivers
    assert ranks == sorted(ranks)
    assert asked == sorted(asked)


def test_a_robots_connection_that_was_replaced_speaks_to_nobody(play: Play) -> None:
    anna = play.join(ANNA)
    older = play.robot()
    play.robot()
    frames_for(anna)
    older.outbox = Outbox(wake=lambda: None)  # its last frame was on its way when the newer one came

    assert play.robot_says(older, m.Pong(id="p1")) is WireFault.UNKNOWN_TYPE
    assert play.robot_says(older, m.Ack(id="a1", verdict=m.Verdict.DONE)) is None
    assert frames_for(anna) == []


def test_an_answer_to_somebody_who_left_goes_nowhere(play: Play) -> None:
    anna, robot = play.join(ANNA), play.robot()
    frames_for(anna)

    assert play.robot_says(robot, m.Ack(id="a1", verdict=m.Verdict.DONE), to="i9.gone") is None
    assert frames_for(anna) == []


def test_a_robot_that_was_never_there_cannot_be_sent_off(play: Play) -> None:
    play.room.send_off_robot(m.CloseCode.BAD_CREDENTIAL, "its key was revoked")

    assert not play.room.robot_online


def test_a_robots_connection_is_ended(play: Play) -> None:
    robot = play.robot()
    play.room.send_off_robot(m.CloseCode.BAD_CREDENTIAL, "its key was revoked")

    assert robot.outbox.ending is not None
    assert robot.outbox.ending.code is m.CloseCode.BAD_CREDENTIAL


def test_what_is_neither_status_nor_event_reaches_everybody_and_is_not_kept_for_newcomers(play: Play) -> None:
    anna, robot = play.join(ANNA), play.robot()
    frames_for(anna)

    assert play.robot_says(robot, m.Ack(id="a1", verdict=m.Verdict.DONE)) is None
    assert len(frames_for(anna)) == 1
    assert not any(isinstance(each, m.Ack) for each in heard(play.join(BO, read=False)))
