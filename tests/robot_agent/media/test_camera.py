import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from robot_agent.media.camera import Capture, DeviceCamera, DeviceSettings, open_camera
from robot_agent.media.steady_camera import SteadyCamera
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.ports import Frame
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
        self.camera = DeviceCamera(
            DeviceSettings(device=device), open_capture=self._open, clock_ns=self.clock, sleep=self.clock.sleep
        )

    def _open(self, settings: DeviceSettings) -> Capture | None:
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


def test_a_v4l2_picture_that_waited_in_its_buffer_is_told_to_be_old() -> None:
    frame = Bench(FakeCapture(pictures=1, position_ms=95_000.0)).camera.read(timeout_s=0.1)

    assert frame is not None
    assert frame.captured_ns == seconds(95)


@pytest.mark.parametrize(
    "capture",
    [
        FakeCapture(pictures=1, position_ms=89_000.0),
        FakeCapture(pictures=1, position_ms=100_001.0),
        FakeCapture(pictures=1, position_ms=99_990.0, backend="FFMPEG"),
    ],
    ids=["another-clock", "from-the-future", "a-position-in-a-stream"],
)
def test_a_stamp_that_cannot_be_the_capture_is_replaced_by_now(capture: FakeCapture) -> None:
    bench = Bench(capture)
    frame = bench.camera.read(timeout_s=0.1)

    assert frame is not None
    assert frame.captured_ns == bench.clock.now_ns


@pytest.mark.parametrize(
    ("device", "name"),
    [(3, "camera 3,"), ("rtsp://me:secret@camera.hall/stream", "camera rtsp://camera.hall/stream,")],
)
def test_an_absent_camera_is_lost_by_its_name_and_no_secret_is_in_it(device: int | str, name: str) -> None:
    with pytest.raises(DriverLost, match="cannot be opened") as lost:
        Bench(device=device).camera.read(timeout_s=0.1)

    assert name in str(lost.value)
    assert "secret" not in str(lost.value)


def test_a_camera_that_is_unplugged_is_lost_and_let_go_of() -> None:
    unplugged = FakeCapture(pictures=1)
    bench = Bench(unplugged)
    assert bench.camera.read(timeout_s=0.1) is not None

    with pytest.raises(DriverLost, match="is it plugged in"):
        bench.camera.read(timeout_s=0.1)

    assert unplugged.released


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


def test_a_device_that_is_away_is_no_file_whatever_its_name() -> None:
    bench = Bench(FakeCapture(pictures=1), device="/dev/v4l/by-id/usb-Hall_Inc.-index0")
    bench.camera.read(timeout_s=0.1)

    with pytest.raises(DriverLost):
        bench.camera.read(timeout_s=0.1)


def test_a_picture_of_a_stream_that_waited_on_its_way_is_as_old_as_its_timestamp_says() -> None:
    capture = FakeCapture(pictures=99, backend="FFMPEG")
    bench = Bench(capture, device="rtsp://camera.hall/stream")
    ages = []
    for late_ms in (0, 0, 900, 867, 0):
        capture.position_ms += 33
        bench.clock.now_ns = seconds(100) + ms(capture.position_ms + late_ms)
        frame = bench.camera.read(timeout_s=0.1)
        assert frame is not None
        ages.append(to_ms(bench.clock.now_ns - frame.captured_ns))

    assert ages == pytest.approx([0, 0, 900, 867, 0])


class StreamServer:
    """A camera in the network: MPEG-TS over TCP, for one who looks at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._serving = threading.Event()
        self._serving.set()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def unplug(self) -> None:
        self._serving.clear()

    def plug_in(self) -> None:
        self._serving.set()

    def close(self) -> None:
        self._ends.set()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._ends.is_set():
                viewer, _ = self._listener.accept()
                with viewer:
                    if self._serving.is_set():
                        self._send(viewer)

    def _send(self, viewer: socket.socket) -> None:
        with contextlib.suppress(OSError), viewer.makefile("wb") as out:
            container = av.open(out, "w", format="mpegts")
            stream = container.add_stream("mpeg2video", rate=25)
            stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 240, "yuv420p", 5
            noise = np.random.default_rng(3)
            while self._serving.is_set() and not self._ends.is_set():
                picture = av.VideoFrame.from_ndarray(noise.integers(0, 255, (240, 320, 3), np.uint8), format="bgr24")
                container.mux(stream.encode(picture))
                out.flush()
                time.sleep(0.02)


@pytest.fixture
def server() -> Iterator[StreamServer]:
    made = StreamServer()
    yield made
    made.close()


def pictures_of(camera: SteadyCamera, count: int) -> list[Frame]:
    pictures: list[Frame] = []
    while len(pictures) < count:
        frame = camera.read(timeout_s=0.05)
        if frame is not None:
            pictures.append(frame)
    return pictures


def test_a_stream_from_the_network_is_read_and_read_again_when_its_camera_is_back(server: StreamServer) -> None:
    camera = SteadyCamera("head", lambda: open_camera({"device": server.url}))
    try:
        first = pictures_of(camera, 5)
        server.unplug()
        while camera.read(timeout_s=0.05) is not None:
            pass
        server.plug_in()
        again = pictures_of(camera, 5)
    finally:
        camera.close()

    assert (first[0].width_px, first[0].height_px) == (320, 240)
    assert again[0].captured_ns > first[-1].captured_ns


def test_opening_does_not_need_the_device_to_be_there() -> None:
    camera = open_camera({"device": "/nonexistent/hall.mp4"})

    with pytest.raises(DriverLost):
        camera.read(timeout_s=0)
    camera.close()


@pytest.mark.parametrize("settings", [{"devise": 0}, {"width": "wide"}, {"rate_hz": 0}, {"fourcc": "MJPEG"}])
def test_wrong_settings_are_a_configuration_error(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.camera"):
        open_camera(settings)
