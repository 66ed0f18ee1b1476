"""What a user may set of show and speech: the `[robot.show]` and `[robot.speech]` tables."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class ShowSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which show is loaded, and where its signals go.

    Without a `file` there are no cues, and the audience is looked after all the same while the link is away. `osc` is
    the light desk's or slide machine's address, host:port, for Open Sound Control over UDP.
    """

    file: str | None = None
    osc: Annotated[str, Meta(pattern=r"^[^:\s]+:[0-9]{1,5}$")] | None = None


class SpeechSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the robot speaks by itself.

    `command` is a program of yours instead of espeak-ng: it reads a line on standard input and writes WAV on standard
    output; `{language}` in its words becomes en or zh.
    """

    engine: Literal["espeak-ng", "command", "off"] = "espeak-ng"
    command: Annotated[tuple[str, ...], Meta(max_length=32)] = ()
    words_per_minute: Annotated[int, Meta(ge=80, le=300)] = 160
