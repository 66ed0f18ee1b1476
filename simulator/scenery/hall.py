"""The hall as seen from the stage: a panorama for what is far, and two banks of audience near enough to shift."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from simulator.layout import StageLayout
from simulator.scenery.texture import Cover, Cutout, Paint, Texture, as_paint, cutout, glow, ramp, texture

EYE_M: Final = 1.25
BANK_PX_PER_M: Final = 150
BANK_HALF_WIDTH_M: Final = 6.6
_BANK_BOTTOMS_M: Final = (-0.9, -0.6)  # of the rows from the front; what is lower hides behind the row before
_BANK_OVER_HEAD_M: Final = 0.22
_SEAT_M: Final = 0.62
_VIEWED_FROM_X_M: Final = 1.0  # the panorama is exact from here
_RAKE_M: Final = 0.13  # each row sits this much higher
_FIRST_HEAD_M: Final = 0.30
_FULL: Final = 0.88  # share of the seats that are taken

_Place = tuple[float, float, float]  # column, row, pixels per metre there


@dataclass(frozen=True, slots=True)
class Bank:
    """One row of the audience as an upright cutout at `x_m`, from y = +half width (column 0) to minus that."""

    x_m: float
    top_m: float
    bottom_m: float
    cut: Cutout


def paint_banks(layout: StageLayout, *, seed: int) -> list[Bank]:
    """Paint the first rows, nearest last."""
    return [_paint_bank(layout, row, seed=seed) for row in reversed(range(len(_BANK_BOTTOMS_M)))]


def paint_panorama(layout: StageLayout, *, px_per_rad: float, up: float, down: float, seed: int) -> Texture:
    """Paint all the way round: column 0 is azimuth +pi, the middle +x; rows run from tan(elevation) `up` to `-down`."""
    chance = np.random.default_rng([seed, 3])
    width, height = 2 * round(math.pi * px_per_rad), 2 * round((up + down) * px_per_rad / 2)
    colours = ramp(
        [
            (0.0, (0.045, 0.035, 0.045)),
            (0.35, (0.095, 0.07, 0.105)),
            (0.55, (0.13, 0.09, 0.14)),
            (0.75, (0.06, 0.045, 0.06)),
            (1.0, (0.02, 0.02, 0.025)),
        ],
        height,
    )
    paint = np.repeat(colours[:, np.newaxis], width, axis=1)
    canvas = _Panorama(paint, px_per_rad=px_per_rad, up=up)
    _walls(canvas)
    _balcony(canvas, chance)
    for row in range(layout.audience_rows - 1, len(_BANK_BOTTOMS_M) - 1, -1):
        _far_row(canvas, layout, row, chance)
    _lamps(canvas)
    return texture(as_paint(cv2.GaussianBlur(paint, (0, 0), 1.0)))


@dataclass(frozen=True, slots=True)
class _Panorama:
    paint: Paint
    px_per_rad: float
    up: float

    def at(self, azimuth_rad: float, rise: float) -> tuple[float, float]:
        return (math.pi - azimuth_rad) * self.px_per_rad, (self.up - rise) * self.px_per_rad

    def point(self, x_m: float, y_m: float, z_m: float) -> "_Place":
        """Return where a point of the hall is."""
        dx = x_m - _VIEWED_FROM_X_M
        far = math.hypot(dx, y_m)
        column, row = self.at(math.atan2(y_m, dx), (z_m - EYE_M) / far)
        return column, row, self.px_per_rad / far


def _walls(canvas: _Panorama) -> None:
    """Side walls with pilasters and sconces, a dim back wall with green exits, working light behind the stage."""
    for side in (1, -1):
        for x_m in np.arange(-6.0, 22.0, 3.0):
            for dx_m, shade in ((-0.35, 0.5), (0.0, 1.3)):
                left, top, _ = canvas.point(x_m + dx_m, side * 9.0, 5.5)
                right, bottom, _ = canvas.point(x_m + dx_m + 0.35, side * 9.0, 0.0)
                corners = sorted((round(left), round(right)))
                patch = canvas.paint[max(0, round(top)) : round(bottom), corners[0] : corners[1]]
                patch *= shade
            column, row, scale = canvas.point(x_m + 1.5, side * 9.0, 2.5)
            glow(canvas.paint, column, row, 0.16 * scale, (0.12, 0.32, 0.50))
            glow(canvas.paint, column, row - 0.5 * scale, 0.95 * scale, (0.05, 0.10, 0.16))
    for y_m in (-5.5, 5.5):
        column, row, scale = canvas.point(19.0, y_m, 1.9)
        glow(canvas.paint, column, row, 0.22 * scale, (0.16, 0.42, 0.10))
    for azimuth in (2.5, -2.5):
        column, row = canvas.at(azimuth, 0.1)
        glow(canvas.paint, column, row, 0.25 * canvas.px_per_rad, (0.16, 0.07, 0.03))


def _balcony(canvas: _Panorama, chance: np.random.Generator) -> None:
    across = np.linspace(-9.6, 9.6, 140)

    def outline(z_m: float) -> list[tuple[float, float]]:
        return [canvas.point(16.5 - 0.05 * y_m * y_m, y_m, z_m)[:2] for y_m in across]

    seats = np.rint(np.array(outline(4.6) + outline(3.1)[::-1])).astype(np.int32)
    cv2.fillPoly(canvas.paint, [seats], (0.06, 0.04, 0.06), cv2.LINE_AA)
    for y_m in np.arange(-8.0, 8.0, 0.62):
        if chance.uniform() < _FULL:
            at = canvas.point(17.0 - 0.05 * y_m * y_m, y_m + chance.normal(0, 0.05), 3.62)
            _person(canvas.paint, None, at, chance, dim=0.75)
    front = np.rint(np.array(outline(3.25) + outline(2.35)[::-1])).astype(np.int32)
    cv2.fillPoly(canvas.paint, [front], (0.10, 0.10, 0.18), cv2.LINE_AA)
    rail = np.rint(np.array(outline(3.25))).astype(np.int32)
    cv2.polylines(canvas.paint, [rail], isClosed=False, color=(0.25, 0.42, 0.60), thickness=2, lineType=cv2.LINE_AA)
    for y_m in np.arange(-8.0, 8.1, 1.0):
        column, row, scale = canvas.point(16.5 - 0.05 * y_m * y_m, y_m, 2.8)
        glow(canvas.paint, column, row, 0.10 * scale, (0.25, 0.50, 0.70))
        glow(canvas.paint, column, row, 0.40 * scale, (0.05, 0.11, 0.17))


def _far_row(canvas: _Panorama, layout: StageLayout, row: int, chance: np.random.Generator) -> None:
    x_m = layout.audience_from_x_m + row * layout.audience_pitch_m
    head_m = _FIRST_HEAD_M + row * _RAKE_M
    for y_m in np.arange(-6.6, 6.61, _SEAT_M) + (row % 2) * _SEAT_M / 2:
        at = canvas.point(x_m, y_m, head_m)
        _seat(canvas.paint, None, at)
        if chance.uniform() < _FULL:
            _person(canvas.paint, None, at, chance, dim=1.35 - 0.085 * row)


def _lamps(canvas: _Panorama) -> None:
    """The lamps that light the stage, on two bars in front of the balcony: the robot looks into them."""
    for x_m, z_m, count in ((13.0, 5.6, 7), (9.0, 5.4, 4)):
        for index in range(count):
            y_m = (index - (count - 1) / 2) * 9.0 / count
            column, row, scale = canvas.point(x_m, y_m, z_m)
            glow(canvas.paint, column, row, 0.11 * scale, (0.9, 1.0, 1.0))
            glow(canvas.paint, column, row, 0.30 * scale, (0.22, 0.40, 0.52))
            glow(canvas.paint, column, row, 1.1 * scale, (0.035, 0.065, 0.09))


def _paint_bank(layout: StageLayout, row: int, *, seed: int) -> Bank:
    chance = np.random.default_rng([seed, 4, row])
    width = 2 * round(BANK_HALF_WIDTH_M * BANK_PX_PER_M)
    head_m = _FIRST_HEAD_M + row * _RAKE_M
    top_m, bottom_m = head_m + _BANK_OVER_HEAD_M, _BANK_BOTTOMS_M[row]
    height = 2 * round((top_m - bottom_m) * BANK_PX_PER_M / 2)
    paint = np.zeros((height, width, 3), np.float32)
    paint[:] = (0.03, 0.02, 0.03)
    cover = np.zeros((height, width), np.float32)
    seats = np.arange(-BANK_HALF_WIDTH_M + 0.4, BANK_HALF_WIDTH_M - 0.3, _SEAT_M) + (row % 2) * _SEAT_M / 2
    for y_m in seats:
        at = (BANK_HALF_WIDTH_M - y_m) * BANK_PX_PER_M, _BANK_OVER_HEAD_M * BANK_PX_PER_M, BANK_PX_PER_M
        _seat(paint, cover, at)
        if chance.uniform() < _FULL:
            _person(paint, cover, at, chance, dim=1.35 - 0.06 * row)
    soft = cutout(as_paint(cv2.GaussianBlur(paint, (0, 0), 1.0)), as_paint(cv2.GaussianBlur(cover, (0, 0), 1.0)))
    return Bank(layout.audience_from_x_m + row * layout.audience_pitch_m, top_m, bottom_m, soft)


def _seat(paint: Paint, cover: Cover | None, at: _Place) -> None:
    """A plush seat whose occupant's head would be at that place."""
    x, y, scale = at
    left, right = round(x - 0.27 * scale), round(x + 0.27 * scale)
    top, bottom = round(y + 0.12 * scale), round(y + 1.3 * scale)
    for canvas, colour in ((paint, (0.055, 0.035, 0.17)), (cover, 1.0)):
        if canvas is not None:
            cv2.rectangle(canvas, (left, top + round(0.08 * scale)), (right, bottom), colour, -1)
            cv2.ellipse(
                canvas,
                (round(x), top + round(0.08 * scale)),
                (round(0.27 * scale), max(1, round(0.08 * scale))),
                0,
                180,
                360,
                colour,
                -1,
                cv2.LINE_AA,
            )
    cv2.ellipse(
        paint,
        (round(x), top + round(0.08 * scale)),
        (round(0.27 * scale), max(1, round(0.08 * scale))),
        0,
        200,
        340,
        (0.10, 0.08, 0.32),
        max(1, round(0.015 * scale)),
        cv2.LINE_AA,
    )


def _person(paint: Paint, cover: Cover | None, at: _Place, chance: np.random.Generator, *, dim: float) -> None:
    """Somebody who sits and watches, the head's middle at that place; lit from the stage, so the face is what shows."""
    x, y, scale = at
    x += chance.normal(0, 0.03) * scale
    y += chance.normal(0, 0.025) * scale
    size = scale * chance.uniform(0.94, 1.06)
    skin = np.array((0.34, 0.46, 0.66)) * chance.uniform(0.55, 1.0)
    cloth = chance.choice(
        [(0.30, 0.20, 0.14), (0.16, 0.16, 0.20), (0.20, 0.24, 0.42), (0.36, 0.34, 0.34), (0.22, 0.28, 0.18)]
    )
    hair = np.array((0.05, 0.06, 0.08)) * chance.uniform(0.6, 2.6)
    body = (round(x), round(y + 0.52 * size)), (round(0.25 * size), round(0.38 * size))
    head = (round(x), round(y)), (round(0.085 * size), round(0.115 * size))
    _blob(paint, cover, *body, np.asarray(cloth) * 0.62 * dim)
    _blob(paint, cover, (round(x), round(y + 0.13 * size)), (round(0.05 * size), round(0.09 * size)), skin * 0.55 * dim)
    _blob(paint, cover, (round(x), round(y - 0.03 * size)), (round(0.10 * size), round(0.125 * size)), hair * dim)
    _blob(paint, cover, *head, skin * 0.85 * dim)
    lit = (round(x), round(y + 0.02 * size)), (round(0.055 * size), round(0.075 * size))
    _blob(paint, None, *lit, skin * 1.05 * dim)
    fringe = (round(x), round(y - 0.085 * size)), (round(0.085 * size), round(0.055 * size))
    _blob(paint, None, *fringe, hair * dim)


def _blob(
    paint: Paint, cover: Cover | None, middle: tuple[int, int], half: tuple[int, int], colour: np.ndarray
) -> None:
    axes = max(1, half[0]), max(1, half[1])
    cv2.ellipse(paint, middle, axes, 0, 0, 360, tuple(float(c) for c in colour), -1, cv2.LINE_AA)
    if cover is not None:
        cv2.ellipse(cover, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
