"""`python -m simulator.lab.switch`: carries packets between the TUN devices of two rooms, and watches its own lateness.

One process with nothing else to do, in the kernel's real-time class where it may be. Orders come as lines on standard
input, and each is answered; it ends with its input.
"""

import gc
import os
import random
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Final

from simulator.lab import switch_words as words
from simulator.lab.lateness import LinkReport, RunReport, Spread
from simulator.network.way import Way, Weather
from simulator.processes import end_with_parent
from teleop_core.timebase import NS_PER_MS, NS_PER_S

LOOK_NS: Final = 2 * NS_PER_MS  # so often at the least: who is kept from it by others is late
REFERENCE_NS: Final = 20 * NS_PER_MS
PACKET_BYTES: Final = 2048
AT_ONCE: Final = 64  # packets of one device, before the others have their turn
PRIORITY: Final = 10
_STAMP: Final = struct.Struct("!qq")


@dataclass
class Direction:
    """One way of a link: from which device to which."""

    source: int
    sink: int
    way: Way[bytes]
    packets: int = 0

    def read(self, now_ns: int) -> None:
        """Let what waits at the device set out."""
        for _ in range(AT_ONCE):
            try:
                packet = os.read(self.source, PACKET_BYTES)
            except BlockingIOError:
                return
            self.way.send(packet, now_ns=now_ns, bits=8 * len(packet))

    def write(self, now_ns: int, late_ns: list[int]) -> None:
        """Give out what has arrived, and note how late that is."""
        while (due_ns := self.way.next_ns()) is not None and due_ns <= now_ns:
            for packet in self.way.arriving(now_ns=due_ns):
                late_ns.append(now_ns - due_ns)
                self.packets += 1
                try:
                    os.write(self.sink, packet)
                except OSError:  # its room is being left
                    continue


class Reference:
    """Bare datagrams to the robot's end, 50 a second, and how old they are there."""

    def __init__(self, cable: words.Cable) -> None:
        self.robot = socket.socket(fileno=cable.robot_socket)
        self._presenter = socket.socket(fileno=cable.presenter_socket)
        self._to = (cable.robot_address, cable.port)
        self._sends_ns = 0
        self.sent = 0
        self.ages_ns: list[int] = []

    def turn(self, now_ns: int) -> None:
        """Send what is due, and take what came."""
        if now_ns >= self._sends_ns:
            self._sends_ns = max(self._sends_ns + REFERENCE_NS, now_ns)
            self.sent += 1
            try:
                self._presenter.sendto(_STAMP.pack(self.sent, time.monotonic_ns()), self._to)
            except OSError:  # its room is being left
                return
        while True:
            try:
                _, sent_ns = _STAMP.unpack(self.robot.recv(_STAMP.size))
            except BlockingIOError:
                return
            self.ages_ns.append(time.monotonic_ns() - sent_ns)


@dataclass
class Switch:
    """All links, and what was noted since the last report."""

    directions: list[tuple[Direction, Direction]]  # to the robot, from the robot
    references: list[Reference]
    is_real_time: bool
    late_ns: list[int] = field(default_factory=list)
    stall_ns: int = 0
    began_ns: int = 0

    @classmethod
    def of(cls, plan: words.Plan, *, is_real_time: bool) -> "Switch":
        """Lay the cables."""
        chance = random.Random(plan.seed)
        directions, clear = [], Weather(delay_ns=0)
        for cable in plan.cables:
            to_robot = Direction(
                cable.presenter_tun, cable.robot_tun, Way[bytes](random.Random(chance.random()), clear)
            )
            from_robot = Direction(
                cable.robot_tun, cable.presenter_tun, Way[bytes](random.Random(chance.random()), clear)
            )
            directions.append((to_robot, from_robot))
        return cls(directions, [Reference(cable) for cable in plan.cables], is_real_time)

    def run(self) -> None:
        """Carry until the orders end."""
        orders = sys.stdin.fileno()
        all_directions = [each for pair in self.directions for each in pair]
        sources = {each.source: each for each in all_directions}
        sockets = [reference.robot for reference in self.references]
        self.began_ns = last_ns = time.monotonic_ns()
        while True:
            wait_ns = self._wait_ns(all_directions, now_ns=time.monotonic_ns())
            ready, _, _ = select.select([orders, *sources, *sockets], [], [], wait_ns / NS_PER_S)
            now_ns = time.monotonic_ns()
            self.stall_ns = max(self.stall_ns, now_ns - last_ns - LOOK_NS)
            last_ns = now_ns
            for each in ready:
                if each in sources:
                    sources[each].read(now_ns)
            for direction in all_directions:
                direction.write(now_ns, self.late_ns)
            for reference in self.references:
                reference.turn(now_ns)
            if orders in ready:
                said = sys.stdin.buffer.readline()
                if not said:
                    return
                self._obey(words.order_decoder.decode(said))

    def _wait_ns(self, directions: list[Direction], *, now_ns: int) -> int:
        soonest_ns = min(
            (due for each in directions if (due := each.way.next_ns()) is not None), default=now_ns + LOOK_NS
        )
        return min(max(soonest_ns - now_ns, 0), LOOK_NS)

    def _obey(self, order: words.Order) -> None:
        answer = words.Answer(time.monotonic_ns())
        match order:
            case words.SetWeather(link=link):
                to_robot, from_robot = self.directions[link]
                to_robot.way.weather, from_robot.way.weather = order.to_robot, order.from_robot
            case words.BlackOut(link=link):
                for each in self.directions[link]:
                    each.way.dark_until_ns, each.way.is_holding = order.until_ns, order.holds
            case words.Report():
                answer = words.Answer(answer.at_ns, self._report(answer.at_ns))
            case words.Plan():
                raise TypeError("expected Plan once, got it again")
        sys.stdout.buffer.write(words.line(answer))
        sys.stdout.buffer.flush()

    def _report(self, now_ns: int) -> RunReport:
        links = []
        for (to_robot, from_robot), reference in zip(self.directions, self.references, strict=True):
            links.append(
                LinkReport(
                    packets_to_robot=to_robot.packets,
                    packets_from_robot=from_robot.packets,
                    dropped=to_robot.way.dropped + from_robot.way.dropped,
                    reference_sent=reference.sent,
                    reference=Spread.of(reference.ages_ns),
                )
            )
            to_robot.packets = from_robot.packets = to_robot.way.dropped = from_robot.way.dropped = 0
            reference.sent = 0
            reference.ages_ns = []
        report = RunReport(
            seconds=(now_ns - self.began_ns) / NS_PER_S,
            is_real_time=self.is_real_time,
            late=Spread.of(self.late_ns),
            stalls_max_ms=self.stall_ns / NS_PER_MS,
            links=tuple(links),
        )
        self.late_ns, self.stall_ns, self.began_ns = [], 0, now_ns
        return report


def _in_real_time() -> bool:
    """Ask for the real-time class, and where that is refused for the best of the ordinary one."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        try:
            os.nice(-20)
        except OSError:
            return False
        return False
    return True


def main() -> None:
    """Take the plan, and carry."""
    first = words.order_decoder.decode(sys.stdin.buffer.readline())
    if not isinstance(first, words.Plan):
        raise TypeError(f"expected Plan first, got {first}")
    switch = Switch.of(first, is_real_time=_in_real_time())
    gc.freeze()
    gc.disable()
    sys.stdout.buffer.write(words.line(words.Answer(time.monotonic_ns())))
    sys.stdout.buffer.flush()
    switch.run()


if __name__ == "__main__":
    end_with_parent()
    main()
