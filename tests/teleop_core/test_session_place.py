"""Where the robot is and how it stands: edges, tilt and odometry, as the session acts on them."""

import math

import pytest

from teleop_core.edges import EdgeRules, StageArea
from teleop_core.geometry import Pose2D
from teleop_core.governor import Limits
from teleop_core.profile import SafetyProfile
from teleop_core.session import Setpoint
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Limit, Refusal, RobotState, StopCause, StopLevel
from tests.teleop_core.game import ANNA, STAFF, Game

STAGE = EdgeRules(area=StageArea(((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))), near_m=0.2)


class Walk(Game):
    """A game in which the robot really goes where it is told."""

    def tick(self, *, step_ns: int | None = None) -> Setpoint:
        setpoint = super().tick(step_ns=step_ns)
        place = self.place
        if place is not None:
            for_s, twist = self.timing.tick_ns / 1e9, setpoint.twist
            cos, sin = math.cos(place.heading_rad), math.sin(place.heading_rad)
            self.place = Pose2D(
                place.x_m + (cos * twist.vx_mps - sin * twist.vy_mps) * for_s,
                place.y_m + (sin * twist.vx_mps + cos * twist.vy_mps) * for_s,
                place.heading_rad + twist.wz_radps * for_s,
            )
        return setpoint


def walk() -> Walk:
    return Walk(profile=SafetyProfile(limits=Limits(edges=STAGE)))


def test_it_stands_before_the_edge_however_long_the_hand_pushes() -> None:
    game = walk()
    game.armed().drive(6000, 0.6)

    assert game.place is not None
    assert 0.90 <= game.place.x_m <= 0.96
    assert game.limit() is Limit.EDGE
    assert game.telemetry.allowed_mps == pytest.approx(0.0, abs=0.02)
    assert not game.is_latched()


def test_from_the_edge_it_drives_back() -> None:
    game = walk()
    game.armed().drive(6000, 0.6)
    game.drive(2000, -0.6)

    assert game.place is not None
    assert game.place.x_m < 0.5


def test_pushed_over_the_edge_it_latches_and_may_only_come_back_in() -> None:
    game = walk()
    game.armed()
    game.place = Pose2D(1.2, 0.0, 0.0)
    game.tick()
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.EDGE
    game.run(600)

    game.armed().drive(1000, 0.6)
    assert game.place == Pose2D(1.2, 0.0, 0.0)
    assert game.limit() is Limit.EDGE
    game.drive(800, -0.6)
    assert game.speed_mps == pytest.approx(0.15)
    game.drive(4000, -0.6)
    assert game.place.x_m < 0.5
    assert not game.is_latched()


def test_a_robot_that_does_not_say_where_it_is_holds_and_needs_a_new_neutral() -> None:
    game = walk()
    game.armed().drive(400)
    game.place = None
    game.drive(800)

    assert game.limit() is Limit.POSE_UNKNOWN
    assert game.state() is RobotState.HOLD
    assert game.speed_mps == 0.0
    assert [e.limit for e in game.events if e.kind is EventKind.HOLD] == [Limit.POSE_UNKNOWN]
    game.place = Pose2D()
    game.drive(200)
    assert game.limit() is Limit.NOT_NEUTRAL


def test_a_tilt_latches_as_sternly_as_the_profile_says() -> None:
    profile = SafetyProfile(ladder=(StopLevel.SETTLE, StopLevel.DAMP), tilt_level=StopLevel.DAMP)
    game = Game(profile=profile).driving()
    game.tilt_rad = 0.5

    setpoint = game.tick()
    assert setpoint.level is StopLevel.DAMP
    assert game.status.latch is not None
    assert (game.status.latch.cause, game.status.latch.level) == (StopCause.TILT, StopLevel.DAMP)
    game.session.release()
    assert game.tick().level is StopLevel.DAMP  # as long as it tilts
    game.tilt_rad = 0.0
    game.run(800)
    assert game.reset() is Refusal.ON_SITE
    game.session.release()
    assert game.tick().level is StopLevel.SETTLE
    assert game.reset() is None


def test_a_runaway_latches_and_cannot_be_cleared_while_it_runs() -> None:
    game = Game().ready()
    game.measured_mps = 0.3
    game.run(1000)

    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.ODOMETRY
    assert game.reset() is Refusal.MOVING
    game.measured_mps = 0.0
    game.run(60)
    assert game.reset() is None


def test_the_same_stop_for_two_reasons_is_told_with_the_first() -> None:
    game = Game().driving()
    game.tilt_rad = 0.5
    game.tick()
    game.say(STAFF, m.Stop(id=game.next_id()))

    assert [e.cause for e in game.events if e.kind is EventKind.STOPPED] == [StopCause.TILT]
    assert game.say(ANNA, game.command()) is Refusal.STOPPED


# --- What the robot is ---


def test_a_driver_that_opens_anew_latches_and_brings_other_limits() -> None:
    game = Game().driving()
    slower = SafetyProfile(limits=Limits(max_speed_mps=0.2), ladder=(StopLevel.SETTLE, StopLevel.CUT))
    game.session.robot_is(slower, now_ns=game.now_ns)
    game.tick()
    assert game.status.latch is not None
    assert (game.status.latch.cause, game.status.latch.detail) == (
        StopCause.DRIVER_FAULT,
        "the robot's driver was opened anew",
    )
    game.run(1200)

    assert game.driving().drive(400, 0.6).twist.speed_mps == pytest.approx(0.2)
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=game.now_ns)
    assert game.tick().level is StopLevel.CUT


def test_the_same_robot_again_changes_nothing() -> None:
    game = Game().driving()
    game.session.robot_is(SafetyProfile(), now_ns=game.now_ns)

    assert not game.is_latched()


def test_a_robot_that_becomes_a_slower_one_ramps_down_to_its_cap() -> None:
    game = Game().driving()
    game.session.robot_is(SafetyProfile(limits=Limits(max_speed_mps=0.2)), now_ns=game.now_ns)
    before = game.speed_mps

    assert before > game.tick().twist.speed_mps > 0.2
