"""Who may drive: the lease, its fence, and how it passes on. The robot alone decides; the bridge only says who asks.

A token is (epoch, fence, operator). The fence rises at every grant, return, expiry, revocation, stop and reset, and
never falls; so a token that ended is final. Everything that changes the lease is in this table:

=============  =====================  ==========================  =====================
act            FREE                   HELD                        CHANGING
=============  =====================  ==========================  =====================
request        granted, or CHANGING   stands in line              stands in line
return         not holder             FREE, or CHANGING to next   not holder
offer          stands for 10 s        by holder or staff          busy
accept         CHANGING               CHANGING                    busy
take (staff)   CHANGING               CHANGING                    busy
revoke (staff) not holder             FREE                        FREE
stillness      -                      -                           HELD by the new one
expiry         -                      FREE                        -
stop, reset    FREE                   FREE                        FREE
=============  =====================  ==========================  =====================

CHANGING is the hand-over: nobody drives until the robot has stood still for 500 ms. A request for a free lease is
granted at once when the robot has stood for so long already. An offer to a peer whose request stands needs no further
word from it. Nobody new gets the lease while the bridge is away.
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from teleop_core.timing import Timing
from teleop_core.wire.messages import EventKind, Refusal, Role

MAX_REQUESTS: Final = 32


class LeaseState(enum.Enum):
    """Where the lease is."""

    FREE = "free"
    HELD = "held"
    CHANGING = "changing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOffer:
    """A lease on offer."""

    to: str
    by: str
    expires_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseEvent:
    """Something that happened to the lease, for the event list."""

    kind: EventKind
    by: str | None = None
    to: str | None = None


class Authority:
    """The lease on the robot. Every act returns why it was refused, or None when it was done or stands."""

    def __init__(self, *, fence: int, timing: Timing) -> None:
        self._timing = timing
        self._fence = fence
        self._holder: str | None = None
        self._expires_ns = 0
        self._renewed_seq = -1
        self._heir: str | None = None
        self._still_since_ns: int | None = -timing.still_ns  # what has just started has not moved
        self._offer: StandingOffer | None = None
        self._requests: dict[str, None] = {}
        self._events: list[LeaseEvent] = []

    # --- What is ---

    @property
    def fence(self) -> int:
        """The fence in force; only commands that bear it may move the robot."""
        return self._fence

    @property
    def holder(self) -> str | None:
        """Who has the lease; during a hand-over nobody."""
        return self._holder

    @property
    def state(self) -> LeaseState:
        """Where the lease is."""
        if self._heir is not None:
            return LeaseState.CHANGING
        return LeaseState.FREE if self._holder is None else LeaseState.HELD

    @property
    def requests(self) -> tuple[str, ...]:
        """Who asked and waits, the longest first."""
        return tuple(self._requests)

    @property
    def offer(self) -> StandingOffer | None:
        """The offer that stands."""
        return self._offer

    def take_events(self) -> list[LeaseEvent]:
        """Return what happened since the last call."""
        events, self._events = self._events, []
        return events

    def next_deadline_ns(self) -> int | None:
        """Return when something lapses by itself, None when nothing will."""
        deadlines = [] if self._offer is None else [self._offer.expires_ns]
        if self._holder is not None:
            deadlines.append(self._expires_ns)
        return min(deadlines, default=None)

    # --- Acts of people ---

    def request(self, peer: str, role: Role, *, still: bool, bridge_up: bool, now_ns: int) -> Refusal | None:
        """Ask to drive; `still` is whether the robot stands at this instant."""
        if role is Role.OBSERVER:
            return Refusal.ROLE
        if not bridge_up:
            return Refusal.NO_BRIDGE
        if peer in {self._holder, self._heir}:
            return None
        if self.state is LeaseState.FREE:
            if still and self._has_stood(now_ns=now_ns):
                self._grant(peer, now_ns=now_ns)
            else:
                self._change_to(peer)
            return None
        if peer not in self._requests:
            if len(self._requests) >= MAX_REQUESTS:
                return Refusal.OVERLOADED
            self._requests[peer] = None
            self._note(EventKind.ASKED, by=peer)
        return None

    def withdraw(self, peer: str) -> Refusal | None:
        """Take back a standing request."""
        self._requests.pop(peer, None)
        return None

    def renew(self, peer: str, fence: int, seq: int, *, now_ns: int) -> Refusal | None:
        """Keep the lease for another while; a copy of a renewal, or an older one, adds nothing."""
        refusal = self.check(peer, fence)
        if refusal is not None:
            return refusal
        if now_ns >= self._expires_ns:
            return Refusal.EXPIRED
        if seq > self._renewed_seq:
            self._renewed_seq = seq
            self._expires_ns = now_ns + self._timing.lease_life_ns
        return None

    def check(self, peer: str, fence: int) -> Refusal | None:
        """Return why `peer` may not drive with `fence`, None when it may."""
        if fence != self._fence:
            return Refusal.WRONG_FENCE
        if self._heir is not None:
            return Refusal.BUSY
        return None if peer == self._holder else Refusal.NOT_HOLDER

    def give_back(self, peer: str, fence: int, *, bridge_up: bool) -> Refusal | None:
        """Return the lease; whoever waits longest gets it through standstill, unless the bridge is away."""
        if peer != self._holder:
            return Refusal.NOT_HOLDER
        if fence != self._fence:
            return Refusal.WRONG_FENCE
        self._end(EventKind.RETURNED, by=peer)
        successor = next(iter(self._requests), None)
        if successor is not None and bridge_up:
            self._change_to(successor)
        return None

    def make_offer(
        self, peer: str, role: Role, *, to: str, to_role: Role | None, bridge_up: bool, now_ns: int
    ) -> Refusal | None:
        """Offer the lease to `to`, or hand it over at once when `to` has asked."""
        if role is not Role.STAFF and peer != self._holder:
            return Refusal.NOT_HOLDER
        refusal = self._may_change(bridge_up=bridge_up)
        if refusal is not None:
            return refusal
        if to_role is None:
            return Refusal.UNKNOWN_PEER
        if to_role is Role.OBSERVER:
            return Refusal.ROLE
        if to == self._holder:
            return Refusal.HELD
        self._note(EventKind.OFFERED, by=peer, to=to)
        if to in self._requests:
            self._change_to(to)
        else:
            self._offer = StandingOffer(to=to, by=peer, expires_ns=now_ns + self._timing.offer_life_ns)
        return None

    def accept(self, peer: str, *, bridge_up: bool, now_ns: int) -> Refusal | None:
        """Accept the offer that stands."""
        self._lapse(now_ns=now_ns)
        refusal = self._may_change(bridge_up=bridge_up)
        if refusal is not None:
            return refusal
        if self._offer is None or self._offer.to != peer:
            return Refusal.NO_OFFER
        self._change_to(peer)
        return None

    def decline(self, peer: str) -> Refusal | None:
        """Decline the offer that stands."""
        if self._offer is None or self._offer.to != peer:
            return Refusal.NO_OFFER
        self._note(EventKind.OFFER_LAPSED, by=self._offer.by, to=peer)
        self._offer = None
        return None

    def take(self, peer: str, role: Role, *, bridge_up: bool) -> Refusal | None:
        """Let staff take the lease, through standstill."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        if peer == self._holder:
            return None
        refusal = self._may_change(bridge_up=bridge_up)
        if refusal is not None:
            return refusal
        self._note(EventKind.TAKEN, by=peer)
        self._change_to(peer)
        return None

    def revoke(self, peer: str, role: Role) -> Refusal | None:
        """Let staff end the lease or a hand-over under way; requests are dropped, so that nobody follows by itself."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        if self.state is LeaseState.FREE:
            return Refusal.NOT_HOLDER
        self._end(EventKind.REVOKED, by=peer)
        self._requests.clear()
        return None

    # --- What happens by itself ---

    def end_by_stop(self) -> None:
        """End lease, hand-over, offer and requests: a STOP came."""
        self._end_all()

    def end_by_reset(self, peer: str) -> None:
        """End whatever there is: `peer` cleared the STOP, and nobody drives on a token from before."""
        self._end_all()
        self._note(EventKind.RESET, by=peer)

    def bridge_lost(self) -> None:
        """Give up a hand-over under way: nobody new gets the lease while the bridge is away."""
        self._offer = None
        if self._heir is not None:
            self._end(EventKind.OFFER_LAPSED, by=None)

    def peers_are(self, present: Collection[str]) -> None:
        """Forget requests, offers and hand-overs of those who left. A lease of theirs lives on until it expires."""
        for peer in [each for each in self._requests if each not in present]:
            del self._requests[peer]
        if self._offer is not None and self._offer.to not in present:
            self._offer = None
        if self._heir is not None and self._heir not in present:
            self._end(EventKind.OFFER_LAPSED, by=self._heir)

    def dismiss(self, dismissed: Collection[str]) -> None:
        """End what those have who were sent off for good or are heard no more: lease, hand-over, offer, request."""
        for peer in dismissed:
            self._requests.pop(peer, None)
        if self._offer is not None and self._offer.to in dismissed:
            self._offer = None
        if self._holder in dismissed or self._heir in dismissed:
            self._end(EventKind.REVOKED, by=None)

    def tick(self, *, still: bool, now_ns: int) -> None:
        """Let time pass: expire, lapse, and complete a hand-over after 500 ms of standstill."""
        self._lapse(now_ns=now_ns)
        if self._holder is not None and now_ns >= self._expires_ns:
            self._end(EventKind.LEASE_EXPIRED, by=self._holder)
        if not still:
            self._still_since_ns = None
        elif self._still_since_ns is None:
            self._still_since_ns = now_ns
        if self._heir is not None and self._has_stood(now_ns=now_ns):
            self._grant(self._heir, now_ns=now_ns)

    # --- Inside ---

    def _may_change(self, *, bridge_up: bool) -> Refusal | None:
        if not bridge_up:
            return Refusal.NO_BRIDGE
        return Refusal.BUSY if self._heir is not None else None

    def _has_stood(self, *, now_ns: int) -> bool:
        return self._still_since_ns is not None and now_ns - self._still_since_ns >= self._timing.still_ns

    def _change_to(self, heir: str) -> None:
        self._holder = None
        self._heir = heir
        self._still_since_ns = None
        self._offer = None
        self._requests.pop(heir, None)

    def _grant(self, peer: str, *, now_ns: int) -> None:
        self._fence += 1
        self._holder = peer
        self._heir = self._offer = None
        self._requests.pop(peer, None)
        self._expires_ns = now_ns + self._timing.lease_life_ns
        self._renewed_seq = -1
        self._note(EventKind.GRANTED, to=peer)

    def _end(self, kind: EventKind, *, by: str | None) -> None:
        self._holder = self._heir = self._offer = None
        self._fence += 1
        self._note(kind, by=by)

    def _end_all(self) -> None:
        self._holder = self._heir = self._offer = None
        self._requests.clear()
        self._fence += 1

    def _lapse(self, *, now_ns: int) -> None:
        if self._offer is not None and now_ns >= self._offer.expires_ns:
            self._note(EventKind.OFFER_LAPSED, by=self._offer.by, to=self._offer.to)
            self._offer = None

    def _note(self, kind: EventKind, *, by: str | None = None, to: str | None = None) -> None:
        self._events.append(LeaseEvent(kind=kind, by=by, to=to))
