"""The backdrop: a lit cloth with dusk over hills, a river and a bridge from city to city."""

from typing import Final

import cv2
import numpy as np

from simulator.layout import StageLayout
from simulator.scenery.texture import Paint, Texture, glow, ramp, texture

PX_PER_M: Final = 120
HEIGHT_M: Final = 4.4


def paint_backdrop(layout: StageLayout, *, seed: int) -> Texture:
    """Paint the cloth as the stage sees it: column 0 at y_min (on the left of somebody who faces it), row 0 on top."""
    chance = np.random.default_rng([seed, 2])
    width = round((layout.floor.y_max_m - layout.floor.y_min_m) * PX_PER_M)
    height = round(HEIGHT_M * PX_PER_M)
    paint = _sky(height, width)
    horizon = round(0.70 * height)
    _hills(paint, horizon, chance)
    _water(paint, horizon)
    _bridge(paint, horizon)
    _folds(paint)
    return texture(paint)


def _sky(height: int, width: int) -> Paint:
    colours = ramp(
        [
            (0.0, (0.30, 0.12, 0.10)),
            (0.35, (0.52, 0.22, 0.30)),
            (0.58, (0.50, 0.38, 0.78)),
            (0.72, (0.42, 0.62, 0.98)),
            (1.0, (0.30, 0.45, 0.80)),
        ],
        height,
    )
    paint = np.repeat(colours[:, np.newaxis], width, axis=1)
    glow(paint, 0.62 * width, 0.66 * height, 0.9 * PX_PER_M, (0.20, 0.38, 0.45))
    glow(paint, 0.62 * width, 0.66 * height, 0.24 * PX_PER_M, (0.45, 0.55, 0.50))
    return paint


def _hills(paint: Paint, horizon: int, chance: np.random.Generator) -> None:
    width = paint.shape[1]
    at = np.arange(width)
    layers = ((0.17, (0.52, 0.36, 0.55)), (0.11, (0.40, 0.24, 0.36)), (0.055, (0.25, 0.14, 0.20)))
    for high, colour in layers:
        waves = sum(
            np.sin(at * 2 * np.pi * (1.3 * octave) / width * 2 + chance.uniform(0, 6.3)) / octave
            for octave in range(1, 7)
        )
        crest = horizon - high * paint.shape[0] * (0.75 + 0.28 * np.asarray(waves))
        outline = np.stack([at, crest], axis=1)
        shape = np.concatenate([outline, [[width, horizon], [0, horizon]]])
        cv2.fillPoly(paint, [np.rint(shape).astype(np.int32)], colour, cv2.LINE_AA)
    for _ in range(90):
        x, y = chance.uniform(0, width), horizon - chance.exponential(8) - 2
        glow(paint, x, y, chance.uniform(1.0, 1.8), (0.25, 0.55, 0.8))


def _water(paint: Paint, horizon: int) -> None:
    below = paint.shape[0] - horizon
    mirrored = cv2.GaussianBlur(paint[horizon - below : horizon][::-1], (0, 0), sigmaX=1.5, sigmaY=7)
    dark = np.linspace(0.72, 0.34, below, dtype=np.float32)[:, np.newaxis, np.newaxis]
    paint[horizon:] = mirrored * dark


def _bridge(paint: Paint, horizon: int) -> None:
    height, width = paint.shape[:2]
    ink = (0.10, 0.06, 0.08)
    deck = horizon - round(0.045 * height)
    top = round(0.36 * height)
    towers = (round(0.24 * width), round(0.76 * width))
    cv2.line(paint, (0, deck), (width, deck), ink, 7, cv2.LINE_AA)
    for x in towers:
        cv2.line(paint, (x - 9, horizon + 12), (x - 6, top), ink, 7, cv2.LINE_AA)
        cv2.line(paint, (x + 9, horizon + 12), (x + 6, top), ink, 7, cv2.LINE_AA)
        for y in (top + 12, (top + deck) // 2, deck - 34):
            cv2.line(paint, (x - 8, y), (x + 8, y), ink, 4, cv2.LINE_AA)
    at = np.arange(width)
    left, right = towers
    middle, half = (left + right) / 2, (right - left) / 2
    sag = np.where(
        (at >= left) & (at <= right),
        deck - 10 - (deck - 10 - top) * ((at - middle) / half) ** 2,
        top + (deck - top) * np.clip(np.minimum(np.abs(at - left), np.abs(at - right)) / left, 0, 1) ** 0.8,
    )
    cable = np.rint(np.stack([at, sag], axis=1)).astype(np.int32)
    cv2.polylines(paint, [cable], isClosed=False, color=ink, thickness=4, lineType=cv2.LINE_AA)
    for x in range(12, width, 26):
        cv2.line(paint, (x, round(float(sag[x]))), (x, deck), ink, 1, cv2.LINE_AA)
    for x in range(25, width, 52):
        glow(paint, x, deck - 5, 2.6, (0.35, 0.75, 1.0))
        glow(paint, x, 2 * horizon - deck + 8, 3.5, (0.10, 0.28, 0.40))


def _folds(paint: Paint) -> None:
    """Hang it as a cloth: soft vertical folds, brighter where the battens below and above light it."""
    height, width = paint.shape[:2]
    at = np.arange(width, dtype=np.float32)
    paint *= (1 + 0.025 * np.sin(at / 23) + 0.015 * np.sin(at / 9.1 + 1))[np.newaxis, :, np.newaxis]
    down = np.linspace(0, 1, height, dtype=np.float32)
    paint *= (0.80 + 0.35 * np.exp(-((1 - down) ** 2) / 0.03) + 0.16 * np.exp(-(down**2) / 0.03))[
        :, np.newaxis, np.newaxis
    ]
    side = np.minimum(at, width - at) / (0.6 * PX_PER_M)
    paint *= np.clip(0.35 + 0.65 * side, 0, 1)[np.newaxis, :, np.newaxis]
