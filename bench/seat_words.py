"""What a bench and somebody in a seat say to each other: a JSON line each way, one order after another."""

from typing import Final

import msgspec
from msgspec import Struct


class Sit(Struct, frozen=True, tag="sit"):
    """Come into the room. First of all; the token comes this way and stands in no command line."""

    url: str
    token: str
    bridge_port: int
    watches: bool  # the picture
    is_prompt: bool = False  # whether to ask the host to run before others


class Arm(Struct, frozen=True, tag="arm"):
    """Get the lease unless it is held, and wait with the hand off until the dead-man counts."""


class Hold(Struct, frozen=True, tag="hold"):
    """Hold the dead-man and ask for a speed until told otherwise."""

    vx_mps: float
    wz_radps: float = 0.0


class LetGo(Struct, frozen=True, tag="let_go"):
    """Take the hand off."""


class UseRoads(Struct, frozen=True, tag="use_roads"):
    """Speak over these roads only."""

    roads: tuple[str, ...]


class Freeze(Struct, frozen=True, tag="freeze"):
    """Let the screen freeze, or go on."""

    on: bool


class CutDownlink(Struct, frozen=True, tag="cut_downlink"):
    """Hear nothing more, or hear again."""

    on: bool


class PressStop(Struct, frozen=True, tag="press_stop"):
    """Press STOP; done when it is pressed, whatever becomes of it."""


class Revoke(Struct, frozen=True, tag="revoke"):
    """End whoever's lease, as staff; done when that is asked for."""


class Dial(Struct, frozen=True, tag="dial"):
    """Take out a phone and open the STOP page that the robot serves in the hall, in place of one opened before."""

    link: str


class PressOnPhone(Struct, frozen=True, tag="press_on_phone"):
    """Press STOP on that page; done when it is pressed."""


class LookUp(Struct, frozen=True, tag="look_up"):
    """See to it that pictures come, with a new session when they do not."""


class TellSent(Struct, frozen=True, tag="tell_sent"):
    """Say when each drive command since the last time was sent; often enough, or the answer is too long for a line."""


QuickOrder = Hold | LetGo | UseRoads | Freeze | CutDownlink | TellSent
SeatedOrder = QuickOrder | Arm | PressStop | Revoke | Dial | PressOnPhone | LookUp
Order = Sit | SeatedOrder


class Done(Struct, frozen=True, tag="done", kw_only=True):
    """The order was carried out; it began at `began_ns`, on this host's monotonic clock.

    `captured_ns` is when the picture on the screen was captured, by what is written in it; `sent_ns` says when drive
    commands left, by their numbers, where that was asked.
    """

    began_ns: int
    me: str
    captured_ns: int | None
    sent_ns: dict[int, int] = {}


class Failed(Struct, frozen=True, tag="failed"):
    """It could not be, and why."""

    reason: str


order_decoder: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)
answer_decoder: Final[msgspec.json.Decoder[Done | Failed]] = msgspec.json.Decoder(Done | Failed)


def line(words: Order | Done | Failed) -> bytes:
    """Return `words` as a line."""
    return msgspec.json.encode(words) + b"\n"
