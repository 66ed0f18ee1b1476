"""What staff lay down for everybody: how fast the robot may go, whether it performs, what is clear, who is heard."""

from collections.abc import Mapping
from typing import Final

from teleop_core.wire.messages import Refusal, Role

MAX_MUTED: Final = 32


class HouseRules:
    """Cap and gestures outlive a restart, as no failure may allow more; a muting does not, as STOP must be heard."""

    def __init__(self, *, speed_cap_mps: float | None, gestures_allowed: bool = True) -> None:
        self._speed_cap_mps = speed_cap_mps
        self._gestures_allowed = gestures_allowed
        self._area_clear = False
        self._co_speech = False
        self._muted: dict[str, None] = {}

    @property
    def area_clear(self) -> bool:
        """Whether staff have declared the area around the robot clear; nobody has after a restart or a STOP."""
        return self._area_clear

    @property
    def co_speech(self) -> bool:
        """Whether somebody has the robot move with the voice; nobody has after a restart."""
        return self._co_speech

    @property
    def speed_cap_mps(self) -> float | None:
        """The cap of staff, None without one."""
        return self._speed_cap_mps

    @property
    def gestures_allowed(self) -> bool:
        """Whether staff let the robot perform gestures."""
        return self._gestures_allowed

    @property
    def muted(self) -> tuple[str, ...]:
        """Who is not heard, the longest first."""
        return tuple(self._muted)

    def is_muted(self, peer: str) -> bool:
        """Return whether `peer` is not heard."""
        return peer in self._muted

    def cap_speed(self, role: Role, max_speed_mps: float | None) -> Refusal | None:
        """Set or lift the cap; return why not."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        self._speed_cap_mps = max_speed_mps
        return None

    def allow_gestures(self, role: Role, *, allowed: bool) -> Refusal | None:
        """Allow gestures or switch them off; return why not."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        self._gestures_allowed = allowed
        return None

    def declare_area(self, role: Role, *, clear: bool) -> Refusal | None:
        """Note whether the area around the robot is clear; return why not."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        self._area_clear = clear
        return None

    def move_with_voice(self, role: Role, *, on: bool) -> Refusal | None:
        """Have the robot move with the voice, or not; return why not."""
        if role is Role.OBSERVER:
            return Refusal.ROLE
        self._co_speech = on
        return None

    def area_in_doubt(self) -> bool:
        """Take back that the area is clear; return whether it was."""
        was, self._area_clear = self._area_clear, False
        return was

    def mute(self, role: Role, peer: str, *, muted: bool, roles: Mapping[str, Role]) -> Refusal | None:
        """Hear `peer` no more, or again; return why not. Staff are always heard: no stolen invite silences the hall."""
        if role is not Role.STAFF:
            return Refusal.ROLE
        if not muted:
            self._muted.pop(peer, None)
            return None
        if peer not in roles:
            return Refusal.UNKNOWN_PEER
        if roles[peer] is Role.STAFF:
            return Refusal.ROLE
        if peer not in self._muted and len(self._muted) >= MAX_MUTED:
            return Refusal.OVERLOADED
        self._muted[peer] = None
        return None
