"""Bytes to messages and back, with limits: the only place where bytes from outside become anything.

Every decoder raises `WireError` with the rule that was broken, and nothing else, whatever the bytes.
"""

from typing import Final, TypeVar

import msgspec

from teleop_core.errors import WireError, WireFault
from teleop_core.wire import messages as m

MAX_FRAME_BYTES: Final = 16 * 1024
MAX_ENVELOPE_BYTES: Final = MAX_FRAME_BYTES + 512
_SEEN_CHARS: Final = 60

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder()
_person: Final[msgspec.json.Decoder[m.FromPerson]] = msgspec.json.Decoder(m.FromPerson)
_at_bridge: Final[msgspec.json.Decoder[m.AtBridge]] = msgspec.json.Decoder(m.AtBridge)
_on_road: Final[msgspec.json.Decoder[m.OnRoad]] = msgspec.json.Decoder(m.OnRoad)
_hello: Final[msgspec.json.Decoder[m.Hello | m.RobotHello]] = msgspec.json.Decoder(m.Hello | m.RobotHello)
_to_person: Final[msgspec.json.Decoder[m.ToPerson]] = msgspec.json.Decoder(m.ToPerson)
_from_robot: Final[msgspec.json.Decoder[m.FromRobot]] = msgspec.json.Decoder(m.FromRobot)
_to_robot: Final[msgspec.json.Decoder[m.ToRobot]] = msgspec.json.Decoder(m.ToRobot)


def encode(message: m.Message) -> bytes:
    """Return the JSON text of `message`, in UTF-8."""
    return _encoder.encode(message)


def decode_hello(frame: bytes | str) -> m.Hello | m.RobotHello:
    """Decode the first frame of a connection; what is wrong is told without a piece of the frame: it bears a secret."""
    return _decode(_hello, frame, MAX_FRAME_BYTES, quote=False)


def decode_from_person(frame: bytes | str) -> m.FromPerson:
    """Decode what a person sent."""
    return _decode(_person, frame, MAX_FRAME_BYTES)


def decode_at_bridge(frame: bytes | str) -> m.AtBridge:
    """Decode what a person sent to the bridge."""
    return _decode(_at_bridge, frame, MAX_FRAME_BYTES)


def decode_on_road(frame: bytes | str) -> m.OnRoad:
    """Decode what a page says to the media plane itself."""
    return _decode(_on_road, frame, MAX_FRAME_BYTES)


def decode_to_person(frame: bytes | str) -> m.ToPerson:
    """Decode what a person receives."""
    return _decode(_to_person, frame, MAX_FRAME_BYTES)


def decode_from_robot(frame: bytes | str) -> m.FromRobot:
    """Decode what a robot sent to the bridge; the body of an envelope stays as it came."""
    return _decode(_from_robot, frame, MAX_ENVELOPE_BYTES)


def decode_to_robot(frame: bytes | str) -> m.ToRobot:
    """Decode what the bridge sent to a robot; the body of an envelope stays as it came."""
    return _decode(_to_robot, frame, MAX_ENVELOPE_BYTES)


def _decode(decoder: "msgspec.json.Decoder[T]", frame: bytes | str, limit: int, *, quote: bool = True) -> T:
    try:
        size = _bytes_in(frame, limit)
        if size > limit:
            raise WireError(WireFault.TOO_LARGE, f"expected at most {limit} bytes, got {size}")
        return decoder.decode(frame)
    except msgspec.ValidationError as exc:
        fault = WireFault.UNKNOWN_TYPE if _is_about_type(str(exc)) else WireFault.BAD_FIELD
        raise WireError(fault, f"{exc}{_seen(frame) if quote else ''}") from exc
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise WireError(WireFault.NOT_JSON, f"expected one JSON object: {exc}{_seen(frame) if quote else ''}") from exc


def _bytes_in(frame: bytes | str, limit: int) -> int:
    """Return the size in UTF-8; what is short enough in any case, or too long in any case, needs no counting."""
    chars = len(frame)
    if isinstance(frame, bytes) or chars > limit or chars * 4 <= limit:
        return chars
    return len(frame.encode())


def _is_about_type(reason: str) -> bool:
    return reason.endswith("`$.type`") or reason == "Object missing required field `type`"


def _seen(frame: bytes | str) -> str:
    """Return the beginning of `frame`, safe to print."""
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "backslashreplace")
    head = text[:_SEEN_CHARS]
    return f"; got {head!r}{'...' if len(text) > _SEEN_CHARS else ''}"
