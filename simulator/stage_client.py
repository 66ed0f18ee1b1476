"""Looks at the stage and plays with it, for tests and the rig: one client that waits, one for asyncio."""

import asyncio
from types import TracebackType
from typing import Self

import msgspec

from simulator import stage_link as link
from simulator.faults import Fault
from simulator.stage_link import Truth
from simulator.stage_port import StagePort
from teleop_core.errors import DriverError, DriverLost


class StageClient:
    """An observer of the stage, in blocking calls.

    Each call returns the truth right after it took effect. Raises `DriverLost` when the stage is gone or does not
    answer within `timeout_s`, and `DriverError` when it refuses.
    """

    def __init__(self, path: str, *, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._port = StagePort(path, link.Part.OBSERVER, patience_s=timeout_s)

    @property
    def welcome(self) -> link.Welcome:
        """What the stage is: base, seed, plan."""
        return self._port.welcome

    def ask(self, request: link.Request) -> Truth:
        """Send any request and return the answer."""
        self._port.send(request, urgent=True)
        while self._port.wait(timeout_s=self._timeout_s):
            for message in self._port.receive():
                return _answer(message)
        raise DriverLost(f"the stage did not answer within {self._timeout_s} s")

    def truth(self) -> Truth:
        """Return how things are."""
        return self.ask(link.Look())

    def step(self, steps: int) -> Truth:
        """Advance a lock-step stage."""
        return self.ask(link.Step(steps))

    def place(self, x_m: float, y_m: float, heading_rad: float = 0.0) -> Truth:
        """Carry the robot to a place in the stage frame."""
        return self.ask(link.Place(link.Pose(x_m, y_m, heading_rad)))

    def push(self, vx_mps: float, vy_mps: float) -> Truth:
        """Push the robot; the velocity is in the stage frame."""
        return self.ask(link.Push(vx_mps, vy_mps))

    def set_fault(self, fault: Fault, *, on: bool) -> Truth:
        """Switch a fault on or off."""
        return self.ask(link.SetFault(fault, on))

    def set_battery(self, charge: float) -> Truth:
        """Set the charge, 0..1."""
        return self.ask(link.SetBattery(charge))

    def press_stop(self, *, pressed: bool) -> Truth:
        """Press or release the hardware stop."""
        return self.ask(link.PressStop(pressed))

    def close(self) -> None:
        """Hang up."""
        self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncStageClient:
    """The same for asyncio: `async with await AsyncStageClient.open(path) as stage: await stage.ask(Look())`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._deframer = link.Deframer(link.from_stage.decode)
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: str) -> "AsyncStageClient":
        """Connect to the stage at `path`.

        Raises:
            DriverLost: no stage answers there.

        """
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError as exc:
            raise DriverLost(f"expected a simulated stage at {path}: {exc.strerror or exc}") from exc
        client = cls(reader, writer)
        writer.write(link.framed(link.Attach(link.Part.OBSERVER)))
        match await client._next():
            case link.Welcome():
                return client
            case other:
                writer.close()
                raise DriverLost(f"expected a welcome, got {other}")

    async def ask(self, request: link.Request) -> Truth:
        """Send any request and return the truth right after it took effect; callers take turns.

        Raises:
            DriverLost: the stage is gone.
            DriverError: it refuses.

        """
        async with self._turn:
            self._writer.write(link.framed(request))
            return _answer(await self._next())

    async def truth(self) -> Truth:
        """Return how things are."""
        return await self.ask(link.Look())

    async def place(self, x_m: float, y_m: float, heading_rad: float = 0.0) -> Truth:
        """Carry the robot to a place in the stage frame."""
        return await self.ask(link.Place(link.Pose(x_m, y_m, heading_rad)))

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _next(self) -> link.FromStage:
        try:
            while chunk := await self._reader.read(64 * 1024):
                for message in self._deframer.feed(chunk):
                    return message
        except (OSError, msgspec.DecodeError) as exc:
            raise DriverLost(f"the stage is gone: {exc}") from exc
        raise DriverLost("the stage closed the connection")


def _answer(message: link.FromStage) -> Truth:
    match message:
        case Truth():
            return message
        case link.Refused(reason=reason):
            raise DriverError(f"the stage refuses: {reason}")
        case other:
            raise DriverError(f"expected the truth, got {type(other).__name__}")
