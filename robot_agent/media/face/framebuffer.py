"""A robot's face display as Linux has it without any window: a framebuffer (/dev/fb0), or a file of that layout."""

import mmap
import os
from pathlib import Path
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from teleop_core.errors import ConfigError, DriverLost
from teleop_core.ports import FaceDisplay

_SYSFS: Final = Path("/sys/class/graphics")
_BITS_RGB565: Final = 16
_BITS_BGRX: Final = 32

Pixels = NDArray[np.uint8]


class FramebufferSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The `[robot.face]` table of kind "framebuffer".

    What is left out of `width`, `height`, `bits_per_pixel` (16: RGB 5-6-5; 32: blue, green, red, nothing) and
    `line_bytes` the kernel is asked for, in /sys/class/graphics.
    """

    device: str = "/dev/fb0"
    width: Annotated[int, Meta(ge=16, le=7680)] | None = None
    height: Annotated[int, Meta(ge=16, le=4320)] | None = None
    bits_per_pixel: Annotated[int, Meta(ge=16, le=32, multiple_of=16)] | None = None
    line_bytes: Annotated[int, Meta(ge=32, le=65_536)] | None = None


def open_display(settings: dict[str, object]) -> FaceDisplay:
    """Return the display that `settings` describe.

    Raises:
        ConfigError: a key or value is wrong.
        DriverLost: there is no such framebuffer now.
    """
    try:
        return Framebuffer(msgspec.convert(settings, FramebufferSettings))
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.face (framebuffer): {exc}") from exc


class Framebuffer:
    """Writes pictures into the device's memory."""

    def __init__(self, settings: FramebufferSettings, *, sysfs: Path = _SYSFS) -> None:
        known = sysfs / Path(settings.device).name
        width, height = settings.width, settings.height
        if width is None or height is None:
            seen = _numbers(known / "virtual_size")
            if len(seen) != 2:  # noqa: PLR2004 - width and height
                raise DriverLost(f"expected a width and a height in {known / 'virtual_size'}, got {seen}")
            width, height = width or seen[0], height or seen[1]
        self.size_px = (width, height)
        self._bits = settings.bits_per_pixel or _one_number(known / "bits_per_pixel")
        if self._bits not in {_BITS_RGB565, _BITS_BGRX}:
            raise DriverLost(f"expected a framebuffer of 16 or 32 bits per pixel, {settings.device} has {self._bits}")
        line_bytes = settings.line_bytes or _one_number(known / "stride", default=width * self._bits // 8)
        if line_bytes < width * self._bits // 8:
            raise DriverLost(f"expected lines of at least {width * self._bits // 8} bytes, got {line_bytes}")
        try:
            descriptor = os.open(settings.device, os.O_RDWR)
            try:
                self._memory = mmap.mmap(descriptor, line_bytes * height)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as exc:
            raise DriverLost(f"the framebuffer {settings.device} cannot be written: {exc}") from exc
        self._lines = np.frombuffer(self._memory, np.uint8).reshape(height, line_bytes)

    def show(self, picture: object) -> None:
        """Write a BGR picture of `size_px`."""
        code = cv2.COLOR_BGR2BGR565 if self._bits == _BITS_RGB565 else cv2.COLOR_BGR2BGRA
        raw = cv2.cvtColor(np.asarray(picture, np.uint8), code)
        self._lines[:, : self.size_px[0] * self._bits // 8] = raw.view(np.uint8).reshape(self.size_px[1], -1)

    def close(self) -> None:
        """Let go of the device."""
        self._lines = np.empty((0, 0), np.uint8)
        self._memory.close()


def _numbers(path: Path) -> list[int]:
    try:
        return [int(word) for word in path.read_text(encoding="ascii").replace(",", " ").split()]
    except (OSError, ValueError) as exc:
        raise DriverLost(f"the framebuffer's layout cannot be read: {exc}; say it in [robot.face]") from exc


def _one_number(path: Path, *, default: int | None = None) -> int:
    if default is not None and not path.exists():
        return default
    return _numbers(path)[0]
