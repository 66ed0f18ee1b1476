"""The lease: every cell of the table in `teleop_core.authority`, its fence, and its deadlines."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from teleop_core.authority import MAX_REQUESTS, Authority, LeaseEvent, LeaseState, StandingOffer
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import EventKind, Refusal, Role

FREE, HELD, CHANGING = LeaseState.FREE, LeaseState.HELD, LeaseState.CHANGING
STANDING = dict.fromkeys(("anna", "bo", "cy", "staff"))
PRESENTER, STAFF, OBSERVER = Role.PRESENTER, Role.STAFF, Role.OBSERVER


class Lease(Authority):
    """An authority with the circumstances filled in: a standing robot, a bridge that is up, time at 1 s."""

    def __init__(self) -> None:
        super().__init__(fence=7, timing=Timing())
        self.now_ns = seconds(1)

    def ask(self, peer: str, *, role: Role = PRESENTER, still: bool = True, bridge_up: bool = True) -> Refusal | None:
        return self.request(peer, role, still=still, bridge_up=bridge_up, now_ns=self.now_ns)

    def offer_to(
        self, to: str, *, by: str, role: Role = PRESENTER, to_role: Role | None = PRESENTER, bridge_up: bool = True
    ) -> Refusal | None:
        return self.make_offer(by, role, to=to, to_role=to_role, bridge_up=bridge_up, now_ns=self.now_ns)

    def say_yes(self, peer: str, *, bridge_up: bool = True) -> Refusal | None:
        return self.accept(peer, bridge_up=bridge_up, now_ns=self.now_ns)

    def back(self, peer: str, *, fence: int | None = None, bridge_up: bool = True) -> Refusal | None:
        return self.give_back(peer, self.fence if fence is None else fence, bridge_up=bridge_up)

    def keep(self, peer: str, seq: int = 1, *, fence: int | None = None) -> Refusal | None:
        return self.renew(peer, self.fence if fence is None else fence, seq, now_ns=self.now_ns)

    def wait(self, for_ms: int, *, still: bool = True) -> None:
        """Tick at 50 Hz."""
        for _ in range(for_ms // 20):
            self.now_ns += ms(20)
            self.tick(still=still, now_ns=self.now_ns)

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.take_events()]


def free() -> Lease:
    return Lease()


def held() -> Lease:
    """Anna has it."""
    lease = Lease()
    assert lease.ask("anna") is None
    lease.take_events()
    return lease


def changing() -> Lease:
    """It passes from Anna to Bo, and the robot still moves."""
    lease = held()
    lease.ask("bo")
    assert lease.offer_to("bo", by="anna") is None
    lease.wait(20, still=False)
    lease.take_events()
    return lease


def test_the_builders_build_what_they_say() -> None:
    assert (free().state, free().holder, free().fence) == (FREE, None, 7)
    assert (held().state, held().holder, held().fence) == (HELD, "anna", 8)
    assert (changing().state, changing().holder, changing().fence) == (CHANGING, None, 8)


# --- request ---


def test_request_when_free_is_granted_with_a_new_fence() -> None:
    lease = free()

    assert lease.ask("anna") is None
    assert (lease.state, lease.holder, lease.fence) == (HELD, "anna", 8)
    assert lease.take_events() == [LeaseEvent(kind=EventKind.GRANTED, to="anna")]


def test_request_when_free_but_moving_waits_for_500_ms_of_standstill() -> None:
    lease = free()
    lease.wait(20, still=False)

    assert lease.ask("anna", still=False) is None
    assert (lease.state, lease.holder, lease.fence) == (CHANGING, None, 7)
    lease.wait(500)
    assert lease.state is CHANGING
    lease.wait(20)
    assert (lease.state, lease.holder, lease.fence) == (HELD, "anna", 8)


def test_request_when_free_and_only_just_still_waits_as_well() -> None:
    lease = free()
    lease.wait(20, still=False)
    lease.wait(500)  # the first of these ticks is where the standstill begins

    assert lease.ask("anna") is None
    assert lease.state is CHANGING


def test_request_when_free_and_still_for_500_ms_is_granted_at_once() -> None:
    lease = free()
    lease.wait(20, still=False)
    lease.wait(520)

    assert lease.ask("anna") is None
    assert lease.state is HELD


def test_request_in_the_instant_when_motion_begins_is_not_granted_at_once() -> None:
    lease = free()
    lease.wait(1000)

    assert lease.ask("anna", still=False) is None
    assert lease.state is CHANGING


def test_request_when_held_stands_in_line_once() -> None:
    lease = held()

    assert lease.ask("bo") is None
    assert lease.ask("cy") is None
    assert lease.ask("bo") is None
    assert (lease.holder, lease.fence, lease.requests) == ("anna", 8, ("bo", "cy"))
    assert lease.take_events() == [
        LeaseEvent(kind=EventKind.ASKED, by="bo"),
        LeaseEvent(kind=EventKind.ASKED, by="cy"),
    ]


def test_request_by_the_holder_changes_nothing() -> None:
    lease = held()

    assert lease.ask("anna") is None
    assert (lease.fence, lease.requests, lease.kinds()) == (8, (), [])


def test_request_when_changing_stands_in_line() -> None:
    lease = changing()

    assert lease.ask("cy") is None
    assert (lease.state, lease.requests) == (CHANGING, ("cy",))


def test_request_by_the_heir_changes_nothing() -> None:
    lease = changing()

    assert lease.ask("bo") is None
    assert lease.requests == ()


@pytest.mark.parametrize("build", [free, held, changing])
def test_request_by_an_observer_or_without_a_bridge_is_refused(build: Callable[[], Lease]) -> None:
    lease = build()

    assert lease.ask("cy", role=OBSERVER) is Refusal.ROLE
    assert lease.ask("cy", bridge_up=False) is Refusal.NO_BRIDGE
    assert lease.requests == ()


def test_the_line_is_bounded() -> None:
    lease = held()
    for each in range(MAX_REQUESTS):
        assert lease.ask(f"p{each}") is None

    assert lease.ask("one-too-many") is Refusal.OVERLOADED
    assert lease.ask("p0") is None, "who stands in line already, still does"
    assert len(lease.requests) == MAX_REQUESTS


def test_the_line_holds_thirty_two() -> None:
    assert MAX_REQUESTS == 32


def test_a_standing_request_can_be_withdrawn_any_time() -> None:
    lease = held()
    lease.ask("bo")

    assert lease.withdraw("bo") is None
    assert lease.withdraw("bo") is None
    assert lease.requests == ()


# --- return ---


def test_return_when_free_or_changing_is_not_the_holders() -> None:
    assert free().back("anna") is Refusal.NOT_HOLDER
    assert changing().back("anna") is Refusal.NOT_HOLDER
    assert changing().back("bo") is Refusal.NOT_HOLDER


def test_return_when_held_frees_the_lease_with_a_new_fence() -> None:
    lease = held()

    assert lease.back("anna") is None
    assert (lease.state, lease.holder, lease.fence) == (FREE, None, 9)
    assert lease.take_events() == [LeaseEvent(kind=EventKind.RETURNED, by="anna")]


def test_return_hands_over_to_whoever_waits_longest() -> None:
    lease = held()
    lease.ask("bo")
    lease.ask("cy")

    assert lease.back("anna") is None
    assert (lease.state, lease.fence, lease.requests) == (CHANGING, 9, ("cy",))
    lease.wait(520)
    assert (lease.holder, lease.fence) == ("bo", 10)


def test_return_without_a_bridge_gives_the_lease_to_nobody() -> None:
    lease = held()
    lease.ask("bo")

    assert lease.back("anna", bridge_up=False) is None
    assert (lease.state, lease.requests) == (FREE, ("bo",))
    lease.wait(1000)
    assert lease.holder is None


def test_return_by_somebody_else_or_of_an_earlier_lease_is_refused() -> None:
    lease = held()

    assert lease.back("bo") is Refusal.NOT_HOLDER
    assert lease.back("anna", fence=7) is Refusal.WRONG_FENCE
    assert lease.back("anna", fence=9) is Refusal.WRONG_FENCE
    assert lease.holder == "anna"


# --- offer, accept, decline ---


def test_offer_when_free_is_for_staff_only_and_stands_for_exactly_10_s() -> None:
    lease = free()
    assert lease.offer_to("bo", by="anna") is Refusal.NOT_HOLDER
    assert lease.offer_to("bo", by="staff", role=STAFF) is None
    assert lease.offer == StandingOffer(to="bo", by="staff", expires_ns=lease.now_ns + seconds(10))

    lease.wait(9_980)
    assert lease.kinds() == [EventKind.OFFERED]
    lease.wait(20)
    assert lease.say_yes("bo") is Refusal.NO_OFFER
    assert lease.take_events() == [LeaseEvent(kind=EventKind.OFFER_LAPSED, by="staff", to="bo")]


def test_offer_when_held_is_for_the_holder_and_staff() -> None:
    assert held().offer_to("bo", by="anna") is None
    assert held().offer_to("bo", by="staff", role=STAFF) is None
    assert held().offer_to("cy", by="bo") is Refusal.NOT_HOLDER


def test_offer_leaves_the_holder_driving_until_it_is_accepted() -> None:
    lease = held()
    lease.offer_to("bo", by="anna")

    assert (lease.state, lease.holder, lease.fence) == (HELD, "anna", 8)
    assert lease.say_yes("bo") is None
    assert (lease.state, lease.holder, lease.offer) == (CHANGING, None, None)


def test_offer_to_a_peer_that_has_asked_needs_no_further_word() -> None:
    lease = held()
    lease.ask("bo")

    assert lease.offer_to("bo", by="anna") is None
    assert (lease.state, lease.requests, lease.offer) == (CHANGING, (), None)
    assert lease.kinds() == [EventKind.ASKED, EventKind.OFFERED]


def test_offer_and_accept_when_changing_are_busy() -> None:
    lease = changing()

    assert lease.offer_to("cy", by="staff", role=STAFF) is Refusal.BUSY
    assert lease.say_yes("bo") is Refusal.BUSY


def test_offer_to_nobody_an_observer_or_the_holder_is_refused() -> None:
    lease = held()

    assert lease.offer_to("who", by="anna", to_role=None) is Refusal.UNKNOWN_PEER
    assert lease.offer_to("guest", by="anna", to_role=OBSERVER) is Refusal.ROLE
    assert lease.offer_to("anna", by="staff", role=STAFF) is Refusal.HELD
    assert lease.offer is None
    assert lease.kinds() == []


def test_offer_and_accept_without_a_bridge_are_refused() -> None:
    lease = held()
    assert lease.offer_to("bo", by="anna", bridge_up=False) is Refusal.NO_BRIDGE

    lease.offer_to("bo", by="anna")
    assert lease.say_yes("bo", bridge_up=False) is Refusal.NO_BRIDGE
    assert lease.state is HELD


def test_accept_is_only_for_whom_the_offer_is() -> None:
    lease = held()
    assert lease.say_yes("bo") is Refusal.NO_OFFER

    lease.offer_to("bo", by="anna")
    assert lease.say_yes("cy") is Refusal.NO_OFFER
    assert lease.say_yes("bo") is None


def test_accept_when_free_hands_over_too() -> None:
    lease = free()
    lease.offer_to("bo", by="staff", role=STAFF)

    assert lease.say_yes("bo") is None
    assert lease.state is CHANGING


def test_accept_in_the_instant_of_lapsing_is_too_late_even_before_the_tick() -> None:
    lease = held()
    lease.offer_to("bo", by="anna")
    lease.now_ns += seconds(10)

    assert lease.say_yes("bo") is Refusal.NO_OFFER
    assert lease.kinds() == [EventKind.OFFERED, EventKind.OFFER_LAPSED]


def test_a_newer_offer_replaces_the_older() -> None:
    lease = held()
    lease.offer_to("bo", by="anna")
    lease.offer_to("cy", by="anna")

    assert lease.say_yes("bo") is Refusal.NO_OFFER
    assert lease.say_yes("cy") is None


def test_decline_ends_the_offer_and_only_the_offered_may() -> None:
    lease = held()
    assert lease.decline("bo") is Refusal.NO_OFFER

    lease.offer_to("bo", by="anna")
    assert lease.decline("cy") is Refusal.NO_OFFER
    assert lease.decline("bo") is None
    assert lease.offer is None
    assert lease.kinds() == [EventKind.OFFERED, EventKind.OFFER_LAPSED]


# --- take, revoke ---


def test_take_by_staff_hands_over_when_free_and_when_held() -> None:
    for build in (free, held):
        lease = build()
        before = lease.fence
        assert lease.take("staff", STAFF, bridge_up=True) is None
        assert (lease.state, lease.holder, lease.fence) == (CHANGING, None, before)
        assert lease.take_events() == [LeaseEvent(kind=EventKind.TAKEN, by="staff")]


def test_take_when_changing_is_busy_and_the_first_stays_heir() -> None:
    lease = held()
    lease.take("staff", STAFF, bridge_up=True)

    assert lease.take("staff2", STAFF, bridge_up=True) is Refusal.BUSY
    lease.wait(520)
    assert lease.holder == "staff"


@pytest.mark.parametrize("role", [PRESENTER, OBSERVER])
@pytest.mark.parametrize("build", [free, held, changing])
def test_take_and_revoke_are_for_staff(build: Callable[[], Lease], role: Role) -> None:
    lease = build()
    before = (lease.state, lease.fence)

    assert lease.take("bo", role, bridge_up=True) is Refusal.ROLE
    assert lease.revoke("bo", role) is Refusal.ROLE
    assert (lease.state, lease.fence) == before


def test_take_by_the_holder_changes_nothing() -> None:
    lease = free()
    lease.ask("staff", role=STAFF)

    assert lease.take("staff", STAFF, bridge_up=True) is None
    assert (lease.state, lease.fence) == (HELD, 8)


def test_take_without_a_bridge_is_refused() -> None:
    assert held().take("staff", STAFF, bridge_up=False) is Refusal.NO_BRIDGE


def test_revoke_frees_the_lease_and_drops_the_line() -> None:
    for build in (held, changing):
        lease = build()
        lease.ask("cy")
        lease.take_events()
        before = lease.fence
        assert lease.revoke("staff", STAFF) is None
        assert (lease.state, lease.fence, lease.requests) == (FREE, before + 1, ())
        assert lease.take_events() == [LeaseEvent(kind=EventKind.REVOKED, by="staff")]
        lease.wait(2000)
        assert lease.state is FREE


def test_revoke_when_free_has_nothing_to_end() -> None:
    assert free().revoke("staff", STAFF) is Refusal.NOT_HOLDER


# --- sent off by the bridge ---


def test_a_holder_who_is_sent_off_for_good_has_no_lease_any_more() -> None:
    for build in (held, changing):
        lease = build()
        gone = lease.holder or "bo"
        before = lease.fence
        lease.take_events()

        lease.dismiss(("somebody else",))
        assert lease.fence == before
        lease.dismiss((gone,))
        assert (lease.state, lease.fence) == (FREE, before + 1)
        assert lease.take_events() == [LeaseEvent(kind=EventKind.REVOKED, by=None)]


def test_an_offer_ends_with_whom_it_is_for_and_with_nobody_else() -> None:
    lease = held()
    assert lease.offer_to("bo", by="anna") is None

    lease.dismiss(("somebody else",))
    assert lease.offer is not None
    lease.dismiss(("bo",))
    assert lease.say_yes("bo") is Refusal.NO_OFFER


# --- stillness ---


def test_a_handover_completes_after_exactly_500_ms_of_standstill() -> None:
    lease = changing()
    lease.tick(still=True, now_ns=seconds(5))

    lease.tick(still=True, now_ns=seconds(5) + ms(500) - 1)
    assert (lease.state, lease.fence) == (CHANGING, 8)
    lease.tick(still=True, now_ns=seconds(5) + ms(500))
    assert (lease.state, lease.holder, lease.fence) == (HELD, "bo", 9)
    assert lease.take_events() == [LeaseEvent(kind=EventKind.GRANTED, to="bo")]


def test_any_motion_starts_the_500_ms_anew() -> None:
    lease = changing()
    lease.wait(500)
    lease.wait(20, still=False)
    lease.wait(500)
    assert lease.state is CHANGING

    lease.wait(20)
    assert lease.holder == "bo"


def test_a_handover_at_standstill_takes_500_ms_all_the_same() -> None:
    lease = held()
    lease.wait(1000)
    lease.keep("anna")
    lease.take("staff", STAFF, bridge_up=True)
    lease.wait(500)
    assert lease.state is CHANGING

    lease.wait(20)
    assert lease.holder == "staff"


def test_a_robot_that_never_stands_is_never_handed_over() -> None:
    lease = changing()
    lease.wait(60_000, still=False)

    assert lease.state is CHANGING


def test_stillness_does_nothing_when_free_or_held() -> None:
    lease = free()
    lease.wait(1000)
    assert (lease.state, lease.fence) == (FREE, 7)

    lease = held()
    lease.wait(1000)
    assert (lease.state, lease.fence) == (HELD, 8)


# --- expiry and renewal ---


def test_a_lease_expires_exactly_2_s_after_it_was_granted() -> None:
    lease = held()
    granted_ns = lease.now_ns
    assert lease.next_deadline_ns() == granted_ns + seconds(2)

    lease.tick(still=True, now_ns=granted_ns + seconds(2) - 1)
    assert lease.holder == "anna"
    lease.tick(still=True, now_ns=granted_ns + seconds(2))
    assert (lease.state, lease.fence) == (FREE, 9)
    assert lease.take_events() == [LeaseEvent(kind=EventKind.LEASE_EXPIRED, by="anna")]


def test_a_renewal_keeps_it_for_another_2_s() -> None:
    lease = held()
    lease.now_ns += ms(1900)

    assert lease.keep("anna") is None
    assert lease.next_deadline_ns() == lease.now_ns + seconds(2)


def test_a_renewal_in_the_instant_of_expiry_is_too_late_even_before_the_tick() -> None:
    lease = held()
    lease.now_ns += seconds(2)

    assert lease.keep("anna") is Refusal.EXPIRED
    lease.tick(still=True, now_ns=lease.now_ns)
    assert lease.state is FREE


def test_no_renewal_revives_a_lease_that_ended() -> None:
    lease = held()
    lease.wait(2000)

    assert lease.keep("anna", fence=8) is Refusal.WRONG_FENCE
    assert lease.keep("anna") is Refusal.NOT_HOLDER
    assert lease.state is FREE


def test_an_old_copy_of_a_renewal_adds_nothing() -> None:
    lease = held()
    lease.keep("anna", seq=5)
    deadline_ns = lease.next_deadline_ns()
    lease.now_ns += ms(100)

    assert lease.keep("anna", seq=5) is None
    assert lease.keep("anna", seq=4) is None
    assert lease.next_deadline_ns() == deadline_ns
    assert lease.keep("anna", seq=6) is None
    assert lease.next_deadline_ns() == lease.now_ns + seconds(2)


def test_numbers_of_renewals_begin_anew_with_each_lease() -> None:
    lease = held()
    lease.keep("anna", seq=1000)
    lease.back("anna")
    lease.ask("bo")
    lease.now_ns += ms(100)

    assert lease.keep("bo", seq=0) is None
    assert lease.next_deadline_ns() == lease.now_ns + seconds(2)


def test_only_the_holder_renews_and_only_this_lease() -> None:
    lease = held()

    assert lease.keep("bo") is Refusal.NOT_HOLDER
    assert lease.keep("anna", fence=7) is Refusal.WRONG_FENCE
    assert changing().keep("anna") is Refusal.BUSY
    assert free().keep("anna") is Refusal.NOT_HOLDER


def test_expiry_leaves_the_line_standing_and_grants_nobody() -> None:
    lease = held()
    lease.ask("bo")
    lease.wait(4000)

    assert (lease.state, lease.requests) == (FREE, ("bo",))


def test_the_next_deadline_is_the_earlier_of_offer_and_lease() -> None:
    lease = free()
    assert lease.next_deadline_ns() is None

    lease.offer_to("bo", by="staff", role=STAFF)
    assert lease.next_deadline_ns() == lease.now_ns + seconds(10)
    lease.ask("anna")
    lease.offer_to("bo", by="anna")
    assert lease.next_deadline_ns() == lease.now_ns + seconds(2)


# --- check ---


def test_only_the_holder_with_this_fence_may_drive() -> None:
    lease = held()

    assert lease.check("anna", 8) is None
    assert lease.check("bo", 8) is Refusal.NOT_HOLDER
    assert lease.check("anna", 7) is Refusal.WRONG_FENCE
    assert lease.check("anna", 9) is Refusal.WRONG_FENCE
    assert free().check("anna", 7) is Refusal.NOT_HOLDER


def test_nobody_may_drive_during_a_handover() -> None:
    lease = changing()

    assert lease.check("anna", 8) is Refusal.BUSY
    assert lease.check("bo", 8) is Refusal.BUSY


# --- stop, reset, bridge, people ---


@pytest.mark.parametrize("build", [free, held, changing])
def test_stop_and_reset_end_everything_with_a_new_fence(build: Callable[[], Lease]) -> None:
    for by_reset in (False, True):
        lease = build()
        lease.ask("cy", still=False)
        lease.offer_to("dee", by="staff", role=STAFF)
        lease.take_events()
        before = lease.fence
        if by_reset:
            lease.end_by_reset("staff")
        else:
            lease.end_by_stop()
        assert (lease.state, lease.holder, lease.offer, lease.requests) == (FREE, None, None, ())
        assert lease.fence == before + 1
        expected = [LeaseEvent(kind=EventKind.RESET, by="staff")] if by_reset else []
        assert lease.take_events() == expected


def test_losing_the_bridge_ends_a_handover_and_an_offer_but_no_lease() -> None:
    lease = changing()
    lease.bridge_lost()
    assert (lease.state, lease.fence) == (FREE, 9)
    assert lease.kinds() == [EventKind.OFFER_LAPSED]

    lease = held()
    lease.offer_to("bo", by="anna")
    lease.bridge_lost()
    assert (lease.holder, lease.fence, lease.offer) == ("anna", 8, None)


def test_who_leaves_is_forgotten_but_keeps_a_lease_until_it_expires() -> None:
    lease = held()
    lease.ask("bo")
    lease.ask("cy")
    lease.offer_to("dee", by="anna")
    lease.peers_are({"cy"})

    assert (lease.holder, lease.requests, lease.offer) == ("anna", ("cy",), None)
    lease.wait(2000)
    assert lease.state is FREE


def test_who_stays_keeps_offer_and_handover() -> None:
    lease = held()
    lease.offer_to("bo", by="anna")
    lease.peers_are(STANDING)
    assert lease.offer is not None

    lease = changing()
    lease.peers_are(STANDING)
    assert lease.state is CHANGING


def test_a_handover_to_somebody_who_left_is_given_up() -> None:
    lease = changing()
    lease.peers_are({"anna"})

    assert (lease.state, lease.fence) == (FREE, 9)
    assert lease.take_events() == [LeaseEvent(kind=EventKind.OFFER_LAPSED, by="bo")]


# --- whatever happens ---

peers = st.sampled_from(["anna", "bo", "cy", "staff"])
roles = st.sampled_from(list(Role))


class AnyLife(RuleBasedStateMachine):
    """Anybody does anything in any order; the fence must never fall, and never have two owners."""

    def __init__(self) -> None:
        super().__init__()
        self.lease = Lease()
        self.fence = self.lease.fence
        self.owners: dict[int, str] = {}
        self.moved_ns = -seconds(1)

    @rule(peer=peers, role=roles, still=st.booleans(), up=st.booleans())
    def ask(self, peer: str, role: Role, *, still: bool, up: bool) -> None:
        self.lease.ask(peer, role=role, still=still, bridge_up=up)

    @rule(peer=peers, role=roles, to=peers, to_role=st.none() | roles, up=st.booleans())
    def offer(self, peer: str, role: Role, to: str, to_role: Role | None, *, up: bool) -> None:
        self.lease.offer_to(to, by=peer, role=role, to_role=to_role, bridge_up=up)

    @rule(peer=peers, up=st.booleans(), back=st.integers(min_value=0, max_value=2))
    def answer(self, peer: str, back: int, *, up: bool) -> None:
        self.lease.say_yes(peer, bridge_up=up)
        self.lease.back(peer, fence=self.lease.fence - back, bridge_up=up)

    @rule(peer=peers, role=roles, up=st.booleans())
    def take(self, peer: str, role: Role, *, up: bool) -> None:
        self.lease.take(peer, role, bridge_up=up)

    @rule(peer=peers, role=roles)
    def end(self, peer: str, role: Role) -> None:
        self.lease.revoke(peer, role)

    @rule(peer=peers, seq=st.integers(min_value=0, max_value=9))
    def keep(self, peer: str, seq: int) -> None:
        self.lease.keep(peer, seq)

    @rule(act=st.sampled_from(["stop", "reset", "bridge", "leave", "decline", "withdraw"]), peer=peers)
    def happen(self, act: str, peer: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            "stop": self.lease.end_by_stop,
            "reset": lambda: self.lease.end_by_reset(peer),
            "bridge": self.lease.bridge_lost,
            "leave": lambda: self.lease.peers_are({"staff", peer}),
            "decline": lambda: self.lease.decline(peer),
            "withdraw": lambda: self.lease.withdraw(peer),
        }
        acts[act]()

    @rule(for_ms=st.sampled_from([20, 480, 520, 2000]), still=st.booleans())
    def pass_time(self, for_ms: int, *, still: bool) -> None:
        self.lease.wait(for_ms, still=still)
        if not still:
            self.moved_ns = self.lease.now_ns

    @invariant()
    def the_fence_never_falls(self) -> None:
        assert self.lease.fence >= self.fence
        self.fence = self.lease.fence

    @invariant()
    def a_fence_has_one_owner_who_came_through_standstill(self) -> None:
        holder, fence = self.lease.holder, self.lease.fence
        if holder is None:
            return
        assert self.lease.state is HELD
        if fence not in self.owners:
            assert self.lease.now_ns - self.moved_ns >= ms(500)
        assert self.owners.setdefault(fence, holder) == holder

    @invariant()
    def the_line_is_bounded_and_holds_neither_holder_nor_heir(self) -> None:
        assert len(self.lease.requests) <= MAX_REQUESTS
        assert self.lease.holder not in self.lease.requests


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_whatever_happens_the_fence_never_falls_and_has_one_owner = AnyLife.TestCase
