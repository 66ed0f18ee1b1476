"""Who has a WebRTC session, with which role: what the bridge vouched for when the session was offered.

The session outlives a bridge that goes away. A bridge that is there and does not name a person any more has sent it
away, or has not heard of it since it restarted: after some time of grace that person's session ends too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import seconds
from teleop_core.wire.messages import Role

GRACE_NS: Final = seconds(15)


@dataclass(slots=True)
class _Viewer:
    role: Role
    session: str
    missed_since_ns: int | None = None


class Viewers:
    """The roles behind the data channels."""

    def __init__(self) -> None:
        self._viewers: dict[str, _Viewer] = {}

    def offered(self, peer: str, role: Role, *, session: str) -> None:
        """Note that `peer` offers the WebRTC session `session` as `role`; a newer one replaces the older."""
        self._viewers[peer] = _Viewer(role=role, session=session)

    def role_of(self, peer: str) -> Role | None:
        """Return the role behind the data channel of `peer`, None when there is no such viewer."""
        viewer = self._viewers.get(peer)
        return None if viewer is None else viewer.role

    def present(self, peers: Collection[str], *, now_ns: int) -> None:
        """Take in the roster of a bridge that is there."""
        for peer, viewer in self._viewers.items():
            if peer in peers:
                viewer.missed_since_ns = None
            elif viewer.missed_since_ns is None:
                viewer.missed_since_ns = now_ns

    def bridge_lost(self) -> None:
        """Take nobody for gone whom only the bridge does not see."""
        for viewer in self._viewers.values():
            viewer.missed_since_ns = None

    def take_gone(self, *, now_ns: int) -> list[tuple[str, str]]:
        """Forget whoever was missed for too long, and return them as (peer, session)."""
        gone = [
            (peer, viewer.session)
            for peer, viewer in self._viewers.items()
            if viewer.missed_since_ns is not None and now_ns - viewer.missed_since_ns >= GRACE_NS
        ]
        for peer, _ in gone:
            del self._viewers[peer]
        return gone
