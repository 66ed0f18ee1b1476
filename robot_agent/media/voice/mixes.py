"""What each listener gets to hear besides the hall. Pure.

The hall's sound has the loudspeaker taken out of it, so that whoever speaks does not hear themselves. Everybody else
hears the voices put back in, as they sound in the hall; presenters and staff hear who speaks backstage too.
"""

from typing import Final, NamedTuple

from teleop_core.wire.messages import Role

CREW: Final = frozenset({Role.PRESENTER, Role.STAFF})


class Mix(NamedTuple):
    """What is added to the hall: what the loudspeaker plays, and whoever speaks backstage."""

    voices: bool = False
    backstage: bool = False


HALL: Final = Mix()


def mix_for(
    peer: str, role: Role | None, *, heard: tuple[str, ...], backstage: str | None, echo_is_taken_out: bool
) -> Mix:
    """Return what `peer` hears; nobody hears themselves.

    Where the echo is not taken out, the hall's sound has the voices in it as it is.
    """
    return Mix(
        voices=echo_is_taken_out and peer not in heard,
        backstage=role in CREW and backstage not in {None, peer},
    )
