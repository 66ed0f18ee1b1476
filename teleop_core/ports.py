"""What the core and the shells ask of the outside: the seams where a robot, a camera or a simulator plugs in."""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from teleop_core.bearing import NO_LOOK, Bearing, LookRange
from teleop_core.geometry import Pose2D, Twist
from teleop_core.wire.messages import LONGEST_GESTURE_MS, MAX_GESTURES, StopLevel

_GESTURE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,29}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """Something that a robot performs by itself while it stands. A large one needs room around it.

    Raises:
        ValueError: no name such as ``wave`` or ``idle-alive``, or no time that a gesture may take.

    """

    name: str
    lasts_ms: int
    is_large: bool = False

    def __post_init__(self) -> None:
        """Refuse what the wire could not carry."""
        if not _GESTURE_NAME.fullmatch(self.name):
            raise ValueError(f"expected a gesture's name such as 'wave' or 'idle-alive', got {self.name!r}")
        if not 1 <= self.lasts_ms <= LONGEST_GESTURE_MS:
            raise ValueError(f"{self.name}: expected 1 to {LONGEST_GESTURE_MS} ms, got {self.lasts_ms}")


class GestureOutcome(enum.Enum):
    """How a performance ended, as the robot says."""

    DONE = "done"
    CUT = "cut"  # cancelled, or pre-empted by a stop
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The newest performance that the robot was told to begin: `run` is its number, `outcome` None while it goes on."""

    run: int
    name: str
    progress: float = 0.0  # 0..1
    outcome: GestureOutcome | None = None
    detail: str = ""  # why it failed, in plain words


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a robot can do, as its driver states it. Speeds and accelerations are magnitudes, all positive."""

    model: str
    max_vx_mps: float
    max_vy_mps: float  # zero for a base that is not holonomic
    max_wz_radps: float
    max_accel_mps2: float
    max_accel_radps2: float
    native_time_limit: bool  # whether the device itself stops when commands cease
    stop_levels: tuple[StopLevel, ...] = (StopLevel.SETTLE,)
    gestures: tuple[Gesture, ...] = ()
    look: LookRange = NO_LOOK
    co_speech: bool = False  # whether it can move with a voice

    def __post_init__(self) -> None:
        """Refuse more gestures than the wire carries, and two of one name."""
        names = {gesture.name for gesture in self.gestures}
        if len(names) != len(self.gestures) or len(names) > MAX_GESTURES:
            raise ValueError(
                f"expected at most {MAX_GESTURES} gestures, each of a name of its own, got {self.gestures}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverState:
    """The newest thing that the robot said of itself.

    `stamp_ns` is the monotonic time of that word, None before the first. `faults` names what is wrong in plain words;
    any fault latches the robot. `stop_input` is the state of a hardware stop wired to the base (True = pressed), None
    where there is none.
    """

    stamp_ns: int | None = None
    pose: Pose2D | None = None
    twist: Twist | None = None
    battery: float | None = None  # 0..1
    tilt_rad: float | None = None  # from upright, None where the robot does not feel it
    faults: tuple[str, ...] = ()
    stop_input: bool | None = None
    performance: Performance | None = None  # the newest, while it goes on and after it ended


class RobotDriver(Protocol):
    """One robot. Every method returns at once: the 50 Hz motion loop calls them and waits for nobody.

    All methods raise `DriverError` when the device fails. A driver starts stopped and is stopped again after a
    reconnect.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this robot can do; constant while the driver is open."""
        ...

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        """Move with `twist` for at most `ttl_ms`, then stop by itself unless told again."""
        ...

    def poll(self, *, now_ns: int) -> DriverState:
        """Take in what the device has sent and return its newest state; `now_ns` stamps what arrived."""
        ...

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        """Stop at one of the robot's own levels, ahead of anything queued; above SETTLE it is told again and again.

        The next `set_velocity` ends it: the motion loop sends none until somebody on site has taken the level back.
        """
        ...

    def begin_gesture(self, name: str, *, run: int) -> None:
        """Begin the gesture `name` and say how it goes in `DriverState.performance`, under the number `run`.

        It must end by itself: when it is done, with `stop_hard` at any level, and when `set_velocity` has been silent
        for longer than its last time limit. While it goes on, `set_velocity` is told zero.

        Raises:
            GestureError: the robot cannot perform it now, and is fit otherwise.

        """
        ...

    def cancel_gesture(self, reason: str) -> None:
        """Break off the gesture that runs, ahead of anything queued; the body comes to rest. With none, do nothing."""
        ...

    def carry(self, bearing: Bearing) -> None:
        """Carry the body so, from now on; told at each change, at most at the rate of the motion loop.

        Only within what `capabilities` says. A stop of any level ends what moves with the voice, and leaves the look.
        """
        ...

    def close(self) -> None:
        """Stop the robot and let go of the device. Never raises."""
        ...


PixelFormat = Literal["bgr24", "yuv420p"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture, stamped when it was captured.

    `pixels` is a C-contiguous numpy uint8 array: (height, width, 3) for bgr24, (height*3/2, width) for yuv420p (I420).
    `captured_ns` is CLOCK_MONOTONIC of this host, in nanoseconds.
    """

    pixels: object
    pixel_format: PixelFormat
    width_px: int
    height_px: int
    captured_ns: int


class FaceDisplay(Protocol):
    """The robot's face, kept by a thread of its own."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height; constant while the display is open."""
        ...

    def show(self, picture: object) -> None:
        """Show `picture`, a numpy uint8 array (height, width, 3), BGR, of that size; it may take its time.

        Raises:
            DriverError: the display failed; it is done with, and a new one has to be opened.
        """
        ...

    def close(self) -> None:
        """Let go of the device. Never raises."""
        ...


class Camera(Protocol):
    """A source of pictures, read by a thread of its own."""

    def read(self, *, timeout_s: float) -> Frame | None:
        """Wait for the next picture and return it, or None when none came in time (a stalled or absent camera).

        Raises:
            DriverError: the camera failed; it is done with, and a new one has to be opened. People read its words.
        """
        ...

    def close(self) -> None:
        """Let go of the device. Never raises."""
        ...


class SoundDevice(Protocol):
    """A microphone and a loudspeaker on one clock: mono, 48 kHz, 16 bits little endian, 10 ms (960 bytes) at a time."""

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        """Call `turn` every 10 ms with what the microphone heard and play what it returns, until closed.

        Raises:
            DriverError: the device failed; it is done with, and a new one has to be opened.
        """
        ...

    @property
    def output_ms(self) -> float:
        """How long what `turn` returns takes to the loudspeaker."""
        ...

    def close(self) -> None:
        """Let `run` return, whoever runs it. Never raises."""
        ...
