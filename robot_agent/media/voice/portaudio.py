"""The sound device of kind "device": the system's microphone and loudspeaker, through PortAudio (sounddevice)."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from robot_agent.media.faults import reason_of
from robot_agent.media.voice.pcm import RATE_HZ, TURN_SAMPLES
from teleop_core.errors import ConfigError, DriverError, DriverLost, SetupError

SOUND_CARDS: Final = Path("/dev/snd")
SILENT_LIMIT_S: Final = 2.0  # a stream that asks for nothing for so long hangs

_CURE: Final = (
    "install PortAudio (on Debian or Ubuntu: apt-get install libportaudio2), plug in a microphone and a loudspeaker, "
    "or name them in [robot.voice.sound]; python -m sounddevice lists what there is"
)


class SystemSoundSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.voice.sound]` table of kind "device": what is left out is the system's default."""

    microphone: int | str | None = None
    loudspeaker: int | str | None = None
    latency_ms: Annotated[float, Meta(ge=5, le=200)] = 20.0  # asked of each; the device may take more


def open_sound(settings: dict[str, object]) -> "SystemSound":
    """Return the system's sound device.

    Raises:
        ConfigError: the settings are wrong.
        SetupError: there is no PortAudio.
        DriverError: there is no such device.
    """
    try:
        wanted = msgspec.convert(settings, SystemSoundSettings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.voice.sound (device): {exc}") from exc
    if sys.platform == "linux" and not SOUND_CARDS.is_dir():  # PortAudio would fill standard error
        raise DriverError(f"expected a sound card, found none ({SOUND_CARDS} is not there): {_CURE}")
    return SystemSound(wanted, library())


def library() -> ModuleType:
    """Return sounddevice, which has looked for devices just now.

    Raises:
        SetupError: it, or PortAudio, is not installed.
    """
    try:
        import sounddevice  # noqa: PLC0415 - it looks for PortAudio at import, which many machines lack
    except (ImportError, OSError) as exc:
        raise SetupError(f"expected PortAudio, found none ({exc}): {_CURE}") from exc
    module: ModuleType = sounddevice
    module._terminate()  # as its own documentation says: PortAudio looks for devices only when it begins
    module._initialize()
    return module


class SystemSound:
    """One duplex stream: microphone and loudspeaker on one clock, so that the echo's delay never jumps.

    Raises:
        DriverError: there is no such device.
    """

    def __init__(self, settings: SystemSoundSettings, portaudio: Any) -> None:  # noqa: ANN401 - an untyped module
        self._portaudio = portaudio
        self._closed = threading.Event()
        self._beat = threading.Event()
        self._turn: Callable[[bytes], bytes] = bytes
        self._fault: Exception | None = None
        try:
            self._stream = portaudio.RawStream(
                samplerate=RATE_HZ,
                blocksize=TURN_SAMPLES,
                channels=1,
                dtype="int16",
                device=(settings.microphone, settings.loudspeaker),
                latency=settings.latency_ms / 1000,
                callback=self._called,
            )
        except (portaudio.PortAudioError, ValueError) as exc:
            raise DriverError(f"expected a microphone and a loudspeaker: {exc}; {_CURE}") from exc

    @property
    def output_ms(self) -> float:
        """What PortAudio says that the way to the loudspeaker takes."""
        return float(self._stream.latency[1]) * 1000

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        """Play and record until closed.

        Raises:
            DriverError: the device cannot be started.
            DriverLost: it was unplugged, or hangs.
        """
        self._turn = turn
        try:
            with self._stream:
                while not self._closed.is_set():
                    if self._fault is not None:
                        raise DriverLost(f"expected the sound device to be served: {reason_of(self._fault)}")
                    if not self._beat.wait(SILENT_LIMIT_S) or not self._stream.active:
                        raise DriverLost(f"expected the sound device to go on, it is silent for {SILENT_LIMIT_S:g} s")
                    self._beat.clear()
                    self._closed.wait(SILENT_LIMIT_S / 4)
        except self._portaudio.PortAudioError as exc:
            raise DriverError(f"expected the sound device to start: {exc}; {_CURE}") from exc

    def close(self) -> None:
        """Let `run` return."""
        self._closed.set()
        self._beat.set()

    def _called(self, hall: Any, spoken: Any, frames: int, time: object, status: object) -> None:  # noqa: ANN401 - CFFI
        """Be called by PortAudio's own thread every 10 ms."""
        del frames, time, status
        try:
            spoken[:] = self._turn(bytes(hall))
        except Exception as exc:  # noqa: BLE001 - the root of PortAudio's thread: `run` raises it where it is heard
            self._fault = exc
        self._beat.set()
