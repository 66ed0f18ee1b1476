"""The lease passes on through standstill, to one winner, whose hand must be off first."""

import pytest

from teleop_core.session import Setpoint
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Limit, Refusal, RobotState, Verdict
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game


def hold_on(game: Game, peer: m.Peer, for_ms: int) -> None:
    """Keep the dead-man held and the stick deflected, whoever has the lease."""
    for _ in range(for_ms // 20):
        game.renew(peer)
        game.say(peer, game.command(vx_mps=0.6))
        game.tick()


def standstill_before(game: Game, at_ns: int) -> int:
    """Return for how long the output was zero before `at_ns`."""
    moved_ns = max(when for when, setpoint in game.setpoints if setpoint.twist.speed_mps > 0 and when <= at_ns)
    return at_ns - moved_ns


def grant_times(game: Game) -> list[tuple[int, str | None]]:
    return [(event.at_unix_ms * 1_000_000, event.to) for event in game.events if event.kind is EventKind.GRANTED]


def test_a_take_while_moving_ramps_to_zero_and_stands_500_ms_first() -> None:
    game = Game().driving()
    assert game.say(STAFF, m.LeaseTake(id="t1")) is None
    assert game.answer().verdict is Verdict.PENDING
    states: list[RobotState] = []
    speeds: list[float] = []
    while game.session.holder is None:
        hold_on(game, ANNA, 20)
        states.append(game.state())
        speeds.append(game.speed_mps)

    assert set(states[:-1]) == {RobotState.HOLD}
    assert speeds == sorted(speeds, reverse=True)
    assert game.session.holder == STAFF.id
    granted_ns, to = grant_times(game)[-1]
    assert to == STAFF.id
    assert standstill_before(game, granted_ns) >= ms(500)


def test_the_fence_changes_only_when_the_robot_stands() -> None:
    game = Game().driving()
    fence = game.session.fence
    game.say(STAFF, m.LeaseTake(id="t1"))
    while game.session.holder is None:
        assert game.session.fence == fence
        game.tick()

    assert game.session.fence == fence + 1


def test_during_the_handover_nobody_drives() -> None:
    game = Game().driving()
    game.say(STAFF, m.LeaseTake(id="t1"))

    assert game.say(ANNA, game.command()) is Refusal.BUSY
    assert game.say(STAFF, game.command()) is Refusal.BUSY
    game.tick()
    assert game.limit() is Limit.HANDOVER
    assert game.telemetry.driver is None


def test_two_takes_at_once_while_moving_have_one_winner_after_standstill() -> None:
    other = m.Peer(id="staff2", role=m.Role.STAFF, name="Staff 2")
    game = Game().driving()
    assert game.say(STAFF, m.LeaseTake(id="t1")) is None
    assert game.say(other, m.LeaseTake(id="t1")) is Refusal.BUSY
    game.run(2000)

    assert game.session.holder == STAFF.id
    assert [to for _, to in grant_times(game)] == [ANNA.id, STAFF.id]
    assert game.speed_mps == 0.0


def test_the_new_drivers_hand_must_be_off_first_even_if_it_was_held_all_along() -> None:
    game = Game().driving()
    game.ask(BO)
    assert game.say(ANNA, m.LeaseOffer(id="o1", to=BO.id)) is None
    hold_on(game, BO, 3000)
    assert game.session.holder == BO.id
    assert game.speed_mps == 0.0

    game.drive(360, 0.0, peer=BO, dead_man=False)
    game.drive(100, peer=BO)
    assert game.speed_mps > 0.0


def test_an_offer_is_driven_on_until_it_is_accepted() -> None:
    game = Game().driving()
    assert game.say(ANNA, m.LeaseOffer(id="o1", to=BO.id)) is None
    game.drive(500)
    assert game.status.offer is not None
    assert (game.status.offer.to, game.status.offer.by) == (BO.id, ANNA.id)
    assert game.speed_mps == 0.5

    assert game.say(BO, m.LeaseAccept(id="a1")) is None
    game.run(1600)
    assert game.session.holder == BO.id


def test_an_offer_lapses_after_10_s() -> None:
    game = Game().driving()
    game.say(ANNA, m.LeaseOffer(id="o1", to=BO.id))
    offered_ns = game.now_ns
    game.drive(20)
    while game.status.offer is not None:
        game.drive(20)

    assert game.now_ns - offered_ns == seconds(10)
    assert game.say(BO, m.LeaseAccept(id="a1")) is Refusal.NO_OFFER
    assert game.session.holder == ANNA.id


def test_a_return_hands_over_to_whoever_waits() -> None:
    game = Game().driving()
    game.ask(BO)
    assert game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence)) is None
    game.run(1600)

    assert game.session.holder == BO.id
    assert standstill_before(game, grant_times(game)[-1][0]) >= ms(500)


@pytest.mark.parametrize("way", ["return", "revoke", "expiry"])
def test_who_asks_while_the_robot_still_rolls_gets_it_only_after_standstill(way: str) -> None:
    game = Game().driving()
    if way == "return":
        game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence))
    elif way == "revoke":
        game.say(STAFF, m.LeaseRevoke(id="r1"))
    else:
        while game.session.holder is not None:
            game.say(ANNA, game.command())
            game.tick()
    assert game.speed_mps > 0.0 or game.run(40).twist.speed_mps > 0.0
    assert game.ask(BO) is None
    assert game.answer().verdict is Verdict.PENDING
    while game.session.holder is None:
        hold_on(game, BO, 20)

    assert game.session.holder == BO.id
    assert standstill_before(game, game.now_ns) >= ms(500)


def test_a_return_and_a_request_between_two_ticks_at_the_start_of_motion_wait_as_well() -> None:
    game = Game().armed()
    game.drive(20)
    assert game.speed_mps > 0.0
    game.say(ANNA, m.LeaseReturn(id="r1", fence=game.session.fence))
    assert game.ask(BO) is None

    assert game.session.holder is None


def test_a_revoked_driver_is_ramped_down_and_must_ask_again() -> None:
    game = Game().driving()
    assert game.say(STAFF, m.LeaseRevoke(id="r1")) is None
    hold_on(game, ANNA, 1000)

    assert game.speed_mps == 0.0
    assert game.session.holder is None
    assert game.say(ANNA, game.command()) is Refusal.NOT_HOLDER


def test_an_heir_that_leaves_the_room_gets_nothing() -> None:
    game = Game().driving()
    game.ask(BO)
    game.say(ANNA, m.LeaseOffer(id="o1", to=BO.id))
    game.session.peers_changed((ANNA, STAFF, GUEST), now_ns=game.now_ns)
    game.run(2000)

    assert game.session.holder is None
    assert game.state() is RobotState.READY


def test_a_stop_during_a_handover_leaves_nobody_with_the_lease() -> None:
    game = Game().driving()
    game.say(STAFF, m.LeaseTake(id="t1"))
    game.run(200)
    game.say(GUEST, m.Stop(id="s1"))
    game.run(3000)
    assert game.session.holder is None
    assert game.state() is RobotState.STOPPED

    game.ready()
    game.run(3000)
    assert game.session.holder is None


def test_a_measured_wheel_that_still_turns_delays_the_handover() -> None:
    game = Game().driving()
    game.measured_mps = 0.031
    game.say(STAFF, m.LeaseTake(id="t1"))
    game.run(5000)
    assert game.session.holder is None
    assert game.state() is RobotState.HOLD

    game.measured_mps = 0.03
    game.run(520)
    assert game.session.holder == STAFF.id


def test_a_base_without_odometry_can_be_handed_over() -> None:
    game = Game().driving()
    game.measures = False
    game.say(STAFF, m.LeaseTake(id="t1"))
    while game.session.holder is None:
        game.tick()

    assert game.telemetry.measured is None
    assert standstill_before(game, game.now_ns) >= ms(500)


def last_setpoint(game: Game) -> Setpoint:
    return game.setpoints[-1][1]


def test_a_state_change_is_told_at_once() -> None:
    game = Game().driving()
    game.say(STAFF, m.LeaseTake(id="t1"))
    game.tick()

    assert game.telemetry.state is RobotState.HOLD
    assert game.telemetry.state is last_setpoint(game).state
