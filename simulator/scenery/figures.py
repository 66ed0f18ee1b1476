"""What stands on the stage: people, shaded as reliefs, their shadows, and the lectern as a box."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.scenery.texture import Cover, Cutout, Paint, as_paint, cutout

PERSON_HEIGHT_M: Final = 1.9  # of the cutout: a person of 1.75 m and some air
PERSON_WIDTH_M: Final = 0.95
SHADOW_M: Final = 0.9
LECTERN_SHADOW_M: Final = 1.1
_PX_PER_M: Final = 340
_HALF_COVERED: Final = 128
_LIGHT: Final = (-0.45, -0.62, 0.64)  # from above, the left and the front: x right, y down, z to the camera

Colour = tuple[float, float, float]
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Person:
    """One person from the front and from behind, in falling sizes."""

    front: tuple[Cutout, ...]
    back: tuple[Cutout, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    coat: Colour
    trousers: Colour
    hair: Colour
    skin: Colour
    long_hair: bool = False


_LOOKS: Final = (
    _Look((0.50, 0.32, 0.16), (0.20, 0.17, 0.15), (0.07, 0.08, 0.11), (0.55, 0.68, 0.90), long_hair=True),
    _Look((0.26, 0.24, 0.62), (0.34, 0.30, 0.28), (0.10, 0.16, 0.25), (0.50, 0.64, 0.86)),
    _Look((0.42, 0.44, 0.30), (0.18, 0.18, 0.20), (0.06, 0.07, 0.08), (0.48, 0.60, 0.82)),
)


def paint_person(number: int) -> Person:
    """Paint the person of that number; looks repeat."""
    look = _LOOKS[number % len(_LOOKS)]
    return Person(_sizes(*_figure(look, facing=True)), _sizes(*_figure(look, facing=False)))


def paint_shadow() -> Cutout:
    """Paint the soft dark disc under whatever stands on the floor."""
    size = 128
    across = (np.arange(size, dtype=np.float32) - size / 2 + 0.5) / (size / 2)
    far = np.hypot(across[np.newaxis, :], across[:, np.newaxis])
    return cutout(np.zeros((size, size, 3), np.float32), 0.62 * np.clip(1 - far, 0, 1) ** 0.8)


def lectern_faces(x_m: float, y_m: float) -> tuple[NDArray[np.float64], list[Colour]]:
    """Return the lectern's faces in the order of painting: corners in the stage frame (N, 4, 3), and N colours.

    Seen from outside, corners run counter-clockwise. The speaker stands behind it (smaller x), its front bears a plate.
    """
    oak: Colour = (0.22, 0.36, 0.56)
    blocks = (
        ((-0.22, 0.22), (-0.28, 0.28), (0.0, 0.06), (0.12, 0.18, 0.28)),
        ((-0.16, 0.16), (-0.22, 0.22), (0.06, 1.02), oak),
        ((0.16, 0.17), (-0.12, 0.12), (0.55, 0.80), (0.35, 0.66, 0.86)),
        ((-0.17, -0.16), (-0.16, 0.16), (0.35, 0.80), (0.14, 0.22, 0.36)),
        ((-0.24, 0.24), (-0.31, 0.31), (1.02, 1.07), (0.28, 0.46, 0.70)),
        ((-0.14, 0.10), (-0.11, 0.11), (1.07, 1.085), (0.80, 0.92, 1.0)),
    )
    corners: list[list[tuple[float, float, float]]] = []
    colours: list[Colour] = []
    for (x0, x1), (y0, y1), (z0, z1), (blue, green, red) in blocks:
        corners += [
            [(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)],  # front
            [(x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)],  # back
            [(x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)],  # left
            [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],  # right
            [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],  # top
        ]
        colours += [(blue * shade, green * shade, red * shade) for shade in (0.62, 0.85, 0.75, 0.55, 1.15)]
    return np.array(corners) + np.array((x_m, y_m, 0.0)), colours


def _sizes(paint: Paint, cover: Cover) -> tuple[Cutout, ...]:
    sizes = []
    for divisor in (1, 2, 4):
        width, height = (2 * round(side / divisor / 2) for side in (paint.shape[1], paint.shape[0]))
        small, small_cover = (cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in (paint, cover))
        sizes.append(cutout(as_paint(small), as_paint(small_cover)))
    return tuple(sizes)


def _figure(look: _Look, *, facing: bool) -> tuple[Paint, Cover]:
    """Return one figure; places are metres from the middle (right) and from the floor (up)."""
    canvas = _Relief()
    shoe: Colour = (0.07, 0.08, 0.09)
    for side in (-1, 1):
        canvas.blob(side * 0.11, 0.05, 0.075, 0.05, shoe)
        canvas.limb(
            [(side * 0.09, 0.90), (side * 0.105, 0.48), (side * 0.11, 0.09)], (0.105, 0.085, 0.06), look.trousers
        )
    if look.long_hair:
        canvas.blob(0.0, 1.57, 0.125, 0.17, look.hair)
    for side in (-1, 1):
        canvas.limb([(side * 0.20, 1.38), (side * 0.27, 1.10), (side * 0.25, 0.86)], (0.07, 0.058, 0.045), look.coat)
        canvas.blob(side * 0.25, 0.82, 0.045, 0.06, look.skin)
    canvas.shape(
        [
            (-0.06, 1.50),
            (0.06, 1.50),
            (0.21, 1.43),
            (0.20, 1.15),
            (0.185, 0.80),
            (-0.185, 0.80),
            (-0.20, 1.15),
            (-0.21, 1.43),
        ],
        look.coat,
    )
    if facing:
        canvas.shape([(-0.055, 1.49), (0.055, 1.49), (0.0, 1.22)], (0.86, 0.90, 0.92))
    canvas.limb([(0.0, 1.50), (0.0, 1.56)], (0.05, 0.05), look.skin)
    if look.long_hair and not facing:
        canvas.blob(0.0, 1.57, 0.125, 0.17, look.hair)
    canvas.blob(0.0, 1.655, 0.108, 0.125, look.hair)
    if facing:
        canvas.blob(0.0, 1.625, 0.085, 0.112, look.skin)
        canvas.blob(0.0, 1.715, 0.088, 0.045, look.hair)
        for side in (-1, 1):
            canvas.blob(side * 0.033, 1.64, 0.012, 0.009, (0.12, 0.14, 0.18))
        canvas.blob(0.0, 1.572, 0.022, 0.006, (0.38, 0.40, 0.66))
    return canvas.done()


class _Relief:
    """Paints rounded parts over one another, each shaded as if it bulged toward the camera."""

    def __init__(self) -> None:
        height, width = 2 * round(PERSON_HEIGHT_M * _PX_PER_M / 2), 2 * round(PERSON_WIDTH_M * _PX_PER_M / 2)
        self._paint: Paint = np.zeros((height, width, 3), np.float32)
        self._cover: Cover = np.zeros((height, width), np.float32)

    def blob(self, x_m: float, z_m: float, half_x_m: float, half_z_m: float, colour: Colour) -> None:
        mask = self._blank()
        axes = max(1, round(half_x_m * _PX_PER_M)), max(1, round(half_z_m * _PX_PER_M))
        cv2.ellipse(mask, self._at(x_m, z_m), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        self._lay(mask, colour)

    def shape(self, points: Points, colour: Colour) -> None:
        mask = self._blank()
        cv2.fillPoly(mask, [np.array([self._at(*point) for point in points])], 255, cv2.LINE_AA)
        self._lay(cv2.GaussianBlur(mask, (0, 0), 3).astype(np.uint8), colour)

    def limb(self, points: Points, half_widths_m: Sequence[float], colour: Colour) -> None:
        mask = self._blank()
        ends = list(zip(points, half_widths_m, strict=True))
        for (one, wide), (two, narrow) in itertools.pairwise(ends):
            for share in np.linspace(0, 1, 24):
                x_m = one[0] + (two[0] - one[0]) * share
                z_m = one[1] + (two[1] - one[1]) * share
                radius = round((wide + (narrow - wide) * share) * _PX_PER_M)
                cv2.circle(mask, self._at(x_m, z_m), radius, 255, -1, cv2.LINE_AA)
        self._lay(mask, colour)

    def done(self) -> tuple[Paint, Cover]:
        """Return the figure, darker toward the floor, where the light does not reach so well."""
        fade = np.linspace(1.06, 0.72, self._paint.shape[0], dtype=np.float32)
        return self._paint * fade[:, np.newaxis, np.newaxis], self._cover

    def _blank(self) -> NDArray[np.uint8]:
        return np.zeros(self._cover.shape, np.uint8)

    def _at(self, x_m: float, z_m: float) -> tuple[int, int]:
        return round(self._cover.shape[1] / 2 + x_m * _PX_PER_M), round(self._cover.shape[0] - z_m * _PX_PER_M)

    def _lay(self, mask: NDArray[np.uint8], colour: Colour) -> None:
        share = (mask / np.float32(255)).astype(np.float32)
        inside = np.where(mask >= _HALF_COVERED, np.uint8(1), np.uint8(0))
        depth = cv2.GaussianBlur(np.sqrt(cv2.distanceTransform(inside, cv2.DIST_L2, 3)), (0, 0), 7)
        slope_x = cv2.Sobel(depth, cv2.CV_32F, 1, 0, scale=1 / 8) * 3.2
        slope_y = cv2.Sobel(depth, cv2.CV_32F, 0, 1, scale=1 / 8) * 3.2
        length = np.sqrt(slope_x**2 + slope_y**2 + 1)
        facing = (-slope_x * _LIGHT[0] - slope_y * _LIGHT[1] + _LIGHT[2]) / length
        bright = 0.34 + 0.86 * np.clip(facing, 0, 1)
        lit = np.array(colour, np.float32) * bright[:, :, np.newaxis]
        keep = share[:, :, np.newaxis]
        self._paint = self._paint * (1 - keep) + lit.astype(np.float32) * keep
        self._cover = np.maximum(self._cover, share)
