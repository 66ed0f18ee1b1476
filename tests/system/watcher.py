"""Somebody who watches in a process of their own, and whose page pings: `python -m tests.system.watcher URL TOKEN`.

Each second line that it prints is how many pictures it has seen.
"""

import asyncio
import sys

from simulator.visitor import Visitor
from teleop_core.wire.messages import Road

PING_EVERY_S = 0.2


async def watch(url: str, token: str) -> None:
    async with Visitor(url, token) as visitor:
        await visitor.enter(within_s=20)
        number = 0
        while True:
            number += 1
            visitor.say(b'{"type":"ping","id":"direct-%d"}' % number, road=Road.DIRECT)
            sys.stdout.write(f"{visitor.frames}\n")
            sys.stdout.flush()
            await asyncio.sleep(PING_EVERY_S)


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], sys.argv[2]))
