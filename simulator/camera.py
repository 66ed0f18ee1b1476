"""The camera of kind "sim": the robot's eyes on the simulated stage, or one in the hall, drawn with OpenCV.

Each picture carries its number and capture time as `simulator.barcode` describes. A picture shows the stage as it was
at `captured_ns`; without a newer word from the stage there is no newer picture.
"""

import math
import time
from typing import Annotated, Final, Literal

import cv2
import msgspec
import numpy as np
from msgspec import Meta

from simulator import barcode
from simulator import stage_link as link
from simulator.renderer import Renderer
from simulator.scenery.head import Head
from simulator.scenery.texture import Bytes
from simulator.stage_port import StagePort
from teleop_core.errors import ConfigError, DriverLost
from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_S, NS_PER_US

_BUFFERS: Final = 6
_REDIAL_NS: Final = NS_PER_S // 2
_EYES: Final = {"head": None, "front": link.Pose(5.1, 0.0, math.pi)}  # where from; None moves with the robot


class SimCameraSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.camera]` table of kind "sim"; `view` is from the robot's head, or from the front of the stage."""

    socket: str
    view: Literal["head", "front"] = "head"
    width: Annotated[int, Meta(ge=320, le=3840, multiple_of=16)] = 1280
    height: Annotated[int, Meta(ge=176, le=2160, multiple_of=4)] = 720
    rate_hz: Annotated[float, Meta(gt=0, le=120)] = 30.0
    barcode: bool = True


def open_camera(settings: dict[str, object]) -> "SimCamera":
    """Return a camera on the stage; it connects when it is first read, and again whenever the stage comes back.

    Raises:
        ConfigError: the settings are wrong.

    """
    try:
        return SimCamera(msgspec.convert(settings, SimCameraSettings))
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.camera (sim): {exc}") from exc


class SimCamera:
    """The simulated camera as a `Camera`. Read and closed by one thread.

    A frame's pixels stay as they are until five more frames have been read; then their buffer is used again.
    """

    def __init__(self, settings: SimCameraSettings) -> None:
        cv2.setNumThreads(1)
        self._settings = settings
        self._port: StagePort | None = None
        self._redial_ns = 0
        self._drawn: tuple[link.Welcome, Renderer] | None = None
        self._head = Head(settings.width)
        self._period_ns = round(NS_PER_S / settings.rate_hz)
        self._due_ns = 0
        self._number = 0
        shape = settings.height * 3 // 2, settings.width
        self._buffers: list[Bytes] = [np.empty(shape, np.uint8) for _ in range(_BUFFERS)]
        self._last: Frame | None = None

    def read(self, *, timeout_s: float) -> Frame | None:
        deadline_ns = time.monotonic_ns() + round(timeout_s * NS_PER_S)
        while self._sleep_until_due(deadline_ns):
            scene = self._newest_scene()
            if scene is not None and not scene.stalled:
                return self._picture(scene)
        return None

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _sleep_until_due(self, deadline_ns: int) -> bool:
        """Wait for the next instant of the frame rate and return True, or False when the deadline comes first."""
        now_ns = time.monotonic_ns()
        if now_ns - self._due_ns > self._period_ns:
            self._due_ns = now_ns  # late by a frame and more: start a new beat instead of catching up
        if self._due_ns > deadline_ns:
            time.sleep(max(0, deadline_ns - now_ns) / NS_PER_S)
            return False
        time.sleep(max(0, self._due_ns - now_ns) / NS_PER_S)
        self._due_ns += self._period_ns
        return True

    def _newest_scene(self) -> link.Scene | None:
        """Return the newest scene since the last call, or None."""
        try:
            port = self._connected()
            messages = [] if port is None else port.receive()
        except DriverLost:
            self.close()
            return None
        faces = [message for message in messages if isinstance(message, link.Face)]
        if faces:
            self._head.wear(_pixels(faces[-1]))
        return next((message for message in reversed(messages) if isinstance(message, link.Scene)), None)

    def _connected(self) -> StagePort | None:
        now_ns = time.monotonic_ns()
        if self._port is None and now_ns >= self._redial_ns:
            self._redial_ns = now_ns + _REDIAL_NS
            self._port = StagePort(self._settings.socket, link.Part.CAMERA)
            self._prepare(self._port.welcome)
        return self._port

    def _prepare(self, welcome: link.Welcome) -> None:
        """Paint the scenery, which takes most of a second, unless it is painted already."""
        if self._drawn is None or self._drawn[0] != welcome:
            size = self._settings.width, self._settings.height
            renderer = Renderer(welcome.layout, seed=welcome.seed, width_px=size[0], height_px=size[1])
            self._drawn = welcome, renderer

    def _picture(self, scene: link.Scene) -> Frame | None:
        if scene.repeats and self._last is not None:
            return self._frame(self._last.pixels, scene.monotonic_ns)
        if self._drawn is None:
            return None
        pixels = self._buffers[self._number % _BUFFERS]
        self._drawn[1].draw(scene, pixels, eye=_EYES[self._settings.view])
        if self._settings.view == "head":
            self._head.draw(pixels, height_px=self._settings.height)
        if self._settings.barcode:
            self._stamp(pixels, scene.monotonic_ns)
        self._number += 1
        self._last = self._frame(pixels, scene.monotonic_ns)
        return self._last

    def _stamp(self, pixels: Bytes, captured_ns: int) -> None:
        width, height = self._settings.width, self._settings.height
        barcode.write(pixels[:height], barcode.Stamp(self._number, captured_ns // NS_PER_US))
        for plane in pixels[height:].reshape(2, height // 2, width // 2):
            barcode.grey_chroma(plane, width_px=width, height_px=height)

    def _frame(self, pixels: object, captured_ns: int) -> Frame:
        return Frame(
            pixels=pixels,
            pixel_format="yuv420p",
            width_px=self._settings.width,
            height_px=self._settings.height,
            captured_ns=captured_ns,
        )


def _pixels(face: link.Face) -> Bytes | None:
    if not face.pixels:
        return None
    return np.frombuffer(face.pixels, np.uint8).reshape(face.height_px, face.width_px, 3)
