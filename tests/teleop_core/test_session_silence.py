"""What the robot does by itself when somebody or something falls silent, or shows what is old."""

from collections.abc import Callable

import pytest

from teleop_core.geometry import STILL
from teleop_core.ports import DriverState
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Limit, Refusal, Road, RobotState, StopCause
from tests.teleop_core.game import ANNA, BO, STAFF, Game

SHOWN = -1  # the picture that the game shows


def _seeing(game: Game, vx_mps: float, beacon: int | None, picture: int | None) -> m.Drive:
    return game.command(
        vx_mps=vx_mps,
        beacon=game.telemetry.tick if beacon is None else beacon,
        picture=game.picture if picture == SHOWN else picture,
    )


def drive_on(
    game: Game, for_ms: int, vx_mps: float = 0.5, beacon: int | None = None, picture: int | None = SHOWN
) -> list[object]:
    """Hold the dead-man for a while with these changes to each command; return the refusals."""
    refusals = []
    for _ in range(for_ms // 20):
        game.renew()
        refusals.append(game.say(ANNA, _seeing(game, vx_mps, beacon, picture)))
        game.tick()
    return refusals


def needs_neutral(game: Game) -> None:
    """The hand is still on: nothing moves until it has been off."""
    game.run(1000)
    drive_on(game, 1000)
    assert game.speed_mps == 0.0
    assert game.limit() is Limit.NOT_NEUTRAL
    game.drive(360, 0.0, dead_man=False)
    game.drive(100)
    assert game.speed_mps > 0.0


# --- The operator ---


def test_a_command_lives_249_ms_and_not_250() -> None:
    game = Game().driving()
    game.say(ANNA, game.command())

    assert game.tick(step_ns=ms(249)).limit is Limit.NONE
    assert game.tick(step_ns=ms(1)).limit is Limit.SILENCE


def test_silence_ramps_to_zero_within_870_ms_and_340_mm() -> None:
    game = Game().driving()
    game.drive(800, 0.6)
    began_ns, way_m = game.now_ns, 0.0
    while game.speed_mps > 0.0:
        way_m += game.tick().twist.vx_mps * 0.02

    assert game.now_ns - began_ns <= ms(870)
    assert way_m <= 0.34
    assert game.state() is RobotState.HOLD


def test_after_silence_the_hand_must_be_off_first() -> None:
    game = Game().driving()
    game.run(400)
    game.renew()
    assert game.events[-1].kind is EventKind.HOLD
    assert game.events[-1].limit is Limit.SILENCE
    needs_neutral(game)


# --- What the operator knows ---


def test_an_echo_may_be_399_ms_old_and_not_400() -> None:
    game = Game().driving()
    beacon = game.telemetry.tick
    while game.telemetry.tick == beacon:  # find the instant at which a beacon leaves
        drive_on(game, 20)
    beacon, left_ns = game.telemetry.tick, game.now_ns
    while game.now_ns < left_ns + ms(380):
        drive_on(game, 20)
    game.now_ns = left_ns + ms(400) - 1
    assert game.say(ANNA, game.command(beacon=beacon)) is None

    game.now_ns += 1
    assert game.say(ANNA, game.command(beacon=beacon)) is Refusal.STALE


def test_only_the_downlink_dead_ends_in_a_hold_for_echo_age() -> None:
    game = Game().driving()
    known = game.telemetry.tick
    refusals = drive_on(game, 2000, beacon=known)

    assert Refusal.STALE in refusals
    assert game.speed_mps == 0.0
    assert game.state() is RobotState.HOLD
    assert [e.limit for e in game.events if e.kind is EventKind.HOLD] == [Limit.ECHO_AGE]
    needs_neutral(game)


def test_an_echo_of_no_beacon_is_refused_and_silence_follows() -> None:
    game = Game().driving()
    refusals = drive_on(game, 400, beacon=2**53 - 1)

    assert set(refusals) == {Refusal.UNKNOWN_BEACON}
    assert game.limit() is Limit.SILENCE


def test_a_frozen_picture_slows_down_then_holds_at_700_ms() -> None:
    game = Game().driving()
    game.drive(800, 0.6)
    frozen, captured_ns = game.picture, game.now_ns // ms(100) * ms(100)
    game.camera_alive = False
    limits: dict[Limit, int] = {}
    while game.limit() is not Limit.PICTURE_AGE:
        drive_on(game, 20, picture=frozen, vx_mps=0.6)
        limits.setdefault(game.setpoints[-1][1].limit, game.now_ns - captured_ns)

    assert list(limits) == [Limit.NONE, Limit.LOOP_DELAY, Limit.PICTURE_AGE]
    assert ms(240) < limits[Limit.LOOP_DELAY] <= ms(300)
    assert limits[Limit.PICTURE_AGE] == ms(700)
    drive_on(game, 600, picture=frozen)
    assert game.speed_mps == 0.0
    game.camera_alive = True
    needs_neutral(game)


def test_a_picture_repeated_for_ever_with_healthy_control_stands_still() -> None:
    game = Game().driving()
    frozen = game.picture
    drive_on(game, 3000, picture=frozen)

    assert game.speed_mps == 0.0
    assert game.limit() in {Limit.PICTURE_AGE, Limit.NOT_NEUTRAL}


def test_without_a_picture_nobody_drives() -> None:
    game = Game().armed()
    drive_on(game, 1000, picture=None)

    assert game.speed_mps == 0.0
    assert game.state() is RobotState.HOLD
    assert game.limit() is Limit.NO_PICTURE


def test_an_invented_picture_does_not_help() -> None:
    game = Game().armed()
    drive_on(game, 1000, picture=123_456_789)

    assert all(setpoint.twist == STILL for _, setpoint in game.setpoints)
    assert game.limit() is Limit.PICTURE_AGE


# --- The agent ---


def test_an_agent_silent_for_100_ms_is_a_ramp() -> None:
    game = Game().driving()
    game.agent_alive = False

    def sent_on(step_ns: int) -> Limit:
        game.say(ANNA, game.command())
        return game.tick(step_ns=step_ns).limit

    assert sent_on(ms(100) - 1) is Limit.NONE
    assert sent_on(1) is Limit.AGENT_SILENT
    assert not game.is_latched()


def test_an_agent_silent_for_500_ms_is_a_latch() -> None:
    game = Game().driving()
    game.agent_alive = False
    game.tick(step_ns=ms(500) - 1)
    assert not game.is_latched()

    game.tick(step_ns=1)
    assert game.is_latched()
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.AGENT_SILENT


def test_an_agent_back_within_a_commands_life_lets_the_hand_go_on() -> None:
    game = Game().driving()
    game.agent_alive = False
    game.run(160)
    assert game.limit() is Limit.AGENT_SILENT
    slowed_mps = game.speed_mps

    game.agent_alive = True
    game.drive(200)
    assert game.speed_mps > slowed_mps


def test_an_agent_back_before_the_latch_finds_the_hand_disarmed() -> None:
    game = Game().driving()
    game.agent_alive = False
    game.run(300)
    game.agent_alive = True
    game.renew()
    assert not game.is_latched()
    needs_neutral(game)


def test_an_agent_back_after_the_latch_changes_nothing() -> None:
    game = Game().driving()
    game.agent_alive = False
    game.run(600)
    game.agent_alive = True

    assert game.ask() is Refusal.STOPPED
    drive_on(game, 1000)
    assert game.speed_mps == 0.0
    assert game.is_latched()


def test_while_the_agent_is_silent_no_reset_holds() -> None:
    game = Game()
    game.agent_alive = False
    game.run(600)
    game.say(STAFF, m.ResetPrepare(id="p1"))
    game.tick()

    assert game.reset_code() is None
    assert game.is_latched()


# --- The bridge ---


def test_a_bridge_that_vanishes_changes_nothing_for_the_driver_on_the_direct_road() -> None:
    game = Game().driving()
    game.bridge_up = False

    game.drive(5000, road=Road.DIRECT)
    assert game.speed_mps == 0.5
    assert game.session.holder == ANNA.id
    assert not game.status.bridge_up


@pytest.mark.parametrize(
    "ask",
    [
        lambda game: game.ask(BO),
        lambda game: game.say(STAFF, m.LeaseTake(id="t1"), road=Road.DIRECT),
        lambda game: game.say(STAFF, m.LeaseOffer(id="o1", to=BO.id)),
        lambda game: game.say(BO, m.LeaseAccept(id="a1")),
    ],
    ids=["request", "take", "offer", "accept"],
)
def test_while_the_bridge_is_away_nobody_new_gets_the_lease(ask: Callable[[Game], object]) -> None:
    game = Game().driving()
    game.bridge_up = False
    game.tick()

    assert ask(game) is Refusal.NO_BRIDGE
    game.drive(2000, road=Road.DIRECT)
    assert game.session.holder == ANNA.id


def test_a_return_while_the_bridge_is_away_gives_the_lease_to_nobody() -> None:
    game = Game().driving()
    game.ask(BO)
    game.bridge_up = False
    game.tick()
    game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence), road=Road.DIRECT)
    game.run(3000)

    assert game.session.holder is None
    assert game.state() is RobotState.READY


def test_a_handover_under_way_is_given_up_when_the_bridge_goes() -> None:
    game = Game().driving()
    game.say(STAFF, m.LeaseTake(id="t1"))
    game.run(200)
    game.bridge_up = False
    game.run(3000)

    assert game.session.holder is None
    assert game.speed_mps == 0.0


def test_a_bridge_that_comes_back_finds_the_same_driver() -> None:
    game = Game().driving()
    fence = game.session.fence
    game.bridge_up = False
    game.drive(1000, road=Road.DIRECT)
    game.bridge_up = True
    game.drive(1000)

    assert (game.session.holder, game.session.fence, game.speed_mps) == (ANNA.id, fence, 0.5)


# --- The robot ---


def test_a_robot_silent_for_500_ms_is_a_latch() -> None:
    game = Game().ready()
    last_ns = game.now_ns
    game.session.robot_reported(DriverState(stamp_ns=last_ns), now_ns=last_ns + ms(500) - 1)
    assert not game.is_latched()

    game.session.robot_reported(DriverState(stamp_ns=last_ns), now_ns=last_ns + ms(500))
    assert game.is_latched()
    record = game.session._latch.record
    assert record is not None
    assert (record.cause, record.detail) == (StopCause.DRIVER_FAULT, "the robot does not report any more")


def test_a_robot_that_lost_its_stamp_is_silent() -> None:
    game = Game().ready()
    game.session.robot_reported(DriverState(), now_ns=game.now_ns)

    assert game.is_latched()


def test_a_robot_that_never_spoke_cannot_be_reset() -> None:
    game = Game()
    game.session.robot_reported(DriverState(), now_ns=game.now_ns)

    assert game.say(STAFF, m.ResetPrepare(id="p1")) is Refusal.FAULT


def test_a_robot_fallen_silent_cannot_be_reset() -> None:
    game = Game()
    game.now_ns += ms(500)

    assert game.say(STAFF, m.ResetPrepare(id="p1")) is Refusal.FAULT
