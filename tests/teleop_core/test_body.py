"""What the robot reports, and what of it must stop the robot."""

from dataclasses import replace

import pytest

from teleop_core.body import Alarm, Body
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.governor import Ground, Limits
from teleop_core.ports import DriverState, GestureOutcome, Performance
from teleop_core.profile import SafetyProfile
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import StopCause, StopLevel

NOW_NS = ms(5000)
EDGES = EdgeRules(area=StageArea(((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))))
WELL = DriverState(stamp_ns=NOW_NS, pose=Pose2D(), twist=STILL, battery=0.9, tilt_rad=0.0)


def body(*, edges: EdgeRules | None = None, tilt_level: StopLevel = StopLevel.SETTLE) -> Body:
    profile = SafetyProfile(limits=Limits(edges=edges), tilt_level=tilt_level)
    return Body(profile=profile, timing=Timing())


def causes(alarms: list[Alarm]) -> list[StopCause]:
    return [alarm.cause for alarm in alarms]


def test_a_robot_that_is_well_alarms_nobody() -> None:
    made = body()

    assert made.reported(WELL, now_ns=NOW_NS) == []
    assert made.is_sound(now_ns=NOW_NS)
    assert made.state == WELL


def test_before_its_first_word_it_is_not_sound() -> None:
    assert not body().is_sound(now_ns=NOW_NS)


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (replace(WELL, faults=("bumper", "hot")), StopCause.DRIVER_FAULT),
        (replace(WELL, stop_input=True), StopCause.HARDWARE),
        (replace(WELL, stamp_ns=NOW_NS - ms(500)), StopCause.DRIVER_FAULT),
        (replace(WELL, stamp_ns=None), StopCause.DRIVER_FAULT),
        (replace(WELL, tilt_rad=0.351), StopCause.TILT),
        (replace(WELL, tilt_rad=-0.351), StopCause.TILT),
        (replace(WELL, tilt_rad=float("nan")), StopCause.DRIVER_FAULT),
    ],
)
def test_each_alarm_has_its_cause_and_forbids_a_reset(state: DriverState, cause: StopCause) -> None:
    made = body()

    assert causes(made.reported(state, now_ns=NOW_NS)) == [cause]
    assert not made.is_sound(now_ns=NOW_NS)


@pytest.mark.parametrize(
    "state",
    [
        replace(WELL, stop_input=False),
        replace(WELL, stamp_ns=NOW_NS - ms(500) + 1),
        replace(WELL, tilt_rad=0.35),
        replace(WELL, tilt_rad=None),
        replace(WELL, pose=None),
    ],
)
def test_what_is_just_within_bounds_is_well(state: DriverState) -> None:
    made = body()

    assert made.reported(state, now_ns=NOW_NS) == []
    assert made.is_sound(now_ns=NOW_NS)


def test_the_words_say_what_was_seen_and_what_may_be() -> None:
    made = body(tilt_level=StopLevel.DAMP)

    (tilted,) = made.reported(replace(WELL, tilt_rad=-0.5), now_ns=NOW_NS)
    detail = "it tilts by 0.50 rad, more than 0.35"
    assert tilted == Alarm(cause=StopCause.TILT, detail=detail, level=StopLevel.DAMP)
    (faulty,) = made.reported(replace(WELL, faults=("bumper", "hot")), now_ns=NOW_NS)
    assert (faulty.detail, faulty.level) == ("bumper; hot", StopLevel.SETTLE)


def test_a_tilt_is_told_before_the_faults_that_it_brings() -> None:
    state = replace(WELL, tilt_rad=1.0, faults=("motor",), stop_input=True)

    assert causes(body().reported(state, now_ns=NOW_NS)) == [
        StopCause.TILT,
        StopCause.DRIVER_FAULT,
        StopCause.HARDWARE,
    ]


def test_a_runaway_is_an_alarm_until_it_stands() -> None:
    made, rolling = body(), Twist(0.3)
    now_ns, alarms = NOW_NS, list[Alarm]()
    for tick in range(60):
        now_ns = NOW_NS + tick * ms(20)
        alarms = made.reported(replace(WELL, twist=rolling, stamp_ns=now_ns), now_ns=now_ns)
        made.told(STILL, now_ns=now_ns)

    assert causes(alarms) == [StopCause.ODOMETRY]
    assert not made.is_sound(now_ns=now_ns)
    assert made.reported(replace(WELL, stamp_ns=now_ns), now_ns=now_ns) == []
    assert made.is_sound(now_ns=now_ns)


# --- The edge ---


def test_crossing_the_edge_alarms_once_and_lets_it_come_back() -> None:
    made = body(edges=EDGES)
    over = replace(WELL, pose=Pose2D(1.1, 0.0, 0.0))

    assert made.reported(WELL, now_ns=NOW_NS) == []
    (alarm,) = made.reported(over, now_ns=NOW_NS)
    detail = "it is over the edge of its area, at x 1.10 m, y 0.00 m"
    assert alarm == Alarm(cause=StopCause.EDGE, detail=detail)
    assert made.reported(over, now_ns=NOW_NS) == []
    assert made.is_sound(now_ns=NOW_NS)

    assert made.reported(WELL, now_ns=NOW_NS) == []
    assert causes(made.reported(over, now_ns=NOW_NS)) == [StopCause.EDGE]


def test_a_robot_that_starts_outside_alarms() -> None:
    assert causes(body(edges=EDGES).reported(replace(WELL, pose=Pose2D(0.0, 2.0)), now_ns=NOW_NS)) == [StopCause.EDGE]


def test_losing_its_place_for_a_moment_is_no_crossing() -> None:
    made = body(edges=EDGES)
    over = replace(WELL, pose=Pose2D(1.1, 0.0, 0.0))
    made.reported(over, now_ns=NOW_NS)

    assert made.reported(replace(WELL, pose=None), now_ns=NOW_NS) == []
    assert made.is_lost()
    assert made.reported(over, now_ns=NOW_NS) == []
    assert not made.is_lost()


def test_without_edges_nobody_asks_where_it_is() -> None:
    made = body()

    assert made.reported(replace(WELL, pose=Pose2D(100.0, 0.0)), now_ns=NOW_NS) == []
    made.reported(replace(WELL, pose=None), now_ns=NOW_NS)
    assert not made.is_lost()


# --- What the rules ask of it ---


@pytest.mark.parametrize(
    ("applied", "measured", "still"),
    [
        (STILL, STILL, True),
        (STILL, None, True),
        (STILL, Twist(0.03, 0.0, 0.06), True),
        (STILL, Twist(0.031), False),
        (STILL, Twist(wz_radps=-0.061), False),
        (Twist(0.001), STILL, False),
        (Twist(wz_radps=0.001), None, False),
    ],
)
def test_it_stands_when_it_is_told_to_and_not_measured_to_move(
    applied: Twist, measured: Twist | None, still: bool
) -> None:
    made = body()
    made.reported(replace(WELL, twist=measured), now_ns=NOW_NS)

    assert made.is_still(applied) is still


@pytest.mark.parametrize("outcome", [None, *GestureOutcome])
def test_a_robot_that_performs_does_not_stand_until_it_says_that_it_is_over(outcome: GestureOutcome | None) -> None:
    made = body()
    made.reported(replace(WELL, performance=Performance(run=1, name="wave", outcome=outcome)), now_ns=NOW_NS)

    assert made.is_still(STILL) is (outcome is not None)


def test_it_is_silent_half_a_second_after_its_last_word() -> None:
    made = body()
    assert made.is_silent(now_ns=NOW_NS)
    made.reported(WELL, now_ns=NOW_NS)

    assert not made.is_silent(now_ns=NOW_NS + ms(499))
    assert made.is_silent(now_ns=NOW_NS + ms(500))


def test_the_ground_says_where_it_stands_and_how_old_that_is() -> None:
    made = body()
    made.reported(WELL, now_ns=NOW_NS)

    ground = made.ground(speed_cap_mps=0.2, now_ns=NOW_NS + ms(40))
    assert ground == Ground(pose=Pose2D(), pose_age_ns=ms(40), speed_cap_mps=0.2)
    assert body().ground(speed_cap_mps=None, now_ns=NOW_NS) == Ground()
    assert made.ground(speed_cap_mps=None, now_ns=NOW_NS - ms(1)).pose_age_ns == 0
