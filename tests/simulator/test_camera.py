"""The simulated camera on a live stage."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from simulator import barcode
from simulator.camera import SimCamera, open_camera
from simulator.faults import Fault
from simulator.layout import StageLayout
from simulator.renderer import Renderer
from simulator.stage_client import StageClient
from simulator.stage_link import Pose, Scene
from teleop_core.errors import ConfigError
from teleop_core.ports import Frame
from tests.simulator.live_stage import LiveStage

SMALL = {"width": 320, "height": 180}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStage]:
    with LiveStage(tmp_path_factory.mktemp("stage")) as live:
        yield live


@pytest.fixture
def client(stage: LiveStage) -> Iterator[StageClient]:
    with stage.client() as opened:
        opened.place(0.0, 0.0)
        yield opened


@pytest.fixture
def camera(stage: LiveStage) -> Iterator[SimCamera]:
    opened = open_camera({"socket": stage.socket, **SMALL})
    yield opened
    opened.close()


def read(camera: SimCamera) -> Frame:
    frame = camera.read(timeout_s=10)
    assert frame is not None
    return frame


def luma(frame: Frame) -> np.ndarray:
    assert isinstance(frame.pixels, np.ndarray)
    return frame.pixels[: frame.height_px]


def test_delivers_i420_pictures_of_the_size_that_was_asked_for(camera: SimCamera) -> None:
    frame = read(camera)

    assert (frame.width_px, frame.height_px, frame.pixel_format) == (320, 180, "yuv420p")
    assert isinstance(frame.pixels, np.ndarray)
    assert frame.pixels.shape == (270, 320)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.flags.c_contiguous


def test_each_picture_says_its_number_and_when_it_was_captured(camera: SimCamera) -> None:
    stamps = []
    for _ in range(5):
        frame = read(camera)
        stamp = barcode.read(luma(frame))
        assert stamp is not None
        assert stamp.captured_us == frame.captured_ns // 1000
        assert frame.captured_ns <= time.monotonic_ns()
        stamps.append(stamp)

    assert [stamp.number for stamp in stamps] == list(range(stamps[0].number, stamps[0].number + 5))
    assert [one.captured_us for one in stamps] == sorted({one.captured_us for one in stamps})


def test_keeps_its_rate_and_not_more(camera: SimCamera) -> None:
    read(camera)
    began = time.monotonic()
    for _ in range(30):
        read(camera)

    assert time.monotonic() - began > 0.9


def test_sees_that_the_robot_has_moved(camera: SimCamera, client: StageClient) -> None:
    before = luma(read(camera)).copy()

    client.place(0.0, 0.0, 3.1)
    time.sleep(0.05)
    after = luma(read(camera))

    assert np.abs(after.astype(int) - before).mean() > 10


def test_a_stalled_camera_delivers_nothing_and_comes_back(camera: SimCamera, client: StageClient) -> None:
    read(camera)
    client.set_fault(Fault.CAMERA_STALLED, on=True)
    time.sleep(0.05)

    assert camera.read(timeout_s=0.3) is None

    client.set_fault(Fault.CAMERA_STALLED, on=False)
    read(camera)


def test_a_repeating_camera_shows_the_old_picture_with_new_stamps(camera: SimCamera, client: StageClient) -> None:
    read(camera)
    client.set_fault(Fault.CAMERA_REPEATS, on=True)
    time.sleep(0.05)
    first = read(camera)
    number = barcode.read(luma(first))

    client.place(1.0, 1.0, 1.0)
    later = [read(camera) for _ in range(4)]
    client.set_fault(Fault.CAMERA_REPEATS, on=False)

    assert [barcode.read(luma(frame)) for frame in later] == [number] * 4
    assert later[-1].captured_ns > first.captured_ns


def test_an_absent_stage_is_no_picture_and_it_is_found_when_it_comes(tmp_path: Path) -> None:
    stage = LiveStage(tmp_path)
    camera = open_camera({"socket": stage.socket, **SMALL})
    assert camera.read(timeout_s=0.1) is None

    for _ in range(2):
        with stage:
            read(camera)
        while camera.read(timeout_s=0.1) is not None:
            pass
    camera.close()


@pytest.mark.parametrize("settings", [{}, {"socket": "a", "width": 100}, {"socket": "a", "fps": 30}])
def test_wrong_settings_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.camera"):
        open_camera(settings)


@pytest.mark.parametrize("heading", [0.0, 1.0, 3.14159, -2.0])
def test_looks_like_a_stage_from_everywhere(heading: float) -> None:
    """Bright enough to see, dark enough for a theatre, and never a hole in the picture."""
    renderer = Renderer(StageLayout(), seed=1, width_px=640, height_px=360)
    pixels = np.zeros((540, 640), np.uint8)
    for x_m, y_m in ((0.0, 0.0), (3.9, 0.0), (-1.7, -4.5), (3.0, 4.9)):
        for fallen in (False, True):
            renderer.draw(scene(x_m, y_m, heading, fallen=fallen), pixels)
            assert 18 < pixels[:360].mean() < 150
            assert pixels[:360].std() > 4


def test_the_front_of_the_stage_sees_the_robot_where_it_is() -> None:
    """The robot on the left of the stage as it faces the hall is on the right of who looks at it."""
    renderer = Renderer(StageLayout(), seed=1, width_px=640, height_px=360)
    eye = Pose(5.1, 0.0, math.pi)
    pictures = []
    for y_m in (-1.5, 1.5):
        pixels = np.zeros((540, 640), np.uint8)
        renderer.draw(scene(2.0, y_m, 0.0), pixels, eye=eye)
        pictures.append(pixels[:360].astype(np.int16))
    differs = np.abs(pictures[0] - pictures[1]) > 8
    left, right = pictures[0][:, :320], pictures[0][:, 320:]

    assert differs[:, 100:320].any()
    assert differs[:, 320:540].any()
    assert 18 < left.mean() < 150
    assert 18 < right.mean() < 150


def test_what_a_picture_costs() -> None:
    """Printed with -s, for the record; not a promise that a test on a shared machine could keep."""
    renderer = Renderer(StageLayout(), seed=1, width_px=1280, height_px=720)
    pixels = np.zeros((1080, 1280), np.uint8)
    costs = {}
    for word, step in (("moving", 1e-3), ("still", 0.0)):
        began = time.thread_time()
        for number in range(30):
            renderer.draw(scene(0.5 + step * number, 0.0, 0.3), pixels)
        costs[word] = (time.thread_time() - began) / 30 * 1000
    print({word: f"{cost:.2f} ms" for word, cost in costs.items()})  # noqa: T201 - its purpose


def scene(x_m: float, y_m: float, heading_rad: float, *, fallen: bool = False) -> Scene:
    return Scene(
        stage_ns=0,
        monotonic_ns=0,
        robot=Pose(x_m, y_m, heading_rad),
        people=(Pose(0.5, -3.0, 0.0), Pose(0.0, 3.2, 2.0)),
        fallen=fallen,
        stalled=False,
        repeats=False,
    )
