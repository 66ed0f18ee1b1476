"""A camera whose driver fails in every way: it costs its own pictures, is told, and is tried again."""

from collections import deque

import numpy as np
import pytest
from structlog.testing import capture_logs

from robot_agent.media.steady_camera import SteadyCamera
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.ports import Frame
from teleop_core.timebase import seconds

GOOD = Frame(
    pixels=np.zeros((48, 64, 3), np.uint8), pixel_format="bgr24", width_px=64, height_px=48, captured_ns=seconds(1)
)

Word = Frame | Exception | None


class Driver:
    """Says one word after the other, and fails to close where it is told so."""

    def __init__(self, *words: Word, close_fault: Exception | None = None) -> None:
        self._words = deque(words)
        self._close_fault = close_fault
        self.closed = 0

    def read(self, *, timeout_s: float) -> Frame | None:
        word = self._words.popleft() if self._words else None
        if isinstance(word, Exception):
            raise word
        return word

    def close(self) -> None:
        self.closed += 1
        if self._close_fault is not None:
            raise self._close_fault


class Bench:
    """A camera in virtual time; `openings` are what opening it gives, one after another, the last one for ever."""

    def __init__(self, *openings: Driver | Exception) -> None:
        self._openings = deque(openings)
        self.now_s = 0.0
        self.opened_s: list[float] = []
        self.camera = SteadyCamera("head", self._open, clock_ns=lambda: seconds(self.now_s), sleep=self._sleep)

    def read(self, times: int = 1) -> list[Frame]:
        frames = [self.camera.read(timeout_s=0.1) for _ in range(times)]
        return [frame for frame in frames if frame is not None]

    def _open(self) -> Driver:
        self.opened_s.append(self.now_s)
        opening = self._openings.popleft() if len(self._openings) > 1 else self._openings[0]
        if isinstance(opening, Exception):
            raise opening
        return opening

    def _sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


def test_pictures_come_through_and_nothing_is_amiss() -> None:
    bench = Bench(Driver(GOOD, None, GOOD))

    assert bench.read(3) == [GOOD, GOOD]
    assert bench.camera.fault == ""
    assert len(bench.opened_s) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (DriverLost("expected a picture of 0, got none"), "expected a picture of 0, got none"),
        (OSError("the camera's socket is gone"), "OSError: the camera's socket is gone"),
        (RuntimeError("x" * 1000), "RuntimeError: " + "x" * 286),
    ],
)
@pytest.mark.parametrize("how", ["opening", "reading"])
def test_one_that_fails_is_told_once_and_opened_anew(fault: Exception, reason: str, how: str) -> None:
    failed = fault if how == "opening" else Driver(fault)
    bench = Bench(failed, Driver(GOOD))
    with capture_logs() as lines:
        assert bench.read() == []
        assert bench.camera.fault == reason
        assert bench.read(8) == [GOOD]

    assert isinstance(failed, Exception) or failed.closed == 1
    assert bench.camera.fault == ""
    assert [(line["event"], line["camera"]) for line in lines] == [("camera.failed", "head"), ("camera.back", "head")]


def test_one_that_is_away_is_tried_again_at_growing_intervals_and_told_once() -> None:
    bench = Bench(DriverLost("unplugged"))
    with capture_logs() as lines:
        while len(bench.opened_s) < 7:
            bench.read()

    assert np.diff(bench.opened_s).tolist() == pytest.approx([0.5, 1, 2, 4, 5, 5], abs=0.1)
    assert len(lines) == 1


def test_one_that_came_back_for_a_picture_is_tried_again_soon() -> None:
    bench = Bench(DriverLost("a"), DriverLost("a"), Driver(GOOD, DriverLost("a")), DriverLost("a"))
    while len(bench.opened_s) < 4:
        bench.read()

    assert np.diff(bench.opened_s).tolist() == pytest.approx([0.5, 1, 0.5], abs=0.1)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((48, 60, 3), np.uint8), "expected bgr24 pixels"),
        (np.zeros((48, 64, 3), np.float32), "got float32"),
        (None, "got NoneType"),
        ("picture", "got str"),
    ],
)
def test_a_picture_that_is_none_is_a_fault_of_its_driver(pixels: object, words: str) -> None:
    wrong = Frame(pixels=pixels, pixel_format="bgr24", width_px=64, height_px=48, captured_ns=0)
    bench = Bench(Driver(wrong))

    assert bench.read() == []
    assert words in bench.camera.fault


def test_what_is_no_frame_at_all_is_a_fault_of_its_driver() -> None:
    bench = Bench(Driver("picture"))  # type: ignore[arg-type] # as of a driver without types

    assert bench.read() == []
    assert "AttributeError" in bench.camera.fault


def test_settings_that_can_never_work_are_no_fault_to_wait_for() -> None:
    with pytest.raises(ConfigError):
        Bench(ConfigError("robot.camera: no such key")).read()


def test_closing_lets_go_once_whatever_the_driver_says() -> None:
    driver = Driver(GOOD, close_fault=OSError("busy"))
    bench = Bench(driver)
    bench.read()
    with capture_logs() as lines:
        bench.camera.close()
        bench.camera.close()

    assert driver.closed == 1
    assert [(line["event"], line["reason"]) for line in lines] == [("camera.close_failed", "OSError: busy")]
