"""What the agent hears in passing, kept for staff, who are told every few seconds how fit the robot is."""

import time
from collections.abc import Callable
from typing import Final

from robot_agent.readiness import Outlook, Relays, Witnessed, readiness
from teleop_core.errors import WireError
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.codec import decode_to_person, encode
from teleop_core.wire.messages import Cameras, Sound, Status, Telemetry

TELL_EVERY_NS: Final = 5 * NS_PER_S


class ReadinessDesk:
    """Hears what passes through the agent. `relays` is asked for TURN, None while there is no media plane."""

    def __init__(self, *, clock: Callable[[], int], has_voice: bool) -> None:
        self._clock = clock
        self._has_voice = has_voice
        self._seen = Witnessed()
        self._told_ns: int | None = None
        self.relays: Callable[[], Relays] | None = None

    def hear_telemetry(self, body: bytes) -> None:
        """Note a beacon of the motion process."""
        said = _read(body)
        if isinstance(said, Telemetry):
            self._seen.hear_telemetry(said, now_ns=self._clock())

    def hear_status(self, body: bytes) -> None:
        """Note a status of the motion process."""
        said = _read(body)
        if isinstance(said, Status):
            self._seen.status = said

    def hear_cameras(self, said: Cameras) -> None:
        """Note how the cameras are."""
        self._seen.hear_cameras(said, now_ns=self._clock())

    def hear_sound(self, said: Sound) -> None:
        """Note how the hall sounds."""
        self._seen.hear_sound(said, now_ns=self._clock())

    def hear_bridge_clock(self, unix_ms: int) -> None:
        """Note what the bridge's clock says now."""
        self._seen.bridge_clock = (unix_ms, self._clock())

    def due(self, *, round_trip_ms: float | None) -> bytes | None:
        """Return what to tell staff, when it is time."""
        now_ns = self._clock()
        if self._told_ns is not None and now_ns - self._told_ns < TELL_EVERY_NS:
            return None
        self._told_ns = now_ns
        outlook = Outlook(
            round_trip_ms=round_trip_ms,
            relays=None if self.relays is None else self.relays(),
            has_voice=self._has_voice,
        )
        return encode(readiness(self._seen, outlook, now_ns=now_ns, now_unix_ms=time.time_ns() // NS_PER_MS))


def _read(body: bytes) -> object:
    try:
        return decode_to_person(body)
    except WireError:
        return None
