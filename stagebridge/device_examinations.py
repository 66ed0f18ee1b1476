"""What the doctor looks at on a robot's body: driver, cameras, microphone and loudspeaker."""

import array
import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from robot_agent.config import AgentConfig
from robot_agent.drivers import registry
from robot_agent.mounting import FIRST_NAME, mount_cameras
from stagebridge.finding import Finding
from teleop_core.errors import ConfigError, DriverError, StagebridgeError
from teleop_core.ports import Camera, DriverState, RobotDriver, SoundDevice
from teleop_core.wire.messages import Health

DRIVER_WORD_S: Final = 1.0  # how long a robot may take to say something of itself
LOW_BATTERY: Final = 0.3
WATCHED_S: Final = 2.0
FIRST_PICTURE_S: Final = 5.0
SMOOTH_HZ: Final = 20.0
LISTENED_S: Final = 1.0
TONE_HZ: Final = 1000.0
TONE: Final = 0.1  # of full scale, -20 dBFS
HEARD_DB: Final = 10.0  # above what was heard before
SILENCE_DBFS: Final = -90.0

_RATE_HZ: Final = 48_000
_FULL: Final = 32_768.0
_CORRECT_CAMERA: Final = "correct [robot.camera] and [[robot.cameras]]"
_IN_USE: Final = "plug it in; end a robot agent that uses it"


async def examine_devices(robot: AgentConfig, *, in_use: bool) -> list[Finding]:
    """Open each device and let go of it; `in_use` also watches the pictures, listens, and plays a short tone."""
    findings = [await asyncio.to_thread(_driver, robot)]
    if in_use:
        findings += await asyncio.to_thread(_cameras, robot)
    if robot.voice.sound is not None:
        findings += await asyncio.to_thread(_sound, robot.voice.sound, in_use=in_use)
    return findings


def _driver(robot: AgentConfig) -> Finding:
    try:
        driver = registry.open_driver(robot.driver)
    except DriverError as exc:
        cure = "plug the robot in and switch it on; end a robot agent that uses it"
        return Finding("driver", Health.RED, str(exc), cure)
    except StagebridgeError as exc:
        return Finding("driver", Health.RED, str(exc), "correct the [robot.driver] table")
    try:
        return _judged_driver(driver.capabilities.model, _word_of(driver))
    except DriverError as exc:
        return Finding("driver", Health.RED, f"opens, and fails: {exc}", "look at the robot's cable and power")
    finally:
        driver.close()


def _word_of(driver: RobotDriver) -> DriverState:
    deadline = time.monotonic() + DRIVER_WORD_S
    while True:
        state = driver.poll(now_ns=time.monotonic_ns())
        if state.stamp_ns is not None or time.monotonic() > deadline:
            return state
        time.sleep(0.02)


def _judged_driver(model: str, state: DriverState) -> Finding:
    battery = "" if state.battery is None else f", battery {state.battery:.0%}"
    if state.stamp_ns is None:
        return Finding("driver", Health.RED, f"{model} opens, and says nothing", "switch the robot on")
    if state.faults:
        return Finding("driver", Health.RED, f"{model} says: {'; '.join(state.faults)}", "look at the robot")
    if state.stop_input:
        return Finding(
            "driver", Health.AMBER, f"{model} opens; its wired stop is pressed", "pull it out before the show"
        )
    if state.battery is not None and state.battery < LOW_BATTERY:
        return Finding("driver", Health.AMBER, f"{model} opens{battery}", "charge it before the show")
    return Finding("driver", Health.GREEN, f"{model} opens{battery}")


def _cameras(robot: AgentConfig) -> list[Finding]:
    try:
        cameras = [each for each in mount_cameras(robot) if not each.still]  # the face mirrors itself
    except ConfigError as exc:
        return [Finding("camera", Health.RED, str(exc), _CORRECT_CAMERA)]
    return [
        _looked_at("camera" if each.name == FIRST_NAME else f"camera {each.name}", each.open_camera) for each in cameras
    ]


def _looked_at(name: str, open_camera: Callable[[], Camera]) -> Finding:
    try:
        with contextlib.closing(open_camera()) as camera:
            return _watched(name, camera)
    except ConfigError as exc:
        return Finding(name, Health.RED, str(exc), _CORRECT_CAMERA)
    except StagebridgeError as exc:
        return Finding(name, Health.RED, str(exc), _IN_USE)


def _watched(name: str, camera: Camera) -> Finding:
    first = camera.read(timeout_s=FIRST_PICTURE_S)
    if first is None:
        return Finding(name, Health.RED, f"no picture within {FIRST_PICTURE_S:g} s", _IN_USE)
    began_s = time.monotonic()
    came = 0
    while (passed_s := time.monotonic() - began_s) < WATCHED_S:
        came += camera.read(timeout_s=WATCHED_S - passed_s) is not None
    rate_hz = came / WATCHED_S
    seen = f"{first.width_px}x{first.height_px}, {rate_hz:.0f} pictures a second"
    if came == 0:
        return Finding(name, Health.RED, f"one picture, and then none within {WATCHED_S:g} s", _IN_USE)
    if rate_hz < SMOOTH_HZ:
        return Finding(name, Health.AMBER, seen, "more light, a smaller picture, or another USB port")
    return Finding(name, Health.GREEN, seen)


def _sound(table: dict[str, object], *, in_use: bool) -> list[Finding]:
    from robot_agent.media.voice import opus
    from robot_agent.media.voice.echo import Aec3
    from robot_agent.media.voice.speex import SpeexLinear

    try:
        opus.library()
        device = registry.open_sound(table)
    except ConfigError as exc:
        return [Finding("sound", Health.RED, str(exc), "correct the [robot.voice.sound] table")]
    except StagebridgeError as exc:
        return [Finding("sound", Health.AMBER, str(exc), "until then the robot drives without sound")]
    try:
        heard = _listened(device) if in_use else []
    finally:
        device.close()
    try:
        SpeexLinear()
        Aec3()
    except StagebridgeError as exc:
        return [Finding("sound", Health.AMBER, "opens, but echoes are cancelled badly", str(exc)), *heard]
    return [Finding("sound", Health.GREEN, "opens, and echoes are cancelled"), *heard]


@dataclass
class _Ear:
    """Listens in silence, then plays a tone and listens for it."""

    before: list[bytes] = field(default_factory=list)
    during: list[bytes] = field(default_factory=list)
    _played: int = 0

    def turn(self, heard: bytes) -> bytes:
        if len(self.before) < LISTENED_S * 100:
            self.before.append(heard)
            return bytes(len(heard))
        self.during.append(heard)
        samples = len(heard) // 2
        angle = 2 * math.pi * TONE_HZ / _RATE_HZ
        tone = array.array(
            "h", (round(TONE * _FULL * math.sin(angle * (self._played + each))) for each in range(samples))
        )
        self._played += samples
        return tone.tobytes()

    @property
    def is_done(self) -> bool:
        return len(self.during) >= LISTENED_S * 100


def _listened(device: SoundDevice) -> list[Finding]:
    ear = _Ear()
    failed: list[BaseException] = []

    def run(turn: Callable[[bytes], bytes]) -> None:
        try:
            device.run(turn)
        except StagebridgeError as exc:
            failed.append(exc)

    running = threading.Thread(target=run, args=(ear.turn,), name="doctor-sound", daemon=True)
    running.start()
    deadline = time.monotonic() + 5 * LISTENED_S
    while running.is_alive() and not ear.is_done and time.monotonic() < deadline:
        time.sleep(0.05)
    device.close()
    running.join(2.0)
    if failed or not ear.is_done:
        why = str(failed[0]) if failed else "it gives no sound to anybody"
        return [Finding("microphone and speaker", Health.RED, why, _IN_USE)]
    return judged_sound(b"".join(ear.before), b"".join(ear.during))


def judged_sound(before: bytes, during: bytes) -> list[Finding]:
    """Return what was heard in silence, and whether the tone was heard above it; 16-bit mono at 48 kHz."""
    level_dbfs = _dbfs(math.sqrt(_mean_square(before)))
    seen = f"hears {level_dbfs:.0f} dBFS of the hall"
    microphone = Finding("microphone", Health.GREEN, seen)
    if level_dbfs < SILENCE_DBFS:
        microphone = Finding(
            "microphone", Health.AMBER, "hears nothing at all", "switch it on, or choose another device"
        )
    gained_db = _dbfs(_tone_in(during)) - _dbfs(_tone_in(before))
    if gained_db >= HEARD_DB:
        speaker = Finding("speaker", Health.GREEN, f"its tone is heard, {gained_db:.0f} dB above the hall")
    else:
        cure = "turn the loudspeaker up, or listen for the tone yourself"
        speaker = Finding("speaker", Health.AMBER, "a tone was played, and the microphone did not hear it", cure)
    return [microphone, speaker]


def _mean_square(pcm: bytes) -> float:
    samples = array.array("h", pcm)
    return sum(each * each for each in samples) / len(samples) / _FULL**2 if samples else 0.0


def _tone_in(pcm: bytes) -> float:
    """Return the amplitude at the tone's pitch (one bin of a Fourier transform)."""
    samples = array.array("h", pcm)
    angle = 2 * math.pi * TONE_HZ / _RATE_HZ
    real = sum(each * math.cos(angle * count) for count, each in enumerate(samples))
    imaginary = sum(each * math.sin(angle * count) for count, each in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples) / _FULL if samples else 0.0


def _dbfs(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, 1e-5))
