"""Builds what a motion process told: a tick every 20 ms."""

from simulator.motion_trace import Tick
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, RobotState


def tick(at_ms: int, vx: float, limit: Limit = Limit.NONE, state: RobotState = RobotState.DRIVING) -> Tick:
    return Tick(tick_ns=ms(at_ms), vx=vx, vy=0.0, wz=0.0, limit=limit.value, state=state.value)


def braked(from_ms: int, limit: Limit, state: RobotState) -> list[Tick]:
    """Full speed, then down by 0.02 m/s a tick from `from_ms` on, for a while at rest."""
    steady = [tick(at, 0.6) for at in range(0, from_ms, 20)]
    slower = [tick(from_ms + 20 * count, max(0.0, 0.6 - 0.02 * (count + 1)), limit, state) for count in range(35)]
    return steady + slower
