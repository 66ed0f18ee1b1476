"""The stage: the robot's body, the floor with its edges, what stands on it and who walks there.

Pure, in fixed steps of `STEP_NS` of stage time: the same seed and the same commands at the same steps give the same
run, bit for bit, which `trace_hash` shows.
"""

import hashlib
import math
import random
import struct
from collections import deque
from typing import Final

from simulator.events import EventKind, StageEvent
from simulator.faults import Fault
from simulator.layout import PERSON_RADIUS_M, ROBOT_RADIUS_M, StageLayout
from simulator.people import Walker
from simulator.performer import Performer
from simulator.plant import BASES, BaseKind, Plant
from teleop_core.geometry import Pose2D, Twist
from teleop_core.ports import Capabilities
from teleop_core.wire.messages import StopLevel

STEP_NS: Final = 5_000_000
STEP_S: Final = STEP_NS / 1e9
MAX_EVENTS: Final = 256
_LANDS_M: Final = 0.35  # how far beyond the edge a fallen robot lies
_LEAVES_M: Final = 0.03  # a contact is over when the gap is wider
_TRACE: Final = struct.Struct("<q7d")


class Stage:
    """The simulated world. Time moves only in `step`."""

    def __init__(self, *, base: BaseKind = "differential", seed: int = 1, layout: StageLayout | None = None) -> None:
        self.layout = layout if layout is not None else StageLayout()
        self.plant = Plant(BASES[base], seed=seed)
        self.performer = Performer()
        self.people = [
            Walker(wing, random.Random(f"{seed}/person/{number}")) for number, wing in enumerate(self.layout.wings)
        ]
        self.events: deque[StageEvent] = deque(maxlen=MAX_EVENTS)
        self.faults: set[Fault] = set()
        self.now_ns = 0
        self.path_m = 0.0
        self.fallen = False
        self.still_since_ns: int | None = 0
        self._touching: set[EventKind] = set()
        self._trace = hashlib.blake2b(digest_size=16)

    @property
    def capabilities(self) -> Capabilities:
        """What the base can do."""
        return self.plant.limits

    @property
    def base_faults(self) -> tuple[str, ...]:
        """What the base says is wrong with it, in plain words."""
        wrong = {
            "motor fault": self.plant.dead_motor,
            "tipped over": self.fallen,
            "battery empty": self.plant.charge <= 0.0,
        }
        return tuple(word for word, holds in wrong.items() if holds)

    @property
    def trace_hash(self) -> str:
        """The hash of every step so far."""
        return self._trace.copy().hexdigest()

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        """Pass a time-limited velocity to the base; a robot that lies beside the stage does not hear it."""
        if not self.fallen:
            self.plant.set_velocity(twist, ttl_ms=ttl_ms, now_ns=self.now_ns)

    def begin_gesture(self, name: str, *, run: int) -> None:
        """Have the body perform; one that lies beside the stage does not hear it."""
        if not self.fallen:
            self.performer.begin(name, run=run, now_ns=self.now_ns)

    def halt(self, level: StopLevel) -> None:
        """Stop the base, and whatever the body performs."""
        self.performer.cut()
        self.plant.halt(level)

    def place(self, pose: Pose2D) -> None:
        """Carry the robot to `pose`: the only way back after a fall. Path and events stay."""
        self.plant.put(pose)
        self.fallen = False
        self._touching.clear()

    def push(self, vx_mps: float, vy_mps: float) -> None:
        """Push the robot; the velocity is in the stage frame."""
        self._record(EventKind.PUSHED)
        self.plant.shove(vx_mps, vy_mps)

    def set_fault(self, fault: Fault, *, on: bool) -> None:
        """Switch a fault on or off."""
        (self.faults.add if on else self.faults.discard)(fault)
        self.plant.dead_motor = Fault.MOTOR in self.faults
        self.plant.is_tipped = Fault.TIPPED in self.faults
        self.plant.is_stuck = Fault.STUCK in self.faults
        self.plant.runs_away = Fault.RUNAWAY in self.faults

    def step(self, steps: int = 1) -> None:
        """Advance by `steps` fixed steps."""
        for _ in range(steps):
            self._step()

    def _step(self) -> None:
        if self.fallen or self.plant.stop_pressed or not self.plant.is_commanded(now_ns=self.now_ns):
            self.performer.cut()
        self.performer.step(now_ns=self.now_ns)
        if not self.fallen:
            was = self.plant.pose
            self.plant.step(now_ns=self.now_ns, dt_s=STEP_S)
            if self.plant.pose is not was:
                self._meet()
                self.path_m += was.distance_to(self.plant.pose)
        for person in self.people:
            person.step(dt_s=STEP_S, robot=self.plant.pose)
        self.now_ns += STEP_NS
        if not self.plant.is_still:
            self.still_since_ns = None
        elif self.still_since_ns is None:
            self.still_since_ns = self.now_ns
        self._note()

    def _meet(self) -> None:
        """See what the robot ran into, and let it have its way with the robot."""
        floor, pose = self.layout.floor, self.plant.pose
        if pose.x_m > floor.x_max_m or not floor.y_min_m <= pose.y_m <= floor.y_max_m:
            self._fall()
            return
        lectern = self.layout
        self._bump(EventKind.TOUCHED_LECTERN, lectern.lectern_x_m, lectern.lectern_y_m, lectern.lectern_radius_m)
        near = min(self.people, key=lambda one: math.hypot(one.x_m - pose.x_m, one.y_m - pose.y_m), default=None)
        if near is not None:
            self._bump(EventKind.TOUCHED_PERSON, near.x_m, near.y_m, PERSON_RADIUS_M)
        gap = self.plant.pose.x_m - ROBOT_RADIUS_M - floor.x_min_m
        if gap < 0.0:
            self._touch(EventKind.TOUCHED_BACKDROP, Pose2D(pose.x_m - gap, pose.y_m, pose.heading_rad))
        elif gap > _LEAVES_M:
            self._touching.discard(EventKind.TOUCHED_BACKDROP)

    def _bump(self, kind: EventKind, x_m: float, y_m: float, radius_m: float) -> None:
        pose = self.plant.pose
        dx, dy = pose.x_m - x_m, pose.y_m - y_m
        apart = math.hypot(dx, dy)
        reach = radius_m + ROBOT_RADIUS_M
        if apart >= reach:
            if apart > reach + _LEAVES_M:
                self._touching.discard(kind)
            return
        ux, uy = (dx / apart, dy / apart) if apart > 0.0 else (-1.0, 0.0)
        self._touch(kind, Pose2D(x_m + ux * reach, y_m + uy * reach, pose.heading_rad))

    def _touch(self, kind: EventKind, pushed_back: Pose2D) -> None:
        if kind not in self._touching:
            self._touching.add(kind)
            self._record(kind)
        self.plant.block()
        self.plant.pose = pushed_back

    def _fall(self) -> None:
        self._record(EventKind.FELL)
        self.fallen = True
        floor, pose = self.layout.floor, self.plant.pose
        x_m = pose.x_m + (_LANDS_M if pose.x_m > floor.x_max_m else 0.0)
        y_m = pose.y_m + math.copysign(0.0 if floor.y_min_m <= pose.y_m <= floor.y_max_m else _LANDS_M, pose.y_m)
        self.plant.freeze()
        self.plant.pose = Pose2D(x_m, y_m, pose.heading_rad)

    def _record(self, kind: EventKind) -> None:
        pose = self.plant.pose
        self.events.append(StageEvent(kind, self.now_ns, pose.x_m, pose.y_m, self.plant.speed_mps))

    def _note(self) -> None:
        pose, twist = self.plant.pose, self.plant.twist
        self._trace.update(
            _TRACE.pack(
                self.now_ns,
                pose.x_m,
                pose.y_m,
                pose.heading_rad,
                twist.vx_mps,
                twist.vy_mps,
                twist.wz_radps,
                self.plant.charge,
            )
        )
