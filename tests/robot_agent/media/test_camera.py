from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_agent.media.camera import Capture, DeviceCamera, DeviceSettings, open_camera
from teleop_core.errors import ConfigError
from teleop_core.timebase import ms, seconds, to_ms

PIXELS = np.zeros((48, 64, 3), dtype=np.uint8)


class FakeClock:
    def __init__(self) -> None:
        self.now_ns = seconds(100)

    def __call__(self) -> int:
        return self.now_ns

    def sleep(self, duration_s: float) -> None:
        self.now_ns += seconds(duration_s)


class FakeCapture:
    """A device that gives `pictures` and is then unplugged."""

    def __init__(self, *, pictures: int, backend: str = "V4L2", position_ms: float = 0.0) -> None:
        self.pictures = pictures
        self.backend = backend
        self.position_ms = position_ms
        self.released = False

    def read(self) -> tuple[bool, object]:
        self.pictures -= 1
        return (True, PIXELS) if self.pictures >= 0 else (False, None)

    def get(self, property_id: int, /) -> float:
        return self.position_ms if property_id == cv2.CAP_PROP_POS_MSEC else 0.0

    def set(self, property_id: int, value: float, /) -> bool:
        return True

    def getBackendName(self) -> str:  # noqa: N802 - OpenCV's name
        return self.backend

    def release(self) -> None:
        self.released = True


class Bench:
    """A camera on a fake clock; `captures` are what opening the device gives, one after another, then nothing."""

    def __init__(self, *captures: FakeCapture | None, device: int | str = 0) -> None:
        self.clock = FakeClock()
        self.captures = deque(captures)
        self.opened_at_ms: list[float] = []
        self.camera = DeviceCamera(
            DeviceSettings(device=device), open_capture=self._open, clock_ns=self.clock, sleep=self.clock.sleep
        )

    def _open(self, settings: DeviceSettings) -> Capture | None:
        self.opened_at_ms.append(to_ms(self.clock.now_ns - seconds(100)))
        return self.captures.popleft() if self.captures else None


def test_a_picture_says_its_size_and_format() -> None:
    frame = Bench(FakeCapture(pictures=1)).camera.read(timeout_s=0.1)

    assert frame is not None
    assert (frame.width_px, frame.height_px, frame.pixel_format) == (64, 48, "bgr24")


def test_a_v4l2_picture_is_stamped_by_the_kernel() -> None:
    bench = Bench(FakeCapture(pictures=1, position_ms=to_ms(seconds(100)) - 21.5))
    frame = bench.camera.read(timeout_s=0.1)

    assert frame is not None
    assert frame.captured_ns == bench.clock.now_ns - ms(21.5)


@pytest.mark.parametrize(
    "capture",
    [
        FakeCapture(pictures=1, position_ms=99_000.0),
        FakeCapture(pictures=1, position_ms=100_001.0),
        FakeCapture(pictures=1, position_ms=99_990.0, backend="FFMPEG"),
    ],
    ids=["too-old", "from-the-future", "a-position-in-a-stream"],
)
def test_a_stamp_that_cannot_be_the_capture_is_replaced_by_now(capture: FakeCapture) -> None:
    bench = Bench(capture)
    frame = bench.camera.read(timeout_s=0.1)

    assert frame is not None
    assert frame.captured_ns == bench.clock.now_ns


def test_an_absent_camera_is_tried_again_at_growing_intervals() -> None:
    bench = Bench()
    while len(bench.opened_at_ms) < 7:
        assert bench.camera.read(timeout_s=0.1) is None
    gaps = np.diff(bench.opened_at_ms)

    assert gaps.tolist() == pytest.approx([500, 1_000, 2_000, 4_000, 5_000, 5_000], abs=100)


def test_a_camera_that_was_unplugged_comes_back() -> None:
    unplugged = FakeCapture(pictures=1)
    bench = Bench(unplugged, None, FakeCapture(pictures=1))
    assert bench.camera.read(timeout_s=0.1) is not None
    reads = [bench.camera.read(timeout_s=0.1) for _ in range(20)]

    assert unplugged.released
    assert sum(frame is not None for frame in reads) == 1


def test_a_closed_camera_has_let_go_of_its_device() -> None:
    capture = FakeCapture(pictures=1)
    bench = Bench(capture)
    bench.camera.read(timeout_s=0.1)
    bench.camera.close()
    bench.camera.close()

    assert capture.released


def test_a_file_plays_at_its_rate_in_a_loop(tmp_path: Path) -> None:
    path = tmp_path / "hall.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for shade in (10, 120, 240):
        writer.write(np.full((48, 64, 3), shade, dtype=np.uint8))
    writer.release()
    clock = FakeClock()
    camera = DeviceCamera(DeviceSettings(device=str(path), rate_hz=10.0), clock_ns=clock, sleep=clock.sleep)
    frames = [camera.read(timeout_s=1) for _ in range(8)]
    camera.close()
    shades = [int(np.asarray(frame.pixels).mean()) for frame in frames if frame is not None]

    assert shades == pytest.approx([10, 120, 240, 10, 120, 240], abs=4)
    assert to_ms(clock.now_ns - seconds(100)) == pytest.approx(700, abs=110)


def test_opening_does_not_need_the_device_to_be_there() -> None:
    camera = open_camera({"device": "/nonexistent/hall.mp4"})

    assert camera.read(timeout_s=0) is None
    camera.close()


@pytest.mark.parametrize("settings", [{"devise": 0}, {"width": "wide"}, {"rate_hz": 0}, {"fourcc": "MJPEG"}])
def test_wrong_settings_are_a_configuration_error(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.camera"):
        open_camera(settings)
