"""What the doctor says of a robot's body: its driver's word, its pictures, its ear and mouth."""

import array
import asyncio
import math
import random
from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig
from robot_agent.drivers import registry
from robot_agent.media.cameras import MountedCamera
from stagebridge import device_examinations
from stagebridge.device_examinations import TONE_HZ, examine_devices, judged_sound
from stagebridge.finding import Finding
from teleop_core.errors import ConfigError, DriverError
from teleop_core.ports import Capabilities, DriverState, Frame
from teleop_core.wire.messages import Health


class Body:
    """A driver that says `state`."""

    def __init__(self, state: DriverState) -> None:
        self._state = state
        self.capabilities = Capabilities(
            model="wheels",
            max_vx_mps=1,
            max_vy_mps=0,
            max_wz_radps=1,
            max_accel_mps2=1,
            max_accel_radps2=1,
            native_time_limit=True,
        )

    def poll(self, *, now_ns: int) -> DriverState:
        return self._state

    def close(self) -> None:
        pass


class Eye:
    """A camera that gives `pictures` pictures and then none."""

    def __init__(self, pictures: int) -> None:
        self._left = pictures

    def read(self, *, timeout_s: float) -> Frame | None:
        if self._left == 0:
            return None
        self._left -= 1
        return Frame(pixels=None, pixel_format="bgr24", width_px=640, height_px=360, captured_ns=0)

    def close(self) -> None:
        pass


def robot(folder: Path) -> AgentConfig:
    table = {"name": "r", "bridge_url": "ws://b/ws", "state_dir": str(folder), "driver": {}, "camera": {}}
    return msgspec.convert(table, AgentConfig)


def examined(folder: Path, *, in_use: bool = False) -> dict[str, Finding]:
    return {each.name: each for each in asyncio.run(examine_devices(robot(folder), in_use=in_use))}


@pytest.mark.parametrize(
    ("state", "health", "said"),
    [
        (DriverState(stamp_ns=1, battery=0.8), Health.GREEN, "wheels opens, battery 80%"),
        (DriverState(stamp_ns=1), Health.GREEN, "wheels opens"),
        (DriverState(stamp_ns=1, battery=0.1), Health.AMBER, "battery 10%"),
        (DriverState(stamp_ns=1, stop_input=True), Health.AMBER, "its wired stop is pressed"),
        (DriverState(stamp_ns=1, faults=("left motor hot",)), Health.RED, "left motor hot"),
        (DriverState(), Health.RED, "says nothing"),
    ],
)
def test_a_driver_is_judged_by_its_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: DriverState, health: Health, said: str
) -> None:
    monkeypatch.setattr(device_examinations, "DRIVER_WORD_S", 0.05)
    monkeypatch.setattr(registry, "open_driver", lambda _: Body(state))

    finding = examined(tmp_path)["driver"]

    assert finding.health is health
    assert said in finding.seen


@pytest.mark.parametrize(
    ("pictures", "health"), [(100_000, Health.GREEN), (3, Health.AMBER), (1, Health.RED), (0, Health.RED)]
)
def test_a_camera_is_judged_by_its_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pictures: int, health: Health
) -> None:
    monkeypatch.setattr(device_examinations, "WATCHED_S", 0.2)
    monkeypatch.setattr(registry, "open_driver", lambda _: Body(DriverState(stamp_ns=1)))
    monkeypatch.setattr(
        device_examinations,
        "mount_cameras",
        lambda _: (MountedCamera(name="head", open_camera=lambda: Eye(pictures)),),
    )

    assert examined(tmp_path, in_use=True)["camera head"].health is health
    assert "camera head" not in examined(tmp_path)


@pytest.mark.parametrize(
    ("fault", "cure"),
    [(DriverError("no /dev/video0"), "plug it in"), (ConfigError("robot.camera: no such key"), "[robot.camera]")],
)
def test_a_camera_that_does_not_open_is_red(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Exception, cure: str
) -> None:
    def fails() -> Eye:
        raise fault

    monkeypatch.setattr(registry, "open_driver", lambda _: Body(DriverState(stamp_ns=1)))
    monkeypatch.setattr(
        device_examinations, "mount_cameras", lambda _: (MountedCamera(name="camera", open_camera=fails),)
    )

    finding = examined(tmp_path, in_use=True)["camera"]
    assert (finding.health, finding.seen) == (Health.RED, str(fault))
    assert cure in finding.cure


def pcm(*, hum: float = 0.0, tone: float = 0.0, seconds: float = 0.3) -> bytes:
    chance = random.Random(1)
    count = round(48_000 * seconds)
    angle = 2 * math.pi * TONE_HZ / 48_000
    return array.array(
        "h",
        (round(32_767 * (hum * chance.uniform(-1, 1) + tone * math.sin(angle * each))) for each in range(count)),
    ).tobytes()


def test_a_tone_that_is_heard_is_a_speaker_that_speaks() -> None:
    microphone, speaker = judged_sound(pcm(hum=0.01), pcm(hum=0.01, tone=0.02))

    assert (microphone.health, speaker.health) == (Health.GREEN, Health.GREEN)


def test_a_tone_that_is_not_heard_is_amber() -> None:
    _, speaker = judged_sound(pcm(hum=0.01), pcm(hum=0.01))

    assert speaker.health is Health.AMBER
    assert "turn the loudspeaker up" in speaker.cure


def test_a_microphone_without_any_noise_is_switched_off() -> None:
    microphone, _ = judged_sound(pcm(), pcm())

    assert microphone.health is Health.AMBER
