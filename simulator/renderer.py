"""Draws what a camera on the stage sees, straight into the video's I420 planes.

What depends only on the camera's place (hall, audience, backdrop, floor) is drawn again when that has moved, with its
colour at quarter size; what stands on the stage is drawn over it each time. All large buffers are made once.
"""

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from simulator.canvas import BLACK, Canvas, Sheet
from simulator.layout import StageLayout
from simulator.scenery import arms, backdrop, figures, floor, hall
from simulator.scenery.texture import Bytes
from simulator.stage_link import Pose, Scene
from simulator.view import NEAR_M, Lens, View

_FALLEN_TILT_DEG: Final = 68.0
_TOO_NEAR_M: Final = 0.45  # a person this close is past the camera
_COARSE: Final = 4
_PIT: Final = (BLACK + 6, 129, 127)  # Y, U, V of the dark between stage and audience
_SOFT: Final = 2  # the far hall is drawn at half size: out of focus, and a third of the cost
_NO_FRACTION: Final = np.empty(0, np.uint16)  # for `cv2.remap`: the map names whole pixels
_PANORAMA_DOWN: Final = 0.36  # how far below the horizon the panorama reaches, in focal lengths


class Renderer:
    """The camera's picture of one stage, at one size; width and height are multiples of 4."""

    def __init__(self, layout: StageLayout, *, seed: int, width_px: int, height_px: int) -> None:
        self._layout = layout
        self._lens = Lens(width_px, height_px)
        self._floor = floor.paint_floor(layout, seed=seed)
        self._backdrop = backdrop.paint_backdrop(layout, seed=seed)
        self._banks = hall.paint_banks(layout, seed=seed)
        self._panorama = _Panorama(layout, self._lens, seed=seed)
        self._people = [figures.paint_person(number) for number in range(len(layout.wings) + 1)]
        self._shadow = figures.paint_shadow()
        self._faces, colours = figures.lectern_faces(layout.lectern_x_m, layout.lectern_y_m)
        self._face_colours = [_yuv(colour) for colour in colours]
        self._sleeve = _yuv(arms.SLEEVE)
        self._vignette = _vignette(width_px, height_px)
        self._still = Canvas(width_px, height_px, coarse=_COARSE)
        self._still_at: Pose | None = None
        self._canvas = Canvas(width_px, height_px)

    def draw(self, scene: Scene, out: Bytes, *, eye: Pose | None = None) -> None:
        """Draw `scene` into `out`, an I420 picture (height*3/2, width), as seen by the robot, or from `eye`.

        From there the robot is seen too, as one more person.
        """
        at = eye or scene.robot
        heading_rad = at.heading_rad + (scene.posture.pan_rad if eye is None else 0.0)
        view = View(self._lens, x_m=at.x_m, y_m=at.y_m, heading_rad=heading_rad)
        seen_from = Pose(at.x_m, at.y_m, heading_rad)
        if seen_from != self._still_at:
            self._draw_still(view)
            self._still_at = seen_from
        self._canvas.copy(self._still)
        self._draw_standing(view, scene.people if eye is None else (*scene.people, scene.robot))
        if eye is not None:
            self._draw_arms(view, scene)
        if scene.fallen and eye is None:
            self._canvas.tilt(_FALLEN_TILT_DEG)
        self._canvas.write_to(out)

    def _draw_still(self, view: View) -> None:
        canvas, area = self._still, self._layout.floor
        self._panorama.draw(canvas, view.heading_rad)
        for place, bank in enumerate(self._banks):
            half = hall.BANK_HALF_WIDTH_M
            sheet = _upright(bank.x_m, (half, -half), (bank.top_m, bank.bottom_m))
            canvas.lay(bank.cut, view, sheet, smooth=place == len(self._banks) - 1)
        if view.x_m > area.x_min_m:
            cloth = _upright(area.x_min_m, (area.y_min_m, area.y_max_m), (backdrop.HEIGHT_M, 0.0))
            canvas.cover(self._backdrop, view, cloth)
        canvas.cover(self._floor, view, _flat(area.x_max_m, area.x_min_m, area.y_max_m, area.y_min_m))
        cv2.multiply(canvas.luma, self._vignette, dst=canvas.luma, scale=1 / 255)

    def _draw_standing(self, view: View, poses: Sequence[Pose]) -> None:
        """Draw people and lectern, farthest first."""
        people = [
            (view.depth_of(pose.x_m, pose.y_m), pose, person) for pose, person in zip(poses, self._people, strict=False)
        ]
        people.sort(key=lambda one: -one[0])
        lectern_m = view.depth_of(self._layout.lectern_x_m, self._layout.lectern_y_m)
        behind = sum(depth > lectern_m for depth, _, _ in people)
        for depth, pose, person in people[:behind]:
            self._draw_person(view, depth, pose, person)
        if lectern_m > NEAR_M:
            self._draw_lectern(view)
        for depth, pose, person in people[behind:]:
            self._draw_person(view, depth, pose, person)

    def _draw_person(self, view: View, depth: float, pose: Pose, person: figures.Person) -> None:
        if depth < _TOO_NEAR_M:
            return
        self._draw_shadow(view, pose.x_m, pose.y_m, figures.SHADOW_M)
        toward = math.atan2(view.y_m - pose.y_m, view.x_m - pose.x_m)
        sizes = person.front if math.cos(pose.heading_rad - toward) > 0.0 else person.back
        wanted_px = 0.8 * figures.PERSON_HEIGHT_M * self._lens.focal_px / depth
        fitting = [one for one in sizes if one.luma.shape[0] >= wanted_px]
        # A billboard turns with the camera: it stands across the line of sight.
        right_x = figures.PERSON_WIDTH_M / 2 * math.sin(view.heading_rad)
        right_y = -figures.PERSON_WIDTH_M / 2 * math.cos(view.heading_rad)
        sheet = Sheet(
            top_left=(pose.x_m - right_x, pose.y_m - right_y, figures.PERSON_HEIGHT_M),
            top_right=(pose.x_m + right_x, pose.y_m + right_y, figures.PERSON_HEIGHT_M),
            bottom_left=(pose.x_m - right_x, pose.y_m - right_y, 0.0),
        )
        self._canvas.lay(fitting[-1] if fitting else sizes[0], view, sheet)

    def _draw_arms(self, view: View, scene: Scene) -> None:
        """Draw the robot's arms where it raises them, over whatever stands there."""
        for arm in arms.raised(scene.robot, scene.posture, sight_rad=view.heading_rad):
            seen = view.polygon(arm)
            if seen is not None:
                self._canvas.fill(seen, self._sleeve)

    def _draw_shadow(self, view: View, x_m: float, y_m: float, size_m: float) -> None:
        half = size_m / 2
        self._canvas.lay(self._shadow, view, _flat(x_m + half, x_m - half, y_m + half, y_m - half))

    def _draw_lectern(self, view: View) -> None:
        points = view.project(self._faces)
        if points[..., 2].min() < NEAR_M:
            return
        self._draw_shadow(view, self._layout.lectern_x_m, self._layout.lectern_y_m, figures.LECTERN_SHADOW_M)
        seen = points[..., :2] / points[..., 2:]
        one, two = seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 1]
        outward = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] < 0.0  # counter-clockwise, v pointing down
        for index in np.flatnonzero(outward):
            self._canvas.fill(seen[index], self._face_colours[index])


class _Panorama:
    """The far hall: a cylinder at infinity, so that a turn of the head is a shift of its columns."""

    def __init__(self, layout: StageLayout, lens: Lens, *, seed: int) -> None:
        focal = lens.focal_px
        self._per_rad = focal
        self._rows = _COARSE * round((lens.horizon_px + _PANORAMA_DOWN * focal) / _COARSE)
        sweep = np.arctan((np.arange(lens.width_px) - lens.middle_px) / focal)
        up = lens.horizon_px / focal + 0.01
        painted = hall.paint_panorama(layout, px_per_rad=focal, up=up, down=_PANORAMA_DOWN + 0.02, seed=seed)
        self._turn_px = painted.luma.shape[1]
        self._half_span_px = 2 * math.ceil(float(sweep[-1]) * focal / 2) + 2
        wrap = 2 * self._half_span_px + 2
        self._luma = np.concatenate([painted.luma, painted.luma[:, :wrap]], axis=1)
        self._chroma = np.concatenate([painted.chroma, painted.chroma[:, : wrap // 2]], axis=1)
        below = (np.arange(self._rows)[:, np.newaxis] - lens.horizon_px) / focal
        down = (up + below * np.cos(sweep)[np.newaxis, :]) * focal
        across = np.broadcast_to((sweep * focal + self._half_span_px)[np.newaxis, :], down.shape)
        self._map = _nearest_map(across[::_SOFT, ::_SOFT], down[::_SOFT, ::_SOFT])
        self._soft = np.empty(self._map.shape[:2], np.uint8)
        self._chroma_map = _nearest_map(across[::_COARSE, ::_COARSE] / 2, down[::_COARSE, ::_COARSE] / 2)

    def draw(self, canvas: Canvas, heading_rad: float) -> None:
        """Fill the canvas: the hall above, the dark of the pit below."""
        start = (math.pi - heading_rad) * self._per_rad - self._half_span_px
        left = 2 * round((start % self._turn_px) / 2)
        right = left + 2 * self._half_span_px + 2
        upper, upper_chroma = canvas.luma[: self._rows], canvas.chroma[: self._rows // _COARSE]
        cv2.remap(self._luma[:, left:right], self._map, _NO_FRACTION, cv2.INTER_NEAREST, dst=self._soft)
        cv2.resize(self._soft, upper.shape[::-1], dst=upper, interpolation=cv2.INTER_LINEAR)
        columns = slice(left // 2, right // 2)
        cv2.remap(self._chroma[:, columns], self._chroma_map, _NO_FRACTION, cv2.INTER_NEAREST, dst=upper_chroma)
        canvas.luma[self._rows :] = _PIT[0]
        canvas.chroma[self._rows // _COARSE :] = _PIT[1:]


def _nearest_map(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return the fixed map for `cv2.remap` that takes the nearest pixel at (across, down)."""
    return cv2.convertMaps(across.astype(np.float32), down.astype(np.float32), cv2.CV_16SC2, nninterpolation=True)[0]


def _upright(x_m: float, left_right_m: tuple[float, float], top_bottom_m: tuple[float, float]) -> Sheet:
    (left, right), (top, bottom) = left_right_m, top_bottom_m
    return Sheet(top_left=(x_m, left, top), top_right=(x_m, right, top), bottom_left=(x_m, left, bottom))


def _flat(far_x_m: float, near_x_m: float, left_y_m: float, right_y_m: float) -> Sheet:
    return Sheet(
        top_left=(far_x_m, left_y_m, 0.0), top_right=(far_x_m, right_y_m, 0.0), bottom_left=(near_x_m, left_y_m, 0.0)
    )


def _vignette(width_px: int, height_px: int) -> Bytes:
    across = np.linspace(-1, 1, width_px)[np.newaxis, :]
    down = np.linspace(-1, 1, height_px)[:, np.newaxis]
    return np.rint(255 * (1 - 0.30 * np.clip(across**2 * 0.75 + down**2 * 0.5, 0, 1))).astype(np.uint8)


def _yuv(colour: tuple[float, float, float]) -> tuple[int, int, int]:
    pixel = np.rint(np.clip(np.array(colour), 0, 1) * 255).astype(np.uint8)
    planes = cv2.cvtColor(np.broadcast_to(pixel, (2, 2, 3)).copy(), cv2.COLOR_BGR2YUV_I420)
    return int(planes[0, 0]), int(planes[2, 0]), int(planes[2, 1])
