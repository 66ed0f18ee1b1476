"""The robot's side of the game: messages and time go in, setpoints and messages come out. Lives in the motion process.

`states` draws what state it is in, derived at each tick from the latch (`stop`), the lease (`authority`), what it
performs (`gestures`) and the motion (`driving`).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from teleop_core import report, states
from teleop_core.announcer import Announcer, Outgoing
from teleop_core.authority import Authority, LeaseState
from teleop_core.bearing import Bearing, Carriage
from teleop_core.body import Body
from teleop_core.desk import Circumstances, Desk, QuietRequest
from teleop_core.driving import Driving
from teleop_core.errors import WireError, WireFault
from teleop_core.geometry import Twist
from teleop_core.gestures import Fitness, Gestures, Wanted
from teleop_core.house_rules import HouseRules
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.staff_watch import StaffWatch
from teleop_core.stop import StopLatch, StopRecord
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person
from teleop_core.wire.messages import EventKind, GestureEnd, Limit, Refusal, RobotState, Role, StopCause, StopLevel

SHOW: Final = "show"  # to whom the show's own requests are answered; no person's id looks like it


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """What the driver is told now, for at most `ttl_ms`, and why. Above SETTLE, `level` is told instead of it."""

    twist: Twist
    limit: Limit
    state: RobotState
    ttl_ms: int
    level: StopLevel = StopLevel.SETTLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What must outlive a restart. A restart always makes a new epoch and boots latched, whatever is remembered."""

    epoch: str
    fence: int
    latched: bool
    speed_cap_mps: float | None = None  # as staff set it: no restart raises the speed
    gestures_allowed: bool = True  # as staff set it
    level: StopLevel = StopLevel.SETTLE  # what is above it, no restart takes back


class RobotSession:
    """All rules of one robot: authority, freshness, STOP and governor, as one function of messages and time."""

    def __init__(
        self,
        *,
        epoch: str,
        memory: Memory | None,
        profile: SafetyProfile,
        timing: Timing | None = None,
        now_ns: int = 0,
    ) -> None:
        self._timing = timing or Timing()
        self._epoch = epoch
        self._profile = profile
        self._authority = Authority(fence=1 if memory is None else memory.fence + 1, timing=self._timing)
        level = StopLevel.SETTLE if memory is None else memory.level  # whatever the ladder: its driver may open late
        prefix = f"r{self._authority.fence}-"
        self._latch = StopLatch(timing=self._timing, now_ns=now_ns, code_prefix=prefix, level=level)
        self._rules = HouseRules(
            speed_cap_mps=None if memory is None else memory.speed_cap_mps,
            gestures_allowed=memory is None or memory.gestures_allowed,
        )
        prefix = f"g{self._authority.fence}-"
        self._gestures = Gestures(repertoire=profile.gestures, timing=self._timing, code_prefix=prefix)
        self._desk = Desk(authority=self._authority, latch=self._latch, rules=self._rules, gestures=self._gestures)
        self._driving = Driving(limits=profile.limits, timing=self._timing)
        self._body = Body(profile=profile, timing=self._timing)
        self._carriage = Carriage(look=profile.look)
        self._look_seq = -1
        self._staff = StaffWatch(required=profile.needs_staff, timing=self._timing, now_ns=now_ns)
        self._announcer = Announcer(epoch=epoch, timing=self._timing, now_ns=now_ns)
        self._roles: dict[str, Role] = {}
        self._bridge_up = False
        self._agent_heard_ns = now_ns
        self._state = RobotState.BOOT
        self._limit = Limit.STOPPED
        self._unix_offset_ns = 0
        self._refused: Counter[str] = Counter()

    # --- What is ---

    @property
    def memory(self) -> Memory:
        """What to keep on disk before anything that follows from it is sent."""
        return Memory(
            epoch=self._epoch,
            fence=self._authority.fence,
            latched=self._latch.is_latched,
            speed_cap_mps=self._rules.speed_cap_mps,
            gestures_allowed=self._rules.gestures_allowed,
            level=self._latch.level,
        )

    @property
    def state(self) -> RobotState:
        """The state as of the last tick."""
        return self._state

    @property
    def holder(self) -> str | None:
        """Who has the lease."""
        return self._authority.holder

    @property
    def fence(self) -> int:
        """The fence in force."""
        return self._authority.fence

    @property
    def is_latched(self) -> bool:
        """Whether the STOP is latched."""
        return self._latch.is_latched

    @property
    def speed_cap_mps(self) -> float | None:
        """The cap of staff, None without one."""
        return self._rules.speed_cap_mps

    @property
    def gestures_allowed(self) -> bool:
        """Whether staff let the robot perform gestures."""
        return self._rules.gestures_allowed

    @property
    def muted(self) -> tuple[str, ...]:
        """Who is not heard."""
        return self._rules.muted

    @property
    def area_clear(self) -> bool:
        """Whether staff have declared the area around the robot clear."""
        return self._rules.area_clear

    @property
    def wanted_gesture(self) -> Wanted:
        """What the driver is to perform at this instant; a STOP shows here before anything is sent."""
        return self._gestures.wanted

    @property
    def refused(self) -> dict[str, int]:
        """How many frames were refused since start, by reason."""
        return dict(self._refused)

    @property
    def bearing(self) -> Bearing:
        """How the driver is to carry the body now."""
        return self._carriage.bearing

    def messages_to_send(self) -> list[Outgoing]:
        """Return what has to be sent since the last call."""
        return self._announcer.take()

    def set_wall_clock(self, unix_offset_ns: int) -> None:
        """Tell the difference to Unix time, for display only."""
        self._unix_offset_ns = unix_offset_ns

    # --- What comes in ---

    def receive(self, body: bytes, *, peer: str, role: Role, road: m.Road, now_ns: int) -> Refusal | WireFault | None:
        """Take in what a person sent; return why it was refused, None when it was done, stands, or came before."""
        try:
            message = decode_from_person(body)
        except WireError as exc:
            self._refused[exc.fault.value] += 1
            return exc.fault
        refusal = self._obey(message, peer=peer, role=role, road=road, now_ns=now_ns)
        if refusal is not None:
            self._refused[refusal.value] += 1
        return refusal

    def agent_heard(self, *, bridge_up: bool, now_ns: int) -> None:
        """Note a heartbeat of the agent, and whether it has a bridge."""
        self._agent_heard_ns = now_ns
        if self._bridge_up and not bridge_up:
            self._authority.bridge_lost()
        self._bridge_up = bridge_up

    def peers_changed(self, peers: Sequence[m.Peer], *, now_ns: int, dismissed: Collection[str] = ()) -> None:
        """Note who is in the room, and who was sent off for good, as the bridge says."""
        self._roles = {peer.id: peer.role for peer in peers}
        self._authority.peers_are(self._roles)
        self._authority.dismiss(dismissed)
        self._report_lease(now_ns=now_ns)

    def picture_captured(self, rtp_time: int, captured_ns: int) -> None:
        """Note when the picture with this RTP time was captured."""
        self._driving.picture_captured(rtp_time, captured_ns=captured_ns)

    def robot_is(self, profile: SafetyProfile, *, now_ns: int) -> None:
        """Learn what the robot is, once its driver could be opened; it stops and latches, and knows the new limits."""
        if profile == self._profile:
            return
        self.stop(StopCause.DRIVER_FAULT, detail="the robot's driver was opened anew", now_ns=now_ns)
        self._profile = profile
        self._driving.limit_to(profile.limits)
        self._gestures.learn(profile.gestures)
        self._body = Body(profile=profile, timing=self._timing)
        self._carriage.learn(profile.look)

    def robot_reported(self, state: DriverState, *, now_ns: int) -> None:
        """Take in what the robot says of itself; what in it is alarming latches."""
        for alarm in self._body.reported(state, now_ns=now_ns):
            self.stop(alarm.cause, detail=alarm.detail, level=alarm.level, now_ns=now_ns)
        self._gestures.reported(state.performance)

    def perform(self, request: str, name: str | None, *, now_ns: int) -> None:
        """Begin a gesture of the show, or break off (None) the one that runs, and answer `SHOW` under the id `request`.

        It needs no lease. All else that forbids a gesture forbids it; a large one needs staff's word for the area.
        """
        refusal = self._gestures.cancel(SHOW) if name is None else self._cue(name, now_ns=now_ns)
        verdict = m.Verdict.DONE if refusal is None else m.Verdict.REFUSED
        self._answer(SHOW, m.Ack(id=request, verdict=verdict, refusal=refusal))
        self._report_gestures(now_ns=now_ns)

    def gesture_failed(self, run: int, *, detail: str) -> None:
        """Note that the driver refused to begin what it was to perform."""
        self._gestures.could_not_begin(run, detail=detail)

    def voice_heard(self, level: float, *, now_ns: int) -> None:
        """Note how loud the voice is that the hall hears, 0..1."""
        self._carriage.voice(level, now_ns=now_ns)

    def stop(self, cause: StopCause, *, detail: str, now_ns: int, level: StopLevel = StopLevel.SETTLE) -> None:
        """Latch the STOP for a reason of the robot's own, as sternly as `level` and the robot's ladder say."""
        record = StopRecord(cause=cause, by=None, role=None, at_ns=now_ns, detail=report.sentence(detail))
        self._stop(record, level=self._profile.reachable(level))

    def release(self) -> None:
        """Take back what is above SETTLE: somebody beside the robot says so. It stays latched."""
        self._latch.release()

    # --- Time passes ---

    def tick(self, *, now_ns: int) -> Setpoint:
        """Return the setpoint for this instant; due telemetry and status are then in `messages_to_send()`."""
        if now_ns - self._agent_heard_ns >= self._timing.agent_latch_ns:
            self.stop(StopCause.AGENT_SILENT, detail="the robot's agent fell silent", now_ns=now_ns)
        if self._staff.must_latch(now_ns=now_ns):
            self.stop(StopCause.STAFF_SILENT, detail="no staff page watches the robot", now_ns=now_ns)
        if self._staff.must_hold(now_ns=now_ns):
            self._gestures.abort(GestureEnd.NO_STAFF)
        self._authority.tick(still=self._is_still(), now_ns=now_ns)
        self._gestures.tick(now_ns=now_ns)
        self._report_lease(now_ns=now_ns)
        ground = self._body.ground(speed_cap_mps=self._rules.speed_cap_mps, now_ns=now_ns)
        step = self._driving.step(self._held_for(now_ns=now_ns), ground=ground, now_ns=now_ns)
        self._body.told(step.twist, now_ns=now_ns)
        if step.tripped and not self._latch.is_latched and step.limit is not Limit.GESTURE:
            self._event(EventKind.HOLD, by=self._authority.holder, limit=step.limit, now_ns=now_ns)
        self._limit = step.limit
        self._carriage.tick(
            stopped=self._latch.is_latched or now_ns - self._agent_heard_ns >= self._timing.agent_zero_ns,
            driven=self._authority.state is LeaseState.HELD,
            talks=self._profile.co_speech and self._rules.co_speech and not self._gestures.is_running,
            now_ns=now_ns,
        )
        self._enter(self._derive_state(), now_ns=now_ns)
        self._announcer.tick(
            self._moment(now_ns=now_ns), driving=self._driving, allowed_mps=step.allowed_mps, refused=self._refused
        )
        return Setpoint(
            twist=step.twist,
            limit=self._limit,
            state=self._state,
            ttl_ms=self._timing.driver_ttl_ms,
            level=self._profile.reachable(self._latch.level),
        )

    def _held_for(self, *, now_ns: int) -> Limit | None:
        """Return why nobody may move the robot now, the most severe reason first."""
        record = self._latch.record
        if record is not None:
            return Limit.DRIVER_FAULT if record.cause is StopCause.DRIVER_FAULT else Limit.STOPPED
        if now_ns - self._agent_heard_ns >= self._timing.agent_zero_ns:
            return Limit.AGENT_SILENT
        if self._staff.must_hold(now_ns=now_ns):
            return Limit.NO_STAFF
        if self._body.is_lost():
            return Limit.POSE_UNKNOWN
        if self._gestures.is_running:
            return Limit.GESTURE
        match self._authority.state:
            case LeaseState.FREE:
                return Limit.NO_LEASE
            case LeaseState.CHANGING:
                return Limit.HANDOVER
            case LeaseState.HELD:
                return None
            case unreachable:
                assert_never(unreachable)

    def _is_still(self) -> bool:
        return self._body.is_still(self._driving.applied) and not self._gestures.is_running

    def _derive_state(self) -> RobotState:
        return states.derive(
            was=self._state,
            latched=self._latch.is_latched,
            performing=self._gestures.is_running,
            lease=self._authority.state,
            limit=self._limit,
            still=self._is_still(),
        )

    def _enter(self, state: RobotState, *, now_ns: int) -> None:
        if state is not self._state:
            self._state = state
            self._announcer.beacon_is_due(now_ns=now_ns)

    # --- Obeying ---

    def _obey(self, message: m.FromPerson, *, peer: str, role: Role, road: m.Road, now_ns: int) -> Refusal | None:
        if self._rules.is_muted(peer):
            return self._ignore(message, peer=peer)
        match message:
            case m.Drive():
                return self._drive(message, peer=peer, role=role, road=road, now_ns=now_ns)
            case m.Look():
                return self._look(message, peer=peer, role=role)
            case m.LeaseRenew():
                if message.epoch != self._epoch:
                    return Refusal.WRONG_EPOCH
                return self._authority.renew(peer, message.fence, message.seq, now_ns=now_ns)
            case m.Watch():
                return self._watch(message, role=role, now_ns=now_ns)
            case m.Stop():
                record = StopRecord(cause=StopCause.PERSON, by=peer, role=role, at_ns=now_ns, detail=message.reason)
                self._stop(record, level=StopLevel.SETTLE)
                speed_mps = round(self._driving.applied.speed_mps, 3)
                ack = m.StopAck(id=message.id, state=self._derive_state(), speed_mps=speed_mps)
                self._announcer.say(peer, m.Lane.EVENT, ack)
                return None
            case m.Ping() | m.RtcOffer() | m.RtcCandidate() | m.RtcClose() | m.ChooseCamera() | m.SpeakTo():
                return Refusal.MALFORMED  # the agent's own; it does not pass them on
            case m.ShowControl() | m.Say() | m.Hush():
                return Refusal.MALFORMED  # neither
            case _:
                return self._serve(message, peer=peer, role=role, now_ns=now_ns)

    def _ignore(self, message: m.FromPerson, *, peer: str) -> Refusal:
        """Do nothing of what a muted peer says, and tell it so where it waits for an answer."""
        if not isinstance(message, m.StateMessage | m.MediaMessage | m.Ping):
            self._answer(peer, m.Ack(id=message.id, verdict=m.Verdict.REFUSED, refusal=Refusal.MUTED))
        return Refusal.MUTED

    def _watch(self, watch: m.Watch, *, role: Role, now_ns: int) -> Refusal | None:
        if role is not Role.STAFF:
            return Refusal.ROLE
        if watch.epoch != self._epoch:
            return Refusal.WRONG_EPOCH
        age_ns = self._driving.beacon_age_ns(watch.beacon, now_ns=now_ns)
        if age_ns is None:
            return Refusal.UNKNOWN_BEACON
        self._staff.answered(age_ns, now_ns=now_ns)
        return None

    def _drive(self, drive: m.Drive, *, peer: str, role: Role, road: m.Road, now_ns: int) -> Refusal | None:
        if role is Role.OBSERVER:
            return Refusal.ROLE
        if drive.epoch != self._epoch:
            return Refusal.WRONG_EPOCH
        refusal = Refusal.STOPPED if self._latch.is_latched else self._authority.check(peer, drive.fence)
        return refusal or self._driving.accept(drive, road=road, now_ns=now_ns)

    def _look(self, look: m.Look, *, peer: str, role: Role) -> Refusal | None:
        if role is Role.OBSERVER:
            return Refusal.ROLE
        if look.epoch != self._epoch:
            return Refusal.WRONG_EPOCH
        refusal = Refusal.STOPPED if self._latch.is_latched else self._authority.check(peer, look.fence)
        if refusal is None and look.seq > self._look_seq:
            self._look_seq = look.seq
            self._carriage.look(look.pan_rad, look.tilt_rad)
        return refusal

    def _serve(self, request: QuietRequest, *, peer: str, role: Role, now_ns: int) -> Refusal | None:
        known = self._desk.known_answer(peer, request.id)
        if known is not None:
            self._answer(peer, known)
            return None
        given = Circumstances(
            now_ns=now_ns,
            still=self._is_still(),
            cause_gone=self._is_sound(now_ns=now_ns),
            bridge_up=self._bridge_up,
            roles=self._roles,
            epoch=self._epoch,
            fitness=self._fitness(now_ns=now_ns),
        )
        answer = self._desk.serve(request, peer=peer, role=role, given=given)
        self._answer(peer, answer)
        self._announcer.status_is_due(now_ns=now_ns)
        if answer.refusal is None:
            self._report_rules(request, peer=peer, now_ns=now_ns)
        self._report_lease(now_ns=now_ns)
        return answer.refusal

    def _cue(self, name: str, *, now_ns: int) -> Refusal | None:
        if self._latch.is_latched:
            return Refusal.STOPPED
        if self._authority.state is LeaseState.CHANGING:
            return Refusal.BUSY
        if not self._rules.gestures_allowed:
            return Refusal.NOT_ALLOWED
        fitness = self._fitness(now_ns=now_ns)
        return self._gestures.cue(name, area_clear=self._rules.area_clear, fitness=fitness, now_ns=now_ns)

    def _fitness(self, *, now_ns: int) -> Fitness:
        return Fitness(
            still=self._is_still(),
            hand_on=self._driving.hand_is_on,
            watched=not self._staff.must_hold(now_ns=now_ns),
            heard=not self._body.is_silent(now_ns=now_ns),
        )

    def _is_sound(self, *, now_ns: int) -> bool:
        return self._body.is_sound(now_ns=now_ns) and not self._staff.must_hold(now_ns=now_ns)

    def _stop(self, record: StopRecord, *, level: StopLevel) -> None:
        self._gestures.abort(GestureEnd.STOPPED)
        self._driving.drop()
        if not self._latch.latch(record, level=level):
            return
        self._authority.end_by_stop()
        if self._rules.area_in_doubt():
            self._event(EventKind.AREA_NOT_CLEAR, now_ns=record.at_ns)
        self._announcer.status_is_due(now_ns=record.at_ns)
        self._event(
            EventKind.STOPPED,
            by=record.by,
            role=record.role,
            cause=record.cause,
            detail=record.detail,
            now_ns=record.at_ns,
        )

    # --- Speaking ---

    def _moment(self, *, now_ns: int) -> report.Moment:
        return report.Moment(
            now_ns=now_ns,
            unix_offset_ns=self._unix_offset_ns,
            epoch=self._epoch,
            state=self._state,
            limit=self._limit,
            authority=self._authority,
            latch=self._latch,
            rules=self._rules,
            gestures=self._gestures,
            reported=self._body.state,
            carriage=self._carriage,
            bridge_up=self._bridge_up,
            staff_required=self._staff.is_required,
        )

    def _report_lease(self, *, now_ns: int) -> None:
        """Tell what happened to lease and gestures; no command outlives the lease, no gesture what gives it away."""
        for event in self._authority.take_events():
            if event.kind is EventKind.GRANTED:
                self._driving.begin_lease()
                self._look_seq = -1
            if event.kind in {EventKind.GRANTED, EventKind.REVOKED}:
                self._gestures.abort(GestureEnd.LEASE)
            self._event(event.kind, by=event.by, to=event.to, now_ns=now_ns)
        if self._authority.state is not LeaseState.HELD:
            self._driving.drop()
        if self._authority.state is LeaseState.CHANGING:
            self._gestures.abort(GestureEnd.LEASE)
        self._report_gestures(now_ns=now_ns)

    def _report_gestures(self, *, now_ns: int) -> None:
        for event in self._gestures.take_events():
            detail = report.sentence(event.detail)
            self._event(event.kind, by=event.by, gesture=event.name, ended=event.ended, detail=detail, now_ns=now_ns)

    def _report_rules(self, request: QuietRequest, *, peer: str, now_ns: int) -> None:
        """Tell what staff laid down for everybody."""
        match request:
            case m.CapSpeed(max_speed_mps=cap):
                detail = "no cap" if cap is None else f"{cap:g} m/s"
                self._event(EventKind.CAPPED, by=peer, detail=detail, now_ns=now_ns)
            case m.Mute(peer=meant, muted=muted):
                self._event(EventKind.MUTED if muted else EventKind.UNMUTED, by=peer, to=meant, now_ns=now_ns)
            case m.AllowGestures(allowed=allowed):
                kind = EventKind.GESTURES_ON if allowed else EventKind.GESTURES_OFF
                self._event(kind, by=peer, now_ns=now_ns)
            case m.DeclareArea(clear=clear):
                self._event(EventKind.AREA_CLEAR if clear else EventKind.AREA_NOT_CLEAR, by=peer, now_ns=now_ns)
            case _:
                pass

    def _event(
        self,
        kind: EventKind,
        *,
        now_ns: int,
        by: str | None = None,
        to: str | None = None,
        role: Role | None = None,
        cause: StopCause | None = None,
        limit: Limit | None = None,
        detail: str = "",
        gesture: str | None = None,
        ended: GestureEnd | None = None,
    ) -> None:
        self._announcer.event(
            kind,
            at_unix_ms=self._moment(now_ns=now_ns).unix_ms(now_ns),
            by=by,
            to=to,
            role=role if role is not None or by is None else self._roles.get(by),
            cause=cause,
            limit=limit,
            detail=detail,
            gesture=gesture,
            ended=ended,
        )

    def _answer(self, peer: str, answer: m.Ack) -> None:
        self._announcer.say(peer, m.Lane.EVENT, answer)
