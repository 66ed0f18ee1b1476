"""Who is heard in the hall. Pure.

Voices are mixed, as in a room: cutting somebody off in mid-sentence because another began helps nobody. The driver is
heard before all others, then whoever began first, up to a limit. Observers, and whom staff muted, are never heard. A
page sends nothing while its microphone is off or its push-to-talk is up, so whoever sends wishes to be heard.

Backstage one speaks at a time, as on a stage manager's line, and the hall hears nothing of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from teleop_core.wire.messages import Role


@dataclass(frozen=True, slots=True)
class Speaking:
    """Somebody whose voice comes in, with no pause since `since_ns`."""

    peer: str
    role: Role
    since_ns: int
    backstage: bool = False


def heard(
    speaking: Iterable[Speaking], *, driver: str | None, muted: Collection[str], roles: Collection[Role], limit: int
) -> tuple[str, ...]:
    """Return who of them is heard in the hall, the most important first."""
    allowed = [each for each in speaking if not each.backstage and each.role in roles and each.peer not in muted]
    allowed.sort(key=lambda each: (each.peer != driver, each.since_ns, each.peer))
    return tuple(each.peer for each in allowed[:limit])


def backstage(speaking: Iterable[Speaking], *, muted: Collection[str]) -> str | None:
    """Return who of them is heard backstage: whoever began first."""
    began = [(each.since_ns, each.peer) for each in speaking if each.backstage and each.peer not in muted]
    return min(began)[1] if began else None
