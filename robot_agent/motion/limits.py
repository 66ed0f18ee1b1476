"""What the configuration and the robot's capabilities make of the design's limits and timings."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from robot_agent.config import AreaSettings, MotionSettings
from teleop_core.bearing import NO_LOOK
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.errors import ConfigError
from teleop_core.governor import Limits
from teleop_core.ports import Capabilities
from teleop_core.profile import MAX_TILT_RAD, SafetyProfile
from teleop_core.timebase import NS_PER_S, ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import GestureSpec, LookAngles, RobotProfile, StopLevel

_JERKS: Final = ("jerk_mps3", "jerk_radps3", "brake_jerk_mps3", "brake_jerk_radps3")


def safety_profile_of(settings: MotionSettings, capabilities: Capabilities | None) -> SafetyProfile:
    """Return what the rules are to know of this robot and this show.

    Raises:
        ConfigError: the area is no polygon, or the robot is to stop as its driver cannot stop it.

    """
    ladder = (StopLevel.SETTLE,) if capabilities is None else capabilities.stop_levels
    if capabilities is not None and settings.tilt_level not in ladder:
        names = ", ".join(repr(level.value) for level in ladder)
        raise ConfigError(
            f"robot.motion.tilt_level: expected one of {names}, as this driver knows; got {settings.tilt_level.value!r}"
        )
    return SafetyProfile(
        limits=limits_of(settings, capabilities),
        ladder=ladder,
        max_tilt_rad=settings.max_tilt_rad or MAX_TILT_RAD,
        tilt_level=settings.tilt_level,
        needs_staff=settings.needs_staff,
        gestures=() if capabilities is None else capabilities.gestures,
        look=NO_LOOK if capabilities is None else capabilities.look,
        co_speech=capabilities is not None and capabilities.co_speech,
    )


def limits_of(settings: MotionSettings, capabilities: Capabilities | None) -> Limits:
    """Return the caps as configured, and nowhere above what the robot can do.

    Raises:
        ConfigError: the area is no polygon.

    """
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
    return Limits(
        max_speed_mps=speed,
        max_turn_radps=turn,
        accel_mps2=accel,
        accel_radps2=turn_accel,
        clear_distance_m=settings.clear_distance_m or design.clear_distance_m,
        edges=None if settings.area is None else _edges_of(settings.area),
        **_set_in(settings, _JERKS),
    )


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
        stop_levels=capabilities.stop_levels,
        gestures=tuple(
            GestureSpec(name=each.name, lasts_ms=each.lasts_ms, is_large=each.is_large)
            for each in capabilities.gestures
        ),
        look=LookAngles(pan_rad=capabilities.look.pan_rad, tilt_rad=capabilities.look.tilt_rad)
        if capabilities.look.is_any
        else None,
        co_speech=capabilities.co_speech,
    )


def _edges_of(area: AreaSettings) -> EdgeRules:
    try:
        polygon = StageArea(area.corners)
    except ValueError as exc:
        raise ConfigError(f"robot.motion.area.corners: {exc}") from exc
    return EdgeRules(area=polygon, **_set_in(area, ("near_m", "near_speed_mps", "return_speed_mps", "margin_m")))


def _set_in(settings: msgspec.Struct, names: tuple[str, ...]) -> Mapping[str, Any]:
    """Return those of the settings that are set; the others stay as the design has them."""
    return {name: value for name in names if (value := getattr(settings, name)) is not None}
