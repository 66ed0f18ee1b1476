"""The stage's floor: planks under warm light, the painted edge, the start mark."""

import itertools
from typing import Final

import cv2
import numpy as np

from simulator.layout import StageLayout
from simulator.scenery.texture import Paint, Texture, as_paint, glow, texture

PX_PER_M: Final = 200
_PLANK_M: Final = 0.16
_LINE_M: Final = 0.09  # the edge line is this wide, and this far from the edge
_WHITE: Final = (0.86, 0.95, 1.0)
_TAPE: Final = (0.80, 0.88, 0.95)


def paint_floor(layout: StageLayout, *, seed: int) -> Texture:
    """Paint the floor from above: column 0 at y_max (stage left), row 0 at x_max (the front edge)."""
    chance = np.random.default_rng(seed)
    area = layout.floor
    height = round((area.x_max_m - area.x_min_m) * PX_PER_M)
    width = round((area.y_max_m - area.y_min_m) * PX_PER_M)
    paint = _planks(height, width, chance)
    paint *= _light(height, width)
    _mark(paint, layout)
    _edge(paint)
    return texture(paint)


def _planks(height: int, width: int, chance: np.random.Generator) -> Paint:
    paint = np.empty((height, width, 3), np.float32)
    plank = round(_PLANK_M * PX_PER_M)
    wood = np.array((0.31, 0.45, 0.62), np.float32)
    noise = chance.normal(0, 1, (height, width)).astype(np.float32)
    grain = as_paint(cv2.GaussianBlur(noise, (0, 0), sigmaX=1.2, sigmaY=40))
    grain /= grain.std()
    for left in range(0, width, plank):
        board = paint[:, left : left + plank]
        board[:] = wood
        start = int(chance.integers(0, 3 * PX_PER_M))
        cuts = [0, *range(start, height, 3 * PX_PER_M), height]
        for top, bottom in itertools.pairwise(cuts):
            board[top:bottom] *= 1 + chance.normal(0, 0.07)
            board[top : top + 2] *= 0.7
        board[:, :2] *= 0.62
        board[:, 2:4] *= 0.85
    paint *= 1 + 0.05 * grain[:, :, np.newaxis]
    return paint


def _light(height: int, width: int) -> Paint:
    light = np.empty((height, width, 3), np.float32)
    light[:] = (0.34, 0.30, 0.32)
    for along, across, radius, strength in (
        (0.62, 0.50, 1.7, 0.95),
        (0.45, 0.22, 1.3, 0.55),
        (0.45, 0.78, 1.3, 0.55),
        (0.12, 0.35, 0.9, 0.35),
        (0.12, 0.65, 0.9, 0.35),
    ):
        warm = (0.70 * strength, 0.87 * strength, 1.0 * strength)
        glow(light, across * width, along * height, radius * PX_PER_M, warm)
    back = np.exp(-np.arange(height)[::-1] / (0.8 * PX_PER_M)).astype(np.float32)
    light += back[:, np.newaxis, np.newaxis] * np.array((0.55, 0.25, 0.45), np.float32)  # the backdrop's own light
    return light


def _mark(paint: Paint, layout: StageLayout) -> None:
    """Tape a ring and a cross around the origin, an arrow to the audience, and spikes for the show."""

    def at(x_m: float, y_m: float) -> tuple[int, int]:
        return (
            round((layout.floor.y_max_m - y_m) * PX_PER_M),
            round((layout.floor.x_max_m - x_m) * PX_PER_M),
        )

    thick = round(0.045 * PX_PER_M)
    cv2.circle(paint, at(0, 0), round(0.38 * PX_PER_M), _TAPE, thick, cv2.LINE_AA)
    cv2.line(paint, at(-0.2, 0), at(0.2, 0), _TAPE, thick, cv2.LINE_AA)
    cv2.line(paint, at(0, -0.2), at(0, 0.2), _TAPE, thick, cv2.LINE_AA)
    arrow = np.array([at(0.5, 0.09), at(0.62, 0), at(0.5, -0.09)])
    cv2.polylines(paint, [arrow], isClosed=False, color=_TAPE, thickness=thick, lineType=cv2.LINE_AA)
    for x_m, y_m, colour in (
        (2.6, 0.0, (0.25, 0.85, 1.0)),
        (1.6, 1.3, (0.95, 0.75, 0.25)),
        (1.6, -1.3, (0.45, 0.9, 0.45)),
        (3.1, -1.8, (0.6, 0.4, 1.0)),
    ):
        cv2.line(paint, at(x_m - 0.1, y_m), at(x_m + 0.1, y_m), colour, thick, cv2.LINE_AA)
        cv2.line(paint, at(x_m, y_m - 0.1), at(x_m, y_m + 0.1), colour, thick, cv2.LINE_AA)


def _edge(paint: Paint) -> None:
    """Paint the white line along the three open edges, and let the last centimetres fall into shadow."""
    width = paint.shape[1]
    line = round(_LINE_M * PX_PER_M)
    near, far = line, 2 * line
    paint[near:, near:far] = paint[near:, width - far : width - near] = np.array(_WHITE, np.float32) * 0.8
    paint[near:far, near : width - near] = _WHITE
    lip = max(2, line // 4)
    paint[:lip] = paint[:, :lip] = paint[:, width - lip :] = (0.03, 0.03, 0.04)
