"""A robot that only hears and speaks, in a process of its own, for `bench.voice`: lines of JSON in, one line each out.

`python -m bench.voice_process`; it ends with its standard input. An offer is answered; anything else asks what the
loudspeaker played since the last question.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import structlog

from bench.speaking_page import Loudness, onsets
from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.settings import VideoSettings
from robot_agent.media.voice.pcm import SAMPLES_PER_MS, from_bytes
from robot_agent.media.voice.room import People, VoiceRoom
from robot_agent.media.voice.settings import VoiceSettings
from robot_agent.motion import host
from simulator.sound import SimSound, SimSoundSettings
from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import Role, RtcAnswer, RtcOffer, Sound

MAX_LINE_BYTES: Final = 1 << 20
PEER: Final = "presenter"


class NoCamera:
    """Has nothing to show."""

    def read(self, *, timeout_s: float) -> Frame | None:
        """Wait in vain."""
        time.sleep(timeout_s)
        return None

    def close(self) -> None:
        """Have nothing to close."""


class Ear(SimSound):
    """A silent hall that remembers how loud the loudspeaker was in each millisecond."""

    def __init__(self) -> None:
        super().__init__(SimSoundSettings(chirps=False, murmur_dbfs=-90, echo_db=-40))
        self.heard: list[Loudness] = []

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        """Play, and remember."""

        def played(hall: bytes) -> bytes:
            now_ns = time.monotonic_ns()
            spoken = turn(hall)
            peaks = np.abs(from_bytes(spoken).astype(np.int32)).reshape(-1, SAMPLES_PER_MS).max(axis=1) / 32768
            self.heard += [Loudness(now_ns + at * NS_PER_MS, float(peak)) for at, peak in enumerate(peaks)]
            return spoken

        super().run(played)


async def serve() -> None:
    """Answer until standard input ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # answers alone go to standard output
    scheduling = host.ask_to_be_prompt()  # as the agent does
    ear, told = Ear(), list[Sound]()
    voice = VoiceRoom(
        settings=VoiceSettings(),
        open_sound=lambda: ear,
        people=People(role_of=lambda _: Role.PRESENTER, driver=lambda: PEER, muted=frozenset),
        tell=told.append,
    )
    plane = MediaPlane(
        cameras=[MountedCamera(name="camera", open_camera=NoCamera)],
        settings=VideoSettings(),
        ice_servers=(),
        on_message=lambda *_: None,
        on_captured=lambda *_: None,
        on_cameras=lambda _: None,
        voice=voice.seat,
    )
    running = {asyncio.create_task(voice.run()), asyncio.create_task(plane.run())}
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say({"scheduling": scheduling})
    while line := await reader.readline():
        asked = json.loads(line)
        if "sdp" in asked:
            reply = await plane.receive(PEER, Role.PRESENTER, RtcOffer(id=asked["id"], sdp=asked["sdp"]))
            _say({"sdp": reply.sdp} if isinstance(reply, RtcAnswer) else {"refused": str(reply)})
        else:
            _say(_played(ear, told))
    await plane.close()
    for each in running:
        each.cancel()
    await asyncio.wait(running)


def _played(ear: Ear, told: list[Sound]) -> dict[str, object]:
    heard, ear.heard = ear.heard, []
    return {
        "onsets_ns": onsets(heard),
        "lost_turns": ear.lost_turns,
        "concealed": max((each.concealed for each in told if each.heard), default=0.0),
    }


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
