"""Mounts the robot's cameras: that of `[robot.camera]`, and any of `[[robot.cameras]]` beside it."""

import functools
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from robot_agent.config import AgentConfig
from robot_agent.drivers import registry
from robot_agent.media.cameras import MountedCamera
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera
from teleop_core.wire.messages import CameraName

MAX_CAMERAS: Final = 4
FIRST_NAME: Final = "camera"
FACE: Final = "face"  # a kind of camera: what the robot's face shows


class Mount(Struct, frozen=True, kw_only=True):
    """The keys of a camera's table that are not its kind's own."""

    name: CameraName = FIRST_NAME
    drive: bool = False
    inset: bool = True


_OWN_KEYS: Final = {field.name for field in msgspec.structs.fields(Mount)}


def mount_cameras(
    config: AgentConfig,
    *,
    open_camera: Callable[[Mapping[str, object]], Camera] = registry.open_camera,
    mirror: Callable[[], Camera] | None = None,
) -> tuple[MountedCamera, ...]:
    """Return all cameras, the one of `[robot.camera]` first; none is opened yet. `mirror` opens that of kind "face".

    Raises:
        ConfigError: two have one name, two are the drive camera, or there are too many; one is to show the face of a
            robot without one.
    """
    tables = [("robot.camera", config.camera), *((f"robot.cameras[{n}]", t) for n, t in enumerate(config.cameras))]
    if len(tables) > MAX_CAMERAS:
        raise ConfigError(f"robot.cameras: expected at most {MAX_CAMERAS} cameras in all, got {len(tables)}")
    mounts = [_mount(key, table) for key, table in tables]
    for mount, (key, table) in zip(mounts, tables, strict=True):
        if _is_face(table):
            _check_face(key, table, mount, has_face=config.face is not None)
    names = [mount.name for mount in mounts]
    if len(set(names)) < len(names):
        raise ConfigError(f"robot.cameras: expected a name of its own for each camera, got {', '.join(names)}")
    driven = [mount.name for mount in mounts if mount.drive]
    if len(driven) > 1:
        raise ConfigError(f"robot.cameras: expected one camera with drive = true, got {' and '.join(driven)}")
    return tuple(
        MountedCamera(
            name=mount.name,
            open_camera=mirror
            if _is_face(table) and mirror is not None
            else functools.partial(open_camera, _rest(table)),
            drive=mount.drive,
            inset=mount.inset,
            still=_is_face(table),
        )
        for mount, (_, table) in zip(mounts, tables, strict=True)
    )


def _mount(key: str, table: Mapping[str, object]) -> Mount:
    try:
        return msgspec.convert({name: table[name] for name in _OWN_KEYS & table.keys()}, Mount)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"{key}: {exc}") from exc


def _is_face(table: Mapping[str, object]) -> bool:
    return table.get("kind") == FACE


def _check_face(key: str, table: Mapping[str, object], mount: Mount, *, has_face: bool) -> None:
    if not has_face:
        raise ConfigError(f"{key}: it is to show the robot's face, and there is none: add a [robot.face] table")
    if mount.drive or key == "robot.camera":
        raise ConfigError(f"{key}: expected a camera that looks at the stage, got the robot's face")
    if others := sorted(table.keys() - _OWN_KEYS - {"kind"}):
        raise ConfigError(f'{key}: kind = "face" has no other keys, got {", ".join(others)}')


def _rest(table: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in table.items() if name not in _OWN_KEYS}
