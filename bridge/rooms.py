"""What the REST interface may ask of the rooms, and have done there: in this process or in another one."""

from typing import Protocol

import msgspec

from bridge.fabric import Fabric
from bridge.metrics import BridgeMetrics
from bridge.seats import Seats
from teleop_core.errors import StagebridgeError
from teleop_core.wire.messages import CloseCode


class RoomView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in a room."""

    robot_online: bool
    by_invite: dict[str, int]
    """How many people are there, by the id of their invite."""

    @property
    def people(self) -> int:
        """How many people are there."""
        return sum(self.by_invite.values())


class Totals(msgspec.Struct, frozen=True):
    """How many there are in all rooms."""

    robots_online: int
    people_online: int


NOBODY = RoomView(robot_online=False, by_invite={})


class RoomsError(StagebridgeError):
    """The rooms do not answer."""


class Rooms(Protocol):
    """The rooms. Every method may raise `RoomsError`."""

    async def look(self, robot: str | None = None) -> dict[str, RoomView]:
        """Return the rooms in which there ever was somebody, by robot: all of them, or that of one robot."""
        ...

    async def totals(self) -> Totals:
        """Return how many there are."""
        ...

    async def send_off_invited(self, invite_id: str, reason: str) -> int:
        """End the connections of everybody who came with this invite; return how many there were."""
        ...

    async def send_off_robot(self, robot: str, reason: str) -> None:
        """End the robot's connections, for its key is void."""
        ...

    async def metrics(self) -> bytes:
        """Return all counters in the Prometheus text format."""
        ...


class LocalRooms:
    """The rooms of this process."""

    def __init__(self, *, fabric: Fabric, seats: Seats, metrics: BridgeMetrics) -> None:
        self._fabric = fabric
        self._seats = seats
        self._metrics = metrics

    async def look(self, robot: str | None = None) -> dict[str, RoomView]:
        views: dict[str, RoomView] = {}
        for room in self._fabric.rooms():
            if robot not in {None, room.robot}:
                continue
            by_invite: dict[str, int] = {}
            for peer in room.peers:
                invite_id = peer.id.partition(".")[0]
                by_invite[invite_id] = by_invite.get(invite_id, 0) + 1
            views[room.robot] = RoomView(robot_online=room.robot_online, by_invite=by_invite)
        return views

    async def totals(self) -> Totals:
        rooms = tuple(self._fabric.rooms())
        return Totals(sum(room.robot_online for room in rooms), sum(room.people for room in rooms))

    async def send_off_invited(self, invite_id: str, reason: str) -> int:
        return self._seats.send_off_invited(invite_id, reason)

    async def send_off_robot(self, robot: str, reason: str) -> None:
        self._fabric.room(robot).send_off_robot(CloseCode.BAD_CREDENTIAL, reason)

    async def metrics(self) -> bytes:
        return self._metrics.text()
