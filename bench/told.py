"""What the motion process told the driver around a fault, from its trace."""

from collections.abc import Sequence
from typing import Final

from simulator.motion_trace import Tick
from teleop_core.wire.messages import Limit, RobotState

STOPPING_LIMITS: Final = frozenset({Limit.STOPPED.value, Limit.DEAD_MAN.value})  # pressing STOP lets go as well
_LEAST_MPS: Final = 1e-6


def told_at(ticks: Sequence[Tick], instant_ns: int) -> Tick | None:
    """Return the last tick not after the instant, None when the trace begins later."""
    return next((tick for tick in reversed(ticks) if tick.tick_ns <= instant_ns), None)


def first_slower(ticks: Sequence[Tick], instant_ns: int) -> Tick | None:
    """Return the first tick after the instant that told less speed than was told at it, None when there is none."""
    before = told_at(ticks, instant_ns)
    if before is None:
        return None
    return next((tick for tick in ticks if tick.tick_ns > instant_ns and _slower(tick, before)), None)


def first_hold(ticks: Sequence[Tick], instant_ns: int) -> Tick | None:
    """Return the first tick after the instant that told HOLD because the picture is old, None when there is none."""
    return next(
        (
            tick
            for tick in ticks
            if tick.tick_ns > instant_ns
            and tick.limit == Limit.PICTURE_AGE.value
            and tick.state == RobotState.HOLD.value
        ),
        None,
    )


def first_still(ticks: Sequence[Tick], instant_ns: int) -> Tick | None:
    """Return the first tick after the instant that told the driver to stand, None when there is none."""
    return next((tick for tick in ticks if tick.tick_ns > instant_ns and tick.is_still), None)


def why(ticks: Sequence[Tick], instant_ns: int) -> str | None:
    """Return the limit that slowed the robot first and, when it is another, the one under which it was told to stand.

    None when it was never told to stand.
    """
    slower, still = first_slower(ticks, instant_ns), first_still(ticks, instant_ns)
    if slower is None or still is None:
        return None
    return slower.limit if slower.limit == still.limit else f"{slower.limit}, {still.limit}"


def _slower(tick: Tick, before: Tick) -> bool:
    return abs(tick.vx) < abs(before.vx) - _LEAST_MPS
