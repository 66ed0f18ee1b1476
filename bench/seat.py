"""The bench's end of a seat: starts the process of a presenter or of staff, gives orders and waits for the answers."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Final, Self

import msgspec

from bench import seat_words as words
from simulator.lab.rooms import Room
from simulator.processes import Child
from simulator.rig import Rig
from teleop_core.wire.messages import Road, Role

START_S: Final = 20.0
ORDER_S: Final = 12.0


class Seat:
    """A presenter, or staff, in a process of its own.

    Raises:
        TimeoutError: an order was not carried out; the message says why.

    """

    def __init__(self, child: Child, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.child = child
        self.me = ""
        self.is_sound = True  # whether every order so far was answered
        self._reader = reader
        self._writer = writer

    @classmethod
    async def taken(cls, rig: Rig, role: Role = Role.PRESENTER, *, inside: Room | None = None) -> Self:
        """Start somebody with an invite to the rig's room, and wait until they are in; a presenter sees the picture.

        They sit `inside` a room of a laboratory, where there is one: then they ask to be prompt, so that the link is
        what is measured.
        """
        path = Path(rig.folder.path / f"seat-{role.value}.sock")
        dialled: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
        server = await asyncio.start_unix_server(lambda *ends: dialled.set_result(ends), path)
        argv = [sys.executable, "-m", "bench.seat_process", str(path)]
        if inside is not None:
            argv = inside.words(argv)
        child = Child(f"seat-{role.value}", argv, mark=rig.mark, log=rig.folder.log(f"seat-{role.value}"), extra={})
        try:
            reader, writer = await asyncio.wait_for(dialled, START_S)
        except TimeoutError as exc:
            raise TimeoutError(f"expected the process of {child.name} within {START_S:g} s:\n{child.tail()}") from exc
        finally:
            server.close()
        seat = cls(child, reader, writer)
        invite = await rig.invite(role)
        watches = role is Role.PRESENTER
        sit = words.Sit(rig.ws_url, invite.token, rig.port, watches=watches, is_prompt=inside is not None)
        await seat.order(sit, within_s=START_S)
        return seat

    async def order(self, order: words.Order, *, within_s: float = ORDER_S) -> words.Done:
        """Give an order and wait until it is carried out."""
        self.is_sound = False
        self._writer.write(words.line(order))
        try:
            answer = words.answer_decoder.decode(await asyncio.wait_for(self._reader.readline(), within_s))
        except (OSError, msgspec.DecodeError) as exc:  # too late, or its process has gone
            raise TimeoutError(
                f"{self.child.name} does not answer {type(order).__name__}:\n{self.child.tail()}"
            ) from exc
        self.is_sound = True
        match answer:
            case words.Failed(reason=reason):
                raise TimeoutError(reason)
            case words.Done():
                self.me = answer.me
                return answer

    def freeze_process(self) -> int:
        """Freeze the process with SIGSTOP: silent and deaf at once, on every road. Return the instant."""
        now_ns = time.monotonic_ns()
        self.child.send(signal.SIGSTOP)
        return now_ns

    def wake_process(self) -> None:
        """Let it go on."""
        self.child.send(signal.SIGCONT)

    async def arm(self) -> None:
        """Hold the lease, hand off, until the dead-man counts."""
        await self.order(words.Arm())

    async def hold(self, vx_mps: float) -> None:
        """Hold the dead-man and ask for a speed."""
        await self.order(words.Hold(vx_mps))

    async def let_go(self) -> None:
        """Take the hand off."""
        await self.order(words.LetGo())

    async def regrip(self) -> None:
        """Let go after a HOLD, see to it that pictures come, and get ready to hold again."""
        await self.let_go()
        await self.order(words.LookUp())
        await self.arm()

    async def use(self, *roads: Road) -> None:
        """Speak over these roads only; over both when none is named."""
        await self.order(words.UseRoads(tuple(road.value for road in roads)))

    async def leave(self) -> None:
        """Have the process end."""
        self.wake_process()
        self._writer.close()
        if not await self.child.ended(within_s=1.0):
            self.child.kill()
