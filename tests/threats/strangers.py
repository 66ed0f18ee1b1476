"""People whom the robot does not know, and who know its ports."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

from simulator.rig import Rig
from tests.threats.real import udp_addresses

A_VOLLEY = 4  # about a thousand a second: a stranger's junk, not a line full of it, on a machine that plays everybody


@contextlib.contextmanager
def strangers() -> Iterator[list[socket.socket]]:
    """Sockets of nobody whom the robot knows."""
    opened = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    try:
        for each in opened:
            each.bind(("", 0))
            each.setblocking(False)
        yield opened
    finally:
        for each in opened:
            each.close()


async def bombard(rig: Rig, datagrams: list[bytes], *, for_s: float) -> int:
    """Send them to every port on which the agent listens, again and again, and return how many were sent."""
    agent = rig.child("robot").pid
    loop = asyncio.get_running_loop()
    until_s, sent = loop.time() + for_s, 0
    with strangers() as sockets:
        while loop.time() < until_s:
            for address in set(udp_addresses(agent)):
                for count, datagram in enumerate(datagrams):
                    with contextlib.suppress(BlockingIOError):
                        sockets[count % len(sockets)].sendto(datagram, address)
                        sent += 1
                    if sent % A_VOLLEY == 0:
                        await asyncio.sleep(0.004)
            await asyncio.sleep(0.004)
    return sent
