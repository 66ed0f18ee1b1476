"""A simulated stage in a thread of its own, over the real socket, for tests that block."""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from simulator.config import SimConfig
from simulator.stage_client import StageClient
from simulator.stage_process import run_stage

START_S = 10.0


class LiveStage:
    """Runs `run_stage`; `stop` is what killing its process is to everybody connected."""

    def __init__(self, folder: Path, *, serial: bool = False, clock: str = "real", seed: int = 1) -> None:
        self.config = SimConfig(
            socket=str(folder / "stage.sock"),
            serial_link=str(folder / "tty") if serial else None,
            clock=clock,
            seed=seed,
        )
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def socket(self) -> str:
        return self.config.socket

    @property
    def serial_link(self) -> str:
        assert self.config.serial_link is not None
        return self.config.serial_link

    def start(self, **changes: object) -> None:
        self.config = msgspec.structs.replace(self.config, **changes)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="live-stage")
        self._thread.start()
        assert ready.wait(START_S)

    def stop(self) -> None:
        if self._thread is None:
            return
        assert self._loop is not None
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._thread = None

    def client(self) -> StageClient:
        return StageClient(self.socket)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Event) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
            try:
                await run_stage(self.config, on_ready=ready.set)
            except asyncio.CancelledError:
                return

        asyncio.run(main())
