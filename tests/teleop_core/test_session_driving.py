"""From boot to motion: latched first, then lease, neutral, dead-man, in that order and in no other."""

import msgspec
import pytest

from teleop_core.geometry import STILL
from teleop_core.session import Memory
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, Refusal, Road, RobotState, StopCause
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game


def test_the_robot_boots_latched_and_says_so() -> None:
    game = Game()

    assert game.state() is RobotState.STOPPED
    assert game.is_latched()
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.BOOT
    assert game.telemetry.latched
    assert game.limit() is Limit.STOPPED


def test_before_the_reset_nobody_gets_a_lease_and_nothing_moves() -> None:
    game = Game()

    assert game.ask() is Refusal.STOPPED
    assert game.say(ANNA, game.command()) is Refusal.STOPPED
    assert game.drive(1000).twist == STILL


def test_grant_then_neutral_then_dead_man_moves_it() -> None:
    game = Game().ready()
    assert game.state() is RobotState.READY
    assert game.ask() is None
    assert game.answer().verdict is m.Verdict.DONE
    game.drive(100, 0.0, dead_man=False)
    assert game.state() is RobotState.LEASED
    assert game.limit() is Limit.NOT_NEUTRAL

    game.drive(260, 0.0, dead_man=False)
    assert game.limit() is Limit.DEAD_MAN
    game.drive(20)
    assert game.speed_mps == pytest.approx(0.0032)  # a jerk of 8 m/s^3 for one tick
    assert game.state() is RobotState.DRIVING


def test_the_dead_man_before_neutral_moves_nothing_however_long() -> None:
    game = Game().ready()
    game.ask()

    game.drive(5000)
    assert game.speed_mps == 0.0
    assert all(setpoint.twist == STILL for _, setpoint in game.setpoints)
    assert game.state() is RobotState.LEASED


def test_neutral_before_the_grant_does_not_count() -> None:
    game = Game().ready()
    game.drive(1000, 0.0, dead_man=False)
    game.ask()

    game.drive(200)
    assert game.speed_mps == 0.0


def test_a_healthy_link_with_a_clear_latch_drives_within_2_s() -> None:
    game = Game().ready()
    began_ns = game.now_ns
    game.ask()
    game.drive(320, 0.0, dead_man=False)
    while game.speed_mps < 0.5:
        game.drive(20)

    assert game.now_ns - began_ns < seconds(2)


def test_the_setpoint_lets_the_driver_stop_by_itself() -> None:
    game = Game().driving()

    assert game.setpoints[-1][1].ttl_ms == 250


def test_letting_go_ramps_to_zero_and_keeps_the_lease() -> None:
    game = Game().driving()
    game.drive(100, dead_man=False)
    assert game.speed_mps == pytest.approx(0.4)
    assert game.state() is RobotState.DRIVING

    game.drive(500, dead_man=False)
    assert game.speed_mps == 0.0
    assert game.state() is RobotState.LEASED
    game.drive(100)
    assert game.speed_mps > 0.0


def test_a_slow_link_is_slow_driving_and_shows_as_degraded() -> None:
    game = Game().driving()
    for _ in range(60):
        beacon, picture = game.telemetry.tick, (game.now_ns // ms(100) - 5) * 9000
        game.renew()
        game.say(ANNA, game.command(vx_mps=0.6, beacon=beacon, picture=picture))
        game.tick()

    assert game.state() is RobotState.DEGRADED
    assert game.limit() is Limit.LOOP_DELAY
    assert 0.2 < game.speed_mps < 0.6


def test_nobody_else_moves_it() -> None:
    game = Game().driving()

    assert game.say(BO, game.command(vx_mps=0.1)) is Refusal.NOT_HOLDER
    assert game.say(STAFF, game.command(vx_mps=0.1)) is Refusal.NOT_HOLDER
    assert game.say(GUEST, game.command(vx_mps=0.1)) is Refusal.ROLE
    assert game.tick().twist.vx_mps == 0.5


def test_an_observer_cannot_have_the_lease_by_any_way() -> None:
    game = Game().ready()

    assert game.ask(GUEST) is Refusal.ROLE
    assert game.say(GUEST, m.LeaseTake(id="t1")) is Refusal.ROLE
    assert game.say(STAFF, m.LeaseOffer(id="o1", to=GUEST.id)) is Refusal.ROLE
    assert game.say(GUEST, m.LeaseAccept(id="a1")) is Refusal.NO_OFFER
    assert game.session.holder is None


# --- Fence and epoch ---


def test_a_command_of_an_earlier_lease_is_refused() -> None:
    game = Game().driving()
    old = game.command()
    game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence))
    game.run(1200)
    game.armed(ANNA)

    assert game.say(ANNA, msgspec.structs.replace(old, seq=10**6, beacon=game.telemetry.tick)) is Refusal.WRONG_FENCE
    assert game.run(100).twist == STILL


def test_a_command_with_a_fence_to_come_is_refused() -> None:
    game = Game().driving()

    assert game.say(ANNA, game.command(fence=game.session.fence + 1)) is Refusal.WRONG_FENCE


def test_a_paused_driver_that_wakes_after_a_handover_is_refused_by_its_fence() -> None:
    game = Game().driving()
    asleep = [game.command() for _ in range(20)]
    game.say(STAFF, m.LeaseTake(id="t1"))
    game.run(1600)
    assert game.session.holder == STAFF.id
    game.drive(360, 0.0, peer=STAFF, dead_man=False)
    game.drive(200, 0.3, peer=STAFF)

    for command in asleep:
        for road in (Road.BRIDGE, Road.DIRECT):
            assert game.say(ANNA, command, road=road) is Refusal.WRONG_FENCE
    game.drive(20, 0.3, peer=STAFF)
    assert game.telemetry.driver == STAFF.id


def test_a_restart_boots_latched_and_knows_no_old_token() -> None:
    before = Game().driving()
    old = before.command()
    after = Game(memory=before.session.memory, epoch="e2")

    assert after.state() is RobotState.STOPPED
    assert after.session.fence > before.session.fence
    assert after.say(ANNA, old) is Refusal.WRONG_EPOCH
    assert after.say(ANNA, m.LeaseRenew(epoch="e1", fence=old.fence, seq=1)) is Refusal.WRONG_EPOCH

    after.ready().armed()
    for seq in range(2000, 2020):
        drive = msgspec.structs.replace(old, seq=seq, beacon=after.telemetry.tick, fence=after.session.fence)
        assert after.say(ANNA, drive) is Refusal.WRONG_EPOCH
    assert after.run(300).twist == STILL


def test_a_restart_that_remembers_nothing_is_safe_by_its_epoch() -> None:
    before = Game().driving()
    after = Game(memory=None, epoch="e2").armed()

    assert after.session.fence == before.session.fence, "the fence alone would not tell them apart"
    assert after.say(ANNA, msgspec.structs.replace(before.command(), seq=10**6)) is Refusal.WRONG_EPOCH


def test_memory_follows_fence_and_latch() -> None:
    game = Game(memory=Memory(epoch="e0", fence=41, latched=False))
    assert game.session.memory == Memory(epoch="e1", fence=42, latched=True)

    game.ready()
    assert game.session.memory == Memory(epoch="e1", fence=43, latched=False)
    game.ask()
    assert game.session.memory == Memory(epoch="e1", fence=44, latched=False)
    game.say(GUEST, m.Stop(id="s1"))
    assert game.session.memory == Memory(epoch="e1", fence=45, latched=True)


# --- Replays ---


def test_a_replay_over_the_same_road_is_refused() -> None:
    game = Game().driving()
    drive = game.command(vx_mps=0.6)
    game.say(ANNA, drive)

    assert game.say(ANNA, drive) is Refusal.REPLAYED
    assert game.say(ANNA, msgspec.structs.replace(drive, seq=drive.seq - 1)) is Refusal.REPLAYED
    assert game.session.refused["replayed"] == 2


def test_a_replay_over_the_other_road_is_quietly_nothing() -> None:
    game = Game().driving()
    drive = game.command(vx_mps=0.6)
    game.say(ANNA, drive, road=Road.BRIDGE)
    game.run(240)

    assert game.say(ANNA, drive, road=Road.DIRECT) is None
    assert game.tick().limit is Limit.SILENCE, "the copy is no newer than the first"


def test_five_seconds_of_backlog_move_nothing() -> None:
    game = Game().driving()
    backlog = []
    for _ in range(250):
        backlog.append(game.command(vx_mps=0.6))
        game.renew()
        game.tick()
    assert game.speed_mps == 0.0

    refusals = [game.say(ANNA, each) for each in backlog]
    assert set(refusals[:200]) == {Refusal.STALE}
    game.run(100)
    assert game.speed_mps == 0.0


def test_the_counts_say_which_road_was_first() -> None:
    game = Game().armed()  # 18 commands over the bridge
    for road in (Road.DIRECT, Road.DIRECT, Road.BRIDGE):
        game.say(ANNA, game.command(), road=road)
        game.tick()
    game.run(1100)

    assert game.status.accepted == {"bridge": 19, "direct": 2}


# --- The lease's life ---


def test_an_unrenewed_lease_ends_after_2_s_even_while_driving() -> None:
    game = Game().armed()
    game.renew()
    renewed_ns = game.now_ns
    while game.session.holder is not None:
        game.say(ANNA, game.command())
        game.tick()

    assert game.now_ns - renewed_ns == seconds(2)
    assert game.events[-1].kind is m.EventKind.LEASE_EXPIRED
    assert game.say(ANNA, game.command()) is Refusal.NOT_HOLDER
    game.run(600)
    assert game.speed_mps == 0.0
    assert game.state() is RobotState.READY


def test_no_renewal_brings_an_ended_lease_back() -> None:
    game = Game().armed()
    fence = game.session.fence
    game.run(2000)

    assert game.say(ANNA, m.LeaseRenew(epoch="e1", fence=fence, seq=10**6)) is Refusal.WRONG_FENCE
    assert game.renew() is Refusal.NOT_HOLDER
    assert game.session.holder is None


def test_a_renewal_between_expiry_and_the_next_tick_is_too_late() -> None:
    game = Game().armed()
    game.renew()
    game.run(1980)
    game.now_ns += ms(20)

    assert game.renew() is Refusal.EXPIRED
    game.tick(step_ns=0)
    assert game.session.holder is None


def test_a_lease_does_not_leave_with_the_room_so_a_driver_on_the_direct_road_goes_on() -> None:
    game = Game().driving()
    game.session.peers_changed((), now_ns=game.now_ns)

    game.drive(1000, road=Road.DIRECT)
    assert game.speed_mps == 0.5
