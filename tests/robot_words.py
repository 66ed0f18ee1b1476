"""What a robot that stands and waits says of itself, for tests that care for a part of it."""

import msgspec

from teleop_core.wire import messages as m

STILL = m.WireTwist(vx_mps=0.0, vy_mps=0.0, wz_radps=0.0)

_TELEMETRY = m.Telemetry(
    epoch="e1",
    tick=1,
    state=m.RobotState.READY,
    limit=m.Limit.NO_LEASE,
    fence=1,
    driver=None,
    latched=False,
    asked=STILL,
    applied=STILL,
    allowed_mps=0.0,
    measured=None,
    pose=None,
    command_age_ms=None,
    echo_age_ms=None,
    loop_delay_ms=None,
    battery=None,
)
_STATUS = m.Status(
    epoch="e1",
    seq=1,
    fence=1,
    state=m.RobotState.READY,
    driver=None,
    latch=None,
    reset=None,
    offer=None,
    requests=(),
    bridge_up=True,
    refused={},
    accepted={},
)


def telemetry(**changes: object) -> m.Telemetry:
    return msgspec.structs.replace(_TELEMETRY, **changes)


def status(**changes: object) -> m.Status:
    return msgspec.structs.replace(_STATUS, **changes)
