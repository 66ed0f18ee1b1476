"""A real camera through OpenCV: a V4L2 or other device, a file, or a network stream."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Protocol
from urllib.parse import urlsplit

import cv2
import msgspec
import numpy as np
import structlog
from msgspec import Meta

from robot_agent.media.stream_clock import StreamClock
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.ports import Camera, Frame
from teleop_core.timebase import NS_PER_MS, NS_PER_S

_MAX_STAMP_AGE_NS: Final = 10 * NS_PER_S  # older, it is of another clock; until then a picture may have waited
_STALL_LIMIT_MS: Final = 2_000  # for the backends that honour it; the others wait as long as their driver does

_log = structlog.get_logger(__name__)


class DeviceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The `[robot.camera]` table for `kind = "device"`.

    `device` is an index (0), a path (/dev/video0, a file that plays in a loop) or a URL (rtsp://...). A camera that is
    plugged in again may get another number: /dev/v4l/by-id/... stays the same. `width`,
    `height` in pixels, `rate_hz` and `fourcc` are asked of a device, which may give something else; most USB cameras
    reach 720p at 30 Hz only as MJPG.
    """

    device: int | str = 0
    width: Annotated[int, Meta(ge=16, le=7680)] = 1280
    height: Annotated[int, Meta(ge=16, le=4320)] = 720
    rate_hz: Annotated[float, Meta(gt=0, le=240)] = 30.0
    fourcc: Annotated[str, Meta(min_length=4, max_length=4)] = "MJPG"


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def read(self) -> tuple[bool, object]: ...

    def get(self, property_id: int, /) -> float: ...

    def set(self, property_id: int, value: float, /) -> bool: ...

    def getBackendName(self) -> str: ...  # noqa: N802 - OpenCV's name

    def release(self) -> None: ...


def open_camera(settings: dict[str, object]) -> Camera:
    """Return the camera that `settings` describe; it is opened when it is first read.

    Raises:
        ConfigError: a key or value is wrong.
    """
    try:
        return DeviceCamera(msgspec.convert(settings, DeviceSettings))
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.camera: {exc}") from exc  # its words name the key, what it wants and what it got


class DeviceCamera:
    """Reads one source; `open_capture` returns an opened capture, or None where there is none."""

    def __init__(
        self,
        settings: DeviceSettings,
        *,
        open_capture: "Callable[[DeviceSettings], Capture | None] | None" = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._open_capture = open_capture or _open
        self._clock_ns = clock_ns
        self._sleep = sleep
        self._capture: Capture | None = None
        self._is_v4l2 = False
        self._stream_clock = StreamClock()
        self._plays_file = _is_file(settings.device)
        self._is_stream = _is_url(settings.device)
        self._due_ns = 0

    def read(self, *, timeout_s: float) -> Frame | None:
        """Wait for the next picture; None where a file begins anew.

        A backend without a read timeout may wait longer than `timeout_s` for a device that hangs.

        Raises:
            DriverLost: the source is not there, or not any more.
        """
        capture = self._capture or self._open()
        if self._plays_file:
            self._pace(timeout_s)
        came, pixels = capture.read()
        if came and isinstance(pixels, np.ndarray):
            return self._frame(capture, pixels)
        self.close()
        if not self._plays_file:
            raise DriverLost(f"expected a picture of {self._public_name}, got none: is it plugged in?")
        return None

    def close(self) -> None:
        """Let go of the device."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    @property
    def _public_name(self) -> str:
        """What may be read in a log, or on a page: of a URL neither user nor password."""
        device = self._settings.device
        if not isinstance(device, str) or not _is_url(device):
            return str(device)
        parts = urlsplit(device)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def _frame(self, capture: Capture, pixels: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Frame:
        return Frame(
            pixels=pixels,
            pixel_format="bgr24",
            width_px=pixels.shape[1],
            height_px=pixels.shape[0],
            captured_ns=self._captured_ns(capture, now_ns=self._clock_ns()),
        )

    def _captured_ns(self, capture: Capture, *, now_ns: int) -> int:
        if not (self._is_v4l2 or self._is_stream):
            return now_ns
        stamp_ns = round(capture.get(cv2.CAP_PROP_POS_MSEC) * NS_PER_MS)
        if self._is_stream:
            return self._stream_clock.captured_ns(stamp_ns, now_ns=now_ns)
        # The kernel stamps each V4L2 buffer on CLOCK_MONOTONIC.
        return stamp_ns if 0 <= now_ns - stamp_ns <= _MAX_STAMP_AGE_NS else now_ns

    def _open(self) -> Capture:
        capture = self._open_capture(self._settings)
        if capture is None:
            raise DriverLost(f"expected the camera {self._public_name}, it cannot be opened: is it plugged in?")
        self._stream_clock = StreamClock()
        self._is_v4l2 = capture.getBackendName() == "V4L2"
        self._capture = capture
        if not self._plays_file:
            _log.info("camera_open", device=self._public_name, backend=capture.getBackendName())
        return capture

    def _pace(self, timeout_s: float) -> None:
        """Wait until the file's next picture is due: a file delivers as fast as it is read."""
        now_ns = self._clock_ns()
        period_ns = round(NS_PER_S / self._settings.rate_hz)
        if self._due_ns > now_ns:
            self._sleep(min((self._due_ns - now_ns) / NS_PER_S, timeout_s))
        self._due_ns = max(self._due_ns, now_ns - period_ns) + period_ns


def _open(settings: DeviceSettings) -> Capture | None:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STALL_LIMIT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STALL_LIMIT_MS]
    source = settings.device
    capture = cv2.VideoCapture(source, cv2.CAP_ANY, limits if _is_url(source) else [])
    if not capture.isOpened():
        capture.release()
        return None
    if not _is_url(source) and not _is_file(source):
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*settings.fourcc))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        capture.set(cv2.CAP_PROP_FPS, settings.rate_hz)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _is_url(device: int | str) -> bool:
    return isinstance(device, str) and "://" in device


def _is_file(device: int | str) -> bool:
    return (
        isinstance(device, str)
        and not _is_url(device)
        and not device.startswith("/dev/")  # it may be unplugged now
        and bool(Path(device).suffix)
    )
