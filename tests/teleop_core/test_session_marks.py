"""Driving to a mark: the robot steers itself, under the hand's dead-man and all that limits a hand."""

from teleop_core.governor import Limits
from teleop_core.profile import SafetyProfile
from teleop_core.session import Setpoint
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, RobotState
from tests.teleop_core.game import Game

AHEAD = m.Goal(x_m=2.0, y_m=0.0, heading_rad=0.0)
BESIDE = m.Goal(x_m=0.0, y_m=2.0, heading_rad=0.0)


def steer(game: Game, goal: m.Goal, for_ms: float, *, pace_mps: float = 0.5, dead_man: bool = True) -> Setpoint:
    setpoint = game.setpoints[-1][1]
    for _ in range(round(for_ms / 20)):
        game.renew()
        game.say(_anna(), game.command(vx_mps=pace_mps, dead_man=dead_man, toward=goal))
        setpoint = game.tick()
    return setpoint


def _anna() -> m.Peer:
    return m.Peer(id="anna", role=m.Role.PRESENTER, name="Anna")


def test_it_goes_to_a_mark_ahead_as_fast_as_the_hand_asks() -> None:
    game = Game().armed()

    setpoint = steer(game, AHEAD, 1500)

    assert setpoint.twist.vx_mps == 0.5
    assert setpoint.twist.wz_radps == 0.0
    assert game.state() is RobotState.DRIVING


def test_it_turns_to_a_mark_beside_it() -> None:
    twist = steer(Game().armed(), BESIDE, 1500).twist

    assert twist.vx_mps == 0.0
    assert twist.wz_radps > 0.5


def test_letting_go_stops_it() -> None:
    game = Game().armed()
    steer(game, AHEAD, 1000)

    setpoint = steer(game, AHEAD, 1000, dead_man=False)

    assert setpoint.twist.speed_mps == 0.0
    assert setpoint.limit is Limit.DEAD_MAN


def test_silence_stops_it() -> None:
    game = Game().armed()
    steer(game, AHEAD, 1000)

    assert game.run(1000).twist.speed_mps == 0.0


def test_the_caps_hold_for_it_as_for_a_hand() -> None:
    game = Game(profile=SafetyProfile(limits=Limits(max_speed_mps=0.3))).armed()

    assert steer(game, AHEAD, 1500, pace_mps=5.0).twist.vx_mps == 0.3


def test_a_robot_that_does_not_know_where_it_is_stays() -> None:
    game = Game(place=None).armed()

    assert steer(game, AHEAD, 20).limit is Limit.POSE_UNKNOWN
    assert steer(game, AHEAD, 500).limit is Limit.NOT_NEUTRAL  # let go first
    assert game.speed_mps == 0.0


def test_other_limits_are_used_once_the_robot_is_known_to_be_another() -> None:
    game = Game().armed()
    game.session.robot_is(SafetyProfile(limits=Limits(max_turn_radps=0.4)), now_ns=game.now_ns)
    game.run(100)
    game.armed()

    assert steer(game, BESIDE, 1500).twist.wz_radps == 0.4
