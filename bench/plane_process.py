"""The robot's media plane in a process of its own, for benches: offers come in as lines of JSON, answers go out.

`python -m bench.plane_process [BITS_PER_SECOND FILM]`: the ceiling of the high rendition, and a film that was shot
already, as a file of numpy's; it ends with its standard input.
"""

import asyncio
import ctypes
import gc
import json
import secrets
import sys
from typing import Final

import numpy as np
import structlog

from bench.film import Film, shoot
from bench.lines import LineProcess, own_lines, say
from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.settings import RenditionSettings, VideoSettings
from robot_agent.motion import host
from teleop_core.errors import SetupError
from teleop_core.wire.messages import Role, RtcAnswer, RtcClose, RtcOffer

FILM_S: Final = 4.0
MODULE: Final = "bench.plane_process"


async def answer_of(
    robot: LineProcess, offer: str, *, peer: str = "presenter", role: Role = Role.PRESENTER
) -> tuple[str, str]:
    """Return the robot's answer to an offer, and its session.

    Raises:
        SetupError: it was refused.

    """
    session = secrets.token_hex(8)
    reply = await robot.ask({"peer": peer, "role": role.value, "id": session, "sdp": offer})
    if "sdp" not in reply:
        raise SetupError(f"expected an answer of the robot, got {reply}")
    return str(reply["sdp"]), session


async def serve(settings: VideoSettings, film: Film) -> None:
    """Answer offers until standard input ends."""
    host.ask_to_be_prompt()  # as the agent does
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # answers alone go to standard output
    plane = MediaPlane(
        cameras=[MountedCamera(name="camera", open_camera=lambda: film)],
        settings=settings,
        ice_servers=(),
        on_message=lambda *_: None,
        on_captured=lambda *_: None,
        on_cameras=lambda _: None,
    )
    running = asyncio.create_task(plane.run())
    lines = await own_lines()
    say({"ready": True})
    while line := await lines.readline():
        say(await _answer(plane, json.loads(line)))
    await plane.close()
    await running


async def _answer(plane: MediaPlane, told: dict[str, str]) -> dict[str, object]:
    match told:
        case {"sdp": sdp}:
            reply = await plane.receive(told["peer"], Role(told["role"]), RtcOffer(id=told["id"], sdp=sdp))
            return {"sdp": reply.sdp} if isinstance(reply, RtcAnswer) else {"refused": str(reply)}
        case {"leaves": peer, "id": session}:
            await plane.receive(peer, Role.PRESENTER, RtcClose(id=session))
            return {}
        case _:
            gc.collect()
            _give_back_what_is_free()
            return {"tasks": len(asyncio.all_tasks()), "objects": len(gc.get_objects()), "viewers": plane.viewers}


def _give_back_what_is_free() -> None:
    """Leave resident what is in use alone, where the C library can (glibc): not what a busy moment once took."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        high = RenditionSettings(ceiling_bps=int(sys.argv[1]))
        asyncio.run(serve(VideoSettings(high=high), Film(list(np.load(sys.argv[2])))))
    else:
        asyncio.run(serve(VideoSettings(), Film(shoot(seconds=FILM_S))))
