"""What a user may set of the sound: the `[robot.voice]` table."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class VoiceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which sound device the robot has, who may be heard through it, and how the hall is sent.

    `sound` is the table that names the device by its `kind`; a robot without one neither hears nor speaks. `speakers`
    are the roles that may be heard in the hall, at most `max_voices` people at once. `echo = "off"` is for a microphone
    that does its own cancelling.
    """

    sound: dict[str, object] | None = None
    speakers: tuple[Literal["presenter", "staff"], ...] = ("presenter", "staff")
    max_voices: Annotated[int, Meta(ge=1, le=8)] = 3
    bitrate_bps: Annotated[int, Meta(ge=24_000, le=128_000)] = 32_000
    echo: Literal["auto", "off"] = "auto"
