"""Who has a WebRTC session, with which role: what the bridge vouched for when the session was offered.

The session outlives a bridge that goes away. A bridge that sends a person off for good says so, and that person's
session ends at once. One that merely does not name a person any more may not have heard of it since it restarted: after
some time of grace that session ends too.
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
    dismissed: bool = False


class Viewers:
    """The roles behind the data channels."""

    def __init__(self) -> None:
        self._viewers: dict[str, _Viewer] = {}

    def offered(self, peer: str, role: Role, *, session: str) -> None:
        """Note that `peer` offers the WebRTC session `session` as `role`; a newer one replaces the older."""
        self._viewers[peer] = _Viewer(role=role, session=session)

    def role_of(self, peer: str) -> Role | None:
        """Return the role behind the data channel of `peer`, None when there is no such viewer, or none any more."""
        viewer = self._viewers.get(peer)
        return None if viewer is None or viewer.dismissed else viewer.role

    def present(self, peers: Collection[str], *, now_ns: int, dismissed: Collection[str] = ()) -> None:
        """Take in the roster of a bridge that is there, and whom it sent off for good."""
        for peer, viewer in self._viewers.items():
            viewer.dismissed = peer in dismissed
            if peer in peers:
                viewer.missed_since_ns = None
            elif viewer.missed_since_ns is None:
                viewer.missed_since_ns = now_ns

    def bridge_lost(self) -> None:
        """Take nobody for gone whom only the bridge does not see."""
        for viewer in self._viewers.values():
            viewer.missed_since_ns = None

    def take_gone(self, *, now_ns: int) -> list[tuple[str, Role, str]]:
        """Forget whoever was dismissed or missed for too long, and return them as (peer, role, session)."""
        gone = [
            (peer, viewer.role, viewer.session)
            for peer, viewer in self._viewers.items()
            if _is_gone(viewer, now_ns=now_ns)
        ]
        for peer, _, _ in gone:
            del self._viewers[peer]
        return gone


def _is_gone(viewer: _Viewer, *, now_ns: int) -> bool:
    missed_ns = 0 if viewer.missed_since_ns is None else now_ns - viewer.missed_since_ns
    return viewer.dismissed or missed_ns >= GRACE_NS
