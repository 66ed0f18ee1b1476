"""A scripted phone in the hall: a real client of the STOP page that the robot's agent serves, without a browser."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from robot_agent.local_stop import words
from teleop_core.wire.messages import StopLevel

REPEAT_S: Final = 0.040
ANSWER_S: Final = 5.0

FromAgent = words.Entered | words.Refused | words.Hall | words.Done | words.Declined
_from_agent: Final[msgspec.json.Decoder[FromAgent]] = msgspec.json.Decoder(FromAgent)


class HallPhone:
    """One phone that has dialled; `hall` is what it shows."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.entered: words.Entered | None = None
        self.refused: words.Refused | None = None
        self.hall: words.Hall | None = None
        self.done: dict[str, words.Done] = {}
        self.declined: dict[str, words.WhyDeclined] = {}
        self._pulse = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, link: str, *, pin: str | None = None) -> "AsyncIterator[HallPhone]":
        """Dial the page at `link` and show the PIN, the one in its fragment unless told otherwise."""
        parts = urlsplit(link)
        origin = Origin(f"http://{parts.netloc}")
        async with connect(f"ws://{parts.netloc}/ws", origin=origin, compression=None, proxy=None) as connection:
            phone = cls(connection)
            listening = asyncio.create_task(phone.listen(), name="hall-phone")
            await connection.send(words.encode(words.Enter(pin=parts.fragment if pin is None else pin)))
            try:
                yield phone
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def listen(self) -> None:
        """Take in what the agent says until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._hear(_from_agent.decode(await self.connection.recv()))
                self._pulse.set()

    async def enter(self, *, within_s: float = ANSWER_S) -> None:
        """Wait until the agent has let the phone in and has shown how the robot is.

        Raises:
            TimeoutError: it did not in time.

        """
        async with asyncio.timeout(within_s):
            while self.entered is None or self.hall is None:
                await self._next()

    async def stop(self, *, within_s: float = ANSWER_S) -> words.Done:
        """Press STOP: repeat it until it is answered, as the page does.

        Raises:
            TimeoutError: no answer came in time.

        """
        request = f"hall-{secrets.token_hex(6)}"
        async with asyncio.timeout(within_s):
            while request not in self.done:
                await self.connection.send(words.encode(words.Stop(id=request)))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._next(), REPEAT_S)
        return self.done[request]

    @property
    def level(self) -> StopLevel:
        """How the robot is stopped, as the phone shows it; SETTLE also while it is not stopped at all."""
        latch = None if self.hall is None else self.hall.latch
        return StopLevel.SETTLE if latch is None else latch.level

    async def stop_sternly(
        self, level: StopLevel | str = StopLevel.CUT, *, within_s: float = ANSWER_S
    ) -> words.WhyDeclined | None:
        """Hold the button for `level` long enough: repeat it until it is in force, or return why it was declined.

        Raises:
            TimeoutError: neither came in time.

        """
        request = f"hall-{secrets.token_hex(6)}"
        wanted = level.value if isinstance(level, StopLevel) else level
        async with asyncio.timeout(within_s):
            while self.level.value != wanted and request not in self.declined:
                await self.connection.send(words.encode(words.Sterner(id=request, level=wanted)))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._next(), REPEAT_S)
        return self.declined.get(request)

    async def release(self, *, asked: int | None = None, within_s: float = ANSWER_S) -> words.WhyDeclined | None:
        """Hold the button that takes it back: wait until it is, or return why it was declined.

        `asked` is the count to name, what the phone shows unless told otherwise.

        Raises:
            TimeoutError: neither came in time.

        """
        request = f"hall-{secrets.token_hex(6)}"
        shown = 0 if self.hall is None else self.hall.asked
        await self.connection.send(words.encode(words.Release(id=request, asked=shown if asked is None else asked)))
        async with asyncio.timeout(within_s):
            while self.level is not StopLevel.SETTLE and request not in self.declined:
                await self._next()
        return self.declined.get(request)

    async def _next(self) -> None:
        self._pulse.clear()
        await self._pulse.wait()

    def _hear(self, said: FromAgent) -> None:
        match said:
            case words.Entered():
                self.entered = said
            case words.Refused():
                self.refused = said
            case words.Hall():
                self.hall = said
            case words.Done():
                self.done[said.id] = said
            case words.Declined():
                self.declined[said.id] = said.why
