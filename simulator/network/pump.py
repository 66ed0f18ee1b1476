"""Carries real bytes over a way: on the event loop's clock, as late as its timers are and no later."""

import asyncio
import time
from collections.abc import Callable
from typing import Generic

from simulator.network.way import Body, Way
from teleop_core.timebase import NS_PER_S


class Pump(Generic[Body]):
    """One way and who gets what arrives. `deliver` is called on the event loop."""

    def __init__(self, way: Way[Body], deliver: Callable[[Body], None]) -> None:
        self.way = way
        self._deliver = deliver
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0

    def put(self, body: Body, *, bits: int) -> None:
        """Let `body` set out now."""
        self.way.send(body, now_ns=time.monotonic_ns(), bits=bits)
        self._set_timer()

    def close(self) -> None:
        """Lose what is under way."""
        if self._timer is not None:
            self._timer.cancel()
        self.way.lose_all()

    def _set_timer(self) -> None:
        next_ns = self.way.next_ns()
        if next_ns is None or (self._timer is not None and self._timer_ns <= next_ns):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ns = next_ns
        self._timer = asyncio.get_running_loop().call_later((next_ns - time.monotonic_ns()) / NS_PER_S, self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        for body in self.way.arriving(now_ns=time.monotonic_ns()):
            self._deliver(body)
        self._set_timer()
