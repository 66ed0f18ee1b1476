"""Keeps knowing which servers answer, so that a connection is built at once, and with those that do.

All STUN servers are asked together; TURN servers by their transport, UDP first, TCP and TLS each a moment later, for a
network that swallows what it does not like never says so. Whoever answers first is taken: the nearest of the best kind.
A server with which a connection came to nothing is asked last for a while.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NoReturn, TypeVar

import structlog

from robot_agent.media.turn import seams
from robot_agent.media.turn.probe import Answered, ProbeFailed, probe_stun, probe_turn
from robot_agent.media.turn.servers import Choice, Servers, StunServer, Transport, TurnServer, servers_of
from robot_agent.readiness import Relays
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import IceServer

HEAD_START_S: Final = 0.3  # of UDP before TCP, and of TCP before TLS
STUN_WITHIN_S: Final = 1.0
TURN_WITHIN_S: Final = 2.0
LOOK_EVERY_S: Final = 30.0
FRESH_S: Final = 45.0
DISTRUST_S: Final = 60.0

Server = TypeVar("Server", StunServer, TurnServer)
AskTurn = Callable[[TurnServer, ssl.SSLContext | None], Awaitable[Answered]]
AskStun = Callable[[StunServer], Awaitable[Answered]]

_log = structlog.get_logger(__name__)


def _ask_turn(server: TurnServer, tls: ssl.SSLContext | None) -> Awaitable[Answered]:
    return probe_turn(server, within_s=TURN_WITHIN_S, tls=tls)


def _ask_stun(server: StunServer) -> Awaitable[Answered]:
    return probe_stun(server, within_s=STUN_WITHIN_S)


class TurnRoom:
    """The servers of one robot: its own, and those that the bridge tells.

    Raises:
        ConfigError: one of its own is none.
    """

    def __init__(
        self,
        own: Sequence[IceServer] = (),
        *,
        ask_turn: AskTurn = _ask_turn,
        ask_stun: AskStun = _ask_stun,
        trust: Callable[[], Awaitable[ssl.SSLContext]] = seams.system_trust,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = servers_of(own)
        self._heard = Servers()
        self._ask_turn = ask_turn
        self._ask_stun = ask_stun
        self._trust = trust
        self._clock = clock
        self._choice: Choice | None = None
        self._chosen_s = 0.0
        self._distrusted_s: dict[str, float] = {}
        self._tls: ssl.SSLContext | None = None
        self._looking = asyncio.Lock()
        self._look_again = asyncio.Event()
        self._late: set[asyncio.Task[Answered]] = set()

    @property
    def servers(self) -> Servers:
        """All that may be asked, the robot's own first."""
        return Servers(self._own.stun + self._heard.stun, self._own.turn + self._heard.turn)

    @property
    def relays(self) -> Relays:
        """Whether there is any TURN server, and the one that answered the last time."""
        turn = None if self._choice is None else self._choice.turn
        return Relays(known=bool(self.servers.turn), chosen=None if turn is None else str(turn))

    def hear(self, named: Sequence[IceServer]) -> None:
        """Take in what the bridge tells, whole; what is no list of servers changes nothing."""
        try:
            self._heard = servers_of(named)
        except ConfigError as exc:
            _log.warning("ice_servers_refused", reason=str(exc))
            return
        self._look_again.set()

    async def choose(self) -> Choice:
        """Return the servers for a connection that is built now; asks them first, unless that was a moment ago."""
        fresh = self._fresh()
        if fresh is not None:
            return fresh
        async with self._looking:
            return self._fresh() or await self._look()

    def distrust(self, choice: Choice) -> None:
        """Note that a connection with these came to nothing: the next one tries others first."""
        if choice.turn is None:
            return
        _log.warning("turn_distrusted", server=str(choice.turn), for_s=DISTRUST_S)
        self._distrusted_s[str(choice.turn)] = self._clock()
        if self._choice is not None and str(self._choice.turn) == str(choice.turn):
            self._choice = None
            self._look_again.set()

    async def run(self) -> NoReturn:
        """Keep looking, for ever."""
        try:
            while True:
                self._look_again.clear()
                async with self._looking:
                    await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._look_again.wait()
        finally:
            await _end(self._late)

    def _fresh(self) -> Choice | None:
        return self._choice if self._clock() - self._chosen_s < FRESH_S else None

    async def _look(self) -> Choice:
        servers = self.servers
        if self._tls is None and servers.over(Transport.TLS):
            self._tls = await self._trust()
        stun, turn = await asyncio.gather(
            self._first_to_answer([servers.stun], self._ask_stun),
            self._first_to_answer(self._in_turn(servers), lambda server: self._ask_turn(server, self._tls)),
        )
        if stun is None and turn is not None and turn.transport is Transport.UDP:
            stun = StunServer(turn.host, turn.port)  # whoever relays, also tells
        before, self._choice = self._choice, Choice(stun=stun, turn=turn, tls=self._tls)
        self._chosen_s = self._clock()
        if self._choice != before and (servers.stun or servers.turn):
            _log.info("ice_servers_chosen", stun=str(stun), turn=str(turn))
        return self._choice

    def _in_turn(self, servers: Servers) -> list[tuple[TurnServer, ...]]:
        now_s = self._clock()
        last = {name for name, since_s in self._distrusted_s.items() if now_s - since_s < DISTRUST_S}
        groups = [servers.over(transport) for transport in Transport]
        return [
            *(tuple(each for each in group if str(each) not in last) for group in groups),
            *(tuple(each for each in group if str(each) in last) for group in groups),
        ]

    async def _first_to_answer(
        self, groups: Iterable[Sequence[Server]], ask: Callable[[Server], Awaitable[Answered]]
    ) -> Server | None:
        """Return who answers first; a group is asked when the one before had its head start, or failed whole."""
        waiting = [group for group in groups if group]
        flying: dict[asyncio.Task[Answered], Server] = {}
        start_s = 0.0
        try:
            while waiting or flying:
                if waiting and (not flying or self._clock() >= start_s):
                    flying |= {asyncio.ensure_future(_awaited(ask(server))): server for server in waiting.pop(0)}
                    start_s = self._clock() + HEAD_START_S
                patience_s = max(0.0, start_s - self._clock()) if waiting else None
                done, _ = await asyncio.wait(flying, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    server = flying.pop(task)
                    failed = task.exception()
                    if failed is None:
                        return server
                    if not isinstance(failed, ProbeFailed):
                        raise failed
                    _log.warning("ice_server_failed", server=str(server), reason=str(failed))
            return None
        finally:
            self._let_finish(flying)

    def _let_finish(self, flying: Iterable[asyncio.Task[Answered]]) -> None:
        """Let those who are late give back what they were given: nothing is left on a server that is not used."""
        for task in flying:
            self._late.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Answered]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # looked at; a late failure is no news


async def _awaited(answer: Awaitable[Answered]) -> Answered:
    return await answer


async def _end(tasks: set[asyncio.Task[Answered]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
