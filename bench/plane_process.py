"""The robot's media plane in a process of its own, for benches: offers come in as lines of JSON, answers go out.

`python -m bench.plane_process`; it ends with its standard input.
"""

import asyncio
import json
import sys
from typing import Final

import structlog

from bench.film import Film, shoot
from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.settings import VideoSettings
from robot_agent.motion import host
from teleop_core.wire.messages import Role, RtcAnswer, RtcOffer

FILM_S: Final = 4.0
MAX_LINE_BYTES: Final = 1 << 20


async def serve() -> None:
    """Answer offers until standard input ends."""
    host.ask_to_be_prompt()  # as the agent does
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # answers alone go to standard output
    plane = MediaPlane(
        cameras=[MountedCamera(name="camera", camera=Film(shoot(seconds=FILM_S)))],
        settings=VideoSettings(),
        ice_servers=(),
        on_message=lambda *_: None,
        on_captured=lambda *_: None,
        on_cameras=lambda _: None,
    )
    running = asyncio.create_task(plane.run())
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say({"ready": True})
    while line := await reader.readline():
        told = json.loads(line)
        reply = await plane.receive(told["peer"], Role(told["role"]), RtcOffer(id=told["id"], sdp=told["sdp"]))
        _say({"id": told["id"], "sdp": reply.sdp} if isinstance(reply, RtcAnswer) else {"refused": str(reply)})
    await plane.close()
    await running


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
