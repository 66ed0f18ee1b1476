"""The robot's face on a live stage, as its cameras see it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from simulator import barcode
from simulator.camera import SimCamera, open_camera
from simulator.face import HEIGHT_PX, WIDTH_PX, open_display
from simulator.scenery.head import Head
from teleop_core.errors import ConfigError, DriverLost
from tests.simulator.live_stage import LiveStage

WIDE, HIGH = 640, 360


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LiveStage]:
    with LiveStage(tmp_path) as live:
        yield live


@pytest.fixture
def camera(stage: LiveStage) -> Iterator[SimCamera]:
    opened = open_camera({"socket": stage.socket, "width": WIDE, "height": HIGH})
    yield opened
    opened.close()


def face_seen(camera: SimCamera) -> float:
    """Return how bright the middle of the robot's face is in the next picture."""
    frame = camera.read(timeout_s=10)
    assert frame is not None
    assert isinstance(frame.pixels, np.ndarray)
    assert barcode.read(frame.pixels[:HIGH]) is not None
    return float(frame.pixels[40:60, WIDE - 66 : WIDE - 46].mean())


def plain(level: int) -> np.ndarray:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), level, np.uint8)


def test_the_head_shows_what_the_display_shows_and_is_not_seen_without_one(stage: LiveStage, camera: SimCamera) -> None:
    before = [face_seen(camera) for _ in range(3)]
    display = open_display({"socket": stage.socket})
    assert display.size_px == (WIDTH_PX, HEIGHT_PX)

    display.show(plain(255))
    while face_seen(camera) < 220:
        display.show(plain(255))
    while face_seen(camera) > 30:
        display.show(plain(0))
    display.close()

    while abs(face_seen(camera) - before[-1]) > 5:  # dark: the hall is seen again
        pass


def test_a_camera_that_comes_later_sees_the_face_too(stage: LiveStage) -> None:
    display = open_display({"socket": stage.socket})
    display.show(plain(255))
    late = open_camera({"socket": stage.socket, "width": WIDE, "height": HIGH})

    while face_seen(late) < 220:
        pass
    late.close()
    display.close()


def test_without_a_stage_the_display_is_lost(tmp_path: Path) -> None:
    with pytest.raises(DriverLost, match="expected a simulated stage"):
        open_display({"socket": str(tmp_path / "nowhere")})


def test_a_wrong_key_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"robot\.face"):
        open_display({"sockets": "x"})


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_the_head_fits_into_any_picture_and_leaves_the_barcode_alone(width: int) -> None:
    height = width * 9 // 16
    picture = np.full((height * 3 // 2, width), 60, np.uint8)
    stamp = barcode.Stamp(7, 42)
    barcode.write(picture[:height], stamp)
    head = Head(width)
    head.draw(picture, height_px=height)
    assert int(picture[0, 0]) == 60

    head.wear(plain(255))
    head.draw(picture, height_px=height)

    assert barcode.read(picture[:height]) == stamp
    assert int(picture[:height].max()) > 220
