"""The framebuffer on a file of the same layout."""

from pathlib import Path

import numpy as np
import pytest

from robot_agent.media.face.framebuffer import Framebuffer, FramebufferSettings, open_display
from teleop_core.errors import ConfigError, DriverLost


def picture(width: int, height: int) -> np.ndarray:
    """Return blue, green and red in thirds, from left to right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for channel in range(3):
        pixels[:, channel * width // 3 : (channel + 1) * width // 3, channel] = 255
    return pixels


def device(folder: Path, length: int) -> Path:
    path = folder / "fb0"
    path.write_bytes(bytes(length))
    return path


def test_32_bits_are_written_with_the_lines_apart(tmp_path: Path) -> None:
    path = device(tmp_path, 256 * 16)
    shown = open_display({"device": str(path), "width": 48, "height": 16, "bits_per_pixel": 32, "line_bytes": 256})
    shown.show(picture(48, 16))
    shown.close()
    lines = np.frombuffer(path.read_bytes(), np.uint8).reshape(16, 256)

    assert shown.size_px == (48, 16)
    assert (lines[:, : 48 * 4].reshape(16, 48, 4)[:, :, :3] == picture(48, 16)).all()
    assert not lines[:, 48 * 4 :].any()


def test_16_bits_are_red_green_blue_in_5_6_5(tmp_path: Path) -> None:
    path = device(tmp_path, 48 * 2 * 16)
    shown = open_display({"device": str(path), "width": 48, "height": 16, "bits_per_pixel": 16, "line_bytes": 96})
    shown.show(picture(48, 16))
    shown.close()
    words = np.frombuffer(path.read_bytes(), "<u2").reshape(16, 48)

    assert [hex(word) for word in words[0, [0, 20, 40]]] == ["0x1f", "0x7e0", "0xf800"]


def test_the_kernel_is_asked_for_what_is_not_said(tmp_path: Path) -> None:
    path = device(tmp_path, 256 * 16)
    known = tmp_path / "sys" / "fb0"
    known.mkdir(parents=True)
    for name, text in {"virtual_size": "48,16\n", "bits_per_pixel": "32\n", "stride": "256\n"}.items():
        (known / name).write_text(text)
    shown = Framebuffer(FramebufferSettings(device=str(path)), sysfs=tmp_path / "sys")
    shown.show(picture(48, 16))
    shown.close()

    assert shown.size_px == (48, 16)
    assert path.read_bytes()[256:260] == b"\xff\x00\x00\xff"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"device": "/nowhere/fb9"}, "layout cannot be read"),
        ({"device": "/nowhere/fb9", "width": 48, "height": 16, "bits_per_pixel": 32}, "cannot be written"),
        (
            {"device": "/nowhere/fb9", "width": 48, "height": 16, "bits_per_pixel": 32, "line_bytes": 64},
            "at least 192 bytes, got 64",
        ),
    ],
    ids=["layout", "device", "lines"],
)
def test_a_framebuffer_that_is_not_there_says_what_is_missing(settings: dict[str, object], said: str) -> None:
    with pytest.raises(DriverLost, match=said):
        open_display(settings)


def test_a_wrong_key_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"robot\.face.*`depth`"):
        open_display({"depth": 32})
