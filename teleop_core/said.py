"""What is read in frames by those who only pass them on."""

from typing import Final

import msgspec

from teleop_core.errors import WireError, WireFault
from teleop_core.wire import codec
from teleop_core.wire import messages as m

EVENT_SOURCE: Final = "bridge"  # of the events that only the bridge makes

_FROM_ROBOT_TO_PEOPLE: Final = (
    m.Ack,
    m.StopAck,
    m.RtcAnswer,
    m.Telemetry,
    m.Status,
    m.Sound,
    m.Cameras,
    m.Readiness,
    m.Uplinks,
    m.ShowPlan,
    m.Show,
    m.Speech,
    m.Event,
)


def robot_said(body: bytes) -> m.ToPerson:
    """Decode what a robot says to people; what only the bridge may say is refused.

    Raises:
        WireError: `body` is no message, or not one of a robot's.
    """
    said = codec.decode_to_person(body)
    if not isinstance(said, _FROM_ROBOT_TO_PEOPLE):
        raise WireError(WireFault.UNKNOWN_TYPE, f"expected a robot's message, got {type(said).__name__}")
    if isinstance(said, m.Event) and said.source == EVENT_SOURCE:
        raise WireError(WireFault.BAD_FIELD, f"expected a source of the robot's own, got {EVENT_SOURCE!r}")
    return said


class _Identified(msgspec.Struct):
    """The id of a frame, whatever else is in it."""

    id: m.RequestId


_identified: Final = msgspec.json.Decoder(_Identified)


def id_in(frame: bytes | str) -> str | None:
    """Return the id of a request, None when it has none that is valid."""
    if len(frame) > codec.MAX_FRAME_BYTES:
        return None
    try:
        return _identified.decode(frame).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
