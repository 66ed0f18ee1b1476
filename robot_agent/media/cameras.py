"""Several cameras in one picture: one is the main picture, the others are laid into it.

How old the picture counts is how old what the *drive camera* shows in it is: the camera that the driver steers by, as
configured. Where it is not to be seen at all, the picture is as old as can be. So whatever people choose to look at,
nobody drives by a camera that looks elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from robot_agent.media.composer import compose
from robot_agent.media.frames import as_i420
from robot_agent.media.repeats import RepeatWatch
from robot_agent.media.steady_camera import SteadyCamera
from teleop_core.ports import Camera, Frame
from teleop_core.timebase import ms, seconds
from teleop_core.wire.messages import CameraHealth, CameraState

NEVER_NS: Final = 0  # the capture time of what is not to be seen
SILENT_NS: Final = seconds(1)  # without a picture for so long a camera counts as absent, without a new one as frozen
GIVES_WAY_NS: Final = ms(200)  # a camera without a picture for so long does not hold up the others


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedCamera:
    """A camera of the robot, and what it is for. `inset` says whether it is shown while another is the main one.

    What a `still` one shows may stay the same for long: it is not frozen then. `open_camera` is called in the thread
    that reads it, again after each failure of it; see `SteadyCamera`.
    """

    name: str
    open_camera: Callable[[], Camera]
    drive: bool = False
    inset: bool = True
    still: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: Frame
    since_ns: int
    arrived_ns: int


class Eye:
    """What one camera saw last; `saw` belongs to the camera's own thread."""

    def __init__(self, mounted: MountedCamera) -> None:
        self.name: Final = mounted.name
        self.camera: Final = SteadyCamera(mounted.name, mounted.open_camera)
        self.inset: Final = mounted.inset
        self._still = mounted.still
        self._repeats = RepeatWatch()
        self.seen: _Seen | None = None

    @property
    def since_ns(self) -> int:
        """Since when the camera has shown what it shows; never, before its first picture."""
        return NEVER_NS if self.seen is None else self.seen.since_ns

    def saw(self, frame: Frame, *, now_ns: int) -> None:
        """Take a picture over."""
        self.seen = _Seen(frame, self._repeats.since_ns(frame), now_ns)

    def has_paused(self, *, for_ns: int, now_ns: int) -> bool:
        """Return whether no picture came for so long."""
        return self.seen is None or now_ns - self.seen.arrived_ns >= for_ns

    def state(self, *, drive: bool, now_ns: int) -> CameraState:
        """Return whether it delivers pictures, and new ones; where it delivers none, why, if its driver says so."""
        frozen = not self._still and now_ns - self.since_ns >= SILENT_NS
        health = CameraHealth.FROZEN if frozen else CameraHealth.LIVE
        missing = ""
        if self.has_paused(for_ns=SILENT_NS, now_ns=now_ns):
            health, missing = CameraHealth.ABSENT, self.camera.fault
        return CameraState(name=self.name, drive=drive, health=health, missing=missing)


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture of all cameras, in yuv420p, and since when the drive camera has shown what it shows there."""

    frame: Frame
    since_ns: int


class CameraRig:
    """All cameras of the robot, in the order of the configuration, which is that of the insets.

    The first is the main one until somebody chooses another. `drive` marks the drive camera; without a mark it is the
    first. `choose` may be called from another thread than the rest.
    """

    def __init__(self, cameras: Sequence[MountedCamera]) -> None:
        self.eyes: Final = tuple(map(Eye, cameras))
        self._main = self.eyes[0]
        marked = (eye for eye, mounted in zip(self.eyes, cameras, strict=True) if mounted.drive)
        self._drive = next(marked, self.eyes[0])

    @property
    def main(self) -> str:
        """The name of the main camera."""
        return self._main.name

    def choose(self, name: str) -> bool:
        """Make the camera `name` the main one; False when there is none."""
        for eye in self.eyes:
            if eye.name == name:
                self._main = eye
                return True
        return False

    def is_due(self, eye: Eye, *, now_ns: int) -> bool:
        """Return whether the picture that `eye` just saw makes a new picture of all.

        The main camera sets the beat; while it is silent the drive camera does, then whichever is not silent.
        """
        ranked = (self._main, self._drive, *self.eyes)
        lively = (each for each in ranked if not each.has_paused(for_ns=GIVES_WAY_NS, now_ns=now_ns))
        return next(lively, eye) is eye

    def sight(self, eye: Eye) -> Sight:
        """Return the picture of all, at the instant at which `eye` saw its newest."""
        main = self._main if self._main.seen is not None else eye
        insets = [each for each in self.eyes if each.inset and each is not main]
        frames = [as_i420(each.seen.frame) for each in (main, *insets) if each.seen is not None]
        whole = compose(frames[0], frames[1:])
        captured_ns = whole.captured_ns if eye.seen is None else eye.seen.frame.captured_ns
        shown = self._drive is main or self._drive in insets
        return Sight(_stamped(whole, captured_ns), self._drive.since_ns if shown else NEVER_NS)

    def state(self, *, now_ns: int) -> tuple[CameraState, ...]:
        """Return how each camera is."""
        return tuple(eye.state(drive=eye is self._drive, now_ns=now_ns) for eye in self.eyes)


def _stamped(frame: Frame, captured_ns: int) -> Frame:
    if frame.captured_ns == captured_ns:
        return frame
    return Frame(
        pixels=frame.pixels,
        pixel_format=frame.pixel_format,
        width_px=frame.width_px,
        height_px=frame.height_px,
        captured_ns=captured_ns,
    )
