"""A robot that is in its room: one process of it, over one uplink or over several at once.

What is said to it goes into every uplink's outbox, and what it says counts once. An uplink that ends takes nothing with
it while another lives.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from teleop_core.copies import Copies
from teleop_core.outbox import Outbox, Put
from teleop_core.wire.messages import CloseCode, Lane, RobotProfile, ToPeer, ToPerson

MAX_UPLINKS: Final = 4


@dataclass(slots=True)
class RobotSeat:
    """One connection of a robot."""

    uplink: str
    outbox: Outbox
    strikes: int = 0


class Presence:
    """The uplinks of one robot process. `boot` tells it from another one; None is like no other."""

    def __init__(self, profile: RobotProfile, *, boot: str | None) -> None:
        self.profile = profile
        self._boot = boot
        self._copies = Copies()
        self._seats: dict[str, RobotSeat] = {}

    def __contains__(self, seat: RobotSeat) -> bool:
        return self._seats.get(seat.uplink) is seat

    def __len__(self) -> int:
        return len(self._seats)

    def is_process(self, boot: str | None) -> bool:
        """Return whether `boot` is that of this process."""
        return boot is not None and boot == self._boot

    def take(self, seat: RobotSeat) -> bool:
        """Add a connection, in place of an older one of the same uplink; return whether there was a place."""
        older = self._seats.get(seat.uplink)
        if older is not None:
            older.outbox.end(CloseCode.REPLACED, "this uplink came in through another connection")
        elif len(self._seats) >= MAX_UPLINKS:
            seat.outbox.end(CloseCode.CROWDED, f"expected at most {MAX_UPLINKS} uplinks of one robot")
            return False
        self._seats[seat.uplink] = seat
        return True

    def drop(self, seat: RobotSeat) -> None:
        """Take away a connection that is in here."""
        del self._seats[seat.uplink]

    def is_copy(self, envelope: ToPeer) -> bool:
        """Hear the number of an envelope; return whether it came before, over another uplink."""
        return envelope.seq is not None and not self._copies.is_first(envelope.seq)

    def is_outdated(self, envelope: ToPeer, said: ToPerson) -> bool:
        """Return whether a newer state than the one in this envelope came before, over a quicker uplink."""
        if envelope.seq is None or envelope.to is not None or envelope.lane is not Lane.STATE:
            return False
        return not self._copies.is_newest(type(said), envelope.seq)

    def put_urgent(self, key: Hashable, frame: bytes, *, sender: str) -> Put:
        """Queue `frame` ahead of everything, on each uplink."""
        return self._put(lambda outbox: outbox.put_urgent(key, frame, sender=sender))

    def put_event(self, frame: bytes, *, sender: str = "") -> Put:
        """Queue `frame` behind all events, on each uplink."""
        return self._put(lambda outbox: outbox.put_event(frame, sender=sender))

    def put_state(self, key: Hashable, frame: bytes) -> Put:
        """Keep `frame` as the newest of `key`, on each uplink."""
        return self._put(lambda outbox: outbox.put_state(key, frame))

    def drop_states(self, keys: tuple[Hashable, ...]) -> None:
        """Forget what waits under `keys`."""
        for seat in self._seats.values():
            seat.outbox.drop_states(keys)

    def end(self, code: CloseCode, reason: str) -> None:
        """Have all connections closed."""
        for seat in self._seats.values():
            seat.outbox.end(code, reason)

    def _put(self, put: Callable[[Outbox], Put]) -> Put:
        """Return the best that became of a frame on any uplink."""
        best = Put.ENDED
        for seat in self._seats.values():
            outcome = put(seat.outbox)
            if outcome is Put.TAKEN or best is Put.ENDED:
                best = outcome
        return best
