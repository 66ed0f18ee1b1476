"""The process of the strangers: everybody until they have said who they are, and nothing that a driver waits for.

`python -m bridge.strangers LISTENER PASSAGE`, two inherited sockets; `bridge.vestibule` starts it. It accepts, reads
requests and hellos, answers or turns away, and sends the sockets of those on who are known. What only the rooms know,
it asks them.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from typing import Final

import msgspec

from bridge.audit import AuditLog
from bridge.directory.sqlite import SqliteDirectory
from bridge.door import Porter
from bridge.event_loop import new_event_loop
from bridge.front import build_front
from bridge.gate import Gate
from bridge.handshake import Person, Robot
from bridge.http_server import MAX_HTTP_CONNECTIONS, QuietServer, uvicorn_config
from bridge.link import Link
from bridge.listener import allow_files
from bridge.metrics import BridgeMetrics
from bridge.passage import (
    MAX_BYTES,
    Answer,
    Begin,
    Count,
    Drain,
    Entrant,
    Left,
    Look,
    Opened,
    Passage,
    Question,
    Refusals,
    SendOffInvited,
    SendOffRobot,
    Total,
    said_back,
)
from bridge.rooms import RoomsError, RoomView, Totals
from teleop_core.wire.messages import CloseCode

NICENESS: Final = 10  # a crowd of strangers takes what those inside leave
ANSWER_S: Final = 2.0  # for the rooms to answer in
CROWDED_S: Final = 5.0  # for the rooms to take somebody in
TELL_EVERY_S: Final = 0.5
_SPARE_FILES: Final = 1024
_WHOLE_FRAME_S: Final = 1.0
_LOOK_S: Final = 0.005


class Onwards:
    """Sends everybody on who is known."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._numbers = itertools.count(1)

    async def admit(self, link: Link, who: Person | Robot, address: str) -> int | None:
        """Send a link on; the number is that of its guest."""
        link.stop_keepalive()
        heard = await _rest_of(link)
        if heard is None:
            link.cut(CloseCode.BAD_HELLO, "expected hello, and then to be welcomed")
            return None
        if len(heard) > MAX_BYTES // 2:
            link.cut(CloseCode.TOO_LARGE, "too much before the welcome")
            return None
        guest = next(self._numbers)
        entrant = Entrant(
            guest=guest,
            address=address,
            person=who if isinstance(who, Person) else None,
            robot=who if isinstance(who, Robot) else None,
            heard=heard,
        )
        deadline_s = link.loop.time() + CROWDED_S
        while not link.transport.is_closing() and link.loop.time() < deadline_s:
            if self._passage.hand_over(entrant, link.transport.get_extra_info("socket").fileno()):
                link.transport.abort()  # this process's hold on it
                return guest
            await asyncio.sleep(_LOOK_S)
        link.cut(CloseCode.CROWDED, "too many come at once")
        return None


async def _rest_of(link: Link) -> bytes | None:
    """Return what a peer said after its hello; None when it does not end a frame that it has begun."""
    deadline_s = link.loop.time() + _WHOLE_FRAME_S
    while (rest := link.take_rest()) is None:
        if link.loop.time() > deadline_s:
            return None
        await asyncio.sleep(_LOOK_S)
    return rest


class RemoteRooms:
    """The rooms, at the other end of the passage."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}

    async def look(self, robot: str | None = None) -> dict[str, RoomView]:
        return msgspec.msgpack.decode(await self._ask(Look(next(self._numbers), robot)), type=dict[str, RoomView])

    async def totals(self) -> Totals:
        return msgspec.msgpack.decode(await self._ask(Total(next(self._numbers))), type=Totals)

    async def send_off_invited(self, invite_id: str, reason: str) -> int:
        asked = SendOffInvited(next(self._numbers), invite_id, reason)
        return msgspec.msgpack.decode(await self._ask(asked), type=int)

    async def send_off_robot(self, robot: str, reason: str) -> None:
        await self._ask(SendOffRobot(next(self._numbers), robot, reason))

    async def metrics(self) -> bytes:
        return await self._ask(Count(next(self._numbers)))

    def answered(self, answer: Answer) -> None:
        """Take an answer."""
        waiting = self._asked.get(answer.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.body)

    async def _ask(self, question: Question) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[question.number] = answer
        try:
            self._passage.send(question)
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError as exc:
            raise RoomsError(f"no answer within {ANSWER_S:.0f} s") from exc
        finally:
            del self._asked[question.number]


async def serve(listener: socket.socket, passage: Passage) -> None:
    """See to strangers until the other end says so, or is gone."""
    begun: asyncio.Future[Begin] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()
    rooms = RemoteRooms(passage)
    gate: Gate | None = None

    def hear(data: bytes, _connection: socket.socket | None) -> None:
        match said_back(data):
            case Begin() as begin:
                begun.set_result(begin)
            case Left(guests) if gate is not None:
                for guest in guests:
                    gate.left(guest)
            case Answer() as answer:
                rooms.answered(answer)
            case Drain():
                over.set()

    passage.listen(hear, on_end=over.set)
    begin = await begun
    config = begin.config
    allow_files(config.max_connections + MAX_HTTP_CONNECTIONS + _SPARE_FILES)
    metrics = BridgeMetrics()
    audit = AuditLog(on_lost=metrics.audit_lost.inc)
    directory = await asyncio.to_thread(SqliteDirectory, config.database)
    gate, app = await build_front(
        config,
        url=begin.url,
        directory=directory,
        inside=Onwards(passage),
        rooms=rooms,
        metrics=metrics,
        audit=audit,
    )
    server = QuietServer(uvicorn_config(config, app, porter=Porter()), on_started=lambda: passage.send(Opened()))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    telling = asyncio.create_task(_tell(metrics, passage), name="refusals")
    waiting = asyncio.create_task(over.wait(), name="over")
    try:
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gate.drain()
        telling.cancel()
        waiting.cancel()
        server.should_exit = True
        await serving
        await directory.close()
        await asyncio.to_thread(audit.close)


async def _tell(metrics: BridgeMetrics, passage: Passage) -> None:
    """Tell, now and then, how many were turned away."""
    told: dict[str, int] = {}
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        counts = metrics.turned_away()
        if counts != told:
            passage.send(Refusals(counts))
            told = counts


def main(arguments: list[str]) -> None:
    """Run until the other end has had enough."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the rooms' process is asked to end, and says so here
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    listener, end = (socket.socket(fileno=int(each)) for each in arguments)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(listener, Passage(end)))


if __name__ == "__main__":
    main(sys.argv[1:])
