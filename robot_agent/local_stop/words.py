"""What the hall's STOP page and the agent say to each other: JSON text frames over the page's own WebSocket.

It is no part of the wire protocol of bridge, people and robots: the page comes from the agent that it talks to, so the
two are always of one version.

==========  ============================================================================================
page        ``enter`` first, with the PIN; then ``stop``, every 40 ms until ``done`` comes with its id
agent       ``entered`` or ``refused`` (and the end); then ``hall`` at each change and 5 times a second
==========  ============================================================================================
"""

import enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from teleop_core.wire.messages import Latch, Limit, RequestId, RobotState

MAX_FRAME_BYTES: Final = 1024


class Word(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag=str.lower):
    """Anything that is said."""


class Enter(Word, frozen=True):
    """Let me in."""

    pin: Annotated[str, Meta(max_length=64)]


class Stop(Word, frozen=True):
    """Stop the robot."""

    id: RequestId


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


class Hall(Word, frozen=True):
    """The robot as the agent knows it. `age_ms` is how long ago the motion process said so, None before it ever did."""

    state: RobotState
    limit: Limit
    driver: str | None  # the name of who has the lease
    latch: Latch | None
    stopped_by: str | None  # the name of who latched it, where a person did
    speed_mps: float
    age_ms: int | None
    bridge_up: bool


FromPage = Enter | Stop

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
