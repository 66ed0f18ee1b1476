"""All rooms in this process."""

import time
from collections.abc import Iterable

from teleop_core.room import BridgeRoom, IceServersFor, Witness


class LocalFabric:
    """`Fabric` of a bridge that stands alone. Rooms are kept, as many as there are robots enrolled: history stays."""

    def __init__(self, *, ice_servers: IceServersFor, witness: Witness) -> None:
        self._ice_servers = ice_servers
        self._witness = witness
        self._rooms: dict[str, BridgeRoom] = {}

    def room(self, robot: str) -> BridgeRoom:
        room = self._rooms.get(robot)
        if room is None:
            room = BridgeRoom(
                robot, ice_servers=self._ice_servers, witness=self._witness, now_unix_ms=time.time_ns() // 1_000_000
            )
            self._rooms[robot] = room
        return room

    def rooms(self) -> Iterable[BridgeRoom]:
        return tuple(self._rooms.values())
