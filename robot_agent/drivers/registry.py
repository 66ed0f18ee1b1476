"""Finds drivers, cameras, sound devices, faces and stop inputs by name among the installed plug-ins.

A plug-in is an entry point of the group `stagebridge.drivers`, `stagebridge.cameras`, `stagebridge.sounds`,
`stagebridge.faces` or `stagebridge.stop_inputs`. Its name is the `kind` of the configuration table, its value a
callable: `open_driver(settings) -> RobotDriver`, `open_camera(settings) -> Camera`, `open_sound(settings) ->
SoundDevice`, `open_display(settings) -> FaceDisplay` or `open_contact(settings) -> Contact`, where `settings` is the
rest of the table. It raises `ConfigError` for settings that can never work and `DriverError` for a device that does
not answer now.
"""

import difflib
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from robot_agent.inputs.contact import Contact
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera, FaceDisplay, RobotDriver, SoundDevice

DRIVER_GROUP: Final = "stagebridge.drivers"
CAMERA_GROUP: Final = "stagebridge.cameras"
SOUND_GROUP: Final = "stagebridge.sounds"
FACE_GROUP: Final = "stagebridge.faces"
STOP_INPUT_GROUP: Final = "stagebridge.stop_inputs"

Settings = dict[str, object]


def open_driver(table: Mapping[str, object]) -> RobotDriver:
    """Open the driver that `[robot.driver]` names.

    Raises:
        ConfigError: no such driver, or settings that it refuses.
        DriverError: the device does not answer.

    """
    kind, settings = _split(table, key="robot.driver")
    open_it = cast("Callable[[Settings], RobotDriver]", _find(DRIVER_GROUP, kind, key="robot.driver"))
    return open_it(settings)


def open_camera(table: Mapping[str, object]) -> Camera:
    """Open the camera that `[robot.camera]` names.

    Raises:
        ConfigError: no such camera, or settings that it refuses.
        DriverError: the device does not answer.

    """
    kind, settings = _split(table, key="robot.camera")
    open_it = cast("Callable[[Settings], Camera]", _find(CAMERA_GROUP, kind, key="robot.camera"))
    return open_it(settings)


def open_sound(table: Mapping[str, object]) -> SoundDevice:
    """Open the sound device that `[robot.voice.sound]` names.

    Raises:
        ConfigError: no such device, or settings that it refuses.
        DriverError: the device does not answer.

    """
    kind, settings = _split(table, key="robot.voice.sound")
    open_it = cast("Callable[[Settings], SoundDevice]", _find(SOUND_GROUP, kind, key="robot.voice.sound"))
    return open_it(settings)


def find_face(table: Mapping[str, object]) -> Callable[[], FaceDisplay]:
    """Return what opens the face display that `[robot.face]` names; it raises `DriverError` while it is not there.

    Raises:
        ConfigError: no such display.

    """
    kind, settings = _split(table, key="robot.face")
    open_it = cast("Callable[[Settings], FaceDisplay]", _find(FACE_GROUP, kind, key="robot.face"))
    return lambda: open_it(settings)


def find_stop_input(table: Mapping[str, object]) -> tuple[Callable[[Settings], Contact], Settings]:
    """Return what opens the contact that a table of `[[robot.stop_inputs]]` names, and its settings.

    Raises:
        ConfigError: no such kind.

    """
    kind, settings = _split(table, key="robot.stop_inputs")
    found = _find(STOP_INPUT_GROUP, kind, key="robot.stop_inputs")
    return cast("Callable[[Settings], Contact]", found), settings


def known(group: str) -> dict[str, EntryPoint]:
    """Return the installed plug-ins of `group` by name; of two with one name, the first that Python finds."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        found.setdefault(point.name, point)
    return found


def _split(table: Mapping[str, object], *, key: str) -> tuple[str, Settings]:
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise ConfigError(f"{key}.kind: expected a name, got {kind!r}")
    return kind, {name: value for name, value in table.items() if name != "kind"}


def _find(group: str, kind: str, *, key: str) -> object:
    plug_ins = known(group)
    point = plug_ins.get(kind)
    if point is None:
        near = difflib.get_close_matches(kind, plug_ins, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        names = ", ".join(sorted(plug_ins)) or "none at all (is the package installed?)"
        raise ConfigError(f"{key}.kind: expected one of {names}; got {kind!r}{hint}")
    try:
        return cast("object", point.load())
    except (ImportError, AttributeError) as exc:
        raise ConfigError(f"{key}.kind: {kind!r} is installed as {point.value} but does not load: {exc}") from exc
