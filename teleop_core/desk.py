"""What people ask of the robot, each request done once and answered as often as it comes."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, assert_never

from teleop_core.authority import Authority
from teleop_core.gestures import Fitness, Gestures
from teleop_core.house_rules import HouseRules
from teleop_core.stop import StopLatch
from teleop_core.wire import messages as m
from teleop_core.wire.messages import GestureEnd, Refusal, Role, Verdict

ANSWERS_KEPT: Final = 64  # of each peer, so that nobody's flood makes another's repeated request count twice
PEERS_KEPT: Final = 64

HouseRule = m.CapSpeed | m.Mute | m.AllowGestures | m.DeclareArea | m.MoveWithVoice
LeaseChange = m.LeaseRequest | m.LeaseOffer | m.LeaseAccept | m.LeaseTake
QuietRequest = (
    m.ResetPrepare
    | m.ResetConfirm
    | m.LeaseWithdraw
    | m.LeaseReturn
    | m.LeaseRevoke
    | m.LeaseDecline
    | m.GestureBegin
    | m.GestureCancel
    | HouseRule
    | LeaseChange
)
"""Every request but STOP, which waits for no desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a request is judged by, beside who asks."""

    now_ns: int
    still: bool
    cause_gone: bool  # whether what the robot says of itself speaks against clearing the latch
    bridge_up: bool
    roles: dict[str, Role]
    epoch: str
    fitness: Fitness


class Desk:
    """Does what is asked with the lease, the latch, the house rules and gestures, and remembers its answers."""

    def __init__(self, *, authority: Authority, latch: StopLatch, rules: HouseRules, gestures: Gestures) -> None:
        self._authority = authority
        self._latch = latch
        self._rules = rules
        self._gestures = gestures
        self._answers: OrderedDict[str, OrderedDict[str, m.Ack]] = OrderedDict()

    def known_answer(self, peer: str, request_id: str) -> m.Ack | None:
        """Return the answer that this request got before."""
        answers = self._answers.get(peer)
        return None if answers is None else answers.get(request_id)

    def serve(self, request: QuietRequest, *, peer: str, role: Role, given: Circumstances) -> m.Ack:
        """Do it, and return the answer."""
        refusal = self._act(request, peer=peer, role=role, given=given)
        answer = m.Ack(id=request.id, verdict=self._verdict(request, peer, refusal), refusal=refusal)
        self._remember(peer, answer)
        return answer

    def _remember(self, peer: str, answer: m.Ack) -> None:
        answers = self._answers.setdefault(peer, OrderedDict())
        answers[answer.id] = answer
        self._answers.move_to_end(peer)
        if len(answers) > ANSWERS_KEPT:
            answers.popitem(last=False)
        if len(self._answers) > PEERS_KEPT:
            self._answers.popitem(last=False)

    def _act(self, request: QuietRequest, *, peer: str, role: Role, given: Circumstances) -> Refusal | None:
        match request:
            case m.ResetPrepare() | m.ResetConfirm():
                return self._reset(request, peer=peer, role=role, given=given)
            case m.LeaseWithdraw() | m.LeaseReturn() | m.LeaseRevoke() | m.LeaseDecline():
                return self._give_up_lease(request, peer=peer, role=role, given=given)
            case m.CapSpeed() | m.Mute() | m.AllowGestures() | m.DeclareArea() | m.MoveWithVoice():
                return self._lay_down(request, peer=peer, role=role, given=given)
            case m.GestureBegin():
                return self._begin_gesture(request, peer=peer, given=given)
            case m.GestureCancel():
                return self._cancel_gesture(peer, role)
            case m.LeaseRequest() | m.LeaseOffer() | m.LeaseAccept() | m.LeaseTake():
                if self._latch.is_latched:
                    return Refusal.STOPPED
                return self._change_lease(request, peer=peer, role=role, given=given)
            case unreachable:
                assert_never(unreachable)

    def _reset(
        self, request: m.ResetPrepare | m.ResetConfirm, *, peer: str, role: Role, given: Circumstances
    ) -> Refusal | None:
        still, gone, now_ns = given.still, given.cause_gone, given.now_ns
        match request:
            case m.ResetPrepare():
                return self._latch.prepare(peer, role, still=still, cause_gone=gone, now_ns=now_ns)
            case m.ResetConfirm(code=code):
                refusal = self._latch.confirm(role, code, still=still, cause_gone=gone, now_ns=now_ns)
                if refusal is None:
                    self._authority.end_by_reset(peer)
                return refusal
            case unreachable:
                assert_never(unreachable)

    def _begin_gesture(self, request: m.GestureBegin, *, peer: str, given: Circumstances) -> Refusal | None:
        if request.epoch != given.epoch:
            return Refusal.WRONG_EPOCH
        if self._latch.is_latched:
            return Refusal.STOPPED
        refusal = self._authority.check(peer, request.fence)
        if refusal is not None:
            return refusal
        if not self._rules.gestures_allowed:
            return Refusal.NOT_ALLOWED
        return self._gestures.ask(request.name, request.code, peer=peer, fitness=given.fitness, now_ns=given.now_ns)

    def _cancel_gesture(self, peer: str, role: Role) -> Refusal | None:
        if role is not Role.STAFF and peer != self._authority.holder:
            return Refusal.NOT_HOLDER
        return self._gestures.cancel(peer)

    def _lay_down(self, request: HouseRule, *, peer: str, role: Role, given: Circumstances) -> Refusal | None:
        match request:
            case m.CapSpeed(max_speed_mps=max_speed_mps):
                return self._rules.cap_speed(role, max_speed_mps)
            case m.Mute(peer=meant, muted=muted):
                refusal = self._rules.mute(role, meant, muted=muted, roles=given.roles)
                if refusal is None and muted:
                    self._authority.dismiss((meant,))
                return refusal
            case m.AllowGestures(allowed=allowed):
                refusal = self._rules.allow_gestures(role, allowed=allowed)
                if refusal is None and not allowed:
                    self._gestures.abort(GestureEnd.NOT_ALLOWED, by=peer)
                return refusal
            case m.DeclareArea(clear=clear):
                return self._rules.declare_area(role, clear=clear)
            case m.MoveWithVoice(on=on):
                return self._rules.move_with_voice(role, on=on)
            case unreachable:
                assert_never(unreachable)

    def _give_up_lease(
        self,
        request: m.LeaseWithdraw | m.LeaseReturn | m.LeaseRevoke | m.LeaseDecline,
        *,
        peer: str,
        role: Role,
        given: Circumstances,
    ) -> Refusal | None:
        match request:
            case m.LeaseWithdraw():
                return self._authority.withdraw(peer)
            case m.LeaseReturn(fence=fence):
                return self._authority.give_back(peer, fence, bridge_up=given.bridge_up)
            case m.LeaseRevoke():
                return self._authority.revoke(peer, role)
            case m.LeaseDecline():
                return self._authority.decline(peer)
            case unreachable:
                assert_never(unreachable)

    def _change_lease(self, request: LeaseChange, *, peer: str, role: Role, given: Circumstances) -> Refusal | None:
        authority, up, now_ns = self._authority, given.bridge_up, given.now_ns
        match request:
            case m.LeaseRequest():
                return authority.request(peer, role, still=given.still, bridge_up=up, now_ns=now_ns)
            case m.LeaseOffer(to=to) if self._rules.is_muted(to):
                return Refusal.MUTED
            case m.LeaseOffer(to=to):
                return authority.make_offer(peer, role, to=to, to_role=given.roles.get(to), bridge_up=up, now_ns=now_ns)
            case m.LeaseAccept():
                return authority.accept(peer, bridge_up=up, now_ns=now_ns)
            case m.LeaseTake():
                return authority.take(peer, role, bridge_up=up)
            case unreachable:
                assert_never(unreachable)

    def _verdict(self, request: QuietRequest, peer: str, refusal: Refusal | None) -> Verdict:
        if refusal is not None:
            return Verdict.REFUSED
        match request:
            case m.LeaseOffer() | m.LeaseAccept():
                return Verdict.PENDING
            case m.LeaseRequest() | m.LeaseTake():
                return Verdict.DONE if self._authority.holder == peer else Verdict.PENDING
            case m.GestureBegin():
                return Verdict.DONE if self._gestures.is_running else Verdict.PENDING
            case _:
                return Verdict.DONE
