"""What the robot tells everybody: its telemetry and its status, built from the rooms that know."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from teleop_core.authority import Authority
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.governor import Wish
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
    reported: DriverState

    def unix_ms(self, at_ns: int) -> int:
        """Return a monotonic time as Unix time, for display only."""
        return max(0, (at_ns + self.unix_offset_ns) // NS_PER_MS)


def speakable(state: DriverState) -> DriverState:
    """Return what a driver reports as the wire can carry it; a figure that is no number is a fault."""
    faults = tuple(sentence(each) for each in state.faults[:MAX_FAULTS])
    pose, twist, battery = state.pose, state.twist, state.battery
    broken = [
        name
        for name, is_broken in (
            ("pose", pose is not None and not _is_finite(pose)),
            ("twist", twist is not None and not twist.is_finite),
            ("battery", battery is not None and not math.isfinite(battery)),
        )
        if is_broken
    ]
    if broken:
        faults = (*faults[: MAX_FAULTS - 1], f"the robot reports no finite number: {', '.join(broken)}")
    return replace(
        state,
        pose=None if "pose" in broken else pose,
        twist=None if "twist" in broken else twist,
        battery=None if battery is None or "battery" in broken else min(1.0, max(0.0, battery)),
        faults=faults,
    )


def sentence(text: str) -> str:
    """Return `text` as a `Sentence`: short enough, and fit for UTF-8 whatever a device may have sent."""
    return text.encode("utf-8", "replace").decode("utf-8")[:MAX_SENTENCE_CHARS]


def telemetry(moment: Moment, *, tick: int, wish: Wish | None, applied: Twist) -> m.Telemetry:
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
        measured=None if measured is None else _wire_twist(measured),
        pose=None
        if pose is None
        else m.WirePose(x_m=round(pose.x_m, 4), y_m=round(pose.y_m, 4), heading_rad=round(pose.heading_rad, 4)),
        command_age_ms=None if wish is None else _tenths_ms(wish.command_age_ns),
        echo_age_ms=None if wish is None else _tenths_ms(wish.echo_age_ns - wish.command_age_ns),
        loop_delay_ms=None if loop_ns is None else _tenths_ms(loop_ns),
        battery=moment.reported.battery,
    )


def status(
    moment: Moment, *, seq: int, bridge_up: bool, refused: Mapping[str, int], accepted: Mapping[str, int]
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
        bridge_up=bridge_up,
        refused=dict(refused),
        accepted=dict(accepted),
        faults=moment.reported.faults,
    )


def gist(of: m.Status) -> tuple[object, ...]:
    """Return what people wait for in a status; counters and countdowns may wait for the next second."""
    return (
        of.fence,
        of.state,
        of.driver,
        of.latch,
        None if of.reset is None else of.reset.code,
        None if of.offer is None else of.offer.to,
        of.requests,
        of.bridge_up,
        of.faults,
    )


def _latch(moment: Moment) -> m.Latch | None:
    record = moment.latch.record
    if record is None:
        return None
    at_unix_ms = moment.unix_ms(record.at_ns)
    return m.Latch(cause=record.cause, by=record.by, role=record.role, at_unix_ms=at_unix_ms, detail=record.detail)


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


def _is_finite(pose: Pose2D) -> bool:
    return math.isfinite(pose.x_m) and math.isfinite(pose.y_m) and math.isfinite(pose.heading_rad)


def _wire_twist(twist: Twist) -> m.WireTwist:
    return m.WireTwist(vx_mps=round(twist.vx_mps, 4), vy_mps=round(twist.vy_mps, 4), wz_radps=round(twist.wz_radps, 4))


def _tenths_ms(age_ns: int) -> float:
    return round(to_ms(max(0, age_ns)), 1)


def _left_ms(expires_ns: int, now_ns: int) -> int:
    return max(0, (expires_ns - now_ns) // NS_PER_MS)
