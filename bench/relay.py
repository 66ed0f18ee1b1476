"""A narrow road in user space: a UDP relay with delay, loss, a cap with a drop-tail queue, and darkness.

A browser sends to the relay's port and every address of its own gets a port towards the robot, as behind a NAT. Both
ways are delayed, lossy and dark alike; only the way to the browser is capped.
"""

import asyncio
import random
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from teleop_core.errors import SetupError

DELAY_S: Final = 0.020
QUEUE_S: Final = 0.250
WIDE_BPS: Final = 50e6
BIN_S: Final = 0.1

_CANDIDATE: Final = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*$", re.MULTILINE)

Address = tuple[str, int]


@dataclass(kw_only=True)
class Weather:
    """How the road is now; it may change at any time."""

    rate_bps: float = WIDE_BPS
    loss: float = 0.0
    dark: bool = False


@dataclass
class Queue:
    """One way. What does not fit into the queue is dropped at its tail; the rate holds from one packet to the next."""

    weather: Weather
    chance: random.Random
    capped: bool
    _free_s: float = 0.0
    _waiting: deque[tuple[bytes, "asyncio.DatagramTransport", Address | None]] = field(default_factory=deque)
    _bits: int = 0
    _serving: bool = False
    dropped: int = 0
    bits_by_bin: dict[int, int] = field(default_factory=dict)

    def put(self, datagram: bytes, out: asyncio.DatagramTransport, to: Address | None) -> None:
        """Take a datagram that came now."""
        if self.weather.dark or self.chance.random() < self.weather.loss:
            return
        if not self.capped:
            self._deliver_later(datagram, out, to)
        elif self._bits > QUEUE_S * self.weather.rate_bps:
            self.dropped += 1
        else:
            self._waiting.append((datagram, out, to))
            self._bits += 8 * len(datagram)
            if not self._serving:
                self._free_s = max(self._free_s, time.monotonic())
                self._serve()

    def bps(self, since_s: float, until_s: float) -> float:
        """Return how fast datagrams left between two instants, in whole bins of `BIN_S`."""
        first, last = round(since_s / BIN_S), round(until_s / BIN_S)
        return sum(self.bits_by_bin.get(each, 0) for each in range(first, last)) / max(BIN_S, (last - first) * BIN_S)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._serving = True
        while self._waiting:
            size = 8 * len(self._waiting[0][0])
            done_s = self._free_s + size / self.weather.rate_bps
            if done_s > time.monotonic():
                loop.call_later(done_s - time.monotonic(), self._serve)
                return
            datagram, out, to = self._waiting.popleft()
            self._bits -= size
            self._free_s = done_s
            if not self.weather.dark:
                self._deliver_later(datagram, out, to)
        self._serving = False

    def _deliver_later(self, datagram: bytes, out: asyncio.DatagramTransport, to: Address | None) -> None:
        asyncio.get_running_loop().call_later(DELAY_S, self._deliver, datagram, out, to)

    def _deliver(self, datagram: bytes, out: asyncio.DatagramTransport, to: Address | None) -> None:
        bin_ = int(time.monotonic() / BIN_S)
        self.bits_by_bin[bin_] = self.bits_by_bin.get(bin_, 0) + 8 * len(datagram)
        if not out.is_closing():
            out.sendto(datagram, to)


class Relay(asyncio.DatagramProtocol):
    """The browser's side of the road; opened by `open`."""

    def __init__(self, robot: Address, *, seed: int) -> None:
        self.weather = Weather()
        chance = random.Random(seed)
        self.down = Queue(self.weather, chance, capped=True)
        self.up = Queue(self.weather, chance, capped=False)
        self._robot = robot
        self._front: asyncio.DatagramTransport | None = None
        self._backs: dict[Address, asyncio.DatagramTransport] = {}
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self, host: str) -> int:
        """Listen at `host` and return the port."""
        self._front, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        port: int = self._front.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        """Close every port."""
        for transport in (self._front, *self._backs.values()):
            if transport is not None:
                transport.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        back = self._backs.get(addr)
        if back is not None:
            self.up.put(data, back, None)
            return
        task = asyncio.create_task(self._open_back(data, addr))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_back(self, data: bytes, browser: Address) -> None:
        loop = asyncio.get_running_loop()
        back, _ = await loop.create_datagram_endpoint(lambda: _Back(self, browser), remote_addr=self._robot)
        if browser in self._backs:
            back.close()
            return
        self._backs[browser] = back
        self.up.put(data, back, None)

    def from_robot(self, data: bytes, browser: Address) -> None:
        """Take what the robot sends to `browser`."""
        if self._front is not None:
            self.down.put(data, self._front, browser)


class _Back(asyncio.DatagramProtocol):
    """One port towards the robot."""

    def __init__(self, relay: Relay, browser: Address) -> None:
        self._relay = relay
        self._browser = browser

    def datagram_received(self, data: bytes, addr: Address) -> None:
        del addr
        self._relay.from_robot(data, self._browser)


async def before_robot(answer: str, *, seed: int) -> tuple[Relay, str]:
    """Open a relay before the robot that gave `answer`; return it, and the answer with the relay as its one candidate.

    Raises:
        SetupError: the answer names no address of the robot's.

    """
    found = _CANDIDATE.search(answer)
    if found is None:
        raise SetupError("expected a host candidate of IPv4 in the robot's answer, got none")
    relay = Relay((found[1], int(found[2])), seed=seed)
    port = await relay.open(found[1])
    line = found[0].replace(f" {found[2]} typ host", f" {port} typ host")
    others = [each for each in answer.splitlines() if not each.startswith("a=candidate:")]
    at = next(index for index, each in enumerate(others) if each.startswith("a=ice-ufrag"))
    return relay, "\r\n".join([*others[:at], line, *others[at:]]) + "\r\n"
