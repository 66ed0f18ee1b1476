"""Watches one robot, run after run, and cries foul when an invariant of the design is broken.

It knows the rules from the design alone, and shares no code with what it judges but the words and the timings.
"""

from dataclasses import dataclass, field
from typing import Final

from teleop_core.governor import Limits
from teleop_core.session import NEXT_STATES, Outgoing, RobotSession, Setpoint
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import MAX_FRAME_BYTES, decode_to_person
from teleop_core.wire.messages import Limit, RobotState

ROUNDING: Final = 1e-9
ARMED: Final = frozenset({Limit.NONE, Limit.SLEW, Limit.CAP, Limit.LOOP_DELAY, Limit.DEAD_MAN})
NEUTRAL_WITHIN: Final = 0.02


@dataclass
class Referee:
    """One robot's life between two restarts. Every method raises AssertionError on a foul."""

    session: RobotSession
    timing: Timing
    limits: Limits
    born_ns: int
    longest_tick_ns: int
    seen: set[tuple[RobotState, RobotState]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.fence = self.session.fence
        self.holder = self.session.holder
        self.owners: dict[int, str] = {}
        self.state = self.session.state
        self.speed = self.turn = 0.0
        self.moved_ns: int | None = None
        self.moves = 0
        self.latched_ns: int | None = self.born_ns
        self.spoke_ns: int | None = None  # the newest accepted command with the dead-man held
        self.neutral_from_ns: int | None = None
        self.neutral_last_ns = 0
        self.has_been_neutral = False
        self.was_armed = False
        self.ramp_ns = self._ramp_ns()
        self.latched_fence = self.clear_fence = self.session.fence
        self.in_force: m.Drive | None = None
        self.newest_seq = -1
        self.captured_ns: int | None = None  # the picture that the command in force echoes
        self.beacons_ns: dict[int, int] = {}
        self.agent_heard_ns = self.born_ns
        self.bridge_up = self.faulty = False

    def _ramp_ns(self) -> int:
        linear_s = self.limits.max_speed_mps / self.limits.accel_mps2
        turn_s = self.limits.max_turn_radps / self.limits.accel_radps2
        return round(max(linear_s, turn_s) * 1e9)

    # --- What the robot is told of the world ---

    def agent_heard(self, *, bridge_up: bool, now_ns: int) -> None:
        """Note a heartbeat of the agent."""
        self.agent_heard_ns, self.bridge_up = now_ns, bridge_up

    def robot_reported(self, *, faulty: bool) -> None:
        """Note whether the robot has something that forbids a reset."""
        self.faulty = faulty

    # --- After each message ---

    def accepted(
        self, drive: m.Drive, *, peer: str, role: m.Role, epoch: str, captured_ns: int | None, now_ns: int
    ) -> None:
        """Judge a command that was put in force; `captured_ns` is when the picture that it echoes was taken."""
        assert drive.seq > self.newest_seq, "an old or repeated command was put in force"
        beacon_ns = self.beacons_ns.get(drive.beacon)
        assert beacon_ns is not None, "a command with an invented beacon was accepted"
        assert now_ns - beacon_ns < self.timing.echo_hold_ns, "a command of a sender who knew too little was accepted"
        self.in_force, self.newest_seq, self.captured_ns = drive, drive.seq, captured_ns
        assert role is not m.Role.OBSERVER, "an observer's command was accepted"
        assert not self.session.is_latched, "a command was accepted while the STOP is latched"
        assert peer == self.session.holder, "a command of somebody without the lease was accepted"
        assert (drive.epoch, drive.fence) == (epoch, self.session.fence), "a token from elsewhere was accepted"
        still = max(abs(drive.vx_mps), abs(drive.vy_mps), abs(drive.wz_radps)) <= NEUTRAL_WITHIN
        if drive.dead_man:
            self.spoke_ns = now_ns
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
        assert fence >= self.fence, "the fence fell"
        if holder is not None:
            assert self.owners.setdefault(fence, holder) == holder, "one fence, two owners"
        if holder is not None and fence != self.fence:
            stood_ns = None if self.moved_ns is None else now_ns - self.moved_ns
            assert stood_ns is None or stood_ns >= self.timing.still_ns, f"a grant after standing for {stood_ns} ns"
            assert self.bridge_up, "somebody new got the lease while the bridge was away"
            self.newest_seq = -1
            self._forget_hand()
        if holder is None:
            self._forget_hand()
        self.fence, self.holder = fence, holder
        if not self.session.is_latched:
            if self.latched_ns is not None:
                assert self.speed == self.turn == 0.0, "a reset while moving"
                assert not self.faulty, "a reset with the cause still there"
                assert fence > self.latched_fence, "a reset without a new fence"
            self.latched_ns = None
        elif self.latched_ns is None:
            assert fence > self.clear_fence, "a STOP without a new fence"
            self.latched_ns = now_ns
        if self.session.is_latched:
            assert holder is None, "a lease while the STOP is latched"
            self.latched_fence = fence
        else:
            self.clear_fence = fence

    def _forget_hand(self) -> None:
        self.spoke_ns = self.neutral_from_ns = None
        self.has_been_neutral = self.was_armed = False

    # --- After each tick ---

    def ticked(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Judge what the driver is told."""
        self.look(now_ns=now_ns)
        twist = setpoint.twist
        assert twist.is_finite, "the output is not finite"
        speed, turn = twist.speed_mps, abs(twist.wz_radps)
        assert speed <= self.limits.max_speed_mps + ROUNDING, "faster than the cap"
        assert turn <= self.limits.max_turn_radps + ROUNDING, "turning faster than the cap"
        if setpoint.state is not self.state:
            assert setpoint.state in NEXT_STATES[self.state], f"{self.state} -> {setpoint.state}"
            self.seen.add((self.state, setpoint.state))
        self._judge_hold(setpoint, now_ns=now_ns)
        if speed > self.speed + ROUNDING or turn > self.turn + ROUNDING:
            self._judge_speeding_up(speed, turn, now_ns=now_ns)
        if speed > ROUNDING or turn > ROUNDING:
            self._judge_moving(now_ns=now_ns)
        self.state, self.speed, self.turn = setpoint.state, speed, turn

    def _judge_hold(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Ask for a whole new neutral after anything that took the power from a hand that had it."""
        if setpoint.limit in ARMED:
            assert self.has_been_neutral, "the dead-man counts without a neutral before it"
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

    def _judge_speeding_up(self, speed: float, turn: float, *, now_ns: int) -> None:
        tick_s = self.timing.tick_ns / 1e9
        assert speed <= self.speed + self.limits.accel_mps2 * tick_s + ROUNDING, (
            "it sped up by more than one tick's worth"
        )
        assert turn <= self.turn + self.limits.accel_radps2 * tick_s + ROUNDING, "it turned up by more than one tick's"
        assert now_ns - self.agent_heard_ns < self.timing.agent_zero_ns, "it sped up while the agent was silent"
        assert not self.session.is_latched, "a latched robot sped up"
        assert self.holder is not None, "it sped up with nobody driving"
        assert self.has_been_neutral, "it sped up without a neutral before it"
        assert self.spoke_ns is not None, "it sped up without a held dead-man"
        assert now_ns - self.spoke_ns < self.timing.command_life_ns, "it sped up on an old command"
        assert self.in_force is not None
        assert self.in_force.dead_man, "it sped up with the hand off"
        echo_ns = now_ns - self.beacons_ns[self.in_force.beacon]
        assert echo_ns < self.timing.echo_hold_ns, "it sped up on an old echo"
        assert self.captured_ns is not None, "it sped up for somebody who sees nothing"
        picture_ns = now_ns - self.captured_ns
        assert picture_ns < self.timing.picture_hold_ns, "it sped up on an old picture"
        delay_s = (picture_ns + self.timing.reaction_ns) / 1e9
        way_m = speed * delay_s + speed * speed / (2 * self.limits.accel_mps2)
        if speed > self.speed + ROUNDING:
            assert way_m <= self.limits.clear_distance_m + 1e-6, "it sped up beyond what the loop delay allows"

    def _judge_moving(self, *, now_ns: int) -> None:
        self.moved_ns = now_ns
        self.moves += 1
        slack_ns = 2 * self.longest_tick_ns + ms(1)
        if self.latched_ns is not None:
            assert now_ns - self.latched_ns <= self.ramp_ns + slack_ns, "latched, and moving after the ramp"
        if self.spoke_ns is not None:
            life_ns = self.timing.command_life_ns + self.ramp_ns + slack_ns
            assert now_ns - self.spoke_ns <= life_ns, "it moves long after the last command"

    def read(self, outgoing: list[Outgoing], *, now_ns: int) -> list[tuple[str | None, m.ToPerson]]:
        """Judge what is sent, and return it."""
        assert len(outgoing) <= 1024, "more waits than may"
        assert all(len(each.body) <= MAX_FRAME_BYTES for each in outgoing), "a frame too large"
        messages = [(each.to, decode_to_person(each.body)) for each in outgoing]
        for _, message in messages:
            if isinstance(message, m.Telemetry):
                assert message.tick not in self.beacons_ns, "a beacon left twice"
                self.beacons_ns[message.tick] = now_ns
        return messages
