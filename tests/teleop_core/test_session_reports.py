"""What the robot tells: telemetry 20 times a second, status at each change, each event once; all of it fit to read."""

import math

import pytest

from teleop_core.errors import WireFault
from teleop_core.geometry import Pose2D, Twist
from teleop_core.ports import DriverState
from teleop_core.timebase import ms, seconds
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Lane, Limit, Refusal, Road, RobotState, Role, StopCause
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game


def sent_since(game: Game, mark: int, kind: type[m.Message]) -> int:
    return sum(isinstance(message, kind) for _, message in game.sent[mark:])


def report(game: Game, state: DriverState) -> None:
    """Let the robot say this before the next tick, in place of what the game's robot says."""
    game.now_ns += ms(20)
    game.session.agent_heard(bridge_up=True, now_ns=game.now_ns)
    game.session.robot_reported(state, now_ns=game.now_ns)
    game.session.tick(now_ns=game.now_ns)
    game._deliver()


# --- Telemetry ---


def test_telemetry_goes_out_20_times_a_second() -> None:
    game = Game().ready()
    game.run(1000)
    mark = len(game.sent)
    game.run(10_000)

    assert sent_since(game, mark, m.Telemetry) == 200


def test_each_telemetry_bears_the_next_tick() -> None:
    game = Game().driving()
    ticks = [message.tick for _, message in game.sent if isinstance(message, m.Telemetry)]

    assert ticks == list(range(1, len(ticks) + 1))


def test_a_stalled_loop_does_not_catch_up_with_a_burst() -> None:
    game = Game().ready()
    mark = len(game.sent)
    game.tick(step_ns=seconds(5))
    game.run(100)

    assert sent_since(game, mark, m.Telemetry) <= 4


def test_telemetry_tells_what_was_asked_applied_and_measured() -> None:
    game = Game().armed()
    game.drive(200, 0.6)
    told = game.telemetry

    assert told.asked == m.WireTwist(vx_mps=0.6, vy_mps=0.0, wz_radps=0.0)
    assert told.applied.vx_mps == pytest.approx(0.13, abs=0.05)
    assert told.allowed_mps == 0.6
    assert told.measured is not None
    assert told.measured.vx_mps == pytest.approx(told.applied.vx_mps - 0.02, abs=0.001)
    assert told.pose == m.WirePose(x_m=0.0, y_m=0.0, heading_rad=0.0)
    assert (told.state, told.driver, told.fence) == (RobotState.DRIVING, ANNA.id, game.session.fence)


def test_the_loop_delay_is_that_of_the_command_when_it_came() -> None:
    game = Game().armed()
    game.drive(200)
    captured_ns = game.now_ns // ms(100) * ms(100)
    game.renew()
    game.say(ANNA, game.command())
    said_ns = game.now_ns
    ages = set()
    for _ in range(8):  # the loop delay stays what it was while the command itself grows old
        game.tick()
        told = game.telemetry
        if told.command_age_ms == (game.now_ns - said_ns) / 1e6:
            ages.add((told.echo_age_ms, told.loop_delay_ms))

    assert len(ages) == 1
    assert ages.pop()[1] == (said_ns - captured_ns) / 1e6


def test_without_a_command_there_are_no_ages() -> None:
    game = Game().ready()
    game.run(100)

    told = game.telemetry
    assert (told.command_age_ms, told.echo_age_ms, told.loop_delay_ms) == (None, None, None)
    assert told.asked == m.WireTwist(vx_mps=0.0, vy_mps=0.0, wz_radps=0.0)


def test_a_hand_that_is_off_asks_for_nothing_and_a_blind_one_has_no_loop_delay() -> None:
    game = Game().armed()
    game.say(ANNA, game.command(vx_mps=0.6, dead_man=False, picture=None))
    game.run(60)

    assert game.telemetry.asked.vx_mps == 0.0
    assert game.telemetry.command_age_ms is not None
    assert game.telemetry.loop_delay_ms is None


# --- Status ---


def test_status_goes_out_once_a_second_when_nothing_changes() -> None:
    game = Game().ready()
    game.run(1000)
    mark = len(game.sent)
    game.run(10_000)

    assert sent_since(game, mark, m.Status) == 10


@pytest.mark.parametrize("change", ["latch", "driver", "request", "offer", "reset", "bridge", "fault"])
def test_a_change_shows_at_the_next_tick(change: str) -> None:
    game = Game().armed()
    game.run(60)
    before = game.status
    match change:
        case "latch":
            game.session.stop(StopCause.LOCAL, detail="", now_ns=game.now_ns)
        case "driver":
            game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence))
        case "request":
            game.ask(BO)
        case "offer":
            game.say(ANNA, m.LeaseOffer(id="o1", to=BO.id))
        case "reset":
            game.session.stop(StopCause.LOCAL, detail="", now_ns=game.now_ns)
            game.tick()
            before = game.status
            game.say(STAFF, m.ResetPrepare(id="p1"))
        case "bridge":
            game.bridge_up = False
        case _:
            game.faults = ("bumper",)
    game.tick()

    field = "requests" if change == "request" else "bridge_up" if change == "bridge" else change
    field = "faults" if change == "fault" else field
    assert getattr(game.status, field) != getattr(before, field)


def test_every_answer_is_followed_by_a_status_even_a_refusal() -> None:
    game = Game().ready()
    game.run(100)
    mark = len(game.sent)
    game.say(GUEST, m.LeaseTake(id="t1"))
    game.tick()

    assert sent_since(game, mark, m.Status) == 1
    assert game.status.refused["role"] == 1


def test_refused_frames_are_counted_by_reason() -> None:
    game = Game().driving()
    game.say_raw(ANNA, b"garbage")
    game.say_raw(ANNA, b"{}")
    game.say_raw(ANNA, b'{"type":"ping"}')
    game.say_raw(ANNA, b" " * 20_000)
    game.say(BO, game.command())
    game.say(ANNA, game.command(fence=0))
    game.run(1100)

    counts = {"not_json": 1, "unknown_type": 1, "bad_field": 1, "too_large": 1, "not_holder": 1, "wrong_fence": 1}
    assert game.session.refused == counts
    assert game.status.refused == counts


# --- Events ---


def test_each_event_is_told_once_in_order_with_the_epoch_for_a_source() -> None:
    game = Game().driving()
    game.ask(BO)
    game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence))
    game.run(1700)
    game.say(GUEST, m.Stop(id="s1", reason="halt"))
    game.run(700)

    assert [event.kind for event in game.events] == [
        EventKind.RESET,
        EventKind.GRANTED,
        EventKind.ASKED,
        EventKind.RETURNED,
        EventKind.GRANTED,
        EventKind.STOPPED,
    ]
    assert [event.seq for event in game.events] == [1, 2, 3, 4, 5, 6]
    assert {event.source for event in game.events} == {"e1"}
    stopped = game.events[-1]
    assert (stopped.by, stopped.role, stopped.cause, stopped.detail) == (
        GUEST.id,
        Role.OBSERVER,
        StopCause.PERSON,
        "halt",
    )
    assert game.events[2].role is Role.PRESENTER


def test_a_hold_is_told_once_however_long_it_lasts() -> None:
    game = Game().driving()
    for _ in range(100):
        game.renew()
        game.tick()
    holds = [(event.by, event.limit) for event in game.events if event.kind is EventKind.HOLD]

    assert holds == [(ANNA.id, Limit.SILENCE)]


def test_a_stop_while_driving_is_told_as_a_stop_and_not_also_as_a_hold() -> None:
    game = Game().driving()
    game.faults = ("bumper",)
    game.run(300)

    assert [event.kind for event in game.events].count(EventKind.STOPPED) == 1
    assert EventKind.HOLD not in [event.kind for event in game.events]


def test_wall_time_is_for_display_only() -> None:
    game = Game().armed()
    game.session.set_wall_clock(seconds(1_900_000_000) - game.now_ns)
    game.drive(800)
    game.session.set_wall_clock(seconds(1_900_003_600) - game.now_ns)  # the wall clock steps one hour
    assert game.drive(20).twist.vx_mps == 0.5

    game.say(GUEST, m.Stop(id="s1"))
    assert game.events[-1].at_unix_ms == 1_900_003_600_020
    game.tick()
    assert game.status.latch is not None
    assert game.status.latch.at_unix_ms == 1_900_003_600_020


def test_a_wall_clock_before_1970_is_shown_as_1970() -> None:
    game = Game().ready()
    game.session.set_wall_clock(-seconds(10**6))
    game.say(GUEST, m.Stop(id="s1"))

    assert game.events[-1].at_unix_ms == 0


# --- Answers ---


def test_a_repeated_request_is_answered_again_and_done_once() -> None:
    game = Game().ready()
    request = m.LeaseRequest(id="q-again")
    game.say(ANNA, request)
    fence = game.session.fence
    first = game.answer()
    game.say(STAFF, m.LeaseRevoke(id="r1"))

    assert game.say(ANNA, request, road=Road.DIRECT) is None
    assert game.answer() == first
    assert game.session.holder is None, "the copy must not bring a revoked lease back"
    assert game.session.fence == fence + 1


def test_answers_go_to_who_asked_and_news_to_everybody() -> None:
    game = Game().ready()
    game.ask(ANNA)
    game.tick()

    to = {type(message): receiver for receiver, message in game.sent}
    assert (to[m.Ack], to[m.Telemetry], to[m.Status], to[m.Event]) == (ANNA.id, None, None, None)


def test_state_may_be_replaced_and_events_may_not() -> None:
    game = Game()
    game.session.receive(
        codec.encode(m.Stop(id="s1")), peer="x", role=Role.OBSERVER, road=Road.LOCAL, now_ns=game.now_ns
    )
    game.session.receive(
        codec.encode(m.LeaseRequest(id="q1")), peer="x", role=Role.OBSERVER, road=Road.LOCAL, now_ns=game.now_ns
    )
    game.now_ns += seconds(2)
    game.session.tick(now_ns=game.now_ns)
    lanes = {type(codec.decode_to_person(each.body)): each.lane for each in game.session.messages_to_send()}

    assert lanes == {m.StopAck: Lane.EVENT, m.Ack: Lane.EVENT, m.Telemetry: Lane.STATE, m.Status: Lane.STATE}


@pytest.mark.parametrize(
    "message",
    [
        m.Ping(id="p1"),
        m.RtcOffer(id="c1", sdp="v=0"),
        m.RtcCandidate(id="c1", candidate=None, mid=None, line=None),
        m.RtcClose(id="c1"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_is_the_agents_own_is_refused(message: m.FromPerson) -> None:
    assert Game().say(ANNA, message) is Refusal.MALFORMED


# --- Bounds ---


def test_what_nobody_drains_stays_bounded_and_keeps_events_before_state() -> None:
    game = Game().driving()
    for each in range(1200):
        game.session.receive(
            codec.encode(m.LeaseRequest(id=f"q{each % 1000}")),
            peer=BO.id,
            role=BO.role,
            road=Road.BRIDGE,
            now_ns=game.now_ns,
        )
        game.now_ns += ms(20)
        game.session.agent_heard(bridge_up=True, now_ns=game.now_ns)
        game.session.tick(now_ns=game.now_ns)
    outgoing = game.session.messages_to_send()

    assert len(outgoing) == 1024
    assert {each.lane for each in outgoing} == {Lane.EVENT}


def test_every_message_fits_a_frame_and_can_be_read_whatever_the_robot_reports() -> None:
    game = Game().driving()
    for each in range(40):
        game.ask(m.Peer(id=f"{each}".rjust(64, "p"), role=Role.PRESENTER, name="P"))
    for broken in (
        DriverState(stamp_ns=game.now_ns, faults=tuple("故" * 1000 for _ in range(100))),
        DriverState(stamp_ns=game.now_ns, faults=("half a \udcff frame",)),
        DriverState(stamp_ns=game.now_ns, battery=7.0),
        DriverState(stamp_ns=game.now_ns, battery=-0.5),
        DriverState(stamp_ns=game.now_ns, battery=math.nan),
        DriverState(stamp_ns=game.now_ns, twist=Twist(math.nan, 0.0, math.inf)),
        DriverState(stamp_ns=game.now_ns, pose=Pose2D(math.inf, 0.0, 0.0)),
        DriverState(stamp_ns=game.now_ns, twist=Twist(1e308, -1e308, 1e308), pose=Pose2D(1e308, -1e308, 1e9)),
    ):
        for _ in range(60):
            report(game, broken)

    longest = max(len(codec.encode(message)) for _, message in game.sent)
    assert longest <= codec.MAX_FRAME_BYTES


@pytest.mark.parametrize(
    ("state", "named"),
    [
        (DriverState(twist=Twist(vx_mps=math.nan)), "twist"),
        (DriverState(twist=Twist(wz_radps=math.inf)), "twist"),
        (DriverState(pose=Pose2D(y_m=math.nan)), "pose"),
        (DriverState(battery=math.inf), "battery"),
    ],
    ids=["speed", "turn", "pose", "battery"],
)
def test_a_figure_that_is_no_number_is_a_fault_that_latches(state: DriverState, named: str) -> None:
    game = Game().driving()
    report(game, DriverState(stamp_ns=game.now_ns, pose=state.pose, twist=state.twist, battery=state.battery))

    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.DRIVER_FAULT
    assert game.status.faults == (f"the robot reports no finite number: {named}",)
    assert (game.telemetry.pose, game.telemetry.measured, game.telemetry.battery) == (None, None, None)


@pytest.mark.parametrize(("reported", "told"), [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0), (1.02, 1.0), (-0.01, 0.0)])
def test_a_battery_is_told_between_empty_and_full(reported: float, told: float) -> None:
    game = Game().ready()
    report(game, DriverState(stamp_ns=game.now_ns, battery=reported))
    report(game, DriverState(stamp_ns=game.now_ns, battery=reported))
    report(game, DriverState(stamp_ns=game.now_ns, battery=reported))

    assert game.telemetry.battery == told
    assert not game.is_latched()


def test_junk_from_anybody_moves_nothing_and_raises_nothing() -> None:
    game = Game().driving()
    for junk in (b"", b"\xff", b"[]", b"null", b'{"type":"drive"}', b"{" * 9000, b"\x00" * 100):
        assert isinstance(game.say_raw(GUEST, junk), WireFault)
    assert game.drive(20).twist.vx_mps == 0.5
