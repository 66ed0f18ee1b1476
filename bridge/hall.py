"""Where those arrive whom the strangers' process lets through: their connection goes on here."""

import asyncio
import socket
from collections.abc import Callable

import msgspec
import uvicorn

from bridge.door import Porter
from bridge.link import Link
from bridge.metrics import BridgeMetrics, Turned
from bridge.passage import Count, Entrant, Look, Question, Refusals, SendOffInvited, SendOffRobot, Total
from bridge.rooms import LocalRooms
from bridge.seats import Seats


class Hall:
    """Takes over connections, one socket each."""

    def __init__(
        self, server: uvicorn.Server, seats: Seats, *, rooms: LocalRooms, porter: Porter, metrics: BridgeMetrics
    ) -> None:
        self._server = server
        self._seats = seats
        self._rooms = rooms
        self._porter = porter
        self._metrics = metrics
        self._tasks: set[asyncio.Task[None]] = set()

    def take_entrant(self, entrant: Entrant, connection: socket.socket, *, on_left: Callable[[int], None]) -> None:
        """Let somebody into their room; `on_left` is told the guest's number at the end."""
        task = asyncio.get_running_loop().create_task(self._attend(entrant, connection, on_left))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def answer(self, question: Question) -> bytes:
        """Return what the rooms have to say, packed."""
        match question:
            case Look(_, robot):
                return msgspec.msgpack.encode(await self._rooms.look(robot))
            case Total():
                return msgspec.msgpack.encode(await self._rooms.totals())
            case SendOffInvited(_, invite_id, reason):
                return msgspec.msgpack.encode(await self._rooms.send_off_invited(invite_id, reason))
            case SendOffRobot(_, robot, reason):
                await self._rooms.send_off_robot(robot, reason)
                return b""
            case Count():
                return await self._rooms.metrics()

    def count(self, refusals: Refusals, before: Refusals) -> None:
        """Count those who were turned away since `before`."""
        for reason in Turned:
            times = refusals.counts.get(reason.value, 0) - before.counts.get(reason.value, 0)
            if times:
                self._metrics.count_refused(reason, times=times)

    async def _attend(self, entrant: Entrant, connection: socket.socket, on_left: Callable[[int], None]) -> None:
        who = entrant.person or entrant.robot
        link = Link.resumed(
            self._server.config, self._server.server_state, see_to=self._porter.see_to, heard=entrant.heard
        )
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: link, connection)
            if who is not None:
                await self._seats.admit(link, who, entrant.address)
                if link.close_timer is None:
                    link.transport.close()
        except OSError:
            connection.close()  # gone on the way
        finally:
            on_left(entrant.guest)
