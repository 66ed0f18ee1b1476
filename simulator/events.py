"""What can happen to the robot on the stage, and the record of it."""

import enum

import msgspec


class EventKind(enum.Enum):
    """What can happen to the robot on the stage."""

    FELL = "fell"
    TOUCHED_LECTERN = "touched_lectern"
    TOUCHED_PERSON = "touched_person"
    TOUCHED_BACKDROP = "touched_backdrop"
    PUSHED = "pushed"


class StageEvent(msgspec.Struct, frozen=True):
    """Something that happened, when (stage time), where, and how fast the robot was."""

    kind: EventKind
    stage_ns: int
    x_m: float
    y_m: float
    speed_mps: float
