"""What staff are told before a show: how fit the robot is, and what everybody's check found; one report each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from teleop_core.wire import codec
from teleop_core.wire import messages as m

MAX_REPORT_BYTES: Final = 8 * 1024  # all that one person can make a bridge remember


@dataclass(slots=True)
class FitnessBoard:
    """Keeps the newest report of the robot and of each person who is in the room."""

    readiness: bytes | None = None
    _checked: dict[str, bytes] = field(default_factory=dict)

    def take(self, peer: str, said: m.Preflight) -> bytes | None:
        """Keep what the check of `peer` found; return the frame for staff, None when it is too long."""
        frame = codec.encode(m.Checked(peer=peer, at_unix_ms=said.at_unix_ms, soak_s=said.soak_s, lines=said.lines))
        if len(frame) > MAX_REPORT_BYTES:
            return None
        self._checked[peer] = frame
        return frame

    def forget(self, peer: str) -> None:
        """Drop the report of who is gone."""
        self._checked.pop(peer, None)

    def frames(self) -> Iterator[tuple[tuple[type[m.Message], str], bytes]]:
        """Yield all that staff who come in have to know, each with the key of which only the newest counts."""
        if self.readiness is not None:
            yield (m.Readiness, ""), self.readiness
        for peer, frame in self._checked.items():
            yield (m.Checked, peer), frame
