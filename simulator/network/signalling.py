"""The few messages of WebRTC's signalling that a link in between has to reword."""

import json
from typing import Final

from simulator.network.relay import without_candidates

_MARK: Final = b'"rtc_'  # no other message is worth reading


def hide_addresses(message: bytes) -> bytes:
    """Return a person's message without any address in it."""
    read = _read(message)
    match read.get("type"):
        case "rtc_offer":
            read["sdp"] = without_candidates(str(read.get("sdp", "")))
        case "rtc_candidate":
            read["candidate"] = None
        case _:
            return message
    return _written(read)


def answer_of(message: bytes) -> str | None:
    """Return the SDP of a robot's answer, None when the message is another."""
    read = _read(message)
    return str(read.get("sdp", "")) if read.get("type") == "rtc_answer" else None


def answered(message: bytes, sdp: str) -> bytes:
    """Return the robot's answer with another SDP in it."""
    return _written(_read(message) | {"sdp": sdp})


def _read(message: bytes) -> dict[str, object]:
    if _MARK not in message:
        return {}
    try:
        read = json.loads(message)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _written(message: dict[str, object]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
