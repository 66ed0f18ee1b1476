"""Watches one robot, run after run, and cries foul when an invariant of the design is broken.

It knows the rules from the design alone, and shares no code with what it judges but the words, the timings and the
table of states. It judges what the robot does by what the robot was told, and when that was sent.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from prove.foul import Foul, require
from prove.gesture_judge import BEGIN, CUE, GestureJudge, Stand
from teleop_core.announcer import Outgoing
from teleop_core.authority import LeaseState
from teleop_core.edges import is_outside
from teleop_core.errors import WireFault
from teleop_core.geometry import Pose2D
from teleop_core.profile import SafetyProfile
from teleop_core.session import SHOW, RobotSession, Setpoint
from teleop_core.states import NEXT_STATES
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import MAX_FRAME_BYTES, decode_to_person
from teleop_core.wire.messages import Limit, RobotState

ROUNDING: Final = 1e-9
WIRE_ROUNDING: Final = 1e-4  # telemetry carries four decimals
ARMED: Final = frozenset(
    {Limit.NONE, Limit.SLEW, Limit.CAP, Limit.STAFF_CAP, Limit.EDGE, Limit.LOOP_DELAY, Limit.DEAD_MAN}
)
NEUTRAL_WITHIN: Final = 0.02
LONGEST_TTL_MS: Final = 300
MOST_MESSAGES: Final = 1024
OBSERVERS_MAY: Final = b'{"type":"stop"'
AT_REST: Final = frozenset({RobotState.STOPPED, RobotState.STOPPING})
OVER_THE_EDGE_M: Final = 0.02  # more of an area's border than this may nobody cross who is not pushed

_drives: Final = msgspec.json.Decoder(m.Drive)
_renewals: Final = msgspec.json.Decoder(m.LeaseRenew)
_watches: Final = msgspec.json.Decoder(m.Watch)


@dataclass(slots=True)
class Referee:
    """One robot's life between two restarts. Every method raises `Foul` when it sees one.

    `longest_tick_ns` is by how much a tick may come late at most: what happens between two ticks shows at the next.
    """

    session: RobotSession
    timing: Timing
    profile: SafetyProfile
    born_ns: int
    longest_tick_ns: int
    seen: set[tuple[RobotState, RobotState]] = field(default_factory=set)
    moves: int = 0
    epoch: str = field(init=False)
    pictures_ns: dict[int, int] = field(init=False, default_factory=dict)  # when each was captured
    fence: int = field(init=False)
    holder: str | None = field(init=False)
    owners: dict[int, str] = field(init=False, default_factory=dict)
    roles: dict[str, m.Role] = field(init=False, default_factory=dict)  # as the bridge said last
    state: RobotState = field(init=False)
    speed: float = field(init=False, default=0.0)
    turn: float = field(init=False, default=0.0)
    moved_ns: int | None = field(init=False, default=None)
    latched_ns: int | None = field(init=False)
    spoke_ns: int | None = field(init=False, default=None)  # the newest accepted command with the dead-man held
    sent_ns: int | None = field(init=False, default=None)  # when its sender sent it, where that is known
    neutral_from_ns: int | None = field(init=False, default=None)
    neutral_last_ns: int = field(init=False, default=0)
    has_been_neutral: bool = field(init=False, default=False)
    was_armed: bool = field(init=False, default=False)
    ramp_ns: int = field(init=False)
    latched_fence: int = field(init=False)
    clear_fence: int = field(init=False)
    in_force: m.Drive | None = field(init=False, default=None)
    newest_seq: int = field(init=False, default=-1)
    captured_ns: int | None = field(init=False, default=None)  # the picture that the command in force echoes
    beacons_ns: dict[int, int] = field(init=False, default_factory=dict)
    agent_heard_ns: int = field(init=False)
    bridge_up: bool = field(init=False, default=False)
    faulty: bool = field(init=False, default=False)
    lease_ends_ns: int = field(init=False, default=0)
    renewed_seq: int = field(init=False, default=-1)
    hearing: tuple[bytes, m.Role] | None = field(init=False, default=None)
    prepared: bool = field(init=False, default=False)  # whether staff took the first step of a reset since the latch
    told: Setpoint | None = field(init=False, default=None)
    pose: Pose2D | None = field(init=False, default=None)
    ticked_ns: int = field(init=False, default=0)
    rested: bool = field(init=False, default=False)  # whether it was told to stand twice in a row
    cap_mps: float | None = field(init=False)  # as staff set it
    muted: tuple[str, ...] = field(init=False, default=())
    watched_ns: int | None = field(init=False, default=None)  # the newest beacon that staff answered left then
    gestures: GestureJudge = field(init=False)
    gestures_allowed: bool = field(init=False)  # as staff set it
    area_clear: bool = field(init=False, default=False)  # as staff declared it
    performing: bool = field(init=False, default=False)  # whether the body performs, as it said last
    speaker: str = field(init=False, default="")  # who is heard now
    released: bool = field(init=False)  # whether somebody on site took back what is above SETTLE

    def __post_init__(self) -> None:
        """Look at a robot that has just started."""
        self.fence = self.latched_fence = self.clear_fence = self.session.fence
        self.epoch, self.holder = self.session.memory.epoch, self.session.holder
        self.state = self.session.state
        self.latched_ns = self.agent_heard_ns = self.born_ns
        self.cap_mps = self.session.memory.speed_cap_mps
        self.gestures_allowed = self.session.memory.gestures_allowed
        self.gestures = GestureJudge(self.profile, self.timing, self.longest_tick_ns)
        self.released = self.session.memory.level is m.StopLevel.SETTLE
        self.ramp_ns = self._ramp_ns()
        require(self.session.is_latched, "it started without a latched STOP")
        require(self.holder is None, "it started with somebody driving")
        require(not self.session.area_clear, "it started with the area declared clear")

    def _ramp_ns(self) -> int:
        limits = self.profile.limits
        linear_s = limits.max_speed_mps / limits.accel_mps2 + limits.accel_mps2 / limits.brake_jerk_mps3
        turn_s = limits.max_turn_radps / limits.accel_radps2 + limits.accel_radps2 / limits.brake_jerk_radps3
        return round(max(linear_s, turn_s) * 1e9)

    # --- What the robot is told of the world ---

    def agent_heard(self, *, bridge_up: bool, now_ns: int) -> None:
        """Note a heartbeat of the agent."""
        self.agent_heard_ns, self.bridge_up = now_ns, bridge_up

    def robot_reported(self, *, faulty: bool, pose: Pose2D | None, performing: bool = False) -> None:
        """Note whether the robot has something that latches, and forbids a reset; it must be latched by then."""
        self.faulty, self.pose, self.performing = faulty, pose, performing
        if faulty:
            require(self.session.is_latched, "a fault, a pressed stop or a silent robot did not latch")

    def cut_on_site(self, *, on: bool) -> None:
        """Note that somebody beside the robot asked for more than SETTLE, or took it back."""
        self.released = not on
        require(self.session.is_latched, "a stop on site did not latch")

    def peers_are(self, roles: dict[str, m.Role]) -> None:
        """Note who is in the room."""
        self.roles = roles

    def picture_captured(self, rtp_time: int, captured_ns: int) -> None:
        """Note when the picture with this RTP time was captured."""
        self.pictures_ns[rtp_time] = captured_ns

    # --- Around each message ---

    def receive(
        self, body: bytes, *, peer: str, role: m.Role, road: m.Road, now_ns: int, sent_ns: int | None = None
    ) -> m.Refusal | WireFault | None:
        """Let the robot hear `body`, judge what became of it, and return why it was refused.

        `sent_ns` is when it left its sender, where that is known.
        """
        self.hearing, self.speaker = (body, role), peer
        won_before, fence_before, was_muted = self._won(), self.fence, peer in self.muted
        was_latched = self.session.is_latched
        refusal = self.session.receive(body, peer=peer, role=role, road=road, now_ns=now_ns)
        self.look(now_ns=now_ns)
        if was_muted:
            require(refusal is m.Refusal.MUTED or isinstance(refusal, WireFault), "somebody who is muted was heard")
            require(self.fence == fence_before, "somebody who is muted changed who drives")
            require(self.session.is_latched == was_latched, "somebody who is muted changed the latch")
        if role is m.Role.OBSERVER and not body.startswith(OBSERVERS_MAY):
            require(self.fence == fence_before, "an observer changed who drives")
        if self._won() > won_before:
            drive = _drives.decode(body)
            self.accepted(drive, peer=peer, role=role, now_ns=now_ns, sent_ns=sent_ns)
        elif refusal is None:
            self._obeyed(body, peer=peer, role=role, now_ns=now_ns)
        self.hearing = None
        return refusal

    def perform(self, request: str, name: str | None, *, now_ns: int) -> None:
        """Let the show ask for a gesture, or break off the one that runs."""
        self.hearing, self.speaker = (CUE + (name or "").encode(), m.Role.OBSERVER), SHOW
        self.session.perform(request, name, now_ns=now_ns)
        self.look(now_ns=now_ns)
        self.hearing = None

    def _obeyed(self, body: bytes, *, peer: str, role: m.Role, now_ns: int) -> None:
        """Judge what became of something that was not refused, and is no command."""
        if body.startswith(b'{"type":"stop"'):
            require(self.session.is_latched, "a STOP was heard and did not latch")
        elif body.startswith(b'{"type":"lease_renew"'):
            self._renewed(_renewals.decode(body), peer=peer, now_ns=now_ns)
        elif body.startswith(b'{"type":"reset_prepare"') and role is m.Role.STAFF:
            self.prepared = True
        elif body.startswith(BEGIN) and peer not in self.muted:
            self.gestures.first_step(body, peer=peer, wanted=self.session.wanted_gesture, now_ns=now_ns)
        elif body.startswith(b'{"type":"watch"'):
            self._watched(_watches.decode(body), role=role, now_ns=now_ns)

    def _won(self) -> int:
        """How many drive commands were put in force so far; the session says so itself only once a second."""
        return sum(self.session._driving.won.values())  # noqa: SLF001 - see above

    def _watched(self, watch: m.Watch, *, role: m.Role, now_ns: int) -> None:
        require(role is m.Role.STAFF, "somebody who is not staff watched for them")
        beacon_ns = self.beacons_ns.get(watch.beacon)
        if beacon_ns is None:
            raise Foul("staff answered an invented beacon, and it counted")
        self.watched_ns = max(self.watched_ns or beacon_ns, beacon_ns)
        require(self.watched_ns <= now_ns, "staff answered before they were asked")

    def _renewed(self, renew: m.LeaseRenew, *, peer: str, now_ns: int) -> None:
        require(self.owners.get(renew.fence) == peer, "somebody renewed a lease that is not theirs")
        require(now_ns < self.lease_ends_ns, "a lease was renewed after it had expired")
        if renew.seq > self.renewed_seq:
            self.renewed_seq = renew.seq
            self.lease_ends_ns = now_ns + self.timing.lease_life_ns

    def accepted(self, drive: m.Drive, *, peer: str, role: m.Role, now_ns: int, sent_ns: int | None = None) -> None:
        """Judge a command that was put in force."""
        require(drive.seq > self.newest_seq, "an old or repeated command was put in force")
        beacon_ns = self.beacons_ns.get(drive.beacon)
        if beacon_ns is None:
            raise Foul("a command with an invented beacon was accepted")
        hold_ns = self.timing.echo_hold_ns
        require(now_ns - beacon_ns < hold_ns, "a command of a sender who knew too little was accepted")
        require(sent_ns is None or now_ns - sent_ns < hold_ns, "a command that was long under way was accepted")
        self.in_force, self.newest_seq, self.captured_ns = drive, drive.seq, None
        if drive.picture is not None:
            self.captured_ns = self.pictures_ns.get(drive.picture)
        require(role is not m.Role.OBSERVER, "an observer's command was accepted")
        require(not self.session.is_latched, "a command was accepted while the STOP is latched")
        require(peer == self.session.holder, "a command of somebody without the lease was accepted")
        require(self.owners.get(drive.fence) == peer, "a command with somebody else's fence was accepted")
        require((drive.epoch, drive.fence) == (self.epoch, self.session.fence), "a token from elsewhere was accepted")
        self._see_hand(drive, now_ns=now_ns, sent_ns=sent_ns)

    def _see_hand(self, drive: m.Drive, *, now_ns: int, sent_ns: int | None) -> None:
        still = max(abs(drive.vx_mps), abs(drive.vy_mps), abs(drive.wz_radps)) <= NEUTRAL_WITHIN
        if drive.dead_man:
            self.spoke_ns, self.sent_ns = now_ns, sent_ns
        if drive.dead_man or not still:
            self.neutral_from_ns = None
            return
        if self.neutral_from_ns is None or now_ns - self.neutral_last_ns >= self.timing.command_life_ns:
            self.neutral_from_ns = now_ns
        self.neutral_last_ns = now_ns
        if now_ns - self.neutral_from_ns >= self.timing.neutral_ns:
            self.has_been_neutral = True

    def look(self, *, now_ns: int) -> None:
        """Judge fence, owner and latch, after anything at all."""
        fence, holder = self.session.fence, self.session.holder
        self._judge_house_rules()
        self._judge_area()
        if fence != self.fence or holder != self.holder:
            self._judge_lease(fence, holder, now_ns=now_ns)
        self._judge_gesture(now_ns=now_ns)
        if not self.session.is_latched:
            if self.latched_ns is not None:
                self._judge_reset(fence)
            self.latched_ns = None
            self.clear_fence = fence
            return
        if self.latched_ns is None:
            require(fence > self.clear_fence, "a STOP without a new fence")
            self.latched_ns = now_ns
            self.prepared = False
        require(holder is None, "a lease while the STOP is latched")
        self.latched_fence = fence

    def _judge_gesture(self, *, now_ns: int) -> None:
        wanted = self.session.wanted_gesture
        if wanted.name is None:
            self.gestures.is_on = False
            return
        drive = self.in_force
        stand = Stand(
            now_ns=now_ns,
            epoch=self.epoch,
            fence=self.fence,
            holder=self.holder,
            latched=self.session.is_latched,
            moving=self.speed > 0.0 or self.turn > 0.0,
            hand_on=drive is not None and drive.fence == self.fence and drive.dead_man,
            allowed=self.gestures_allowed,
            unwatched=self.profile.needs_staff and self._unwatched_ns(now_ns=now_ns) >= self.timing.staff_hold_ns,
            changing=self.session._authority.state is LeaseState.CHANGING,  # noqa: SLF001 - said only at the next tick
            performing=self.performing,
            area_clear=self.area_clear,
        )
        self.gestures.look(wanted, stand, heard=None if self.hearing is None else (self.hearing[0], self.speaker))

    def _judge_house_rules(self) -> None:
        cap_mps, muted, allowed = self.session.speed_cap_mps, self.session.muted, self.session.gestures_allowed
        if cap_mps == self.cap_mps and muted == self.muted and allowed == self.gestures_allowed:
            return
        body, role = self.hearing or (b"", m.Role.OBSERVER)
        require(role is m.Role.STAFF, "somebody who is not staff laid down a rule of the house")
        if cap_mps != self.cap_mps:
            require(body.startswith(b'{"type":"cap_speed"'), "the cap of staff changed by itself")
        if muted != self.muted:
            require(body.startswith(b'{"type":"mute"'), "who is muted changed by itself")
            require(all(self.roles.get(peer) is not m.Role.STAFF for peer in muted), "staff were muted")
            require(self.session.holder not in muted, "somebody who is muted still has the lease")
        if allowed != self.gestures_allowed:
            require(body.startswith(b'{"type":"allow_gestures"'), "whether gestures are allowed changed by itself")
        self.cap_mps, self.muted, self.gestures_allowed = cap_mps, muted, allowed

    def _judge_area(self) -> None:
        """Only staff's word makes the area clear, and a STOP takes it back."""
        clear, was_latched = self.session.area_clear, self.latched_ns is not None
        if clear and not self.area_clear:
            body, role = self.hearing or (b"", m.Role.OBSERVER)
            require(role is m.Role.STAFF, "somebody who is not staff declared the area clear")
            require(body.startswith(b'{"type":"declare_area"'), "the area became clear by itself")
        require(not clear or was_latched or not self.session.is_latched, "a STOP left the area clear")
        self.area_clear = clear

    def _judge_lease(self, fence: int, holder: str | None, *, now_ns: int) -> None:
        require(fence >= self.fence, "the fence fell")
        if holder is None:
            self._forget_hand()
        else:
            require(self.owners.setdefault(fence, holder) == holder, "one fence, two owners")
            require(self.roles.get(holder) is not m.Role.OBSERVER, "an observer has the lease")
            require(holder not in self.muted, "somebody who is muted has the lease")
        if holder is not None and fence != self.fence:
            stood_ns = None if self.moved_ns is None else now_ns - self.moved_ns
            require(stood_ns is None or stood_ns >= self.timing.still_ns, "a grant without enough standstill before it")
            require(self.bridge_up, "somebody new got the lease while the bridge was away")
            self.newest_seq = self.renewed_seq = -1
            self.lease_ends_ns = now_ns + self.timing.lease_life_ns
            self._forget_hand()
        elif self.holder is not None and holder is None and not self.session.is_latched:
            self.in_force = None
        self.fence, self.holder = fence, holder

    def _judge_reset(self, fence: int) -> None:
        require(self.speed == 0.0, "a reset while moving")
        require(self.turn == 0.0, "a reset while turning")
        require(not self.faulty, "a reset with the cause still there")
        require(self.released, "a reset of what was stopped more sternly on site")
        require(fence > self.latched_fence, "a reset without a new fence")
        if self.hearing is not None:
            body, role = self.hearing
            require(role is m.Role.STAFF, "the latch was cleared for somebody who is not staff")
            require(body.startswith(b'{"type":"reset_confirm"'), "the latch was cleared by something else than a reset")
            require(self.prepared, "the latch was cleared in one step")

    def _forget_hand(self) -> None:
        self.spoke_ns = self.sent_ns = self.neutral_from_ns = None
        self.has_been_neutral = self.was_armed = False

    # --- After each tick ---

    def ticked(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Judge what the driver is told."""
        self.look(now_ns=now_ns)
        twist = setpoint.twist
        require(twist.is_finite, "the output is not finite")
        speed, turn = twist.speed_mps, abs(twist.wz_radps)
        limits = self.profile.limits
        require(speed <= limits.max_speed_mps + ROUNDING, "faster than the cap")
        require(turn <= limits.max_turn_radps + ROUNDING, "turning faster than the cap")
        require((setpoint.level is m.StopLevel.SETTLE) == self.released, "the driver is told to stop less sternly")
        require(0 < setpoint.ttl_ms <= LONGEST_TTL_MS, "the driver is told to go on for too long")
        if setpoint.state is not self.state:
            require(setpoint.state in NEXT_STATES[self.state], f"{self.state} -> {setpoint.state}")
            self.seen.add((self.state, setpoint.state))
        require((setpoint.state in AT_REST) == self.session.is_latched, "the state says another thing than the latch")
        if self.holder is not None:
            require(now_ns < self.lease_ends_ns, "somebody drives on a lease that expired")
        if now_ns - self.agent_heard_ns >= self.timing.agent_latch_ns:
            require(self.session.is_latched, "the agent was silent for long, and nothing latched")
        if self.profile.needs_staff and self._unwatched_ns(now_ns=now_ns) >= self.timing.staff_latch_ns:
            require(self.session.is_latched, "no staff watched for long, and nothing latched")
        is_performing = self.session.wanted_gesture.name is not None
        require(
            (setpoint.state is RobotState.GESTURE) == is_performing, "the state says another thing than the gesture"
        )
        if is_performing:
            require(speed == 0.0 == turn, "a velocity while a gesture goes on")
        self._judge_hold(setpoint, now_ns=now_ns)
        if speed > self.speed + ROUNDING or turn > self.turn + ROUNDING:
            self._judge_speeding_up(speed, turn, now_ns=now_ns)
        if speed > ROUNDING or turn > ROUNDING:
            self._judge_moving(now_ns=now_ns)
        if limits.edges is not None and self.pose is None and now_ns - self.ticked_ns >= ms(2):
            require(speed < self.speed or speed <= ROUNDING, "it keeps its speed, and does not say where it is")
        self.ticked_ns = now_ns
        self.rested = speed == 0.0 == self.speed
        self.told = setpoint
        self.state, self.speed, self.turn = setpoint.state, speed, turn

    def _judge_hold(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Ask for a whole new neutral after anything that took the power from a hand that had it."""
        if setpoint.limit in ARMED:
            require(self.has_been_neutral, "the dead-man counts without a neutral before it")
            self.was_armed = True
        elif self.was_armed and (setpoint.limit is not Limit.AGENT_SILENT or self._hand_is_lost(now_ns=now_ns)):
            self._forget_hand()

    def _hand_is_lost(self, *, now_ns: int) -> bool:
        """Whether a hand that drives has fallen silent, or knows too little, whatever else there is."""
        drive = self.in_force
        if drive is None or not drive.dead_man:
            return False
        if self.spoke_ns is None or self.captured_ns is None:
            return True
        return (
            now_ns - self.spoke_ns >= self.timing.command_life_ns
            or now_ns - self.beacons_ns[drive.beacon] >= self.timing.echo_hold_ns
            or now_ns - self.captured_ns >= self.timing.picture_hold_ns
        )

    def _unwatched_ns(self, *, now_ns: int) -> int:
        return self.timing.staff_latch_ns if self.watched_ns is None else now_ns - self.watched_ns

    def _judge_speeding_up(self, speed: float, turn: float, *, now_ns: int) -> None:
        timing, limits = self.timing, self.profile.limits
        tick_s = timing.tick_ns / 1e9
        require(speed <= self.speed + limits.accel_mps2 * tick_s + ROUNDING, "it sped up by more than a tick's worth")
        require(turn <= self.turn + limits.accel_radps2 * tick_s + ROUNDING, "it turned up by more than a tick's worth")
        if self.rested:
            require(speed <= limits.jerk_mps3 * tick_s * tick_s + ROUNDING, "it set off with a jolt")
        require(now_ns - self.agent_heard_ns < timing.agent_zero_ns, "it sped up while the agent was silent")
        require(not self.session.is_latched, "a latched robot sped up")
        if self.profile.needs_staff:
            require(self._unwatched_ns(now_ns=now_ns) < timing.staff_hold_ns, "it sped up with no staff watching")
        require(self.holder is not None, "it sped up with nobody driving")
        require(self.has_been_neutral, "it sped up without a neutral before it")
        drive = self.in_force
        if self.spoke_ns is None or drive is None or not drive.dead_man:
            raise Foul("it sped up without a held dead-man")
        require(now_ns - self.spoke_ns < timing.command_life_ns, "it sped up on an old command")
        echo_ns = now_ns - self.beacons_ns[drive.beacon]
        require(echo_ns < timing.echo_hold_ns, "it sped up on an old echo")
        require(
            self.sent_ns is None or now_ns - self.sent_ns < timing.echo_hold_ns, "it sped up on what was sent long ago"
        )
        if self.captured_ns is None:
            raise Foul("it sped up for somebody who sees nothing")
        picture_ns = now_ns - self.captured_ns
        require(picture_ns < timing.picture_hold_ns, "it sped up on an old picture")
        delay_s = (picture_ns + timing.reaction_ns) / 1e9
        way_m = speed * delay_s + speed * speed / (2 * limits.accel_mps2)
        if speed > self.speed + ROUNDING:
            require(way_m <= limits.clear_distance_m + 1e-6, "it sped up beyond what the loop delay allows")
            require(self.cap_mps is None or speed <= self.cap_mps + ROUNDING, "it sped up beyond what staff allow")
            self._judge_place(speed)

    def _judge_place(self, speed: float) -> None:
        """Judge a robot that speeds up by where it is."""
        edges, pose = self.profile.limits.edges, self.pose
        if edges is None:
            return
        if pose is None:
            raise Foul("it sped up without saying where it is, on a stage with edges")
        nearest_m = min((dx * dx + dy * dy) ** 0.5 for dx, dy in edges.area.ways_out(pose.x_m, pose.y_m))
        if is_outside(edges, pose):
            require(speed <= edges.return_speed_mps + ROUNDING, "it sped up outside")
        elif nearest_m < edges.near_m:
            require(speed <= edges.near_speed_mps + ROUNDING, "it sped up near an edge")

    def _judge_moving(self, *, now_ns: int) -> None:
        self.moved_ns = now_ns
        self.moves += 1
        slack_ns = 2 * self.longest_tick_ns + ms(1)
        if self.latched_ns is not None:
            require(now_ns - self.latched_ns <= self.ramp_ns + slack_ns, "latched, and moving after the ramp")
        if self.spoke_ns is not None:
            life_ns = self.timing.command_life_ns + self.ramp_ns + slack_ns
            require(now_ns - self.spoke_ns <= life_ns, "it moves long after the last command")
        if self.sent_ns is not None:
            life_ns = self.timing.echo_hold_ns + self.ramp_ns + slack_ns
            require(now_ns - self.sent_ns <= life_ns, "it moves long after the last command was sent")

    def read(self, outgoing: list[Outgoing], *, now_ns: int) -> list[tuple[str | None, m.ToPerson]]:
        """Judge what is sent, and return it."""
        require(len(outgoing) <= MOST_MESSAGES, "more waits than may")
        messages = []
        for each in outgoing:
            require(len(each.body) <= MAX_FRAME_BYTES, "a frame too large")
            message = decode_to_person(each.body)
            messages.append((each.to, message))
            if isinstance(message, m.Telemetry):
                self._judge_telemetry(message, now_ns=now_ns)
            elif isinstance(message, m.StopAck):
                require(message.state in AT_REST, "a STOP was acknowledged with a state that is none")
        return messages

    def _judge_telemetry(self, telemetry: m.Telemetry, *, now_ns: int) -> None:
        require(telemetry.tick not in self.beacons_ns, "a beacon left twice")
        self.beacons_ns[telemetry.tick] = now_ns
        require(telemetry.latched == (telemetry.state in AT_REST), "telemetry shows another state than the latch")
        if self.told is not None:
            told = self.told.twist
            require(telemetry.allowed_mps <= self.profile.limits.max_speed_mps + WIRE_ROUNDING, "too much is allowed")
            off = max(abs(telemetry.applied.vx_mps - told.vx_mps), abs(telemetry.applied.wz_radps - told.wz_radps))
            require(off <= WIRE_ROUNDING, "telemetry shows another velocity than the driver was told")
