"""The face display of kind "sim": what the robot's face shows goes to the stage, whose cameras see the robot's head."""

import msgspec
import numpy as np

from simulator import stage_link as link
from simulator.stage_port import StagePort
from teleop_core.errors import ConfigError

WIDTH_PX = 128
HEIGHT_PX = 96


class SimFaceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.face]` table of kind "sim"."""

    socket: str


def open_display(settings: dict[str, object]) -> "SimFaceDisplay":
    """Return the face display of the robot on the stage.

    Raises:
        ConfigError: the settings are wrong.
        DriverLost: there is no stage now.

    """
    try:
        return SimFaceDisplay(msgspec.convert(settings, SimFaceSettings).socket)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.face (sim): {exc}") from exc


class SimFaceDisplay:
    """The simulated face as a `FaceDisplay`; a stage that is behind misses pictures."""

    def __init__(self, socket: str) -> None:
        self._port = StagePort(socket, link.Part.FACE)

    @property
    def size_px(self) -> tuple[int, int]:
        return WIDTH_PX, HEIGHT_PX

    def show(self, picture: object) -> None:
        self._port.send(link.Face(WIDTH_PX, HEIGHT_PX, np.ascontiguousarray(picture, np.uint8).tobytes()))

    def close(self) -> None:
        self._port.close()
