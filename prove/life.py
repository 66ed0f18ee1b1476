"""One short, dense life from one seed: a phase to begin in, roads of some weather, people who act, things that fail."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from prove import faults
from prove.hostile import disturb
from prove.people import ANNA, BO, EVERYBODY, GUEST, STAFF, Person
from prove.phases import ORDER, Phase, heal, must_drive_again
from prove.snapshot import world_in
from prove.world import USUAL, Stage, World
from simulator.network.way import Weather
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.geometry import Twist
from teleop_core.governor import Limits
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire import messages as m

TIMINGS: Final = (
    Timing(),
    Timing(),
    Timing(
        lease_life_ns=ms(700),
        offer_life_ns=ms(900),
        reset_life_ns=ms(900),
        staff_hold_ns=ms(600),
        staff_latch_ns=ms(900),
        gesture_code_ns=ms(900),
        gesture_grace_ns=ms(50),
    ),
    Timing(echo_hold_ns=seconds(1), lease_life_ns=seconds(1), gesture_grace_ns=ms(50)),
)
SOME_AREA: Final = EdgeRules(
    area=StageArea(((-0.5, -0.6), (0.7, -0.6), (0.7, 0.2), (0.4, 0.2), (0.4, 0.6), (-0.5, 0.6))), near_m=0.3
)
PROFILES: Final = (
    USUAL,
    replace(USUAL, limits=Limits(accel_mps2=3.0, accel_radps2=6.0, jerk_mps3=60.0)),
    replace(USUAL, limits=Limits(clear_distance_m=0.15, accel_mps2=3.0), needs_staff=True),
    replace(USUAL, limits=Limits(accel_mps2=3.0, jerk_mps3=30.0, edges=SOME_AREA)),
)
CASTS: Final = (EVERYBODY, (ANNA, STAFF), (ANNA, STAFF), (ANNA, BO, STAFF), (ANNA, BO, STAFF), (ANNA, STAFF, GUEST))
PHASES: Final = (*ORDER, Phase.LEASED, Phase.ARMING, Phase.DRIVING_SLOW, Phase.DRIVING_SLOW, Phase.HANDOVER)
STEPS_MS: Final = ((20, 20, 20), (20, 20, 40), (20, 60, 95), (50, 80, 95), (5, 20, 130))
FEWEST_TICKS: Final = 5
MEAN_TICKS: Final = 6
MOST_TICKS: Final = 120
DRIVES_AGAIN_SHARE: Final = 0.012


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened in a life that broke no rule."""

    ticks: int
    moves: int
    faults: int


def live(seed: int, *, tell: Callable[[str], None] | None = None) -> Lived:
    """Live the life of `seed`; raises `Foul` when an invariant breaks."""
    rng = random.Random(seed)
    draw = rng.random
    stage = Stage(
        timing=TIMINGS[int(draw() * len(TIMINGS))],
        profile=PROFILES[int(draw() * len(PROFILES))],
        peers=CASTS[int(draw() * len(CASTS))],
    )
    phase = PHASES[int(draw() * len(PHASES))]
    if tell is not None:
        tell(f"seed {seed}: from {phase.value}, {stage}")
    world = world_in(phase, stage, rng, tell=tell)
    life = _Life(world, rng)
    ticks = min(MOST_TICKS, FEWEST_TICKS + int(rng.expovariate(1 / MEAN_TICKS)))
    for _ in range(ticks):
        life.act()
    if draw() < DRIVES_AGAIN_SHARE:
        life.end_faults()
        heal(world)
        must_drive_again(world)
    return Lived(ticks=ticks, moves=world.moves + world.referee.moves, faults=life.failed)


class _Life:
    """What is drawn once a life, and what happens at each tick."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        draw = rng.random
        self.trouble = (0.0, 0.03, 0.08, 0.2)[int(draw() * 4)]
        self.chaos = (0.0, 0.05, 0.3)[int(draw() * 3)]
        self.will = (0.02, 0.1, 0.25)[int(draw() * 3)]
        self.between = (0.0, 0.5)[int(draw() * 2)]
        self.steps_ms = STEPS_MS[int(draw() * len(STEPS_MS))]
        world.body.hangs = draw() < 0.2
        self.cast = tuple(world.people.values())
        self.failing: list[tuple[faults.Fault, object]] = []
        self.failed = 0
        for each in self.cast:
            each.has_direct = each.peer.id == ANNA.id or draw() < 0.5
            each.wants_to_drive = each.peer.role is not m.Role.OBSERVER and draw() < 0.6
        world.set_weather(_some_weather(rng))

    def act(self) -> None:
        """Let things fail and recover, people act, and a tick pass."""
        world, draw = self.world, self.rng.random
        if draw() < self.trouble:
            self._fail_or_recover()
        for each in self.cast:
            if each.is_frozen or not each.is_here:
                continue
            if each.wants_to_drive:
                each.follow_habit(now_ns=world.now_ns)
            if each.peer.id == STAFF.id:
                each.keep_it_clear(now_ns=world.now_ns)
        if draw() < self.will:
            self._somebody_acts()
        if draw() < self.chaos:
            disturb(world, self.rng)
        step_ns = ms(self.steps_ms[int(draw() * 3)])
        if draw() < self.between:
            early_ns = int(draw() * step_ns)
            world.now_ns += early_ns
            world.turn()
            step_ns -= early_ns
        world.tick(step_ns)

    def _fail_or_recover(self) -> None:
        rng, world = self.rng, self.world
        if self.failing and rng.random() < 0.4:
            fault, what = self.failing.pop(int(rng.random() * len(self.failing)))
            world.say(f"over: {fault.name}")
            fault.end(world, what)
            return
        fault = faults.FAULTS[int(rng.random() * len(faults.FAULTS))]
        world.say(f"fault: {fault.name}")
        self.failed += 1
        self.failing.append((fault, fault.begin(world)))

    def end_faults(self) -> None:
        """Have everything that failed recover."""
        for fault, what in reversed(self.failing):
            fault.end(self.world, what)
        self.failing.clear()

    def _somebody_acts(self) -> None:
        rng, world = self.rng, self.world
        each = self.cast[int(rng.random() * len(self.cast))]
        session, act = each.session, int(rng.random() * 16)
        if act < 3:
            goal = (
                None if rng.random() < 0.7 else m.Goal(x_m=rng.uniform(-3, 3), y_m=rng.uniform(-3, 3), heading_rad=0.0)
            )
            each.hold(Twist(rng.uniform(-1, 1), 0.0, rng.uniform(-1, 1)), toward=goal)
        elif act < 5:
            each.let_go()
        elif act == 5:
            session.stop(now_ns=world.now_ns)
        elif act == 6:
            session.request(self._some_rule(each), now_ns=world.now_ns)
        elif act < 9:
            self._perform(each)
        elif act == 9:
            self._cue()
        else:
            session.request(self._some_request(each), now_ns=world.now_ns)

    def _perform(self, each: Person) -> None:
        """Let go and begin a gesture, or begin it as the hand is; now and then break one off."""
        draw, now_ns = self.rng.random, self.world.now_ns
        if draw() < 0.2:
            each.session.request(m.GestureCancel(id=each.session.new_id()), now_ns=now_ns)
            return
        holder = self.world.people.get(self.world.session.holder or "", each)
        if draw() < 0.6:
            holder.let_go()
            holder.hold_from_ns = now_ns + ms(int(draw() * 900))
        wishes = ("wave", "wave", "wave", "somersault") if draw() < 0.3 else ("bow", "bow", "bow", "wave")
        (holder if draw() < 0.8 else each).begin_gesture(wishes[int(draw() * 4)], now_ns=now_ns)

    def _cue(self) -> None:
        """Have the show ask for a gesture, or break one off, whatever the robot does."""
        draw, world = self.rng.random, self.world
        name = (None, "wave", "bow", "bow", "somersault")[int(draw() * 5)]
        world.referee.perform(f"c{int(draw() * 99)}", name, now_ns=world.now_ns)

    def _some_rule(self, each: Person) -> m.RequestMessage:
        """Return a rule of the house, which counts only when staff lay it down."""
        rng, some_id = self.rng, each.session.new_id()
        if rng.random() < 0.3:
            return m.DeclareArea(id=some_id, clear=rng.random() < 0.8)
        if rng.random() < 0.25:
            return m.AllowGestures(id=some_id, allowed=rng.random() < 0.5)
        if rng.random() < 0.5:
            return m.CapSpeed(id=some_id, max_speed_mps=(None, 0.05, 0.2, 0.5)[int(rng.random() * 4)])
        somebody = self.cast[int(rng.random() * len(self.cast))].peer.id
        return m.Mute(id=some_id, peer=somebody, muted=rng.random() < 0.5)

    def _some_request(self, each: Person) -> m.RequestMessage:
        rng, some_id = self.rng, each.session.new_id()
        somebody = self.cast[int(rng.random() * len(self.cast))].peer.id
        fence = 0 if each.session.telemetry is None else each.session.telemetry.fence
        match int(rng.random() * 9):
            case 0 | 1:
                return m.LeaseRequest(id=some_id)
            case 2:
                return m.LeaseReturn(id=some_id, fence=fence)
            case 3 | 4:
                return m.LeaseOffer(id=some_id, to=somebody)
            case 5:
                return m.LeaseAccept(id=some_id)
            case 6:
                return m.LeaseTake(id=some_id)
            case 7:
                return m.LeaseRevoke(id=some_id)
            case _:
                return m.LeaseDecline(id=some_id) if rng.random() < 0.5 else m.LeaseWithdraw(id=some_id)


def _some_weather(rng: random.Random) -> Weather:
    draw = rng.random
    return Weather(
        delay_ns=ms((0, 10, 40, 120)[int(draw() * 4)]),
        jitter_ns=ms((0, 20, 150)[int(draw() * 3)]),
        loss=(0.0, 0.02, 0.3)[int(draw() * 3)],
        copies=(0.0, 0.1)[int(draw() * 2)],
    )
