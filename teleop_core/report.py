"""What the robot tells everybody: its telemetry and its status, built from the rooms that know."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from teleop_core.authority import Authority
from teleop_core.bearing import Carriage
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.gestures import Gestures
from teleop_core.governor import Wish
from teleop_core.house_rules import HouseRules
from teleop_core.ports import DriverState
from teleop_core.stop import StopLatch
from teleop_core.timebase import NS_PER_MS, to_ms
from teleop_core.wire import messages as m

MAX_FAULTS: Final = 8
MAX_SENTENCE_CHARS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The robot at one instant, as its session knows it."""

    now_ns: int
    unix_offset_ns: int
    epoch: str
    state: m.RobotState
    limit: m.Limit
    authority: Authority
    latch: StopLatch
    rules: HouseRules
    gestures: Gestures
    reported: DriverState
    carriage: Carriage
    bridge_up: bool
    staff_required: bool

    def unix_ms(self, at_ns: int) -> int:
        """Return a monotonic time as Unix time, for display only."""
        return max(0, (at_ns + self.unix_offset_ns) // NS_PER_MS)


def speakable(state: DriverState) -> DriverState:
    """Return what a driver reports as the wire can carry it; a figure that is no number is a fault."""
    pose, twist, battery, tilt_rad = state.pose, state.twist, state.battery, state.tilt_rad
    broken = [
        name
        for name, is_broken in (
            ("pose", pose is not None and not _is_finite(pose)),
            ("twist", twist is not None and not twist.is_finite),
            ("battery", battery is not None and not math.isfinite(battery)),
            ("tilt", tilt_rad is not None and not math.isfinite(tilt_rad)),
        )
        if is_broken
    ]
    if not broken and not state.faults and (battery is None or 0.0 <= battery <= 1.0):
        return state
    faults = tuple(sentence(each) for each in state.faults[:MAX_FAULTS])
    if broken:
        faults = (*faults[: MAX_FAULTS - 1], f"the robot reports no finite number: {', '.join(broken)}")
    return replace(
        state,
        pose=None if "pose" in broken else pose,
        twist=None if "twist" in broken else twist,
        battery=None if battery is None or "battery" in broken else min(1.0, max(0.0, battery)),
        tilt_rad=None if "tilt" in broken else tilt_rad,
        faults=faults,
    )


def sentence(text: str) -> str:
    """Return `text` as a `Sentence`: short enough, and fit for UTF-8 whatever a device may have sent."""
    return text.encode("utf-8", "replace").decode("utf-8")[:MAX_SENTENCE_CHARS]


def telemetry(moment: Moment, *, tick: int, wish: Wish | None, applied: Twist, allowed_mps: float) -> m.Telemetry:
    """Return beacon number `tick`."""
    pose, measured = moment.reported.pose, moment.reported.twist
    loop_ns = None if wish is None or wish.picture_age_ns is None else wish.picture_age_ns - wish.command_age_ns
    return m.Telemetry(
        epoch=moment.epoch,
        tick=tick,
        state=moment.state,
        limit=moment.limit,
        fence=moment.authority.fence,
        driver=moment.authority.holder,
        latched=moment.latch.is_latched,
        asked=_wire_twist(STILL if wish is None or not wish.dead_man else wish.twist),
        applied=_wire_twist(applied),
        allowed_mps=round(allowed_mps, 4),
        measured=None if measured is None else _wire_twist(measured),
        pose=None
        if pose is None
        else m.WirePose(x_m=round(pose.x_m, 4), y_m=round(pose.y_m, 4), heading_rad=round(pose.heading_rad, 4)),
        command_age_ms=None if wish is None else _tenths_ms(wish.command_age_ns),
        echo_age_ms=None if wish is None else _tenths_ms(wish.echo_age_ns - wish.command_age_ns),
        loop_delay_ms=None if loop_ns is None else _tenths_ms(loop_ns),
        battery=moment.reported.battery,
        gesture=_gesture(moment),
        look=_look(moment),
    )


def status(
    moment: Moment,
    *,
    seq: int,
    refused: Mapping[str, int],
    accepted: Mapping[str, int],
    race: tuple[m.RoadRace, ...],
) -> m.Status:
    """Return what changes rarely."""
    return m.Status(
        epoch=moment.epoch,
        seq=seq,
        fence=moment.authority.fence,
        state=moment.state,
        driver=moment.authority.holder,
        latch=_latch(moment),
        reset=_reset(moment),
        offer=_offer(moment),
        requests=moment.authority.requests,
        bridge_up=moment.bridge_up,
        refused=dict(refused),
        accepted=dict(accepted),
        speed_cap_mps=moment.rules.speed_cap_mps,
        muted=moment.rules.muted,
        staff_required=moment.staff_required,
        race=race,
        faults=moment.reported.faults,
        gestures_allowed=moment.rules.gestures_allowed,
        gesture_offer=_gesture_offer(moment),
        area_clear=moment.rules.area_clear,
        co_speech=moment.rules.co_speech,
    )


def gist(moment: Moment) -> tuple[object, ...]:
    """Return what people wait for in a status; counters and countdowns may wait for the next second."""
    authority, prepared = moment.authority, moment.latch.prepared(now_ns=moment.now_ns)
    return (
        authority.fence,
        moment.state,
        authority.holder,
        moment.latch.record,
        moment.latch.level,
        None if prepared is None else prepared.code,
        None if authority.offer is None else authority.offer.to,
        authority.requests,
        moment.bridge_up,
        moment.rules.speed_cap_mps,
        moment.rules.muted,
        moment.reported.faults,
        moment.rules.gestures_allowed,
        moment.rules.area_clear,
        moment.rules.co_speech,
        moment.gestures.offered(now_ns=moment.now_ns),
    )


def _latch(moment: Moment) -> m.Latch | None:
    record = moment.latch.record
    if record is None:
        return None
    at_unix_ms = moment.unix_ms(record.at_ns)
    return m.Latch(
        cause=record.cause,
        by=record.by,
        role=record.role,
        at_unix_ms=at_unix_ms,
        detail=record.detail,
        level=moment.latch.level,
    )


def _reset(moment: Moment) -> m.ResetOffer | None:
    prepared = moment.latch.prepared(now_ns=moment.now_ns)
    if prepared is None:
        return None
    left_ms = _left_ms(prepared.expires_ns, moment.now_ns)
    return m.ResetOffer(by=prepared.by, code=prepared.code, expires_in_ms=left_ms)


def _offer(moment: Moment) -> m.Offer | None:
    offer = moment.authority.offer
    if offer is None:
        return None
    return m.Offer(to=offer.to, by=offer.by, expires_in_ms=_left_ms(offer.expires_ns, moment.now_ns))


def _gesture(moment: Moment) -> m.GestureRun | None:
    running = moment.gestures.running
    return None if running is None else m.GestureRun(name=running.gesture.name, progress=round(running.progress, 3))


def _look(moment: Moment) -> m.LookAngles | None:
    if not moment.carriage.range.is_any:
        return None
    bearing = moment.carriage.bearing
    return m.LookAngles(pan_rad=round(bearing.pan_rad, 3), tilt_rad=round(bearing.tilt_rad, 3))


def _gesture_offer(moment: Moment) -> m.GestureOffer | None:
    offered = moment.gestures.offered(now_ns=moment.now_ns)
    if offered is None:
        return None
    left_ms = _left_ms(offered.expires_ns, moment.now_ns)
    return m.GestureOffer(name=offered.name, by=offered.by, code=offered.code, expires_in_ms=left_ms)


def _is_finite(pose: Pose2D) -> bool:
    return math.isfinite(pose.x_m) and math.isfinite(pose.y_m) and math.isfinite(pose.heading_rad)


def _wire_twist(twist: Twist) -> m.WireTwist:
    return m.WireTwist(vx_mps=round(twist.vx_mps, 4), vy_mps=round(twist.vy_mps, 4), wz_radps=round(twist.wz_radps, 4))


def _tenths_ms(age_ns: int) -> float:
    return round(to_ms(max(0, age_ns)), 1)


def _left_ms(expires_ns: int, now_ns: int) -> int:
    return max(0, (expires_ns - now_ns) // NS_PER_MS)
