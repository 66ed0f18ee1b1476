"""STOP from anyone, at any time, on any road; and the way back, which moves nothing by itself."""

import msgspec
import pytest

from teleop_core.geometry import STILL
from teleop_core.profile import SafetyProfile
from teleop_core.session import Memory
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Limit, Refusal, Road, RobotState, StopCause, StopLevel
from tests.teleop_core.game import ANNA, BO, EVERYBODY, GUEST, STAFF, Game

STRANGER = m.Peer(id="nobody-knows", role=m.Role.OBSERVER, name="?")


def stop_ack(game: Game) -> m.StopAck:
    newest = game.last(m.StopAck)
    assert isinstance(newest, m.StopAck)
    return newest


@pytest.mark.parametrize("road", list(Road), ids=lambda road: road.value)
@pytest.mark.parametrize("peer", [*EVERYBODY, STRANGER], ids=lambda peer: peer.id)
def test_anyone_stops_it_over_any_road_while_somebody_else_drives(peer: m.Peer, road: Road) -> None:
    game = Game().driving()

    assert game.say(peer, m.Stop(id="s1", reason="有人"), road=road) is None
    assert stop_ack(game) == m.StopAck(id="s1", state=RobotState.STOPPING, speed_mps=0.5)
    assert game.sent[-1][0] == peer.id
    assert game.is_latched()
    game.tick()
    assert game.status.latch is not None
    assert (game.status.latch.by, game.status.latch.role, game.status.latch.detail) == (peer.id, peer.role, "有人")


def test_a_latched_robot_slows_down_every_tick_and_stands_within_the_ramp() -> None:
    game = Game().driving()
    game.drive(800, 0.6)
    game.say(GUEST, m.Stop(id="s1"))
    stopped_ns, speed = game.now_ns, game.speed_mps
    while game.speed_mps > 0.0:
        game.say(ANNA, game.command(vx_mps=0.6))
        game.tick()
        assert game.speed_mps < speed
        assert game.limit() is Limit.STOPPED
        assert game.state() is (RobotState.STOPPING if game.speed_mps else RobotState.STOPPED)
        speed = game.speed_mps

    assert game.now_ns - stopped_ns <= ms(620)


def test_a_stop_while_nothing_moves_latches_and_says_stopped() -> None:
    for game in (Game(), Game().ready(), Game().armed()):
        assert game.say(GUEST, m.Stop(id="s1")) is None
        assert stop_ack(game) == m.StopAck(id="s1", state=RobotState.STOPPED, speed_mps=0.0)
        assert game.is_latched()


def test_a_stop_without_a_bridge_or_an_agents_word_latches_all_the_same() -> None:
    game = Game().driving()
    game.bridge_up = False
    game.tick()
    assert game.say(GUEST, m.Stop(id="s1"), road=Road.DIRECT) is None
    assert game.is_latched()

    game = Game().driving()
    game.agent_alive = False
    game.run(200)
    assert game.say(GUEST, m.Stop(id="s1")) is None
    assert game.is_latched()


def test_a_stop_ends_lease_line_and_offer() -> None:
    game = Game().driving()
    fence = game.session.fence
    game.ask(BO)
    game.say(ANNA, m.LeaseOffer(id="o1", to=STAFF.id))
    game.say(GUEST, m.Stop(id="s1"))
    game.tick()

    assert game.session.fence == fence + 1
    assert (game.status.driver, game.status.offer, game.status.requests) == (None, None, ())


def test_the_first_stop_stays_on_record() -> None:
    game = Game().driving()
    game.say(GUEST, m.Stop(id="s1", reason="first"))
    game.say(ANNA, m.Stop(id="s2", reason="second"))
    game.tick()

    assert game.status.latch is not None
    assert game.status.latch.detail == "first"
    assert [event.detail for event in game.events if event.kind is EventKind.STOPPED] == ["first"]


def test_a_flood_of_stops_is_answered_bounded_and_told_once() -> None:
    game = Game().driving()
    for each in range(5000):
        body = msgspec.json.encode(m.Stop(id=f"s{each}"))
        assert (
            game.session.receive(body, peer="guest", role=m.Role.OBSERVER, road=Road.BRIDGE, now_ns=game.now_ns) is None
        )
    outgoing = game.session.messages_to_send()

    assert len(outgoing) == 1024
    assert b'"s4999"' in outgoing[-1].body
    game.run(700)
    assert game.state() is RobotState.STOPPED
    assert [event.kind for event in game.events].count(EventKind.STOPPED) <= 1


def test_a_flood_of_stops_holds_up_no_reset_for_longer_than_it_lasts() -> None:
    game = Game().driving()
    for each in range(50):
        game.say(GUEST, m.Stop(id=f"s{each}"))
        game.tick()
    game.ready()

    assert not game.is_latched()


# --- The robot's own causes ---


def test_a_pressed_hardware_stop_latches_and_stays_latched_after_its_release() -> None:
    game = Game().driving()
    game.stop_input = True
    game.tick()
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.HARDWARE

    game.run(1000)
    assert game.say(STAFF, m.ResetPrepare(id="p1")) is Refusal.FAULT
    game.stop_input = False
    game.tick()
    assert game.is_latched()
    game.ready()
    assert not game.is_latched()


def test_a_robot_without_a_hardware_stop_can_be_reset() -> None:
    game = Game(stop_input=None).ready()

    assert not game.is_latched()


def test_a_fault_latches_and_cannot_be_reset_while_it_lasts() -> None:
    game = Game().driving()
    game.faults = ("left motor: overcurrent", "right motor: hot")
    setpoint = game.tick()
    assert setpoint.limit is Limit.DRIVER_FAULT
    assert setpoint.twist.vx_mps == pytest.approx(0.48)
    assert game.status.latch is not None
    assert game.status.latch.detail == "left motor: overcurrent; right motor: hot"
    assert game.status.faults == game.faults

    game.run(1000)
    assert game.reset() is Refusal.FAULT
    game.faults = ()
    game.tick()
    assert game.is_latched()
    assert game.reset() is None


def test_a_fault_between_the_two_steps_of_a_reset_undoes_it() -> None:
    game = Game()
    game.say(STAFF, m.ResetPrepare(id="p1"))
    game.tick()
    code = game.reset_code() or ""
    game.faults = ("bumper",)
    game.tick()
    game.faults = ()
    game.tick()

    assert game.reset_code() is None
    assert game.say(STAFF, m.ResetConfirm(id="c1", code=code)) is Refusal.EXPIRED


@pytest.mark.parametrize("cause", list(StopCause), ids=lambda cause: cause.value)
def test_every_cause_latches_with_its_words(cause: StopCause) -> None:
    game = Game().driving()
    game.session.stop(cause, detail="why " * 200, now_ns=game.now_ns)
    game.tick()

    assert game.status.latch is not None
    assert game.status.latch.cause is cause
    assert game.status.latch.detail == ("why " * 200)[:300]
    assert game.status.latch.by is None


# --- Reset ---


def test_a_reset_takes_two_steps_of_staff_and_shows_its_code() -> None:
    game = Game()
    assert game.say(STAFF, m.ResetPrepare(id="p1")) is None
    game.tick()
    offered = game.status.reset
    assert offered is not None
    assert (offered.by, offered.expires_in_ms) == (STAFF.id, 9980)
    assert game.is_latched()

    assert game.say(STAFF, m.ResetConfirm(id="c1", code=offered.code)) is None
    assert not game.is_latched()
    game.tick()
    assert game.state() is RobotState.READY
    assert (game.status.latch, game.status.reset) == (None, None)


@pytest.mark.parametrize("peer", [ANNA, GUEST], ids=lambda peer: peer.id)
def test_nobody_but_staff_resets(peer: m.Peer) -> None:
    game = Game()
    assert game.say(peer, m.ResetPrepare(id="p1")) is Refusal.ROLE

    game.say(STAFF, m.ResetPrepare(id="p2"))
    game.tick()
    assert game.say(peer, m.ResetConfirm(id="c1", code=game.reset_code() or "")) is Refusal.ROLE
    assert game.is_latched()


def test_another_member_of_staff_may_take_the_second_step() -> None:
    game = Game()
    other = m.Peer(id="staff2", role=m.Role.STAFF, name="Staff 2")
    game.say(STAFF, m.ResetPrepare(id="p1"))
    game.tick()

    assert game.say(other, m.ResetConfirm(id="c1", code=game.reset_code() or "")) is None


def test_a_reset_while_moving_is_refused() -> None:
    game = Game().driving()
    game.say(GUEST, m.Stop(id="s1"))
    game.tick()
    assert game.say(STAFF, m.ResetPrepare(id="p1")) is Refusal.MOVING

    game.run(700)
    assert game.say(STAFF, m.ResetPrepare(id="p2")) is None


def test_a_reset_while_the_base_is_pushed_along_is_refused() -> None:
    game = Game()
    game.measured_mps = 0.2
    game.tick()

    assert game.say(STAFF, m.ResetPrepare(id="p1")) is Refusal.MOVING
    assert game.state() is RobotState.STOPPING


def test_a_wrong_code_resets_nothing() -> None:
    game = Game()
    game.say(STAFF, m.ResetPrepare(id="p1"))

    assert game.say(STAFF, m.ResetConfirm(id="c1", code="nonsense")) is Refusal.WRONG_CODE
    assert game.is_latched()


def test_a_prepared_reset_lapses_after_10_s_and_disappears() -> None:
    game = Game()
    game.say(STAFF, m.ResetPrepare(id="p1"))
    prepared_ns = game.now_ns
    game.tick()
    code = game.reset_code() or ""
    while game.reset_code() is not None:
        game.tick()

    assert game.now_ns - prepared_ns == seconds(10)
    assert game.say(STAFF, m.ResetConfirm(id="c1", code=code)) is Refusal.EXPIRED


def test_a_reset_of_what_is_clear_is_refused() -> None:
    assert Game().ready().reset() is Refusal.NOT_STOPPED


def test_a_confirmation_replayed_after_the_next_stop_resets_nothing() -> None:
    game = Game()
    game.say(STAFF, m.ResetPrepare(id="p1"))
    game.tick()
    confirm = m.ResetConfirm(id="c1", code=game.reset_code() or "")
    game.say(STAFF, confirm)
    game.say(GUEST, m.Stop(id="s1"))
    game.tick()

    game.say(STAFF, confirm)
    assert game.is_latched()
    assert game.say(STAFF, msgspec.structs.replace(confirm, id="c2")) is Refusal.EXPIRED
    game.say(STAFF, m.ResetPrepare(id="p2"))
    assert game.say(STAFF, msgspec.structs.replace(confirm, id="c3")) is Refusal.WRONG_CODE
    assert game.is_latched()


def test_a_confirmation_from_before_a_restart_resets_nothing() -> None:
    before = Game()
    before.say(STAFF, m.ResetPrepare(id="p1"))
    before.tick()
    after = Game(memory=before.session.memory, epoch="e2")
    after.say(STAFF, m.ResetPrepare(id="p1"))

    assert after.say(STAFF, m.ResetConfirm(id="c1", code=before.reset_code() or "")) is Refusal.WRONG_CODE
    assert after.is_latched()


def test_a_reset_with_the_stick_deflected_moves_nothing() -> None:
    game = Game().driving()
    fence = game.session.fence
    game.say(GUEST, m.Stop(id="s1"))

    def hold_on(for_ms: int) -> None:
        for _ in range(for_ms // 20):
            for used in (fence, game.session.fence):
                game.say(ANNA, m.LeaseRenew(epoch="e1", fence=used, seq=game.seq))
                game.say(ANNA, game.command(vx_mps=0.6, fence=used))
            game.tick()

    hold_on(800)
    game.say(STAFF, m.ResetPrepare(id="p1"))
    hold_on(100)
    game.say(STAFF, m.ResetConfirm(id="c1", code=game.reset_code() or ""))
    reset_ns = game.now_ns
    hold_on(2000)
    assert game.session.holder is None
    game.ask(ANNA)
    hold_on(2000)

    assert all(setpoint.twist == STILL for at_ns, setpoint in game.setpoints if at_ns > reset_ns)
    assert game.limit() is Limit.NOT_NEUTRAL


def test_an_old_grant_does_not_resume_after_a_reset() -> None:
    game = Game().driving()
    old = game.command()
    game.say(GUEST, m.Stop(id="s1"))
    game.run(700)
    game.ready()

    assert game.say(ANNA, msgspec.structs.replace(old, beacon=game.telemetry.tick)) is Refusal.WRONG_FENCE
    assert game.say(ANNA, game.command()) is Refusal.NOT_HOLDER
    assert game.run(500).twist == STILL


def test_a_stop_repeated_after_the_reset_latches_again() -> None:
    game = Game().driving()
    game.say(GUEST, m.Stop(id="s1"))
    game.run(700)
    game.ready()

    assert game.say(GUEST, m.Stop(id="s1")) is None
    assert game.is_latched(), "a late copy stops the robot once more, and that is the safe side"


# --- The ladder ---

EVERY_LEVEL = SafetyProfile(ladder=tuple(StopLevel))


def test_on_site_the_power_can_be_cut_and_nobody_far_away_can_undo_that() -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.session.stop(StopCause.LOCAL, detail="on the hall's page", level=StopLevel.CUT, now_ns=game.now_ns)

    assert game.tick().level is StopLevel.CUT
    assert game.status.latch is not None
    assert game.status.latch.level is StopLevel.CUT
    game.run(800)
    assert game.reset() is Refusal.ON_SITE
    assert game.tick().level is StopLevel.CUT


def test_taken_back_on_site_it_is_still_latched_and_staff_can_clear_it() -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.DAMP, now_ns=game.now_ns)
    game.run(800)
    game.session.release()

    assert game.tick().level is StopLevel.SETTLE
    assert game.is_latched()
    assert game.reset() is None


def test_a_level_taken_back_between_the_two_steps_lets_the_second_count() -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.say(STAFF, m.Stop(id=game.next_id()))
    game.run(800)
    assert game.say(STAFF, m.ResetPrepare(id=game.next_id())) is None
    game.tick()
    code = game.reset_code()
    assert code is not None
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=game.now_ns)

    assert game.say(STAFF, m.ResetConfirm(id=game.next_id(), code=code)) is Refusal.ON_SITE
    game.session.release()
    assert game.say(STAFF, m.ResetConfirm(id=game.next_id(), code=code)) is Refusal.EXPIRED


def test_a_stop_on_site_makes_an_earlier_one_sterner_and_a_later_one_no_milder() -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.say(ANNA, m.Stop(id=game.next_id()))
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=game.now_ns)
    game.say(ANNA, m.Stop(id=game.next_id()))
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.DAMP, now_ns=game.now_ns)

    assert game.tick().level is StopLevel.CUT
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.PERSON


@pytest.mark.parametrize("peer", [ANNA, STAFF, GUEST])
def test_a_person_far_away_only_ever_settles_it(peer: m.Peer) -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.say(peer, m.Stop(id=game.next_id()))

    assert game.tick().level is StopLevel.SETTLE


def test_what_was_cut_on_site_stays_cut_over_a_restart_until_somebody_on_site_takes_it_back() -> None:
    game = Game(profile=EVERY_LEVEL).driving()
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=game.now_ns)

    again = Game(profile=EVERY_LEVEL, memory=game.session.memory, epoch="e2")
    assert again.tick().level is StopLevel.CUT
    again.run(800)
    assert again.reset() is Refusal.ON_SITE
    again.session.release()
    assert again.session.memory.level is StopLevel.SETTLE
    assert again.reset() is None


def test_what_was_cut_is_not_forgotten_while_the_driver_is_not_open_yet() -> None:
    cut = Memory(epoch="e0", fence=5, latched=True, level=StopLevel.CUT)
    game = Game(memory=cut)

    assert game.tick().level is StopLevel.SETTLE  # nobody is there to be told more
    assert game.session.memory.level is StopLevel.CUT
    assert game.reset() is Refusal.ON_SITE
    game.session.robot_is(EVERY_LEVEL, now_ns=game.now_ns)
    assert game.tick().level is StopLevel.CUT


def test_a_robot_that_can_only_settle_settles_whatever_is_asked_on_site() -> None:
    game = Game().driving()
    game.session.stop(StopCause.LOCAL, detail="", level=StopLevel.CUT, now_ns=game.now_ns)

    assert game.tick().level is StopLevel.SETTLE
