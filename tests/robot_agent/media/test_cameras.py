import numpy as np
import pytest

from robot_agent.media.cameras import GIVES_WAY_NS, NEVER_NS, SILENT_NS, CameraRig, Eye, MountedCamera
from robot_agent.media.frames import planes
from teleop_core.ports import Frame
from teleop_core.timebase import ms
from teleop_core.wire.messages import CameraHealth
from tests.robot_agent.media.scene import NoisyScene

HEAD, FRONT, SIDE = 60, 120, 180  # the luma of what each sees


def mounted(name: str, *, drive: bool = False, inset: bool = True) -> MountedCamera:
    return MountedCamera(name=name, open_camera=NoisyScene, drive=drive, inset=inset)


def seen(luma: int, *, at_ns: int, size: tuple[int, int] = (320, 240)) -> Frame:
    """Return a picture that is the same as no other: its capture time is in a corner."""
    width_px, height_px = size
    pixels = np.full((height_px * 3 // 2, width_px), 128, np.uint8)
    pixels[:height_px] = luma
    pixels[-1, -8:] = np.frombuffer(at_ns.to_bytes(8, "big"), np.uint8)
    return Frame(pixels=pixels, pixel_format="yuv420p", width_px=width_px, height_px=height_px, captured_ns=at_ns)


@pytest.fixture
def rig() -> CameraRig:
    return CameraRig([mounted("head"), mounted("front"), mounted("side", inset=False)])


def eyes(rig: CameraRig) -> tuple[Eye, Eye, Eye]:
    head, front, side = rig.eyes
    return head, front, side


def health(eye: Eye, *, now_ns: int) -> CameraHealth:
    return eye.state(drive=False, now_ns=now_ns).health


def all_see(rig: CameraRig, *, at_ns: int) -> None:
    for eye, luma in zip(rig.eyes, (HEAD, FRONT, SIDE), strict=True):
        eye.saw(seen(luma, at_ns=at_ns), now_ns=at_ns)


def shown(frame: Frame) -> tuple[int, set[int]]:
    """Return the luma of the main picture, and those of the insets."""
    luma = planes(frame)[0]
    return int(luma[-1, 0]), {value for value in (HEAD, FRONT, SIDE) if (luma == value).any()} - {int(luma[-1, 0])}


def test_one_camera_is_passed_on_as_it_is() -> None:
    rig = CameraRig([mounted("head")])
    frame = seen(HEAD, at_ns=ms(10))
    rig.eyes[0].saw(frame, now_ns=ms(11))

    assert rig.is_due(rig.eyes[0], now_ns=ms(11))
    assert rig.sight(rig.eyes[0]).frame.pixels is frame.pixels
    assert rig.sight(rig.eyes[0]).since_ns == ms(10)


def test_the_first_is_the_main_picture_and_the_others_are_insets_where_they_may_be(rig: CameraRig) -> None:
    all_see(rig, at_ns=ms(10))

    assert rig.main == "head"
    assert shown(rig.sight(eyes(rig)[0]).frame) == (HEAD, {FRONT})


def test_another_is_chosen_by_name_and_who_is_not_there_cannot_be(rig: CameraRig) -> None:
    all_see(rig, at_ns=ms(10))
    assert rig.choose("side")
    assert not rig.choose("roof")

    assert rig.main == "side"
    assert shown(rig.sight(eyes(rig)[2]).frame) == (SIDE, {HEAD, FRONT})


def test_the_picture_is_as_old_as_what_the_drive_camera_shows_in_it_whichever_is_the_main_one(rig: CameraRig) -> None:
    head, front, _ = eyes(rig)
    all_see(rig, at_ns=ms(10))
    front.saw(seen(FRONT, at_ns=ms(500)), now_ns=ms(500))
    rig.choose("front")

    sight = rig.sight(front)
    assert sight.frame.captured_ns == ms(500)
    assert sight.since_ns == ms(10)

    head.saw(seen(HEAD, at_ns=ms(510)), now_ns=ms(510))
    assert rig.sight(front).since_ns == ms(510)


def test_a_drive_camera_that_repeats_itself_makes_the_picture_old_though_all_else_lives(rig: CameraRig) -> None:
    head, front, _ = eyes(rig)
    for count in range(30):
        frozen = seen(HEAD, at_ns=ms(10))
        head.saw(frozen_at(frozen, ms(10 + 33 * count)), now_ns=ms(10 + 33 * count))
        front.saw(seen(FRONT, at_ns=ms(10 + 33 * count)), now_ns=ms(10 + 33 * count))

    assert rig.sight(head).since_ns == ms(10)
    assert rig.sight(head).frame.captured_ns == ms(10 + 33 * 29)


def frozen_at(frame: Frame, captured_ns: int) -> Frame:
    return Frame(
        pixels=frame.pixels,
        pixel_format=frame.pixel_format,
        width_px=frame.width_px,
        height_px=frame.height_px,
        captured_ns=captured_ns,
    )


def test_a_drive_camera_that_is_not_in_the_picture_makes_it_as_old_as_can_be() -> None:
    rig = CameraRig([mounted("front"), mounted("head", drive=True, inset=False)])
    front, head = rig.eyes
    for eye, luma in ((front, FRONT), (head, HEAD)):
        eye.saw(seen(luma, at_ns=ms(10)), now_ns=ms(10))
    assert rig.sight(front).since_ns == NEVER_NS

    rig.choose("head")
    assert rig.sight(head).since_ns == ms(10)


def test_a_drive_camera_that_never_saw_anything_makes_the_picture_as_old_as_can_be(rig: CameraRig) -> None:
    _, front, _ = eyes(rig)
    front.saw(seen(FRONT, at_ns=ms(10)), now_ns=ms(10))

    assert shown(rig.sight(front).frame) == (FRONT, set())
    assert rig.sight(front).since_ns == NEVER_NS


def test_the_main_camera_sets_the_beat_and_a_silent_one_gives_it_to_the_drive_camera(rig: CameraRig) -> None:
    head, _, side = eyes(rig)
    rig.choose("front")
    all_see(rig, at_ns=0)
    assert [rig.is_due(eye, now_ns=0) for eye in rig.eyes] == [False, True, False]

    for eye in (head, side):
        eye.saw(seen(HEAD, at_ns=1), now_ns=GIVES_WAY_NS - 1)
    assert [rig.is_due(eye, now_ns=GIVES_WAY_NS - 1) for eye in (head, side)] == [False, False]
    assert [rig.is_due(eye, now_ns=GIVES_WAY_NS) for eye in (head, side)] == [True, False]


def test_a_main_camera_that_is_gone_leaves_its_last_picture_and_the_others_live_on(rig: CameraRig) -> None:
    head, front, _ = eyes(rig)
    all_see(rig, at_ns=0)
    late = ms(5_000)
    front.saw(seen(FRONT + 30, at_ns=late), now_ns=late)

    assert rig.is_due(front, now_ns=late)
    sight = rig.sight(front)
    assert (planes(sight.frame)[0] == FRONT + 30).any()
    assert sight.frame.captured_ns == late
    assert sight.since_ns == 0
    assert health(head, now_ns=late) is CameraHealth.ABSENT


def test_a_camera_is_absent_without_pictures_and_frozen_with_the_same_ones(rig: CameraRig) -> None:
    head, front, _ = eyes(rig)
    picture = seen(HEAD, at_ns=0)
    head.saw(picture, now_ns=0)
    assert [state.health for state in rig.state(now_ns=0)] == [CameraHealth.LIVE, *[CameraHealth.ABSENT] * 2]

    head.saw(frozen_at(picture, SILENT_NS - 1), now_ns=SILENT_NS - 1)
    front.saw(seen(FRONT, at_ns=5), now_ns=5)
    assert health(head, now_ns=SILENT_NS - 1) is CameraHealth.LIVE
    assert health(head, now_ns=SILENT_NS) is CameraHealth.FROZEN
    assert health(front, now_ns=SILENT_NS + 4) is CameraHealth.LIVE
    assert health(front, now_ns=SILENT_NS + 5) is CameraHealth.ABSENT

    head.saw(seen(HEAD + 1, at_ns=SILENT_NS), now_ns=SILENT_NS)
    assert health(head, now_ns=SILENT_NS) is CameraHealth.LIVE


def test_the_state_names_the_drive_camera() -> None:
    rig = CameraRig([mounted("front"), mounted("head", drive=True)])

    assert [(state.name, state.drive) for state in rig.state(now_ns=0)] == [("front", False), ("head", True)]


def test_of_an_absent_camera_it_is_told_why_and_of_one_that_delivers_it_is_not() -> None:
    rig = CameraRig([mounted("head")])
    [head] = rig.eyes
    head.camera.fault = "unplugged"

    assert [state.missing for state in rig.state(now_ns=0)] == ["unplugged"]
    head.saw(seen(HEAD, at_ns=0), now_ns=0)
    assert [state.missing for state in rig.state(now_ns=SILENT_NS - 1)] == [""]
    assert [state.missing for state in rig.state(now_ns=SILENT_NS)] == ["unplugged"]


def test_a_camera_that_may_stand_still_is_not_frozen_and_is_missed_all_the_same() -> None:
    eye = Eye(MountedCamera(name="face", open_camera=NoisyScene, still=True))
    frame = seen(HEAD, at_ns=ms(10))
    for count in range(30):
        eye.saw(frozen_at(frame, ms(10 + 100 * count)), now_ns=ms(10 + 100 * count))

    assert health(eye, now_ns=ms(3000)) is CameraHealth.LIVE
    assert health(eye, now_ns=ms(2910) + SILENT_NS) is CameraHealth.ABSENT
