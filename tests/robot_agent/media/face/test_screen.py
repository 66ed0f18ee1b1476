"""The face's thread, with encoded pictures in and a display that remembers."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from robot_agent.media.face.card import draw_card
from robot_agent.media.face.screen import MAX_WAITING, FaceScreen, fitted
from teleop_core.errors import DriverLost
from tests.robot_agent.media.face.encoded import BLACK, WHITE, vp8
from tests.robot_agent.media.face.fake_display import FakeDisplay

CARD_LEVEL = 70  # the card is darker than this in its middle
FACE_LEVEL = 240


class Running:
    """A screen in its thread."""

    def __init__(self) -> None:
        self.display = FakeDisplay()
        self.screen = FaceScreen(self.display)
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.screen.run()
        except DriverLost as exc:
            self.failure = exc

    @property
    def level(self) -> float:
        return self.display.levels[-1] if self.display.levels else -1.0

    def until(self, true: Callable[[], bool]) -> None:
        while not true():
            time.sleep(0.005)

    def keep_sending(self, pictures: list[bytes], true: Callable[[], bool]) -> None:
        """Send all pictures again and again, from the keyframe on, until it is so."""
        while not true():
            for picture in pictures:
                self.screen.put(picture)
                time.sleep(0.02)

    def stop(self) -> None:
        self.screen.stop()
        self._thread.join()


@pytest.fixture
def running() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


def test_the_card_is_shown_until_a_face_comes_which_comes_in_gradually(running: Running) -> None:
    running.until(lambda: running.level >= 0)
    assert running.level < CARD_LEVEL

    running.keep_sending(vp8([WHITE] * 3), lambda: running.level > FACE_LEVEL)

    between = [level for level in running.display.levels if CARD_LEVEL < level <= FACE_LEVEL]
    assert between == sorted(between)


def test_a_face_that_ceases_becomes_the_card_again(running: Running) -> None:
    running.keep_sending(vp8([WHITE] * 3), lambda: running.level > FACE_LEVEL)

    running.until(lambda: running.level < CARD_LEVEL)


def test_a_card_of_the_shows_covers_the_face_until_it_is_taken_away(running: Running) -> None:
    running.keep_sending(vp8([WHITE] * 3), lambda: running.level > FACE_LEVEL)
    running.screen.cover(np.full((30, 30, 3), 150, np.uint8))

    running.keep_sending(vp8([WHITE] * 3), lambda: running.level == 150.0)
    running.screen.cover(None)
    running.keep_sending(vp8([WHITE] * 3), lambda: running.level < CARD_LEVEL)
    running.screen.uncover()

    running.keep_sending(vp8([WHITE] * 3), lambda: running.level > FACE_LEVEL)


def test_at_the_end_the_card_is_left_and_the_display_closed(running: Running) -> None:
    running.keep_sending(vp8([WHITE] * 3), lambda: running.level > FACE_LEVEL)
    running.stop()

    assert running.level < CARD_LEVEL
    assert running.display.closed.is_set()


def test_a_display_that_fails_ends_the_run_with_its_error(running: Running) -> None:
    running.until(lambda: running.level >= 0)
    running.display.broken = True
    running.keep_sending(vp8([WHITE] * 3), lambda: running.failure is not None)

    assert "its cable is gone" in str(running.failure)
    running.until(running.display.closed.is_set)


def test_what_cannot_be_decoded_is_passed_over_until_the_next_keyframe(running: Running) -> None:
    good = vp8([WHITE] * 3)
    running.screen.put(good[0][:10] + bytes(40))

    running.keep_sending(good, lambda: running.level > FACE_LEVEL)


def test_a_huge_picture_is_not_even_decoded(running: Running) -> None:
    running.until(lambda: running.level >= 0)
    for picture in vp8([WHITE] * 10, width=1296, height=64):
        running.screen.put(picture)
        time.sleep(0.02)

    assert max(running.display.levels) < CARD_LEVEL


def test_a_thread_that_is_too_slow_gets_no_queue_but_a_keyframe() -> None:
    screen = FaceScreen(FakeDisplay())
    pictures = vp8([BLACK] * (MAX_WAITING + 2))
    taken = [screen.put(picture) for picture in pictures[: MAX_WAITING + 1]]

    assert taken == [True] * MAX_WAITING + [False]
    assert screen.put(pictures[0])


def test_a_picture_fills_the_display_and_is_cut_around_its_middle() -> None:
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 100:300] = WHITE

    shown = fitted(wide, (64, 48))

    assert shown.shape == (48, 64, 3)
    assert shown.min() == WHITE


def test_the_card_is_drawn_dark_with_bright_lines() -> None:
    card = draw_card(320, 240)

    assert card.shape == (240, 320, 3)
    assert card.mean() < 60
    assert card.max() > 200
