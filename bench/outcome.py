"""What one drive into a fault came to, and the figures of many."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.course import Course, NoFigureError
from bench.percentiles import percentile, spread
from bench.told import STOPPING_LIMITS, first_hold, first_slower, why
from simulator.motion_trace import Tick
from teleop_core.timebase import NS_PER_MS, NS_PER_S, to_ms

AT_SPEED_MPS: Final = 0.595
STEADY_NS: Final = 100 * NS_PER_MS  # before the fault
NOT_TOLD: Final = "the driver's time limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """From the fault to standstill, and what stopped the robot; the rest is of those faults that have it.

    `seconds` and `metres` are None when the robot stood, for no reason that it should have, before the hand let go.
    """

    fault: str
    seconds: float | None
    metres: float | None
    stopped_by: str  # limits, as telemetry names them
    first_decel_ms: float | None = None  # from STOP to the first tick that told less speed
    hold_s: float | None = None  # from the capture of the picture that froze to HOLD
    lowest_mps: float | None = None  # while a fault was there that the robot should not mind


@dataclass(frozen=True, kw_only=True)
class Instants:
    """When it happened, on the monotonic clock."""

    struck_ns: int
    captured_ns: int | None = None
    unminded_ns: int | None = None

    @property
    def ended_ns(self) -> int:
        """From when on the robot had to stop."""
        return self.struck_ns if self.unminded_ns is None else self.unminded_ns


def judged(fault: str, at: Instants, course: Course, ticks: Sequence[Tick], *, is_stop: bool) -> Outcome:
    """Return what a drive came to. A fault that the robot should not mind is followed by a hand that lets go.

    Raises:
        NoFigureError: it was not a steady drive at full speed, or what should be there to measure is not.

    """
    speed_mps = course.slowest_mps(at.struck_ns - STEADY_NS, at.struck_ns)
    if speed_mps < AT_SPEED_MPS:
        raise NoFigureError(f"expected {AT_SPEED_MPS} m/s at the fault, saw {speed_mps:.3f}")
    lowest_mps = None if at.unminded_ns is None else course.slowest_mps(at.struck_ns, at.unminded_ns)
    if lowest_mps == 0.0:
        by = why(ticks, at.struck_ns) or NOT_TOLD
        return Outcome(fault=fault, seconds=None, metres=None, stopped_by=by, lowest_mps=lowest_mps)
    standstill = course.standstill_after(at.ended_ns)
    if standstill.seconds <= 0.0:
        raise NoFigureError("the robot stood before the fault")
    return Outcome(
        fault=fault,
        seconds=standstill.seconds,
        metres=standstill.metres,
        stopped_by=why(ticks, at.ended_ns) or NOT_TOLD,
        first_decel_ms=_first_decel_ms(ticks, at.struck_ns) if is_stop else None,
        hold_s=None if at.captured_ns is None else _hold_s(ticks, at.struck_ns, at.captured_ns),
        lowest_mps=lowest_mps,
    )


def _first_decel_ms(ticks: Sequence[Tick], pressed_ns: int) -> float:
    slower = first_slower(ticks, pressed_ns)
    if slower is None or slower.limit not in STOPPING_LIMITS:
        raise NoFigureError(f"expected STOP to be what slowed the robot first, saw {slower}")
    return to_ms(slower.tick_ns - pressed_ns)


def _hold_s(ticks: Sequence[Tick], frozen_ns: int, captured_ns: int) -> float:
    held = first_hold(ticks, frozen_ns)
    if held is None:
        raise NoFigureError("expected HOLD because of the picture's age, saw none")
    return (held.tick_ns - captured_ns) / NS_PER_S


def figures(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Return all figures of these drives: `<fault>_s_p99`, `<fault>_m_p99` and their like; what was not seen is out."""
    by_fault: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_fault[outcome.fault].append(outcome)
    found: dict[str, float] = {}
    decels_ms: list[float] = []
    for fault, drives in by_fault.items():
        found |= spread(f"{fault}_s", (each.seconds for each in drives if each.seconds is not None))
        found |= spread(f"{fault}_m", (each.metres for each in drives if each.metres is not None))
        of_stop = [each.first_decel_ms for each in drives if each.first_decel_ms is not None]
        found |= spread(f"{fault}_first_decel_ms", of_stop)
        decels_ms += of_stop
        found |= spread(f"{fault}_hold_s", (each.hold_s for each in drives if each.hold_s is not None))
        if lowest := [each.lowest_mps for each in drives if each.lowest_mps is not None]:
            found[f"{fault}_lowest_mps"] = min(lowest)
    if decels_ms:
        found["stop_first_decel_ms_p50"] = percentile(decels_ms, 50)
        found["stop_first_decel_ms_p99"] = percentile(decels_ms, 99)
    found["runs"] = sum(len(drives) for drives in by_fault.values())
    return found


def reasons(outcomes: Iterable[Outcome]) -> Counter[str]:
    """Return how often the robot was stopped by what."""
    return Counter(outcome.stopped_by for outcome in outcomes)
