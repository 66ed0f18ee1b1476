"""The robot's head as a monitor in the hall would show it: a shell with a face display, in a corner of the picture."""

from typing import Final

import cv2
import numpy as np

from simulator.scenery.texture import Bytes, Cutout, as_paint, cutout

WIDTH: Final = 0.15  # share of the picture's width
MARGIN: Final = 0.02
_ASPECT: Final = 1.06  # of the head: height to width
_FINE: Final = 2
_SHELL: Final = (0.80, 0.78, 0.75)
_SHADE: Final = (0.52, 0.50, 0.47)
_VISOR: Final = (0.09, 0.07, 0.05)
_FACE_BOX: Final = (0.14, 0.17, 0.86, 0.74)  # left, top, right, bottom, in shares of the head


class Head:
    """One head for pictures of one size; both sides are multiples of 4."""

    def __init__(self, width_px: int) -> None:
        self._wide = 4 * round(width_px * WIDTH / 4)
        self._high = 4 * round(self._wide * _ASPECT / 4)
        self._margin = 2 * round(width_px * MARGIN / 2)
        self._shell, self._cover = self._paint()
        self._cut: Cutout | None = None

    def wear(self, face: Bytes | None) -> None:
        """Show `face` (height, width, 3), BGR, from now on; None: the head is not seen."""
        if face is None:
            self._cut = None
            return
        left, top, right, bottom = (
            round(share * side) for share, side in zip(_FACE_BOX, (self._wide, self._high) * 2, strict=True)
        )
        paint = self._shell.copy()
        scaled = cv2.resize(face, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        paint[top:bottom, left:right] = as_paint(scaled) / 255
        self._cut = cutout(paint, self._cover)

    def draw(self, picture: Bytes, *, height_px: int) -> None:
        """Draw the head into the top right corner of an I420 picture (height*3/2, width); nothing before `wear`."""
        if self._cut is None:
            return
        width_px = picture.shape[1]
        top, left = self._margin, 2 * ((width_px - self._margin - self._wide) // 2)
        luma = picture[top : top + self._high, left : left + self._wide]
        _lay(luma, self._cut.luma, self._cut.luma_gap)
        planes = picture[height_px:].reshape(2, height_px // 2, width_px // 2)
        for number, plane in enumerate(planes):
            part = plane[top // 2 : (top + self._high) // 2, left // 2 : (left + self._wide) // 2]
            _lay(part, self._cut.chroma[:, :, number], self._cut.chroma_gap[:, :, number])

    def _paint(self) -> tuple[np.ndarray, np.ndarray]:
        wide, high = self._wide * _FINE, self._high * _FINE
        paint = np.empty((high, wide, 3), np.float32)
        paint[:] = np.linspace(_SHELL, _SHADE, high, dtype=np.float32)[:, np.newaxis, :]
        cover = np.zeros((high, wide), np.uint8)
        _rounded(cover, (0.30, 0.86, 0.70, 1.0), 0.03, 255)  # the neck
        _rounded(cover, (0.0, 0.32, 1.0, 0.58), 0.10, 255)  # the ears
        _rounded(cover, (0.05, 0.0, 0.95, 0.92), 0.24, 255)
        visor = np.zeros((high, wide), np.uint8)
        _rounded(visor, (0.10, 0.12, 0.90, 0.79), 0.12, 255)
        paint[visor > 0] = _VISOR
        size = self._wide, self._high
        return (
            as_paint(cv2.resize(paint, size, interpolation=cv2.INTER_AREA)),
            as_paint(cv2.resize(cover, size, interpolation=cv2.INTER_AREA)) / 255,
        )


def _lay(part: Bytes, colour: Bytes, gap: Bytes) -> None:
    part[:] = cv2.add(cv2.multiply(part, gap, scale=1 / 255), colour)


def _rounded(mask: Bytes, box: tuple[float, float, float, float], radius: float, value: int) -> None:
    """Fill a rectangle with round corners; `box` is left, top, right, bottom in shares of the mask's sides."""
    high, wide = mask.shape
    left, top, right, bottom = (round(share * side) for share, side in zip(box, (wide, high) * 2, strict=True))
    bend = round(radius * wide)
    cv2.rectangle(mask, (left + bend, top), (right - bend, bottom), value, -1)
    cv2.rectangle(mask, (left, top + bend), (right, bottom - bend), value, -1)
    for x in (left + bend, right - bend):
        for y in (top + bend, bottom - bend):
            cv2.circle(mask, (x, y), bend, value, -1)
