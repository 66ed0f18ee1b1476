"""What the stage's process and those connected to it say to each other, and the framing that carries it.

A Unix stream socket; each message is msgpack behind a 4-byte big-endian length. The first message of a connection is
`Attach`; the stage answers with `Welcome`, or with `Refused` and closes. Then

- a driver sends `Velocity`, `Halt`, `Begin`, `Cancel` and `Carry`, and gets a `BaseReport` 100 times a second or so;
- a camera gets a `Scene` as often, and each `Face`;
- a face sends what the robot's face display shows, as `Face`;
- an observer sends requests, and gets a `Truth` (the state after the request) for each, in order.

Light on purpose: the motion process imports it.
"""

import enum
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from simulator.events import StageEvent
from simulator.faults import Fault
from simulator.layout import StageLayout
from teleop_core.ports import GestureOutcome
from teleop_core.wire.messages import StopLevel

MAX_MESSAGE_BYTES: Final = 256 * 1024
_LENGTH_BYTES: Final = 4


class Part(enum.Enum):
    """What somebody connects to the stage as."""

    DRIVER = "driver"
    CAMERA = "camera"
    FACE = "face"
    OBSERVER = "observer"


class Pose(Struct, frozen=True, array_like=True):
    """A place and a direction on the stage, in the stage frame."""

    x_m: float
    y_m: float
    heading_rad: float


class Motion(Struct, frozen=True, array_like=True):
    """A velocity in the robot's frame."""

    vx_mps: float
    vy_mps: float
    wz_radps: float


class Performing(Struct, frozen=True, array_like=True):
    """What the body performs, or performed last."""

    run: int
    name: str
    progress: float
    outcome: GestureOutcome | None
    detail: str


class Posture(Struct, frozen=True, array_like=True):
    """How the body is held, as `simulator.performer` says."""

    left_arm_rad: float = 0.0
    right_arm_rad: float = 0.0
    bend_rad: float = 0.0
    pan_rad: float = 0.0  # of the head, counter-clockwise seen from above


# --- To the stage ----------------------------------------------------------------------------------------------------


class Attach(Struct, frozen=True, tag="attach"):
    """The first message."""

    part: Part


class Velocity(Struct, frozen=True, tag="velocity"):
    """Move with `twist` for at most `ttl_ms` of stage time."""

    seq: int
    twist: Motion
    ttl_ms: int


class Halt(Struct, frozen=True, tag="halt"):
    """Stop the base."""

    seq: int
    level: StopLevel


class Begin(Struct, frozen=True, tag="begin"):
    """Perform the gesture `name`, as number `run`."""

    seq: int
    name: str
    run: int


class Cancel(Struct, frozen=True, tag="cancel"):
    """Break off what is being performed."""

    seq: int


class Carry(Struct, frozen=True, tag="carry"):
    """Turn the head to `pan_rad`, and move with a voice as much as `talk` says, 0..1."""

    seq: int
    pan_rad: float
    talk: float


class Face(Struct, frozen=True, tag="face"):
    """What the robot's face display shows: `pixels` is BGR, three bytes a pixel, row by row."""

    width_px: int
    height_px: int
    pixels: bytes


NO_FACE: Final = Face(0, 0, b"")  # the display is dark, and the head not seen


class Look(Struct, frozen=True, tag="look"):
    """Ask for the truth, and change nothing."""


class Step(Struct, frozen=True, tag="step"):
    """Advance a lock-step stage by `steps` fixed steps."""

    steps: int


class Place(Struct, frozen=True, tag="place"):
    """Carry the robot somewhere; the only way back after a fall."""

    pose: Pose


class Push(Struct, frozen=True, tag="push"):
    """Push the robot with a velocity in the stage frame."""

    vx_mps: float
    vy_mps: float


class SetFault(Struct, frozen=True, tag="set_fault"):
    """Switch a fault on or off."""

    fault: Fault
    on: bool


class SetBattery(Struct, frozen=True, tag="set_battery"):
    """Set the charge, 0..1."""

    charge: float


class PressStop(Struct, frozen=True, tag="press_stop"):
    """Press or release the hardware stop that is wired to the base."""

    pressed: bool


Request = Look | Step | Place | Push | SetFault | SetBattery | PressStop
ToStage = Attach | Velocity | Halt | Begin | Cancel | Carry | Face | Request


# --- From the stage --------------------------------------------------------------------------------------------------


class Welcome(Struct, frozen=True, tag="welcome", kw_only=True):
    """The stage's answer to `Attach`."""

    base: str
    seed: int
    step_ns: int
    layout: StageLayout


class Refused(Struct, frozen=True, tag="refused"):
    """Why the stage does not take the connection or the request."""

    reason: str


class BaseReport(Struct, frozen=True, tag="base_report", kw_only=True):
    """What the base says of itself: odometry, not truth. `acked` is the last command's seq, 0 before the first."""

    acked: int
    odometry: Pose
    twist: Motion
    battery: float
    tilt_rad: float
    faults: tuple[str, ...]
    stop_pressed: bool
    performing: Performing | None


class Scene(Struct, frozen=True, tag="scene", kw_only=True):
    """All that a camera must know to draw: poses at one instant, in stage time and monotonic time."""

    stage_ns: int
    monotonic_ns: int
    robot: Pose
    people: tuple[Pose, ...]
    fallen: bool
    stalled: bool
    repeats: bool
    posture: Posture = Posture()


class Truth(Struct, frozen=True, tag="truth", kw_only=True):
    """How things really are.

    `twist` is that of the wheels, `speed_mps` over the floor (pushes included), `path_m` the way made since the stage
    began, `still_for_ns` how long nothing has moved (stage time; None while something moves), `target` the velocity in
    force after clamping. `events` holds the last 256, oldest first.
    """

    stage_ns: int
    monotonic_ns: int
    pose: Pose
    odometry: Pose
    twist: Motion
    target: Motion
    speed_mps: float
    path_m: float
    still_for_ns: int | None
    fallen: bool
    battery: float
    driven: bool  # whether a driver is connected
    people: tuple[Pose, ...]
    events: tuple[StageEvent, ...]
    faults: tuple[Fault, ...]
    performing: Performing | None
    posture: Posture
    trace_hash: str


FromStage = Welcome | Refused | BaseReport | Scene | Face | Truth

_encoder: Final = msgspec.msgpack.Encoder()
to_stage: Final[msgspec.msgpack.Decoder[ToStage]] = msgspec.msgpack.Decoder(ToStage)
from_stage: Final[msgspec.msgpack.Decoder[FromStage]] = msgspec.msgpack.Decoder(FromStage)

T = TypeVar("T")


def framed(message: ToStage | FromStage) -> bytes:
    """Return `message` ready for the socket."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Deframer(Generic[T]):
    """Cuts a byte stream into messages."""

    def __init__(self, decode: Callable[[bytes], T]) -> None:
        self._decode = decode
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[T]:
        """Return the messages that `chunk` completes.

        Raises:
            msgspec.DecodeError: the bytes are not such messages; the connection is of no more use.

        """
        self._buffer += chunk
        messages: list[T] = []
        while len(self._buffer) >= _LENGTH_BYTES:
            length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if length > MAX_MESSAGE_BYTES:
                raise msgspec.DecodeError(f"expected at most {MAX_MESSAGE_BYTES} bytes, got a message of {length}")
            end = _LENGTH_BYTES + length
            if len(self._buffer) < end:
                break
            messages.append(self._decode(bytes(self._buffer[_LENGTH_BYTES:end])))
            del self._buffer[:end]
        return messages
