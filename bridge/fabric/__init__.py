"""How rooms are found, on this node or another."""

from collections.abc import Iterable
from typing import Protocol

from teleop_core.room import BridgeRoom


class Fabric(Protocol):
    """Where the rooms are."""

    def room(self, robot: str) -> BridgeRoom:
        """Return the room of `robot`, which the directory knows; it is made when first asked for."""
        ...

    def rooms(self) -> Iterable[BridgeRoom]:
        """Return all rooms made so far."""
        ...
