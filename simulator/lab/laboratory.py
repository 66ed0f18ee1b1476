"""Two rooms and the links between them: the robot's, with the bridge beside it, and the presenter's.

With uplinks there is a third room, the bridge's: the robot reaches it over each of them, the presenter over a clear
line.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from simulator.lab import switch_words as words
from simulator.lab.lateness import RunReport
from simulator.lab.rooms import Room, require_namespaces
from simulator.network.profiles import Profile
from simulator.network.way import Weather
from simulator.processes import PARENT
from teleop_core.errors import SetupError

ORDER_S: Final = 10.0
REFERENCE_PORT: Final = 9
BRIDGE_ADDRESS: Final = "10.76.0.1"
FIRST_METRIC: Final = 100  # of the robot's routes to the bridge: the first uplink is what a system would choose
LOOSE: Final = "2"  # what comes from the bridge may come by any uplink: rp_filter, in the kernel's ip-sysctl
FIRST_NETWORK: Final = 77  # 10.77.0.0/24 is the first link's network, 10.78.0.0/24 the second's
CLEAR: Final = Weather(delay_ns=0)


class Lab:
    """An open laboratory. `robot` and `presenter` are its rooms; `uplinks` are the links to the bridge's.

    Raises:
        SetupError: the switch has gone or does not answer.

    """

    def __init__(
        self,
        robot: Room,
        presenter: Room,
        switch: asyncio.subprocess.Process,
        *,
        bridge: Room | None = None,
        uplinks: range = range(0),
    ) -> None:
        self.robot = robot
        self.presenter = presenter
        self.uplinks = uplinks
        self._bridge = bridge
        self._switch = switch
        self._turn = asyncio.Lock()

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, *links: Profile | None, uplinks: Sequence[Profile | None] = (), seed: int = 1
    ) -> "AsyncIterator[Lab]":
        """Build the rooms and a link for each profile, a clear one for None; leave nothing behind.

        Raises:
            SetupError: this machine lets nobody, or not this user, have rooms.

        """
        require_namespaces()
        with contextlib.ExitStack() as held:
            robot, presenter, bridge = Room.opened(), Room.opened(), Room.opened() if uplinks else None
            ends = [(robot, presenter)] * len(links)
            if bridge is not None:
                ends += [(robot, bridge)] * len(uplinks) + [(bridge, presenter)]
            for room in (robot, presenter, bridge):
                if room is not None:
                    held.callback(room.close)
            cables = [_lay(number, *pair, held) for number, pair in enumerate(ends)]
            to_bridge = range(len(links), len(links) + len(uplinks))
            if bridge is not None:
                _lead_to_bridge(robot, presenter, bridge, to_bridge)
            files = [file for cable in cables for file in (cable.robot_tun, cable.presenter_tun)]
            files += [file for cable in cables for file in (cable.robot_socket, cable.presenter_socket)]
            switch = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "simulator.lab.switch"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=files,
                env={**os.environ, PARENT: str(os.getpid())},
            )
            try:
                lab = cls(robot, presenter, switch, bridge=bridge, uplinks=to_bridge)
                await lab._order(words.Plan(tuple(cables), seed))
                for number, link in enumerate((*links, *uplinks)):
                    if link is not None:
                        await lab.set_weather(number, to_robot=link.to_robot, from_robot=link.from_robot)
                yield lab
            finally:
                with contextlib.suppress(ProcessLookupError):
                    switch.kill()
                await switch.wait()

    @property
    def bridge(self) -> Room:
        """The bridge's room; its address is `BRIDGE_ADDRESS`.

        Raises:
            SetupError: this laboratory has no uplinks, and the bridge no room of its own.

        """
        if self._bridge is None:
            raise SetupError("expected a laboratory with uplinks, got one without")
        return self._bridge

    @staticmethod
    def device(link: int) -> str:
        """Return what a link is called in the rooms at its ends."""
        return f"link{link}"

    @staticmethod
    def robot_address(link: int = 0) -> str:
        """Return where the robot's room, and the bridge in it, is reached over a link."""
        return f"10.{FIRST_NETWORK + link}.0.1"

    @staticmethod
    def presenter_address(link: int = 0) -> str:
        """Return the presenter's address on a link."""
        return f"10.{FIRST_NETWORK + link}.0.2"

    async def set_weather(self, link: int = 0, *, to_robot: Weather, from_robot: Weather) -> None:
        """Have a link so from now on."""
        for weather in (to_robot, from_robot):
            if weather.ordered:
                raise SetupError("expected a road of packets; the kernels' own TCP is what puts them in order here")
        await self._order(words.SetWeather(link, to_robot, from_robot))

    async def set_both(self, weather: Weather, link: int = 0) -> None:
        """Have both ways of a link so."""
        await self.set_weather(link, to_robot=weather, from_robot=replace(weather))

    async def black_out(self, *, until_ns: int, link: int = 0, holds: bool = False) -> int:
        """Let nothing through until then, on this host's monotonic clock; return the instant from which."""
        return (await self._order(words.BlackOut(link, until_ns, holds))).at_ns

    async def report(self) -> RunReport:
        """Return what was since the last report, late or not; `required()` refuses it when it was late."""
        report = (await self._order(words.Report())).report
        if report is None:
            raise SetupError("expected a report of the switch, got none")
        return report

    async def run(self, room: Room, argv: Sequence[str], *, quiet: bool = False) -> asyncio.subprocess.Process:
        """Start a program in a room."""
        out = asyncio.subprocess.PIPE if quiet else None
        return await asyncio.create_subprocess_exec(*room.words(argv), stdout=out)

    async def _order(self, order: words.Order) -> words.Answer:
        async with self._turn:
            if self._switch.stdin is None or self._switch.stdout is None:
                raise SetupError("expected a switch with open ends, got none")
            try:
                self._switch.stdin.write(words.line(order))
                said = await asyncio.wait_for(self._switch.stdout.readline(), ORDER_S)
                return words.answer_decoder.decode(said)
            except (OSError, msgspec.DecodeError) as exc:
                status = self._switch.returncode
                raise SetupError(f"the laboratory's switch does not answer (exit status {status}): {exc}") from exc


def _lay(number: int, robot: Room, presenter: Room, held: contextlib.ExitStack) -> words.Cable:
    """Put a device into either room, and the ends of the reference flow; they are closed with `held`."""
    robot_address, presenter_address = Lab.robot_address(number), Lab.presenter_address(number)
    robot_tun = robot.add_link(Lab.device(number), robot_address)
    held.callback(os.close, robot_tun)
    presenter_tun = presenter.add_link(Lab.device(number), presenter_address)
    held.callback(os.close, presenter_tun)
    ends = []
    for room, address, port in ((robot, robot_address, REFERENCE_PORT), (presenter, presenter_address, 0)):
        end = room.within(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
        held.enter_context(end)
        end.bind((address, port))
        ends.append(end)
    return words.Cable(robot_tun, presenter_tun, ends[0].fileno(), ends[1].fileno(), robot_address, REFERENCE_PORT)


def _lead_to_bridge(robot: Room, presenter: Room, bridge: Room, uplinks: range) -> None:
    """Give the bridge one address, which the robot reaches over each uplink and the presenter over the last link."""
    bridge.ip("address", "add", f"{BRIDGE_ADDRESS}/32", "dev", "lo")
    for metric, number in enumerate(uplinks, FIRST_METRIC):
        robot.ip("route", "add", BRIDGE_ADDRESS, "dev", Lab.device(number), "metric", str(metric))
        robot.set_kernel(f"conf/{Lab.device(number)}/rp_filter", LOOSE)
    presenter.ip("route", "add", BRIDGE_ADDRESS, "dev", Lab.device(uplinks.stop))
