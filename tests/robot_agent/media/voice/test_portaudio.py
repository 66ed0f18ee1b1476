"""The system's sound device, with PortAudio played by a fake: no test opens a real microphone."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from robot_agent.media.voice import portaudio
from robot_agent.media.voice.portaudio import SystemSound, SystemSoundSettings, open_sound
from teleop_core.errors import ConfigError, DriverError, DriverLost, SetupError


class PortAudioError(Exception):
    pass


class FakeStream:
    """Calls back three times, then stops when it is told to."""

    latency = (0.01, 0.025)

    def __init__(self, callback: Callable[..., None], **settings: object) -> None:
        self.callback = callback
        self.settings = settings
        self.played: list[bytes] = []
        self.active = True

    def __enter__(self) -> Self:
        for _ in range(3):
            spoken = bytearray(960)
            self.callback(b"\x01\x00" * 480, spoken, 480, None, None)
            self.played.append(bytes(spoken))
        return self

    def __exit__(self, *_: object) -> None:
        self.active = False


class FakePortAudio:
    PortAudioError = PortAudioError

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.streams: list[FakeStream] = []

    def RawStream(self, **settings: object) -> FakeStream:  # noqa: N802 - sounddevice's name
        if self.fault is not None:
            raise self.fault
        callback = settings.pop("callback")
        assert callable(callback)
        self.streams.append(FakeStream(callback, **settings))
        return self.streams[-1]


def test_one_duplex_stream_of_10_ms_turns() -> None:
    system = FakePortAudio()
    device = SystemSound(SystemSoundSettings(microphone="usb", latency_ms=15), system)
    heard: list[bytes] = []

    def turn(hall: bytes) -> bytes:
        heard.append(hall)
        if len(heard) == 3:
            device.close()
        return b"\x02\x00" * 480

    device.run(turn)

    [stream] = system.streams
    assert stream.settings["samplerate"] == 48_000
    assert stream.settings["blocksize"] == 480
    assert stream.settings["device"] == ("usb", None)
    assert stream.settings["latency"] == 0.015
    assert heard == [b"\x01\x00" * 480] * 3
    assert stream.played == [b"\x02\x00" * 480] * 3
    assert device.output_ms == 25


def test_a_device_that_falls_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portaudio, "SILENT_LIMIT_S", 0.05)
    device = SystemSound(SystemSoundSettings(), FakePortAudio())

    with pytest.raises(DriverLost, match="silent"):
        device.run(lambda _: bytes(960))


def test_a_turn_that_fails_is_no_matter_of_portaudio_s_thread_and_ends_the_device_with_its_reason() -> None:
    def fails(_: bytes) -> bytes:
        raise RuntimeError("7")

    device = SystemSound(SystemSoundSettings(), FakePortAudio())

    with pytest.raises(DriverLost, match="RuntimeError: 7"):
        device.run(fails)


def test_it_ends_when_it_is_closed_from_another_thread() -> None:
    device = SystemSound(SystemSoundSettings(), FakePortAudio())
    threading.Timer(0.02, device.close).start()

    device.run(lambda _: bytes(960))


@pytest.mark.parametrize("fault", [PortAudioError("Error querying device -1"), ValueError("No input device")])
def test_a_missing_device_is_an_error_with_its_cure(fault: Exception) -> None:
    with pytest.raises(DriverError, match="plug in a microphone"):
        SystemSound(SystemSoundSettings(), FakePortAudio(fault))


def test_without_sound_cards_nothing_is_asked_of_portaudio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(portaudio, "SOUND_CARDS", tmp_path / "snd")

    with pytest.raises(DriverError, match="expected a sound card, found none"):
        open_sound({})


def test_without_portaudio_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    with pytest.raises(SetupError, match="apt-get install libportaudio2"):
        portaudio.library()


@pytest.mark.parametrize("settings", [{"latency_ms": 1}, {"speaker": 3}])
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.voice\.sound"):
        open_sound(settings)
