"""The motion trace: a JSON line for each drive command that arrives and each tick, to measure with. Off by default."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from robot_agent.logs import LineWriter
from teleop_core.errors import WireFault
from teleop_core.session import Setpoint
from teleop_core.wire.messages import Refusal, Road


class Trace(Protocol):
    """What the motion loop tells a trace; neither call waits."""

    def received(self, body: bytes, *, peer: str, road: Road, verdict: Refusal | WireFault | None, now_ns: int) -> None:
        """Note a frame that arrived, if it is a drive command."""
        ...

    def ticked(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Note a setpoint."""
        ...

    def close(self) -> None:
        """Write what is queued."""
        ...


class NoTrace:
    """Notes nothing."""

    def received(self, body: bytes, *, peer: str, road: Road, verdict: Refusal | WireFault | None, now_ns: int) -> None:
        """Do nothing."""

    def ticked(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Head(Struct, frozen=True):
    """What a trace needs of a drive command."""

    type: str
    seq: int = 0
    fence: int = 0


class FileTrace:
    """Appends to a file, from a thread."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lines = LineWriter(fd, owns_fd=True)

    def received(self, body: bytes, *, peer: str, road: Road, verdict: Refusal | WireFault | None, now_ns: int) -> None:
        """Note a frame that arrived, if it is a drive command."""
        try:
            head = _head.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if head.type == "drive":
            line = {
                "received_ns": now_ns,
                "peer": peer,
                "road": road.value,
                "seq": head.seq,
                "fence": head.fence,
                "verdict": "accepted" if verdict is None else verdict.value,
            }
            self._lines.write(_text(line))

    def ticked(self, setpoint: Setpoint, *, now_ns: int) -> None:
        """Note a setpoint."""
        line = {
            "tick_ns": now_ns,
            "vx": setpoint.twist.vx_mps,
            "vy": setpoint.twist.vy_mps,
            "wz": setpoint.twist.wz_radps,
            "limit": setpoint.limit.value,
            "state": setpoint.state.value,
        }
        self._lines.write(_text(line))

    def close(self) -> None:
        """Write what is queued."""
        self._lines.close()


def _text(line: Mapping[str, object]) -> str:
    return msgspec.json.encode(line).decode()


_head = msgspec.json.Decoder(_Head)
