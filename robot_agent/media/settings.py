"""What a user may set of the picture: the `[robot.video]` table."""

from typing import Annotated

import msgspec
from msgspec import Meta


class VideoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the picture is encoded and who is still counted as a viewer.

    `bitrate_bps` is the ceiling the encoder is opened at and, without rate control, what it sends to each viewer.
    `rate_hz` is the rate the encoder budgets for; a slower camera spends proportionally less.
    `connect_deadline_ms` runs from a viewer's offer, `silence_limit_ms` from the last ping or RTCP heard of it.
    """

    bitrate_bps: Annotated[int, Meta(ge=100_000, le=20_000_000)] = 1_500_000
    rate_hz: Annotated[int, Meta(ge=1, le=120)] = 30
    encoder_threads: Annotated[int, Meta(ge=1, le=16)] = 1
    max_viewers: Annotated[int, Meta(ge=1, le=256)] = 16
    connect_deadline_ms: Annotated[int, Meta(ge=100, le=60_000)] = 5_000
    silence_limit_ms: Annotated[int, Meta(ge=100, le=60_000)] = 3_000
