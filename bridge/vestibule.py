"""Keeps the process in which strangers are seen to, so that no crowd of them delays those inside."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.hall import Hall
from bridge.passage import Answer, Begin, Drain, Entrant, Left, Opened, Passage, Question, Refusals, pair, said_onward
from teleop_core.errors import SetupError

MODULE: Final = "bridge.strangers"
AGAIN_S: Final = 0.2  # after an end that nobody asked for
DRAIN_S: Final = 1.0


class Vestibule:
    """Starts it, takes over whom it lets through, and starts another when it ends: those inside notice nothing."""

    def __init__(
        self,
        config: BridgeConfig,
        listener: socket.socket,
        *,
        url: str,
        hall: Hall,
        audit: AuditLog,
        on_ready: Callable[[], None],
    ) -> None:
        self._begin = Begin(msgspec.structs.replace(config, turn=None), url)
        self._listener = listener
        self._hall = hall
        self._audit = audit
        self._on_ready = on_ready
        self._is_ready = False
        self._over = asyncio.Event()
        self._told = Refusals({})
        self._answers: set[asyncio.Task[None]] = set()

    def drain(self) -> None:
        """Let nobody in any more: `keep` returns soon."""
        self._over.set()

    async def keep(self) -> None:
        """Keep one running until drained.

        Raises:
            SetupError: the first one ended before it listened.

        """
        while True:
            code = await self._run()
            if self._over.is_set():
                return
            if not self._is_ready:
                raise SetupError(f"expected the process of the strangers to listen, it ended with {code}")
            self._audit.note("strangers_process_ended", code=code)
            await asyncio.sleep(AGAIN_S)

    async def _run(self) -> int:
        near, far = pair()
        passage = Passage(near)
        self._told = Refusals({})
        ended = asyncio.Event()
        try:
            process = await self._start(far)
            try:
                passage.listen(lambda data, connection: self._hear(passage, data, connection), on_end=ended.set)
                passage.send(self._begin)
                await _first_of(ended, self._over)
                passage.send(Drain())
                async with asyncio.timeout(DRAIN_S):
                    await ended.wait()
            except TimeoutError:
                pass
            finally:
                process.kill()  # if it has not gone by itself
                code = process.wait()
            return code
        finally:
            passage.close()

    async def _start(self, far: socket.socket) -> subprocess.Popen[bytes]:
        inherited = (self._listener.fileno(), far.fileno())
        try:
            return await asyncio.to_thread(
                subprocess.Popen,
                (sys.executable, "-m", MODULE, *map(str, inherited)),
                stdin=subprocess.DEVNULL,
                pass_fds=inherited,
            )
        finally:
            far.close()

    def _hear(self, passage: Passage, data: bytes, connection: socket.socket | None) -> None:
        match said_onward(data):
            case Opened():
                if not self._is_ready:
                    self._is_ready = True
                    self._on_ready()
            case Refusals() as refusals:
                self._hall.count(refusals, self._told)
                self._told = refusals
            case Entrant() as entrant if connection is not None:
                self._hall.take_entrant(entrant, connection, on_left=lambda guest: passage.send(Left([guest])))
            case Entrant():
                raise AssertionError("expected a socket with an entrant")
            case question:
                self._asked(passage, question)

    def _asked(self, passage: Passage, question: Question) -> None:
        async def answer() -> None:
            passage.send(Answer(question.number, await self._hall.answer(question)))

        task = asyncio.get_running_loop().create_task(answer(), name="answer")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
