"""The record of who did what: one JSON object a line, on a thread of its own, so that a stuck disk stops nobody.

A line that cannot be written is dropped and counted. Only the fields given here are ever written: ids, names, roles
and reasons, never a token, a key or a frame.
"""

import queue
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TextIO

import msgspec

from teleop_core.wire.messages import Event, Peer, Stop

MAX_WAITING_LINES: Final = 2000
_CLOSE_TIMEOUT_S: Final = 0.5


class AuditLog:
    """Writes audit lines to `stream` (standard error by default) and acts as the rooms' witness."""

    def __init__(self, *, stream: TextIO | None = None, on_lost: Callable[[], None] = lambda: None) -> None:
        self._stream = stream
        self._on_lost = on_lost
        self._lines: queue.Queue[tuple[datetime, str, dict[str, str | float | bool]] | None] = queue.Queue(
            MAX_WAITING_LINES
        )
        self._thread = threading.Thread(target=self._write_lines, name="audit", daemon=True)
        self._thread.start()

    def note(self, what: str, **fields: str | float | bool | None) -> None:
        """Write one line: `what` happened, with the fields that are not None."""
        said = {key: value for key, value in fields.items() if value is not None}
        try:
            self._lines.put_nowait((datetime.now(UTC), what, said))
        except queue.Full:
            self._on_lost()

    def saw_event(self, robot: str, event: Event) -> None:
        """Note an event of a room."""
        self.note(
            event.kind.value,
            robot=robot,
            source=event.source,
            seq=event.seq,
            by=event.by,
            to=event.to,
            name=event.name,
            role=event.role.value if event.role else None,
            cause=event.cause.value if event.cause else None,
            limit=event.limit.value if event.limit else None,
            detail=event.detail or None,
        )

    def saw_stop(self, robot: str, peer: Peer, stop: Stop, *, robot_online: bool) -> None:
        """Note that somebody pressed STOP, whether or not the robot can hear it."""
        self.note(
            "stop_sent",
            robot=robot,
            by=peer.id,
            name=peer.name,
            role=peer.role.value,
            id=stop.id,
            reason=stop.reason or None,
            robot_online=robot_online,
        )

    def close(self) -> None:
        """Write what waits, for at most half a second."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _write_lines(self) -> None:
        stream = self._stream or sys.stderr
        while (line := self._lines.get()) is not None:
            at, what, said = line
            told = {**said, "event": what, "timestamp": at.isoformat().replace("+00:00", "Z")}
            try:
                stream.write(msgspec.json.encode(told).decode() + "\n")
                stream.flush()
            except (OSError, ValueError):  # a full disk, a closed pipe: the show goes on
                self._on_lost()
