"""What the hall's STOP page and the agent say to each other: JSON text frames over the page's own WebSocket.

It is no part of the wire protocol of bridge, people and robots: the page comes from the agent that it talks to, so the
two are always of one version.

==========  ============================================================================================
page        ``enter`` first, with the PIN; then ``stop``, every 40 ms until ``done`` comes with its id;
            ``sterner``, every 40 ms until ``hall`` shows that level in force; ``release``, once
agent       ``entered`` or ``refused`` (and the end); then ``hall`` at each change and 5 times a second;
            ``declined`` with the id of a ``sterner`` or ``release`` that it does not pass on
==========  ============================================================================================

What stops may come late and twice. What gives power back must do neither: a ``release`` names the state that whoever
sent it had before their eyes, and is void when somebody asked for something sterner since.
"""

import enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from teleop_core.wire.messages import Count, Latch, Limit, RequestId, RobotState, StopLevel

MAX_FRAME_BYTES: Final = 1024


class Word(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag=str.lower):
    """Anything that is said."""


class Enter(Word, frozen=True):
    """Let me in."""

    pin: Annotated[str, Meta(max_length=64)]


class Stop(Word, frozen=True):
    """Stop the robot."""

    id: RequestId


class Sterner(Word, frozen=True):
    """Stop the robot, as sternly as `level`, one of `Hall.levels`; any other is declined, and stops it all the same."""

    id: RequestId
    level: Annotated[str, Meta(max_length=16)]


class Release(Word, frozen=True):
    """Take back what is above an ordinary STOP; `asked` is that of the `Hall` that was shown."""

    id: RequestId
    asked: Count


class WhyNot(enum.Enum):
    """Why somebody was not let in."""

    PIN = "pin"
    WAIT = "wait"  # too many wrong ones from this address
    FULL = "full"


class Entered(Word, frozen=True):
    """You are in; STOP works now."""

    robot: str


class Refused(Word, frozen=True):
    """You are not in. `wait_s` is when to try again at the earliest."""

    why: WhyNot
    wait_s: int = 0


class Done(Word, frozen=True):
    """The motion process has the STOP with this id; `state` is what the robot is in."""

    id: RequestId
    state: RobotState
    speed_mps: float


class WhyDeclined(enum.Enum):
    """Why something was not passed on."""

    LEVEL = "level"  # this robot cannot be stopped so; an ordinary STOP was passed on
    CHANGED = "changed"  # somebody asked for something sterner meanwhile
    SOON = "soon"  # the one before it was passed on only just now


class Declined(Word, frozen=True):
    """What had this id was not passed on."""

    id: RequestId
    why: WhyDeclined


class Hall(Word, frozen=True):
    """The robot as the agent knows it.

    `age_ms` is how long ago the motion process said so, None before it ever did. `levels` are the stops above an
    ordinary one that this robot has, mildest first; which is in force, `latch` says. `asked` is how many were asked for
    here since the agent began.
    """

    state: RobotState
    limit: Limit
    driver: str | None  # the name of who has the lease
    latch: Latch | None
    stopped_by: str | None  # the name of who latched it, where a person did
    speed_mps: float
    age_ms: int | None
    bridge_up: bool
    levels: tuple[StopLevel, ...]
    asked: int


FromPage = Enter | Stop | Sterner | Release

_encoder: Final = msgspec.json.Encoder()
_from_page: Final[msgspec.json.Decoder[FromPage]] = msgspec.json.Decoder(FromPage)


def encode(word: Word) -> str:
    """Return the JSON text of `word`."""
    return _encoder.encode(word).decode()


def decode(frame: bytes | str) -> FromPage | None:
    """Return what the page said, None when it is nothing that a page says."""
    try:
        return _from_page.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
