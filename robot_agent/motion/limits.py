"""What the configuration and the robot's capabilities make of the design's limits and timings."""

from robot_agent.config import MotionSettings
from teleop_core.governor import Limits
from teleop_core.ports import Capabilities
from teleop_core.timebase import NS_PER_S, ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import RobotProfile


def limits_of(settings: MotionSettings, capabilities: Capabilities | None) -> Limits:
    """Return the caps as configured, and nowhere above what the robot can do."""
    design = Limits()
    speed = settings.max_speed_mps or design.max_speed_mps
    turn = settings.max_turn_radps or design.max_turn_radps
    accel = settings.accel_mps2 or design.accel_mps2
    turn_accel = settings.accel_radps2 or design.accel_radps2
    if capabilities is not None:
        speed = min(speed, max(capabilities.max_vx_mps, capabilities.max_vy_mps))
        turn = min(turn, capabilities.max_wz_radps)
        accel = min(accel, capabilities.max_accel_mps2)
        turn_accel = min(turn_accel, capabilities.max_accel_radps2)
    return Limits(max_speed_mps=speed, max_turn_radps=turn, accel_mps2=accel, accel_radps2=turn_accel)


def timing_of(settings: MotionSettings) -> Timing:
    """Return the design's timings with what is configured put in."""
    design = Timing()
    return Timing(
        tick_ns=NS_PER_S // settings.rate_hz,
        echo_hold_ns=design.echo_hold_ns if settings.echo_hold_ms is None else ms(settings.echo_hold_ms),
        picture_hold_ns=design.picture_hold_ns if settings.picture_hold_ms is None else ms(settings.picture_hold_ms),
        driver_ttl_ms=settings.driver_ttl_ms or design.driver_ttl_ms,
    )


def profile_of(settings: MotionSettings, capabilities: Capabilities) -> RobotProfile:
    """Return the robot as the pages show it."""
    limits = limits_of(settings, capabilities)
    return RobotProfile(
        model=capabilities.model[:60],
        max_speed_mps=limits.max_speed_mps,
        max_turn_radps=limits.max_turn_radps,
        holonomic=capabilities.max_vy_mps > 0,
    )
