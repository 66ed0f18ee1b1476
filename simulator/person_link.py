"""A person's WebSocket to the bridge, as the page has it: says hello, redials with back-off, never queues motion."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin

from teleop_core.wire.codec import MAX_FRAME_BYTES

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 1.0
_FINAL_CODES: Final = range(4400, 4500)  # do not redial without a change


class PersonLink:
    """Keeps one connection to the bridge until it is told to end, or the bridge says that redialling is in vain."""

    def __init__(self, url: str, *, hello: Callable[[], bytes], on_frame: Callable[[str], None]) -> None:
        self._url = url
        self._origin = Origin(url.replace("ws", "http", 1).removesuffix("/ws"))
        self._hello = hello
        self._on_frame = on_frame
        self._connection: ClientConnection | None = None
        self._motion: bytes | None = None
        self._queue: deque[bytes] = deque()
        self._something = asyncio.Event()
        self.connections = 0
        self.close_code: int | None = None

    @property
    def is_up(self) -> bool:
        """Whether the bridge has been said hello to and has not gone."""
        return self._connection is not None

    def send(self, frame: bytes) -> None:
        """Send a message that must not be lost while the connection stands."""
        if self.is_up:
            self._queue.append(frame)
            self._something.set()

    def send_motion(self, frame: bytes) -> None:
        """Send the newest wish; one that still waits is forgotten."""
        if self.is_up:
            self._motion = frame
            self._something.set()

    async def run(self) -> None:
        """Dial, and dial again, until the bridge closes for good."""
        wait_s = FIRST_WAIT_S
        while self.close_code not in _FINAL_CODES:
            with contextlib.suppress(OSError, InvalidHandshake, InvalidMessage, ConnectionClosed, TimeoutError):
                async with connect(
                    self._url,
                    compression=None,
                    origin=self._origin,
                    max_size=2 * MAX_FRAME_BYTES,
                    open_timeout=5.0,
                    close_timeout=0.5,
                    proxy=None,
                ) as connection:
                    wait_s = FIRST_WAIT_S
                    await self._converse(connection)
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, 2 * wait_s)

    def drop(self) -> None:
        """Cut the connection without a word, as a lost network does; it is redialled."""
        if self._connection is not None:
            self._connection.transport.abort()

    async def _converse(self, connection: ClientConnection) -> None:
        await connection.send(self._hello().decode())
        self._motion = None
        self._queue.clear()
        self._connection = connection
        self.connections += 1
        writer = asyncio.create_task(self._write(connection), name="person-link-writer")
        try:
            async for frame in connection:
                self._on_frame(frame if isinstance(frame, str) else frame.decode())
        finally:
            self._connection = None
            self.close_code = connection.close_code
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write(self, connection: ClientConnection) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._queue:
                await connection.send(self._queue.popleft().decode())
            motion, self._motion = self._motion, None
            if motion is not None:
                await connection.send(motion.decode())
