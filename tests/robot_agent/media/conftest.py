import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from blockbuster import BlockBuster, blockbuster_ctx

from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.seats import SeatFor, SpeakToFor, no_seat, no_voice
from robot_agent.media.settings import VideoSettings
from teleop_core.wire.messages import Cameras, IceServer, Role
from tests.robot_agent.media.scene import NoisyScene
from tests.robot_agent.media.viewer import Viewer
from tests.waiting import until


@pytest.fixture(autouse=True)
def never_blocks() -> Iterator[BlockBuster]:
    """Fail a test in which the event loop waits for a file, a socket, a lock or a sleep."""
    with blockbuster_ctx() as buster:
        # The viewers are aiortc's own receivers, which wait for their decoder thread when a stream ends.
        buster.functions["threading.Lock.acquire"].can_block_in("aiortc/rtcrtpreceiver.py", "__stop_decoder")
        yield buster


@dataclass
class Stage:
    """A running media plane, what it told the agent, and the viewers that came to it."""

    plane: MediaPlane
    camera: NoisyScene
    captured: dict[int, int]
    heard: list[tuple[str, bytes]]
    told: list[Cameras]
    running: asyncio.Task[None]
    viewers: list[Viewer] = field(default_factory=list)

    async def until_told(self, true: Callable[..., bool]) -> None:
        """Wait until what is told of the cameras is `true`, called with the state of each."""
        await until(lambda: bool(self.told) and true(*self.told[-1].cameras))

    def viewer(self, peer: str, role: Role = Role.PRESENTER) -> Viewer:
        self.viewers.append(Viewer(self.plane, peer, role))
        return self.viewers[-1]


MakeStage = Callable[..., Awaitable[Stage]]


@pytest_asyncio.fixture
async def make_stage() -> AsyncIterator[MakeStage]:
    """Yield a function that starts a media plane; all of it is taken down after the test."""
    stages: list[Stage] = []

    async def make(
        settings: VideoSettings | None = None,
        *,
        camera: NoisyScene | None = None,
        others: Sequence[MountedCamera] = (),
        ice_servers: tuple[IceServer, ...] = (),
        voice: SeatFor = no_seat,
        speak_to: SpeakToFor = no_voice,
        face: SeatFor = no_seat,
    ) -> Stage:
        scene = camera or NoisyScene()
        captured: dict[int, int] = {}
        told: list[Cameras] = []
        heard: list[tuple[str, bytes]] = []
        plane = MediaPlane(
            cameras=[MountedCamera(name="head", open_camera=lambda: scene), *others],
            settings=settings or VideoSettings(),
            ice_servers=ice_servers,
            on_message=lambda peer, frame: heard.append((peer, frame)),
            on_captured=captured.__setitem__,
            on_cameras=told.append,
            voice=voice,
            speak_to=speak_to,
            face=face,
        )
        running = asyncio.create_task(plane.run())
        stages.append(Stage(plane, scene, captured, heard, told, running))
        return stages[-1]

    yield make
    for stage in stages:
        await stage.plane.close()
        with contextlib.suppress(asyncio.CancelledError, ExceptionGroup):
            await stage.running
        for viewer in stage.viewers:
            await viewer.leave()


@pytest_asyncio.fixture
async def stage(make_stage: MakeStage) -> Stage:
    return await make_stage()
