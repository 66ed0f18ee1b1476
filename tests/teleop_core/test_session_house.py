"""What staff lay down for everybody, on the robot: a cap, who is not heard, and that they must watch."""

from dataclasses import replace

import pytest

from teleop_core.profile import SafetyProfile
from teleop_core.session import Memory, Setpoint
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Limit, Refusal, Road, RobotState, StopCause
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game


def cap(game: Game, max_speed_mps: float | None, *, peer: m.Peer = STAFF) -> object:
    return game.say(peer, m.CapSpeed(id=game.next_id(), max_speed_mps=max_speed_mps))


def mute(game: Game, meant: m.Peer, *, muted: bool = True, peer: m.Peer = STAFF) -> object:
    return game.say(peer, m.Mute(id=game.next_id(), peer=meant.id, muted=muted))


# --- The cap ---


def test_staff_cap_a_driver_who_slows_down_and_is_told_why() -> None:
    game = Game().driving()
    assert cap(game, 0.2) is None
    game.drive(600, 0.6)

    assert game.speed_mps == pytest.approx(0.2)
    assert game.limit() is Limit.STAFF_CAP
    assert game.state() is RobotState.DRIVING
    assert (game.telemetry.allowed_mps, game.status.speed_cap_mps) == (0.2, 0.2)
    assert [(e.by, e.detail) for e in game.events if e.kind is EventKind.CAPPED] == [("staff", "0.2 m/s")]


def test_lifting_the_cap_lets_the_driver_go_on() -> None:
    game = Game().driving()
    cap(game, 0.2)
    game.drive(600, 0.6)
    assert cap(game, None) is None
    game.drive(1000, 0.6)

    assert game.speed_mps == pytest.approx(0.6)
    assert game.status.speed_cap_mps is None
    assert [e.detail for e in game.events if e.kind is EventKind.CAPPED] == ["0.2 m/s", "no cap"]


@pytest.mark.parametrize("peer", [ANNA, GUEST])
def test_nobody_else_caps_or_lifts_it(peer: m.Peer) -> None:
    game = Game().ready()
    cap(game, 0.2)

    assert cap(game, None, peer=peer) is Refusal.ROLE
    assert game.answer().refusal is Refusal.ROLE
    assert game.session.speed_cap_mps == game.session.memory.speed_cap_mps == 0.2
    assert [e.by for e in game.events if e.kind is EventKind.CAPPED] == ["staff"]


def test_a_cap_outlives_stop_reset_hand_over_and_restart() -> None:
    game = Game().driving()
    cap(game, 0.2)
    game.say(STAFF, m.Stop(id=game.next_id()))
    game.run(800)
    game.ready()
    assert game.status.speed_cap_mps == 0.2

    again = Game(memory=game.session.memory, epoch="e2").driving(BO)
    assert again.drive(400, 0.6, peer=BO).twist.speed_mps == pytest.approx(0.2)
    assert again.limit() is Limit.STAFF_CAP


def test_a_memory_without_a_cap_caps_nothing() -> None:
    game = Game(memory=Memory(epoch="e0", fence=5, latched=False), epoch="e1").driving()

    assert game.drive(400, 0.6).limit is Limit.NONE


def test_a_repeated_request_is_done_once() -> None:
    game = Game().ready()
    first = m.CapSpeed(id="cap-1", max_speed_mps=0.2)
    game.say(STAFF, first)
    cap(game, 0.4)

    assert game.say(STAFF, first) is None
    assert game.session.memory.speed_cap_mps == 0.4


# --- Muting ---


def test_who_is_muted_is_not_heard_stop_included_and_is_told_so() -> None:
    game = Game().driving()
    assert mute(game, GUEST) is None

    assert game.say(GUEST, m.Stop(id="flood-1")) is Refusal.MUTED
    assert game.answer() == m.Ack(id="flood-1", verdict=m.Verdict.REFUSED, refusal=Refusal.MUTED)
    assert not game.is_latched()
    game.tick()
    assert game.status.muted == game.session.muted == ("guest",)
    assert [(e.by, e.to) for e in game.events if e.kind is EventKind.MUTED] == [("staff", "guest")]


def test_unmuting_lets_a_stop_through_again() -> None:
    game = Game().driving()
    mute(game, GUEST)
    assert mute(game, GUEST, muted=False) is None

    assert game.say(GUEST, m.Stop(id=game.next_id())) is None
    assert game.is_latched()
    assert [e.to for e in game.events if e.kind is EventKind.UNMUTED] == ["guest"]


def test_muting_the_driver_takes_the_lease_and_stops_the_robot() -> None:
    game = Game().driving()
    mute(game, ANNA)

    assert game.session.holder is None
    assert game.say(ANNA, game.command()) is Refusal.MUTED
    assert game.renew() is Refusal.MUTED
    assert game.run(800).twist.is_still()
    assert game.state() is RobotState.READY
    assert game.ask() is Refusal.MUTED


def test_who_is_muted_waits_in_no_line_and_gets_no_offer() -> None:
    game = Game().driving()
    game.ask(BO)
    mute(game, BO)
    assert game.tick().state is RobotState.DRIVING
    assert game.status.requests == ()

    assert game.say(STAFF, m.LeaseOffer(id=game.next_id(), to=BO.id)) is Refusal.MUTED
    assert game.session.holder == "anna"


def test_an_offer_to_somebody_who_is_muted_then_lapses() -> None:
    game = Game().driving()
    game.say(STAFF, m.LeaseOffer(id=game.next_id(), to=BO.id))
    mute(game, BO)
    game.tick()

    assert game.status.offer is None


@pytest.mark.parametrize("road", list(Road))
def test_a_muted_peer_is_muted_on_every_road(road: Road) -> None:
    game = Game().ready()
    mute(game, GUEST)

    assert game.say(GUEST, m.Stop(id=game.next_id()), road=road) is Refusal.MUTED


def test_what_waits_for_no_answer_gets_none() -> None:
    game = Game().ready()
    mute(game, ANNA)
    before = len(game.sent)

    for message in (game.command(), m.Ping(id="p1"), m.RtcClose(id="r1"), m.Watch(epoch="e1", beacon=1)):
        assert game.say(ANNA, message) is Refusal.MUTED
    assert len(game.sent) == before


def test_a_restart_forgets_who_was_muted() -> None:
    game = Game().ready()
    mute(game, GUEST)

    again = Game(memory=game.session.memory, epoch="e2").ready()
    assert again.say(GUEST, m.Stop(id="s1")) is None


# --- Staff who watch ---

WATCHED = SafetyProfile(needs_staff=True)


class WatchedGame(Game):
    """A show that asks for staff who watch; they do, at each tick, unless `looks` is off."""

    looks = True

    def tick(self, *, step_ns: int | None = None) -> Setpoint:
        if self.looks and hasattr(self, "session") and self.sent:
            self.say(STAFF, m.Watch(epoch=self.epoch, beacon=self.telemetry.tick))
        return super().tick(step_ns=step_ns)


def watched() -> WatchedGame:
    game = WatchedGame(profile=WATCHED)
    game.run(100)
    game.armed()
    game.drive(800)
    return game


def test_with_staff_who_watch_it_drives() -> None:
    game = watched()

    assert game.speed_mps == pytest.approx(0.5)
    assert game.status.staff_required


def test_without_staff_who_watch_the_boot_latch_cannot_be_cleared() -> None:
    game = WatchedGame(profile=WATCHED)
    game.looks = False
    game.run(100)

    assert game.reset() is Refusal.FAULT


def test_it_holds_when_nobody_has_watched_for_a_second_and_asks_for_neutral_after() -> None:
    game = watched()
    left_ns = game.now_ns
    game.looks = False
    while game.limit() is not Limit.NO_STAFF:
        game.drive(20)

    assert ms(940) <= game.now_ns - left_ns <= ms(1020)  # the beacon that was answered last was up to 60 ms old
    assert [e.limit for e in game.events if e.kind is EventKind.HOLD] == [Limit.NO_STAFF]
    game.drive(700)
    assert game.speed_mps == 0.0
    assert game.session.holder == "anna"
    game.looks = True
    game.drive(200)
    assert game.limit() is Limit.NOT_NEUTRAL


def test_it_latches_when_nobody_has_watched_for_three_seconds() -> None:
    game = watched()
    game.looks = False
    game.drive(2900, 0.0, dead_man=False)
    assert not game.is_latched()
    game.drive(200, 0.0, dead_man=False)

    assert game.is_latched()
    assert game.status.latch is not None
    assert game.status.latch.cause is StopCause.STAFF_SILENT
    assert game.reset() is Refusal.FAULT
    game.looks = True
    game.run(60)
    assert game.reset() is None


def test_an_answer_to_an_old_beacon_is_worth_what_it_is_old() -> None:
    game = watched()
    game.looks = False
    old = game.telemetry.tick
    for _ in range(46):
        game.drive(20)
        game.say(STAFF, m.Watch(epoch=game.epoch, beacon=old))
    assert game.limit() is not Limit.NO_STAFF
    game.drive(100)
    assert game.limit() is Limit.NO_STAFF


@pytest.mark.parametrize(
    ("peer", "changes", "refusal"),
    [
        (ANNA, {}, Refusal.ROLE),
        (GUEST, {}, Refusal.ROLE),
        (STAFF, {"epoch": "e0"}, Refusal.WRONG_EPOCH),
        (STAFF, {"beacon": 10**9}, Refusal.UNKNOWN_BEACON),
    ],
)
def test_nobody_else_and_nothing_invented_counts_as_watching(
    peer: m.Peer, changes: dict[str, object], refusal: Refusal
) -> None:
    game = WatchedGame(profile=WATCHED)
    game.looks = False
    game.run(100)
    watch: dict[str, object] = {"epoch": "e1", "beacon": game.telemetry.tick, **changes}

    assert game.say(peer, m.Watch(**watch)) is refusal  # type: ignore[arg-type]
    assert game.reset() is Refusal.FAULT


def test_a_show_that_asks_for_nobody_takes_the_answers_all_the_same() -> None:
    game = Game().ready()

    assert game.say(STAFF, m.Watch(epoch="e1", beacon=game.telemetry.tick)) is None
    assert not game.status.staff_required
    assert replace(WATCHED, needs_staff=False) == SafetyProfile()
