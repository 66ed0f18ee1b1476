"""Plain HTTP connections, with the bounds that uvicorn (0.54) leaves open.

A request may take for ever to be said, or its answer to be taken; one address may have all connections.
"""

import asyncio
import functools
from collections import Counter, deque
from collections.abc import Callable, Collection
from typing import Any, Final, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

REQUEST_TIMEOUT_S: Final = 10.0
ANSWER_TIMEOUT_S: Final = 10.0
MAX_UNHEARD_BYTES: Final = 64 * 1024  # while it is not the turn of whoever said them


OpenDoor = Callable[[Config, ServerState, dict[str, Any]], H11Protocol]


class Porter:
    """Sees to strangers one after another, one in each turn of the loop: those inside wait for one of them at most."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def see_to(self, step: Callable[[], None]) -> None:
        """Have `step` run when it is its turn."""
        self._waiting.append(step)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        try:
            self._waiting[0]()
        finally:
            self._waiting.popleft()
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._next)


class Doorway:
    """All plain HTTP connections, the oldest first: so many of one address, and so many in all.

    When all places are taken, whoever has waited longest without a request makes room: a crowd that only holds places
    locks nobody out who comes with a request. Those of `except_for` share a proxy's address, which has no limit.
    """

    def __init__(self, *, most: int, most_of_one: int, except_for: Collection[str] = ()) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._except_for = frozenset(except_for)
        self._inside: dict[FrontDoor, str] = {}
        self._by_address: Counter[str] = Counter()

    def enter(self, door: "FrontDoor", address: str) -> bool:
        """Let `door` in; return whether there is a place for it."""
        if address not in self._except_for and self._by_address[address] >= self._most_of_one:
            return False
        if len(self._inside) >= self._most:
            idle = next((each for each in self._inside if each.is_idle), None)
            if idle is None:
                return False
            idle.turn_out()
        self._inside[door] = address
        self._by_address[address] += 1
        return True

    def leave(self, door: "FrontDoor") -> None:
        """Note that `door` has gone; one that was never let in is nothing."""
        address = self._inside.pop(door, None)
        if address is None:
            return
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class Threshold(asyncio.Protocol):
    """A connection that has just come, until it is its turn: next to nothing, for a crowd comes all at once."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        open_door: OpenDoor,
        porter: Porter,
    ) -> None:
        self._open_door = functools.partial(open_door, config, server_state, app_state)
        self._porter = porter
        self._transport: asyncio.Transport | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._porter.see_to(self._come_in)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if len(self._heard) > MAX_UNHEARD_BYTES and self._transport is not None:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None

    def _come_in(self) -> None:
        transport, self._transport = self._transport, None
        if transport is None or transport.is_closing():
            return
        door = self._open_door()
        transport.set_protocol(door)
        transport.resume_reading()
        door.connection_made(transport)
        if self._heard:
            door.data_received(self._heard)


class FrontDoor(H11Protocol):
    """One HTTP connection: closed when a request or the taking of its answer lasts too long, or there are too many."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        doorway: Doorway,
        porter: Porter,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._doorway = doorway
        self._porter = porter
        self._heard = b""
        self._request_due: asyncio.TimerHandle | None = None
        self._answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as H11Protocol has it
        super().connection_made(transport)
        if not self._doorway.enter(self, self.client[0] if self.client is not None else ""):
            transport.abort()
            return
        self._await_request()

    def data_received(self, data: bytes) -> None:
        if not self._heard:
            self._porter.see_to(self._take_in)
        self._heard += data
        if len(self._heard) > MAX_UNHEARD_BYTES:
            self.flow.pause_reading()

    def _take_in(self) -> None:
        heard, self._heard = self._heard, b""
        if not self.transport.is_closing():
            self.flow.resume_reading()
            super().data_received(heard)

    def connection_lost(self, exc: Exception | None) -> None:
        self._go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._go()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer_due = self.loop.call_later(ANSWER_TIMEOUT_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._answer_due is not None:
            self._answer_due.cancel()
            self._answer_due = None

    def _await_request(self) -> None:
        """Close unless the next request is whole in time, however busily it is being said."""
        if self._request_due is not None:
            self._request_due.cancel()
        self._request_due = self.loop.call_later(REQUEST_TIMEOUT_S, self._close_when_idle)

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def turn_out(self) -> None:
        """Close at once, and give the place back."""
        self._go()
        self.transport.abort()

    def _close_when_idle(self) -> None:
        if self.is_idle:
            self.turn_out()

    def _go(self) -> None:
        for timer in (self._request_due, self._answer_due):
            if timer is not None:
                timer.cancel()
        self._doorway.leave(self)
