"""A camera that moves through the simulated hall, drawn beforehand so that drawing costs nothing while we measure."""

import math
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import barcode
from simulator.layout import StageLayout
from simulator.renderer import Renderer
from simulator.stage_link import Pose, Scene
from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_S, NS_PER_US

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
RATE_HZ: Final = 30
_NOISE: Final = 2  # of the sensor, by brightness
_NOISES: Final = 8

Picture = NDArray[np.uint8]


def shoot(*, seconds: float, seed: int = 1) -> list[Picture]:
    """Return a film in I420: the robot turns to and fro and people walk; it ends as it begins."""
    layout = StageLayout()
    renderer = Renderer(layout, seed=seed, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    noise = np.random.default_rng(seed).integers(-_NOISE, _NOISE + 1, (_NOISES, HEIGHT_PX, WIDTH_PX), dtype=np.int8)
    count = round(seconds * RATE_HZ)
    pictures = []
    for number in range(count):
        turn = 2 * math.pi * number / count
        people = tuple(
            Pose((wing.x_min_m + wing.x_max_m) / 2 + 0.8 * math.cos(turn), (wing.y_min_m + wing.y_max_m) / 2, turn)
            for wing in layout.wings
        )
        picture = np.empty((HEIGHT_PX * 3 // 2, WIDTH_PX), np.uint8)
        scene = Scene(
            stage_ns=0,
            monotonic_ns=0,
            robot=Pose(0.6 * math.sin(turn), 0.0, 0.35 * math.sin(turn)),
            people=people,
            fallen=False,
            stalled=False,
            repeats=False,
        )
        renderer.draw(scene, picture)
        luma = picture[:HEIGHT_PX].astype(np.int16) + noise[number % _NOISES]
        picture[:HEIGHT_PX] = np.clip(luma, 16, 235)
        pictures.append(picture)
    return pictures


class Film:
    """Shows a film again and again at its rate; each picture carries its number and capture time as a barcode."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        self._buffers = [np.empty_like(pictures[0]) for _ in range(6)]
        self._number = 0
        self._due_ns = time.monotonic_ns()

    def read(self, *, timeout_s: float) -> Frame | None:
        """Return the next picture when its time has come."""
        wait_ns = self._due_ns - time.monotonic_ns()
        if wait_ns > timeout_s * NS_PER_S:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0, wait_ns) / NS_PER_S)
        captured_ns = time.monotonic_ns()
        period_ns = NS_PER_S // RATE_HZ
        self._due_ns = max(self._due_ns + period_ns, captured_ns - period_ns)
        pixels = self._buffers[self._number % len(self._buffers)]
        pixels[:] = self._pictures[self._number % len(self._pictures)]
        barcode.write(pixels[:HEIGHT_PX], barcode.Stamp(self._number, captured_ns // NS_PER_US))
        for plane in pixels[HEIGHT_PX:].reshape(2, HEIGHT_PX // 2, WIDTH_PX // 2):
            barcode.grey_chroma(plane, width_px=WIDTH_PX, height_px=HEIGHT_PX)
        self._number += 1
        return Frame(
            pixels=pixels, pixel_format="yuv420p", width_px=WIDTH_PX, height_px=HEIGHT_PX, captured_ns=captured_ns
        )

    def close(self) -> None:
        """Nothing is open."""
