from collections.abc import Mapping

import pytest

from robot_agent.config import AgentConfig
from robot_agent.media.cameras import MountedCamera
from robot_agent.mounting import mount_cameras
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera
from tests.robot_agent.black_camera import BlackCamera


def config(camera: dict[str, object], *others: dict[str, object], face: dict[str, object] | None = None) -> AgentConfig:
    return AgentConfig(
        name="stage-1",
        bridge_url="ws://127.0.0.1:8080/ws",
        state_dir="/var/lib/stage",
        driver={"kind": "sim"},
        camera=camera,
        cameras=others,
        face=face,
    )


def opened(config: AgentConfig) -> tuple[list[Mapping[str, object]], tuple[MountedCamera, ...]]:
    asked: list[Mapping[str, object]] = []

    def open_camera(table: Mapping[str, object]) -> Camera:
        asked.append(table)
        return BlackCamera()

    cameras = mount_cameras(config, open_camera=open_camera)
    assert asked == []  # each is opened by who reads it
    for camera in cameras:
        camera.open_camera()
    return asked, cameras


def test_one_camera_needs_no_name() -> None:
    asked, cameras = opened(config({"kind": "device", "device": 2}))

    assert asked == [{"kind": "device", "device": 2}]
    assert [(camera.name, camera.drive, camera.inset) for camera in cameras] == [("camera", False, True)]


def test_further_cameras_come_after_it_and_what_they_are_for_is_not_their_drivers_to_know() -> None:
    asked, cameras = opened(
        config({"kind": "device", "name": "front"}, {"kind": "sim", "name": "head", "drive": True, "inset": False})
    )

    assert asked == [{"kind": "device"}, {"kind": "sim"}]
    assert [(camera.name, camera.drive, camera.inset) for camera in cameras] == [
        ("front", False, True),
        ("head", True, False),
    ]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([{"kind": "sim"}], "a name of its own for each camera, got camera, camera"),
        ([{"kind": "sim", "name": "a"}] * 4, "at most 4 cameras in all, got 5"),
        ([{"name": "a", "drive": True}, {"name": "b", "drive": True}], "one camera with drive = true, got a and b"),
        ([{"name": ""}], r"robot.cameras\[0\]: Expected `str` of length >= 1 - at `\$.name`"),
        ([{"name": "a", "inset": "yes"}], r"robot.cameras\[0\]: Expected `bool`, got `str` - at `\$.inset`"),
    ],
    ids=["name", "many", "drive", "empty", "inset"],
)
def test_cameras_that_cannot_be_are_refused(others: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        opened(config({"kind": "sim"}, *others))


def test_the_robots_face_is_a_camera_too_that_may_stand_still() -> None:
    mirror = BlackCamera()
    robot = config({"kind": "sim"}, {"kind": "face", "name": "presenter"}, face={"kind": "sim"})

    front, face = mount_cameras(robot, open_camera=lambda _: BlackCamera(), mirror=lambda: mirror)

    assert face.open_camera() is mirror
    assert front.open_camera() is not mirror
    assert (face.name, face.inset, face.still, front.still) == ("presenter", True, True, False)


@pytest.mark.parametrize(
    ("camera", "other", "face", "words"),
    [
        ({"kind": "sim"}, {"kind": "face", "name": "f"}, None, r"robot.cameras\[0\]: .* add a \[robot.face\] table"),
        ({"kind": "sim"}, {"kind": "face", "name": "f", "drive": True}, {}, "looks at the stage, got the robot's face"),
        ({"kind": "face"}, {"kind": "sim", "name": "f"}, {}, "robot.camera: expected a camera that looks at the stage"),
        ({"kind": "sim"}, {"kind": "face", "name": "f", "fps": 3}, {}, 'kind = "face" has no other keys, got fps'),
    ],
    ids=["no face", "drive", "first", "keys"],
)
def test_a_face_is_no_camera_for_more_than_a_look(
    camera: dict[str, object], other: dict[str, object], face: dict[str, object] | None, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        opened(config(camera, other, face=face))
