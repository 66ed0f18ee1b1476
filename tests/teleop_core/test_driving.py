"""From accepted commands to velocities: two roads, echoes, the hand, and what takes its power."""

import msgspec
import pytest

from teleop_core.driving import NEEDS_REARM, Driving, Step
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.governor import NO_GROUND, Ground, Limits
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import Drive, Goal, Limit, Refusal, Road, RoadRace

A_DRIVE = Drive(epoch="e1", fence=1, seq=0, dead_man=True, vx_mps=0.5, vy_mps=0.0, wz_radps=0.0, beacon=0, picture=0)


class Wheel(Driving):
    """Driving at 50 Hz with a beacon and a picture at each tick, and a sender that has seen both."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits=limits or Limits(), timing=Timing())
        self.ground = NO_GROUND
        self.now_ns = ms(1000)
        self.seq = 0
        self.beacon = 0
        self.pass_tick()

    def pass_tick(self, held_for: Limit | None = None) -> Step:
        self.now_ns += ms(20)
        step = self.step(held_for, ground=self.ground, now_ns=self.now_ns)
        self.beacon += 1
        self.beacon_left(self.beacon, now_ns=self.now_ns)
        self.picture_captured(self.beacon * 1800, captured_ns=self.now_ns)
        return step

    def command(self, **changes: object) -> Drive:
        self.seq += 1
        fresh = msgspec.structs.replace(A_DRIVE, seq=self.seq, beacon=self.beacon, picture=self.beacon * 1800)
        return msgspec.structs.replace(fresh, **changes)

    def hear(self, drive: Drive, *, road: Road = Road.BRIDGE) -> Refusal | None:
        return self.accept(drive, road=road, now_ns=self.now_ns)

    def say(self, **changes: object) -> Refusal | None:
        return self.hear(self.command(**changes))

    def keep(self, for_ms: int, **changes: object) -> Step:
        step = self.pass_tick()
        for _ in range(for_ms // 20):
            assert self.say(**changes) is None
            step = self.pass_tick()
        return step


@pytest.fixture
def wheel() -> Wheel:
    return Wheel()


@pytest.fixture
def armed(wheel: Wheel) -> Wheel:
    step = wheel.keep(320, dead_man=False, vx_mps=0.0)
    assert step.limit is Limit.DEAD_MAN
    return wheel


@pytest.fixture
def moving(armed: Wheel) -> Wheel:
    assert armed.keep(800) == Step(twist=Twist(vx_mps=0.5), limit=Limit.NONE, allowed_mps=0.6, tripped=False)
    return armed


# --- Two roads ---


def test_the_same_command_over_both_roads_counts_once_for_the_road_that_won(wheel: Wheel) -> None:
    first, second = wheel.command(), wheel.command()

    assert wheel.hear(first, road=Road.BRIDGE) is None
    assert wheel.hear(first, road=Road.DIRECT) is None
    assert wheel.hear(second, road=Road.DIRECT) is None
    assert wheel.hear(second, road=Road.BRIDGE) is None
    assert wheel.won == {"bridge": 1, "direct": 1}


def test_the_race_tells_by_how_much_a_road_won_and_begins_anew_with_each_driver(wheel: Wheel) -> None:
    command = wheel.command()
    wheel.hear(command, road=Road.DIRECT)
    wheel.accept(command, road=Road.BRIDGE, now_ns=wheel.now_ns + ms(7))
    wheel.say()

    assert wheel.race(now_ns=wheel.now_ns) == (
        RoadRace(road=Road.BRIDGE, won=1, lead_ms=None),
        RoadRace(road=Road.DIRECT, won=1, lead_ms=7.0),
    )
    wheel.drop()
    assert len(wheel.race(now_ns=wheel.now_ns)) == 2
    wheel.begin_lease()
    assert wheel.race(now_ns=wheel.now_ns) == ()


def test_a_command_that_is_refused_runs_in_no_race(wheel: Wheel) -> None:
    assert wheel.say(beacon=99) is Refusal.UNKNOWN_BEACON

    assert wheel.race(now_ns=wheel.now_ns) == ()


def test_a_number_used_on_a_road_is_replayed_there(wheel: Wheel) -> None:
    drive = wheel.command()
    wheel.hear(drive)

    assert wheel.hear(drive) is Refusal.REPLAYED


def test_an_older_number_on_a_road_is_replayed_there(wheel: Wheel) -> None:
    older, newer = wheel.command(), wheel.command()
    wheel.hear(newer)

    assert wheel.hear(older) is Refusal.REPLAYED


def test_an_older_number_over_the_other_road_never_replaces_a_newer_wish(armed: Wheel) -> None:
    older, newer = armed.command(vx_mps=0.6), armed.command(vx_mps=0.1)
    armed.hear(newer, road=Road.DIRECT)

    assert armed.hear(older, road=Road.BRIDGE) is None
    wish = armed.wish(now_ns=armed.now_ns)
    assert wish is not None
    assert wish.twist.vx_mps == 0.1


def test_number_zero_is_a_number(wheel: Wheel) -> None:
    assert wheel.say(seq=0) is None
    assert wheel.say(seq=0) is Refusal.REPLAYED


def test_a_new_lease_counts_anew_and_forgets_the_wish(armed: Wheel) -> None:
    armed.say(seq=10_000)
    armed.begin_lease()

    assert armed.wish(now_ns=armed.now_ns) is None
    assert armed.say(seq=1) is None
    assert armed.pass_tick().limit is Limit.NOT_NEUTRAL


# --- Echoes ---


def test_an_echo_is_stale_at_exactly_400_ms(wheel: Wheel) -> None:
    beacon, left_ns = wheel.beacon, wheel.now_ns
    wheel.now_ns = left_ns + ms(400) - 1
    assert wheel.say(beacon=beacon) is None

    wheel.now_ns = left_ns + ms(400)
    assert wheel.say(beacon=beacon) is Refusal.STALE


def test_an_echo_of_a_beacon_to_come_is_unknown(wheel: Wheel) -> None:
    assert wheel.say(beacon=wheel.beacon + 1) is Refusal.UNKNOWN_BEACON
    assert wheel.say(beacon=2**53 - 1) is Refusal.UNKNOWN_BEACON
    assert wheel.wish(now_ns=wheel.now_ns) is None


def test_an_echo_of_a_forgotten_beacon_is_stale(wheel: Wheel) -> None:
    for _ in range(300):
        wheel.pass_tick()

    assert wheel.say(beacon=1) is Refusal.STALE


def test_a_refused_command_uses_up_its_number(wheel: Wheel) -> None:
    drive = wheel.command(beacon=wheel.beacon + 1)
    assert wheel.hear(drive) is Refusal.UNKNOWN_BEACON

    wheel.pass_tick()
    assert wheel.hear(drive) is Refusal.REPLAYED


def test_a_wish_whose_beacon_is_forgotten_meanwhile_counts_as_too_old(wheel: Wheel) -> None:
    wheel.say()
    for tick in range(1000, 1300):
        wheel.beacon_left(tick, now_ns=wheel.now_ns)

    wish = wheel.wish(now_ns=wheel.now_ns)
    assert wish is not None
    assert wish.echo_age_ns == ms(400)


def test_stale_commands_alone_show_as_echo_age_not_as_silence(moving: Wheel) -> None:
    old = moving.beacon
    limits = []
    for _ in range(60):
        moving.say(beacon=old)
        limits.append(moving.pass_tick().limit)

    assert limits[0] is Limit.NONE
    assert limits[-1] is Limit.ECHO_AGE
    assert Limit.SILENCE not in limits


def test_500_ms_after_the_last_stale_command_it_is_silence(wheel: Wheel) -> None:
    wheel.now_ns += ms(400)
    assert wheel.say() is Refusal.STALE
    stale_ns = wheel.now_ns

    assert wheel.step(None, now_ns=stale_ns + ms(500) - 1).limit is Limit.ECHO_AGE
    assert wheel.step(None, now_ns=stale_ns + ms(500)).limit is Limit.SILENCE


def test_a_wish_knows_the_age_of_all_that_its_sender_knew(wheel: Wheel) -> None:
    seen_ns = wheel.now_ns
    wheel.now_ns += ms(30)
    wheel.say()

    wish = wheel.wish(now_ns=seen_ns + ms(50))
    assert wish is not None
    assert (wish.command_age_ns, wish.echo_age_ns, wish.picture_age_ns) == (ms(20), ms(50), ms(50))
    assert wish.saw_picture


def test_a_wish_without_a_picture_or_with_one_never_captured_has_no_age(wheel: Wheel) -> None:
    wheel.say(picture=None)
    blind = wheel.wish(now_ns=wheel.now_ns)
    wheel.say(picture=17)
    lying = wheel.wish(now_ns=wheel.now_ns)

    assert blind is not None
    assert lying is not None
    assert (blind.saw_picture, blind.picture_age_ns) == (False, None)
    assert (lying.saw_picture, lying.picture_age_ns) == (True, None)


# --- The hand ---


def test_without_neutral_first_the_dead_man_is_nothing(wheel: Wheel) -> None:
    step = wheel.keep(5000)

    assert step == Step(twist=STILL, limit=Limit.NOT_NEUTRAL, allowed_mps=0.0, tripped=False)


def test_after_neutral_the_dead_man_moves_it(armed: Wheel) -> None:
    armed.say()

    step = armed.pass_tick()
    assert step.limit is Limit.SLEW
    assert step.twist.vx_mps == pytest.approx(0.0032)  # a jerk of 8 m/s^3 for one tick


def test_letting_go_ramps_to_zero_and_is_no_fault(moving: Wheel) -> None:
    moving.say(dead_man=False, vx_mps=0.5)
    step = moving.pass_tick()
    assert (step.limit, step.tripped) == (Limit.DEAD_MAN, False)
    assert step.twist.vx_mps == pytest.approx(0.48)

    for _ in range(200):
        step = moving.pass_tick()
    assert step == Step(twist=STILL, limit=Limit.DEAD_MAN, allowed_mps=0.0, tripped=False)
    moving.say()
    assert moving.pass_tick().limit is Limit.SLEW, "a hand that was off may come back"


@pytest.mark.parametrize(
    "reason",
    [Limit.STOPPED, Limit.DRIVER_FAULT, Limit.NO_LEASE, Limit.HANDOVER],
    ids=lambda reason: reason.value,
)
def test_any_reason_of_the_sessions_takes_the_power_once(moving: Wheel, reason: Limit) -> None:
    moving.say()
    step = moving.pass_tick(reason)
    assert (step.limit, step.tripped) == (reason, True)
    assert step.twist.vx_mps == pytest.approx(0.48)

    moving.say()
    assert moving.pass_tick(reason).tripped is False
    moving.say()
    assert moving.pass_tick().limit is Limit.NOT_NEUTRAL


def test_an_agent_that_stalls_slows_the_robot_and_leaves_the_hand_its_power(moving: Wheel) -> None:
    moving.say()
    step = moving.pass_tick(Limit.AGENT_SILENT)
    assert (step.limit, step.tripped) == (Limit.AGENT_SILENT, False)
    assert step.twist.vx_mps == pytest.approx(0.48)

    moving.say()
    assert moving.pass_tick().limit is Limit.SLEW


def test_an_agent_that_stalls_for_a_commands_life_takes_the_power_too(moving: Wheel) -> None:
    moving.say()
    heard_ns = moving.now_ns

    assert moving.step(Limit.AGENT_SILENT, now_ns=heard_ns + ms(250) - 1).tripped is False
    assert moving.step(Limit.AGENT_SILENT, now_ns=heard_ns + ms(250)).tripped is True


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"picture": None}, Limit.NO_PICTURE), ({"picture": 17}, Limit.PICTURE_AGE)],
    ids=["no picture", "an unknown picture"],
)
def test_a_hand_that_does_not_see_loses_its_power(moving: Wheel, changes: dict[str, object], reason: Limit) -> None:
    moving.say(**changes)

    step = moving.pass_tick()
    assert (step.limit, step.tripped) == (reason, True)
    assert reason in NEEDS_REARM


def test_a_picture_holds_at_exactly_700_ms(moving: Wheel) -> None:
    moving.picture_captured(5, captured_ns=moving.now_ns - ms(600))
    moving.say(picture=5)
    heard_ns = moving.now_ns

    assert moving.step(None, now_ns=heard_ns + ms(100) - 1).limit is Limit.LOOP_DELAY
    assert moving.step(None, now_ns=heard_ns + ms(100)).limit is Limit.PICTURE_AGE


def test_silence_holds_at_exactly_250_ms(moving: Wheel) -> None:
    moving.say()
    heard_ns = moving.now_ns

    assert moving.step(None, now_ns=heard_ns + ms(250) - 1).limit is Limit.NONE
    step = moving.step(None, now_ns=heard_ns + ms(250))
    assert (step.limit, step.tripped) == (Limit.SILENCE, True)


def test_dropping_forgets_the_wish_and_the_hand(moving: Wheel) -> None:
    moving.drop()

    step = moving.pass_tick()
    assert (step.limit, step.tripped) == (Limit.SILENCE, False)
    moving.say()
    assert moving.pass_tick().limit is Limit.NOT_NEUTRAL


def test_a_stale_command_in_between_takes_nothing_from_a_driver_whose_next_one_is_fresh(moving: Wheel) -> None:
    assert moving.say(beacon=moving.beacon - 25) is Refusal.STALE
    assert moving.say() is None

    assert moving.pass_tick() == Step(twist=Twist(vx_mps=0.5), limit=Limit.NONE, allowed_mps=0.6, tripped=False)


def test_the_way_to_a_mark_slows_down_at_half_of_what_the_brakes_could() -> None:
    wheel = Wheel(Limits(accel_mps2=0.8, accel_radps2=1.0, max_turn_radps=2.0))
    wheel.ground = Ground(pose=Pose2D(0.0, 0.0, 0.0))
    wheel.keep(320, dead_man=False, vx_mps=0.0)

    ahead = wheel.keep(1500, toward=Goal(x_m=0.1, y_m=0.0, heading_rad=0.0))
    turned = wheel.keep(1500, toward=Goal(x_m=0.0, y_m=0.0, heading_rad=0.5))

    assert ahead.twist.vx_mps == pytest.approx((2 * 0.4 * 0.1) ** 0.5)
    assert turned.twist.wz_radps == pytest.approx((2 * 0.5 * 0.5) ** 0.5)


def test_a_robot_that_does_not_know_where_it_is_goes_to_no_mark(armed: Wheel) -> None:
    armed.keep(320, dead_man=False, vx_mps=0.0)
    armed.say(toward=Goal(x_m=1.0, y_m=0.0, heading_rad=0.0))
    step = armed.pass_tick()

    assert (step.limit, step.twist, step.tripped) == (Limit.POSE_UNKNOWN, STILL, True)
