"""Requests: done once, answered as often as they come."""

import pytest

from teleop_core.authority import Authority
from teleop_core.desk import ANSWERS_KEPT, PEERS_KEPT, Circumstances, Desk, QuietRequest
from teleop_core.gestures import Fitness, Gestures
from teleop_core.house_rules import HouseRules
from teleop_core.ports import Gesture
from teleop_core.stop import StopLatch
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.messages import GestureEnd, Refusal, Role, Verdict

ROLES = {"anna": Role.PRESENTER, "bo": Role.PRESENTER, "staff": Role.STAFF, "guest": Role.OBSERVER}

FIT = Fitness(still=True, hand_on=False, watched=True, heard=True)
WAVE = Gesture(name="wave", lasts_ms=2000)
BOW = Gesture(name="bow", lasts_ms=2000, is_large=True)


class Counter:
    """A desk on a robot that stands, is sound and has a bridge; `clear` says whether the STOP is."""

    def __init__(self, *, clear: bool = True) -> None:
        self.authority = Authority(fence=1, timing=Timing())
        self.latch = StopLatch(timing=Timing())
        self.rules = HouseRules(speed_cap_mps=None)
        self.gestures = Gestures(repertoire=(WAVE, BOW), timing=Timing())
        self.desk = Desk(authority=self.authority, latch=self.latch, rules=self.rules, gestures=self.gestures)
        self.still = True
        self.fitness = FIT
        if clear:
            assert self.ask(m.ResetPrepare(id="boot-1"), "staff").verdict is Verdict.DONE
            assert self.ask(m.ResetConfirm(id="boot-2", code="r1"), "staff").verdict is Verdict.DONE

    def ask(self, request: QuietRequest, peer: str = "anna") -> m.Ack:
        given = Circumstances(
            now_ns=0, still=self.still, cause_gone=True, bridge_up=True, roles=ROLES, epoch="e1", fitness=self.fitness
        )
        return self.desk.serve(request, peer=peer, role=ROLES[peer], given=given)


def done(request_id: str) -> m.Ack:
    return m.Ack(id=request_id, verdict=Verdict.DONE)


def pending(request_id: str) -> m.Ack:
    return m.Ack(id=request_id, verdict=Verdict.PENDING)


def refused(request_id: str, why: Refusal) -> m.Ack:
    return m.Ack(id=request_id, verdict=Verdict.REFUSED, refusal=why)


def test_a_request_for_a_free_lease_is_done() -> None:
    counter = Counter()

    assert counter.ask(m.LeaseRequest(id="q1")) == done("q1")
    assert counter.authority.holder == "anna"


def test_a_request_for_a_lease_that_somebody_has_is_pending() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.ask(m.LeaseRequest(id="q1"), "bo") == pending("q1")


def test_a_request_for_a_free_lease_of_a_moving_robot_is_pending() -> None:
    counter = Counter()
    counter.still = False

    assert counter.ask(m.LeaseRequest(id="q1")) == pending("q1")


def test_a_take_is_pending_until_the_robot_has_stood() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.ask(m.LeaseTake(id="q2"), "staff") == pending("q2")


def test_a_take_by_who_has_it_is_done() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"), "staff")

    assert counter.ask(m.LeaseTake(id="q2"), "staff") == done("q2")


def test_offer_accept_and_decline() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.ask(m.LeaseOffer(id="q2", to="bo")) == pending("q2")
    assert counter.ask(m.LeaseDecline(id="q3"), "bo") == done("q3")
    assert counter.ask(m.LeaseAccept(id="q4"), "bo") == refused("q4", Refusal.NO_OFFER)
    assert counter.ask(m.LeaseOffer(id="q5", to="bo")) == pending("q5")
    assert counter.ask(m.LeaseAccept(id="q6"), "bo") == pending("q6")
    assert counter.ask(m.LeaseOffer(id="q7", to="nobody"), "staff") == refused("q7", Refusal.BUSY)


def test_an_offer_is_judged_by_the_role_of_whom_it_is_for() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.ask(m.LeaseOffer(id="q2", to="guest")) == refused("q2", Refusal.ROLE)
    assert counter.ask(m.LeaseOffer(id="q3", to="nobody")) == refused("q3", Refusal.UNKNOWN_PEER)


def test_withdraw_return_and_revoke() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))
    counter.ask(m.LeaseRequest(id="q1"), "bo")

    assert counter.ask(m.LeaseWithdraw(id="q2"), "bo") == done("q2")
    assert counter.authority.requests == ()
    assert counter.ask(m.LeaseReturn(id="q3", fence=1)) == refused("q3", Refusal.WRONG_FENCE)
    assert counter.ask(m.LeaseReturn(id="q4", fence=counter.authority.fence)) == done("q4")
    assert counter.ask(m.LeaseRevoke(id="q5"), "staff") == refused("q5", Refusal.NOT_HOLDER)
    assert counter.ask(m.LeaseRevoke(id="q6"), "bo") == refused("q6", Refusal.ROLE)


@pytest.mark.parametrize(
    "request_",
    [m.LeaseRequest(id="q1"), m.LeaseOffer(id="q1", to="bo"), m.LeaseAccept(id="q1"), m.LeaseTake(id="q1")],
    ids=lambda request_: type(request_).__name__,
)
def test_while_the_stop_is_latched_nobody_gets_a_lease(request_: QuietRequest) -> None:
    counter = Counter(clear=False)

    assert counter.ask(request_, "staff") == refused("q1", Refusal.STOPPED)


def test_a_reset_takes_two_steps_and_a_new_fence() -> None:
    counter = Counter(clear=False)
    before = counter.authority.fence

    assert counter.ask(m.ResetPrepare(id="q1"), "anna") == refused("q1", Refusal.ROLE)
    assert counter.ask(m.ResetPrepare(id="q2"), "staff") == done("q2")
    assert counter.authority.fence == before
    assert counter.ask(m.ResetConfirm(id="q3", code="no"), "staff") == refused("q3", Refusal.WRONG_CODE)
    assert counter.authority.fence == before
    assert counter.ask(m.ResetConfirm(id="q4", code="r1"), "staff") == done("q4")
    assert counter.authority.fence == before + 1


def test_the_answer_to_a_request_is_remembered_for_its_sender_only() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.desk.known_answer("anna", "q1") == done("q1")
    assert counter.desk.known_answer("bo", "q1") is None
    assert counter.desk.known_answer("anna", "q2") is None


def test_a_muting_takes_the_lease_and_one_that_is_refused_takes_nothing() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))

    assert counter.ask(m.Mute(id="q2", peer="anna", muted=True), "bo") == refused("q2", Refusal.ROLE)
    assert counter.ask(m.Mute(id="q3", peer="nobody", muted=True), "staff") == refused("q3", Refusal.UNKNOWN_PEER)
    assert counter.ask(m.Mute(id="q4", peer="anna", muted=False), "staff") == done("q4")
    assert counter.authority.holder == "anna"
    assert counter.ask(m.Mute(id="q5", peer="anna", muted=True), "staff") == done("q5")
    assert counter.authority.holder is None


def test_64_answers_are_kept_of_each_of_64_peers() -> None:
    assert (ANSWERS_KEPT, PEERS_KEPT) == (64, 64)


def test_memory_is_bounded_for_each_peer() -> None:
    counter = Counter()
    for each in range(ANSWERS_KEPT + 1):
        counter.ask(m.LeaseWithdraw(id=f"q{each}"))

    assert counter.desk.known_answer("anna", "q0") is None
    assert counter.desk.known_answer("anna", "q1") == done("q1")


def test_a_flood_of_one_peer_makes_nobody_elses_request_count_twice() -> None:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="q1"))
    for each in range(10 * ANSWERS_KEPT):
        counter.ask(m.LeaseWithdraw(id=f"flood-{each}"), "guest")

    assert counter.desk.known_answer("anna", "q1") == done("q1")


def test_memory_is_bounded_in_peers_and_forgets_the_quietest_first() -> None:
    counter = Counter()
    given = Circumstances(now_ns=0, still=True, cause_gone=True, bridge_up=True, roles=ROLES, epoch="e1", fitness=FIT)
    for each in range(PEERS_KEPT):
        counter.desk.serve(m.LeaseWithdraw(id="q"), peer=f"p{each}", role=Role.PRESENTER, given=given)
    counter.desk.serve(m.LeaseWithdraw(id="q2"), peer="p0", role=Role.PRESENTER, given=given)
    counter.desk.serve(m.LeaseWithdraw(id="q"), peer="newcomer", role=Role.PRESENTER, given=given)

    assert counter.desk.known_answer("p0", "q") is not None
    assert counter.desk.known_answer("p1", "q") is None
    assert len(counter.desk._answers) == PEERS_KEPT


# --- Gestures ---


def wave(request_id: str, *, epoch: str = "e1", fence: int = 3, name: str = "wave") -> m.GestureBegin:
    return m.GestureBegin(id=request_id, epoch=epoch, fence=fence, name=name)


def runs(gestures: Gestures) -> bool:
    return gestures.is_running


def leased() -> Counter:
    counter = Counter()
    counter.ask(m.LeaseRequest(id="lease"))
    assert counter.authority.fence == 3
    return counter


def test_a_gesture_of_whoever_has_the_lease_is_done() -> None:
    counter = leased()

    assert counter.ask(wave("q1")) == done("q1")
    assert counter.gestures.wanted.name == "wave"


def test_a_large_gesture_is_pending_and_begins_with_its_code() -> None:
    counter = leased()

    assert counter.ask(wave("q1", name="bow")) == pending("q1")
    assert not runs(counter.gestures)
    again = m.GestureBegin(id="q2", epoch="e1", fence=3, name="bow", code="g1")
    assert counter.ask(again) == done("q2")
    assert counter.gestures.wanted.name == "bow"


def test_a_gesture_asks_for_epoch_lease_fence_and_leave() -> None:
    counter = leased()

    assert counter.ask(wave("q1", epoch="e0")) == refused("q1", Refusal.WRONG_EPOCH)
    assert counter.ask(wave("q2", fence=2)) == refused("q2", Refusal.WRONG_FENCE)
    assert counter.ask(wave("q3"), "bo") == refused("q3", Refusal.NOT_HOLDER)
    assert counter.ask(wave("q4"), "staff") == refused("q4", Refusal.NOT_HOLDER)
    counter.ask(m.AllowGestures(id="q5", allowed=False), "staff")
    assert counter.ask(wave("q6")) == refused("q6", Refusal.NOT_ALLOWED)
    assert not runs(counter.gestures)


def test_no_gesture_while_the_stop_is_latched() -> None:
    counter = Counter(clear=False)

    assert counter.ask(wave("q1", fence=1)) == refused("q1", Refusal.STOPPED)


def test_a_gesture_is_judged_by_what_the_robot_is_like() -> None:
    counter = leased()
    counter.fitness = Fitness(still=True, hand_on=True, watched=True, heard=True)

    assert counter.ask(wave("q1")) == refused("q1", Refusal.HAND_ON)


@pytest.mark.parametrize("peer", ["anna", "staff"])
def test_whoever_has_the_lease_and_staff_cancel(peer: str) -> None:
    counter = leased()
    counter.ask(wave("q1"))

    assert counter.ask(m.GestureCancel(id="q2"), peer) == done("q2")
    assert not runs(counter.gestures)


@pytest.mark.parametrize("peer", ["bo", "guest"])
def test_nobody_else_cancels(peer: str) -> None:
    counter = leased()
    counter.ask(wave("q1"))

    assert counter.ask(m.GestureCancel(id="q2"), peer) == refused("q2", Refusal.NOT_HOLDER)
    assert runs(counter.gestures)


def test_there_must_be_something_to_cancel() -> None:
    counter = leased()

    assert counter.ask(m.GestureCancel(id="q1")) == refused("q1", Refusal.NO_GESTURE)


def test_switching_gestures_off_breaks_off_the_one_that_runs_and_is_for_staff() -> None:
    counter = leased()
    counter.ask(wave("q1"))

    assert counter.ask(m.AllowGestures(id="q2", allowed=False)) == refused("q2", Refusal.ROLE)
    assert runs(counter.gestures)
    assert counter.ask(m.AllowGestures(id="q3", allowed=True), "staff") == done("q3")
    assert runs(counter.gestures)
    assert counter.ask(m.AllowGestures(id="q4", allowed=False), "staff") == done("q4")
    assert not runs(counter.gestures)
    assert [(each.by, each.ended) for each in counter.gestures.take_events()] == [
        ("anna", None),
        ("staff", GestureEnd.NOT_ALLOWED),
    ]
