"""What a user may set of the picture: the `[robot.video]` table and those below it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Preset = Literal["ultrafast", "superfast", "veryfast"]
Bitrate = Annotated[int, Meta(ge=50_000, le=20_000_000)]


class RenditionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[robot.video.high]`: the picture for the presenter.

    `ceiling_bps` and `floor_bps` bound what it may spend; a viewer below the floor gets the lower rendition.
    `rate_hz` is the most pictures a second, and the rate the encoder budgets for. `scale` is its size against the
    camera's, by each side.
    """

    ceiling_bps: Bitrate = 2_500_000
    floor_bps: Bitrate = 500_000
    rate_hz: Annotated[int, Meta(ge=1, le=120)] = 30
    scale: Annotated[float, Meta(ge=0.1, le=1)] = 1.0

    def __post_init__(self) -> None:
        """Refuse a floor above the ceiling."""
        if self.floor_bps > self.ceiling_bps:
            raise ValueError(f"expected floor_bps at most ceiling_bps, got {self.floor_bps} and {self.ceiling_bps}")


class LowRenditionSettings(RenditionSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[robot.video.low]`: the picture for staff, observers, and whoever has a weak link."""

    ceiling_bps: Bitrate = 800_000
    floor_bps: Bitrate = 100_000
    scale: Annotated[float, Meta(ge=0.1, le=1)] = 0.5


class VideoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the picture is encoded and who is still counted as a viewer.

    `encoder` names the hardware encoder to try, or all of them; what is not proven on this machine is passed over for
    x264, which then takes `preset` and, for each rendition, `encoder_threads` (0: as many as serve its size).
    `connect_deadline_ms` runs from a viewer's offer, `silence_limit_ms` from the last that was heard of it: a lost
    viewer is noticed within a second, and its session kept for as long as the network may bring it back.
    """

    high: RenditionSettings = RenditionSettings()
    low: LowRenditionSettings = LowRenditionSettings()
    encoder: Literal["auto", "x264", "v4l2m2m", "nvenc", "vaapi"] = "auto"
    preset: Preset = "superfast"
    encoder_threads: Annotated[int, Meta(ge=0, le=16)] = 0
    max_viewers: Annotated[int, Meta(ge=1, le=256)] = 16
    connect_deadline_ms: Annotated[int, Meta(ge=100, le=60_000)] = 5_000
    silence_limit_ms: Annotated[int, Meta(ge=100, le=60_000)] = 20_000
