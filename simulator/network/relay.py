"""A road in user space before a robot's UDP port: what a person sends and gets goes through two ways.

A person's browser sends to the relay's port, and every address of its own gets a port towards the robot, as behind a
NAT.
"""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from typing import Final

from simulator.network.profiles import Profile
from simulator.network.pump import Pump
from simulator.network.way import Way, Weather
from teleop_core.errors import SetupError

BIN_S: Final = 0.1
FOREVER_NS: Final = 2**63
MOST_ADDRESSES: Final = 64  # of persons, through one relay

_CANDIDATE: Final = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*$", re.MULTILINE)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A datagram on its way: from which port it leaves at the other end, and to whom, None for the robot."""

    datagram: bytes
    out: asyncio.DatagramTransport
    to: Address | None


class Road(Pump[Parcel]):
    """One way of a relay, and how much came through."""

    def __init__(self, weather: Weather, chance: random.Random) -> None:
        super().__init__(Way(chance, weather), self._deliver_datagram)
        self.bits_by_bin: dict[int, int] = {}

    def bps(self, since_s: float, until_s: float) -> float:
        """Return how fast datagrams came through between two instants, in whole bins of `BIN_S`."""
        first, last = round(since_s / BIN_S), round(until_s / BIN_S)
        return sum(self.bits_by_bin.get(each, 0) for each in range(first, last)) / max(BIN_S, (last - first) * BIN_S)

    def _deliver_datagram(self, parcel: Parcel) -> None:
        bin_ = int(time.monotonic() / BIN_S)
        self.bits_by_bin[bin_] = self.bits_by_bin.get(bin_, 0) + 8 * len(parcel.datagram)
        if not parcel.out.is_closing():
            parcel.out.sendto(parcel.datagram, parcel.to)


@dataclass(eq=False)
class Relay(asyncio.DatagramProtocol):
    """The person's side of the road; opened by `open`."""

    robot: Address
    to_robot: Weather
    from_robot: Weather
    seed: int
    heard_s: float = 0.0  # when anybody was heard last
    _front: asyncio.DatagramTransport | None = None
    _backs: dict[Address, asyncio.DatagramTransport] = field(default_factory=dict)
    _opening: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Lay out both ways."""
        chance = random.Random(self.seed)
        self.up = Road(self.to_robot, chance)
        self.down = Road(self.from_robot, chance)
        self.heard_s = time.monotonic()

    async def open(self, host: str) -> int:
        """Listen at `host` and return the port."""
        self._front, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        port: int = self._front.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        """Close every port."""
        for road in (self.up, self.down):
            road.close()
        for transport in (self._front, *self._backs.values()):
            if transport is not None:
                transport.close()

    def set_weather(self, *, to_robot: Weather, from_robot: Weather) -> None:
        """Have both ways so from now on."""
        self.up.way.weather, self.down.way.weather = to_robot, from_robot

    def set_dark(self, *, on: bool) -> None:
        """Lose everything from now on, or nothing more."""
        for road in (self.up, self.down):
            road.way.dark_until_ns = FOREVER_NS if on else 0

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.heard_s = time.monotonic()
        back = self._backs.get(addr)
        if back is not None:
            self.up.put(Parcel(data, back, None), bits=8 * len(data))
        elif len(self._backs) < MOST_ADDRESSES:
            task = asyncio.create_task(self._open_back(data, addr))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open_back(self, data: bytes, person: Address) -> None:
        loop = asyncio.get_running_loop()
        back, _ = await loop.create_datagram_endpoint(lambda: _Back(self, person), remote_addr=self.robot)
        if person in self._backs or self._front is None or self._front.is_closing():
            back.close()
            return
        self._backs[person] = back
        self.up.put(Parcel(data, back, None), bits=8 * len(data))

    def hear_robot(self, data: bytes, person: Address) -> None:
        """Take what the robot sends to `person`."""
        if self._front is not None:
            self.down.put(Parcel(data, self._front, person), bits=8 * len(data))


class _Back(asyncio.DatagramProtocol):
    """One port towards the robot."""

    def __init__(self, relay: Relay, person: Address) -> None:
        self._relay = relay
        self._person = person

    def datagram_received(self, data: bytes, addr: Address) -> None:
        del addr
        self._relay.hear_robot(data, self._person)


async def before_robot(answer: str, *, to_robot: Weather, from_robot: Weather, seed: int) -> tuple[Relay, str]:
    """Open a relay before the robot that gave `answer`; return it, and the answer with the relay as its one candidate.

    Raises:
        SetupError: the answer names no address of the robot's.

    """
    found = _CANDIDATE.search(answer)
    if found is None:
        raise SetupError("expected a host candidate of IPv4 in the robot's answer, got none")
    relay = Relay((found[1], int(found[2])), to_robot, from_robot, seed)
    port = await relay.open(found[1])
    line = found[0].replace(f" {found[2]} typ host", f" {port} typ host")
    others = without_candidates(answer).splitlines()
    at = next(index for index, each in enumerate(others) if each.startswith("a=ice-ufrag"))
    return relay, "\r\n".join([*others[:at], line, *others[at:]]) + "\r\n"


def without_candidates(sdp: str) -> str:
    """Return `sdp` without a single address of its sender: the other side learns it from what arrives."""
    marks = ("a=candidate:", "a=end-of-candidates")
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(marks))


async def before_robot_on(profile: Profile, answer: str, *, seed: int) -> tuple[Relay, str]:
    """Do the same on a road of the profiles."""
    return await before_robot(answer, to_robot=profile.to_robot, from_robot=profile.from_robot, seed=seed)
