"""The one state that a robot is in, derived from what its rooms know; nothing else remembers it.

::

    BOOT -> STOPPED          reset          READY        request         LEASED        dead-man        DRIVING
            (latched)   ---------------->  (free)   ---------------->   (still)   <--------------->   (moving)
               ^                              ^                         ^  ^  |                       ^      |
               | at rest                      |                    done |  |  | gesture           fast|      |slow
            STOPPING                          |        lease over       |  |  v                       |      v
               ^                              +----------------------- GESTURE                       DEGRADED
               |                                                           |                              |
               +---- STOP, from any state                 neutral 300 ms  HOLD  <--- silence, ages -------+

A hand that re-arms while the HOLD still ramps drives on from there. `NEXT_STATES` is the same as a table, with what may
follow between two ticks (a reset and a request at once: STOPPED -> LEASED).
"""

from typing import Final, assert_never

from teleop_core.authority import LeaseState
from teleop_core.wire.messages import Limit, RobotState

S = RobotState
NEXT_STATES: Final[dict[RobotState, frozenset[RobotState]]] = {
    S.BOOT: frozenset({S.STOPPED, S.STOPPING}),
    S.STOPPING: frozenset({S.STOPPED}),
    S.STOPPED: frozenset({S.READY, S.LEASED, S.HOLD, S.GESTURE, S.STOPPING}),
    S.READY: frozenset({S.LEASED, S.HOLD, S.GESTURE, S.STOPPED, S.STOPPING}),
    S.LEASED: frozenset({S.READY, S.DRIVING, S.DEGRADED, S.HOLD, S.GESTURE, S.STOPPED, S.STOPPING}),
    S.DRIVING: frozenset({S.READY, S.LEASED, S.DEGRADED, S.HOLD, S.GESTURE, S.STOPPED, S.STOPPING}),
    S.DEGRADED: frozenset({S.READY, S.LEASED, S.DRIVING, S.HOLD, S.GESTURE, S.STOPPED, S.STOPPING}),
    S.HOLD: frozenset({S.READY, S.LEASED, S.DRIVING, S.DEGRADED, S.GESTURE, S.STOPPED, S.STOPPING}),
    S.GESTURE: frozenset({S.READY, S.LEASED, S.DRIVING, S.DEGRADED, S.HOLD, S.STOPPED, S.STOPPING}),
}
_MOVING_LIMITS: Final = frozenset({Limit.NONE, Limit.SLEW, Limit.CAP, Limit.STAFF_CAP, Limit.EDGE, Limit.LOOP_DELAY})
_QUIET_LIMITS: Final = frozenset({Limit.NOT_NEUTRAL, Limit.DEAD_MAN, Limit.SILENCE})


def derive(
    *, was: RobotState, latched: bool, performing: bool, lease: LeaseState, limit: Limit, still: bool
) -> RobotState:
    """Return the state now; `was` is the one before, `limit` what limits the motion of this tick."""
    if latched:
        return RobotState.STOPPED if still else RobotState.STOPPING
    if performing:
        return RobotState.GESTURE
    match lease:
        case LeaseState.CHANGING:
            return RobotState.HOLD
        case LeaseState.FREE:
            return RobotState.READY if still else RobotState.HOLD
        case LeaseState.HELD:
            return _under_lease(was=was, limit=limit, still=still)
        case unreachable:
            assert_never(unreachable)


def _under_lease(*, was: RobotState, limit: Limit, still: bool) -> RobotState:
    if limit in _MOVING_LIMITS:
        return RobotState.DEGRADED if limit is Limit.LOOP_DELAY else RobotState.DRIVING
    if limit is Limit.DEAD_MAN:
        return RobotState.LEASED if still else RobotState.DRIVING
    is_held = was is RobotState.HOLD or limit not in _QUIET_LIMITS
    return RobotState.HOLD if is_held or not still else RobotState.LEASED
