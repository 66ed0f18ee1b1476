"""Decodes the face and keeps the display, in a thread of its own: nothing of it holds up the event loop."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import av
import cv2
import numpy as np
import structlog

from robot_agent.media.face.card import Pixels, draw_card
from robot_agent.media.face.fade import Fade
from robot_agent.media.face.joiner import is_keyframe, size_px
from teleop_core.errors import DriverError
from teleop_core.ports import FaceDisplay

MAX_WAITING: Final = 8  # encoded pictures; above, the thread is too slow and begins anew with a keyframe
MAX_SIDE_PX: Final = 1280
_FADE_STEP_S: Final = 1 / 25
_REST_S: Final = 0.2

_log = structlog.get_logger(__name__)


class FaceScreen:
    """`put` is for the event loop, `run` is the thread's whole work. The display is closed by `run`."""

    def __init__(self, display: FaceDisplay, *, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._display = display
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._stopping = False
        self._decoder = av.CodecContext.create("vp8", "r")
        self._can_decode = False  # from a keyframe on
        self._hold_card = draw_card(*display.size_px)
        self._card = self._hold_card
        self._face = self._card
        self.shown = self._card  # now, or about to be
        self._is_covered = False  # a card is shown, whether the presenter's face comes or not
        self._fade = Fade()

    def cover(self, card: Pixels | None) -> None:
        """Show a card, (height, width, 3) BGR of any size, in the presenter's place, None for the hold card."""
        shown = self._hold_card if card is None else fitted(card, self._display.size_px)
        with self._changed:
            self._card, self._is_covered = shown, True
            self._changed.notify()

    def uncover(self) -> None:
        """Show the presenter again, and where they are away the hold card."""
        with self._changed:
            self._card, self._is_covered = self._hold_card, False
            self._changed.notify()

    def put(self, picture: bytes) -> bool:
        """Take an encoded picture over; False when it, and all that build on it, are of no use until a keyframe."""
        with self._changed:
            if is_keyframe(picture):
                self._waiting.clear()
            elif len(self._waiting) >= MAX_WAITING:
                self._waiting.clear()
                return False
            self._waiting.append(picture)
            self._changed.notify()
        return True

    def stop(self) -> None:
        """Let `run` return soon."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Show what comes, until stopped.

        Raises:
            DriverError: the display failed.
        """
        shown: float | None = None
        card = self._card
        try:
            while not self._stopping:
                came = self._decode(self._take(wait_s=_FADE_STEP_S if self._is_fading(shown) else _REST_S))
                now_ns = self._clock()
                if came and not self._is_covered:
                    self._fade.came(now_ns=now_ns)
                share = self._fade.share(now_ns=now_ns)
                was, card = card, self._card
                if share != shown or (came and share > 0) or card is not was:
                    self.shown = self._mixed(share)
                    self._display.show(self.shown)
                    shown = share
        finally:
            with contextlib.suppress(DriverError):
                self._display.show(self._card)
            self._display.close()

    def _is_fading(self, shown: float | None) -> bool:
        return shown is not None and 0 < shown < 1

    def _take(self, *, wait_s: float) -> list[bytes]:
        with self._changed:
            if not self._waiting and not self._stopping:
                self._changed.wait(wait_s)
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def _decode(self, pictures: list[bytes]) -> bool:
        """Decode all, keep the newest; return whether there is a new one."""
        newest: av.VideoFrame | None = None
        for picture in pictures:
            if is_keyframe(picture):
                self._can_decode = max(size_px(picture)) <= MAX_SIDE_PX
            if not self._can_decode:
                continue
            try:
                frames = self._decoder.decode(av.Packet(picture))
            except av.FFmpegError as exc:
                _log.warning("face_undecodable", error=str(exc))
                self._can_decode = False
                continue
            newest = frames[-1] if frames else newest
        if newest is None:
            return False
        self._face = fitted(np.asarray(newest.to_ndarray(format="bgr24"), np.uint8), self._display.size_px)
        return True

    def _mixed(self, share: float) -> Pixels:
        if share in {0.0, 1.0}:
            return self._face if share else self._card
        return np.asarray(cv2.addWeighted(self._face, share, self._card, 1 - share, 0), np.uint8)


def fitted(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Return `picture` scaled until it fills (width, height), and cut to it around its middle."""
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    across, down = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    scaled = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (across - width) // 2, (down - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width], np.uint8)
