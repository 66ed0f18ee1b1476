"""A robot in its room over several uplinks at once: one robot, whichever of them are up."""

import msgspec
import pytest

from teleop_core.errors import WireFault
from teleop_core.outbox import MAX_URGENT_PER_SENDER, Outbox
from teleop_core.presence import MAX_UPLINKS, RobotSeat
from teleop_core.seat import Seat
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.robot_words import status
from tests.teleop_core.test_room import ANNA, BO, PROFILE, Play, drive, event, frames_for, heard, robot_heard

BOOT = "boot-0123456789abcdef"
OTHER_BOOT = "boot-fedcba9876543210"


class Stage(Play):
    """A room whose robot has uplinks."""

    def uplink(self, name: str, *, boot: str | None = BOOT, profile: m.RobotProfile = PROFILE) -> RobotSeat:
        seat = self.room.robot_joins(profile, Outbox(wake=lambda: None), boot=boot, uplink=name, now_unix_ms=2000)
        robot_heard(seat)
        return seat

    def leaves(self, seat: RobotSeat) -> None:
        self.room.robot_leaves(seat, now_unix_ms=3000)

    def over(
        self,
        seat: RobotSeat,
        seq: int | None,
        message: m.Message,
        *,
        to: str | None = None,
        lane: m.Lane = m.Lane.EVENT,
    ) -> WireFault | None:
        envelope = m.ToPeer(to=to, lane=lane, body=msgspec.Raw(codec.encode(message)), seq=seq)
        return self.room.receive_from_robot(seat, codec.encode(envelope))


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def venue(stage: Stage) -> RobotSeat:
    return stage.uplink("venue")


@pytest.fixture
def mobile(stage: Stage, venue: RobotSeat) -> RobotSeat:
    return stage.uplink("5G")


@pytest.fixture
def anna(stage: Stage) -> Seat:
    return stage.join(ANNA)


def kinds(stage: Stage) -> list[m.EventKind]:
    return [each.kind for each in stage.notebook.events]


def bodies(seat: RobotSeat) -> list[tuple[int | None, bytes]]:
    return [(each.seq, bytes(each.body)) for each in robot_heard(seat) if isinstance(each, m.FromPeer)]


# --- Coming and going ---


def test_another_uplink_of_the_same_process_joins_and_the_robot_stays(stage: Stage, venue: RobotSeat) -> None:
    stage.over(venue, 1, status(state=m.RobotState.DRIVING))
    mobile = stage.uplink("5G")

    assert venue.outbox.ending is None
    assert mobile.outbox.ending is None
    assert kinds(stage) == [m.EventKind.ROBOT_ONLINE, m.EventKind.UPLINK_UP]
    assert stage.notebook.events[-1].detail == "5G"
    assert any(isinstance(each, m.Status) for each in heard(stage.join(ANNA, read=False)))


def test_an_uplink_that_joins_hears_welcome_and_roster_first(stage: Stage, venue: RobotSeat, anna: Seat) -> None:
    seat = stage.room.robot_joins(PROFILE, Outbox(wake=lambda: None), boot=BOOT, uplink="5G", now_unix_ms=2000)

    welcome, roster = robot_heard(seat)

    assert isinstance(welcome, m.Welcome)
    assert welcome.you is None
    assert isinstance(roster, m.Roster)
    assert (roster.peers, roster.robot_online) == ((ANNA,), True)


@pytest.mark.parametrize("first", ["venue", "5G"])
def test_the_robot_is_gone_with_its_last_uplink(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat, first: str
) -> None:
    one, other = (venue, mobile) if first == "venue" else (mobile, venue)
    heard(anna)

    stage.leaves(one)
    assert stage.room.robot_online
    assert [type(each) for each in heard(anna)] == [m.Event]
    assert (kinds(stage)[-1], stage.notebook.events[-1].detail) == (m.EventKind.UPLINK_DOWN, first)

    stage.leaves(other)
    assert kinds(stage)[-1] is m.EventKind.ROBOT_OFFLINE
    assert not stage.room.robot_online


def test_an_uplink_that_redials_takes_the_place_of_its_own_older_connection(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat
) -> None:
    newer = stage.uplink("5G")

    assert mobile.outbox.ending is not None
    assert mobile.outbox.ending.code is m.CloseCode.REPLACED
    assert venue.outbox.ending is None
    seen = kinds(stage)
    stage.leaves(mobile)
    assert kinds(stage) == seen
    stage.leaves(venue)
    assert stage.room.robot_online
    stage.leaves(newer)
    assert not stage.room.robot_online


@pytest.mark.parametrize("boot", [OTHER_BOOT, None])
def test_another_process_takes_the_place_of_all_uplinks(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, boot: str | None
) -> None:
    stage.over(venue, 1, status())

    newer = stage.uplink("5G", boot=boot)

    for older in (venue, mobile):
        assert older.outbox.ending is not None
        assert older.outbox.ending.code is m.CloseCode.REPLACED
        stage.leaves(older)
    assert stage.room.robot_online
    assert kinds(stage)[-1] is m.EventKind.ROBOT_ONLINE
    assert not any(isinstance(each, m.Status) for each in heard(stage.join(ANNA, read=False)))
    stage.leaves(newer)
    assert not stage.room.robot_online


def test_a_robot_that_does_not_say_its_boot_never_joins_itself(stage: Stage) -> None:
    older = stage.uplink("venue", boot=None)
    stage.uplink("5G", boot=None)

    assert older.outbox.ending is not None
    assert older.outbox.ending.code is m.CloseCode.REPLACED


def test_there_are_only_so_many_uplinks_of_one_robot(stage: Stage, anna: Seat) -> None:
    seats = [stage.uplink(f"line-{number}") for number in range(MAX_UPLINKS)]
    seen = kinds(stage)
    heard(anna)

    one_too_many = stage.uplink("one too many")

    assert one_too_many.outbox.ending is not None
    assert one_too_many.outbox.ending.code is m.CloseCode.CROWDED
    assert all(seat.outbox.ending is None for seat in seats)
    assert heard(anna) == []
    stage.leaves(one_too_many)
    assert kinds(stage) == seen


def test_a_robot_that_turns_out_another_is_known_as_such_from_its_first_uplink_on(
    stage: Stage, venue: RobotSeat, anna: Seat
) -> None:
    legs = m.RobotProfile(model="legs", max_speed_mps=0.3, max_turn_radps=0.5, holonomic=True)

    stage.uplink("5G", profile=legs)

    assert [each.profile for each in heard(anna) if isinstance(each, m.Roster)] == [legs]


def test_a_robot_is_sent_off_over_all_uplinks(stage: Stage, venue: RobotSeat, mobile: RobotSeat) -> None:
    stage.room.send_off_robot(m.CloseCode.GOING_AWAY, "the bridge is going away")

    assert [seat.outbox.ending and seat.outbox.ending.code for seat in (venue, mobile)] == [m.CloseCode.GOING_AWAY] * 2


# --- To the robot ---


def test_what_people_say_goes_over_each_uplink_under_the_same_number(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    robot_heard(venue), robot_heard(mobile)
    said: list[m.FromPerson] = [drive(1), m.LeaseRequest(id="a"), m.Stop(id="s")]
    for message in said:
        assert stage.say(anna, message) is None

    over_venue, over_mobile = bodies(venue), bodies(mobile)

    assert over_venue == over_mobile
    assert {body for _, body in over_venue} == {codec.encode(each) for each in said}
    numbers = {body: seq for seq, body in over_venue}
    in_order = [numbers[codec.encode(each)] or 0 for each in said]
    assert in_order == list(range(in_order[0], in_order[0] + 3))


def test_a_roster_is_numbered_among_the_frames(stage: Stage, venue: RobotSeat, anna: Seat) -> None:
    robot_heard(venue)
    stage.say(anna, m.LeaseRequest(id="a"))
    stage.join(BO)
    stage.say(anna, m.LeaseRequest(id="b"))

    first, roster, last = robot_heard(venue)

    assert isinstance(first, m.FromPeer)
    assert isinstance(roster, m.Roster)
    assert isinstance(last, m.FromPeer)
    assert (first.seq or 0) < (roster.seq or 0) < (last.seq or 0)


def test_a_roster_that_nobody_heard_since_has_the_number_of_no_other_frame(stage: Stage, venue: RobotSeat) -> None:
    anna = stage.join(ANNA)
    stage.say(anna, m.LeaseRequest(id="a"))

    numbers = [each.seq for each in robot_heard(venue) if isinstance(each, m.Roster | m.FromPeer)]

    assert len(set(numbers)) == len(numbers) == 2


def test_a_stalled_uplink_refuses_nobody_while_another_takes_it(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    for number in range(MAX_URGENT_PER_SENDER):
        stage.say(anna, m.Stop(id=f"s{number}"))
    robot_heard(mobile)

    assert stage.say(anna, m.Stop(id="one-more")) is None
    robot_heard(mobile), robot_heard(venue)
    assert stage.say(anna, m.Stop(id="two-more")) is None
    robot_heard(mobile), robot_heard(venue)
    for number in range(MAX_URGENT_PER_SENDER):
        stage.say(anna, m.Stop(id=f"t{number}"))
    robot_heard(venue)
    assert stage.say(anna, m.Stop(id="and-one-more")) is None
    robot_heard(mobile), robot_heard(venue)
    venue.outbox.end(m.CloseCode.TOO_SLOW, "you read nothing")
    assert stage.say(anna, m.Stop(id="still-one-more")) is None
    mobile.outbox.end(m.CloseCode.TOO_SLOW, "you read nothing")
    assert stage.say(anna, m.Stop(id="in-vain")) is m.Refusal.NO_ROBOT


def test_a_flood_over_all_uplinks_is_refused(stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat) -> None:
    for number in range(MAX_URGENT_PER_SENDER):
        stage.say(anna, m.Stop(id=f"s{number}"))
    assert stage.say(anna, m.Stop(id="one-more")) is m.Refusal.OVERLOADED

    venue.outbox.end(m.CloseCode.TOO_SLOW, "you read nothing")
    assert stage.say(anna, m.Stop(id="one-more")) is m.Refusal.OVERLOADED


def test_the_wish_of_a_hand_that_is_gone_waits_on_no_uplink(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    robot_heard(venue), robot_heard(mobile)
    stage.say(anna, drive(1))
    stage.room.leave(anna, now_unix_ms=3000)

    assert bodies(venue) == bodies(mobile) == []


def test_new_servers_are_told_over_each_uplink(stage: Stage, venue: RobotSeat, mobile: RobotSeat) -> None:
    robot_heard(venue), robot_heard(mobile)
    stage.room.renew_ice_servers(now_unix_ms=4000)

    (over_venue,), (over_mobile,) = robot_heard(venue), robot_heard(mobile)
    assert isinstance(over_venue, m.IceServers)
    assert over_venue == over_mobile


# --- From the robot ---


def test_what_the_robot_says_over_two_uplinks_is_heard_and_written_down_once(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    heard(anna)
    before = len(stage.notebook.events)

    for seat in (venue, mobile):
        stage.over(seat, 1, event(1))
        stage.over(seat, 2, m.StopAck(id="s", state=m.RobotState.STOPPED, speed_mps=0.0), to=ANNA.id)

    stop_ack, said = heard(anna)
    assert isinstance(stop_ack, m.StopAck)
    assert said == event(1)
    assert len(stage.notebook.events) == before + 1


def test_what_was_lost_on_one_uplink_comes_over_the_other(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    heard(anna)
    stage.over(venue, 1, event(1))
    stage.over(mobile, 1, event(1))
    stage.over(mobile, 2, event(2))
    stage.leaves(venue)
    stage.over(mobile, 3, event(3))

    assert [each.seq for each in heard(anna) if isinstance(each, m.Event) and each.source == "robot"] == [1, 2, 3]


def test_an_older_state_over_the_slower_uplink_replaces_no_newer_one(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    heard(anna)
    older, newer = status(state=m.RobotState.READY), status(state=m.RobotState.DRIVING)

    stage.over(venue, 2, newer, lane=m.Lane.STATE)
    stage.over(mobile, 1, older, lane=m.Lane.STATE)
    assert heard(anna) == [newer]

    newest = status(state=m.RobotState.HOLD)
    stage.over(mobile, 3, newest, lane=m.Lane.STATE)
    assert heard(anna) == [newest]


def test_a_state_is_outdated_by_its_own_kind_only_and_events_and_answers_never_are(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    heard(anna)
    stage.over(venue, 9, status(), lane=m.Lane.STATE)
    stage.over(mobile, 1, m.Uplinks(at_unix_ms=1, uplinks=()), lane=m.Lane.STATE)
    stage.over(mobile, 2, event(2))
    stage.over(mobile, 3, status(), to=ANNA.id, lane=m.Lane.STATE)
    stage.over(mobile, 4, status(state=m.RobotState.BOOT), lane=m.Lane.EVENT)

    assert len(heard(anna)) == 4


def test_a_robot_that_numbers_nothing_is_heard_each_time(stage: Stage, venue: RobotSeat, anna: Seat) -> None:
    heard(anna)
    for _ in range(2):
        stage.over(venue, None, event(1))
        stage.over(venue, None, status(), lane=m.Lane.STATE)
        assert len(frames_for(anna)) == 2


def test_numbers_of_another_process_are_its_own(stage: Stage, venue: RobotSeat, anna: Seat) -> None:
    stage.over(venue, 5, event(1))
    other = stage.uplink("venue", boot=OTHER_BOOT)
    heard(anna)

    stage.over(other, 5, event(2))

    assert heard(anna) == [event(2)]


def test_a_malformed_frame_costs_the_uplink_that_it_came_over(
    stage: Stage, venue: RobotSeat, mobile: RobotSeat, anna: Seat
) -> None:
    for seq in range(3):
        assert stage.over(venue, seq, m.Pong(id="p")) is WireFault.UNKNOWN_TYPE

    assert venue.outbox.ending is not None
    assert mobile.outbox.ending is None
    assert stage.room.robot_online
