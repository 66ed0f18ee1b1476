"""What a target makes of one rendition's picture: fewer bits, then fewer pictures, then smaller ones."""

from dataclasses import dataclass
from typing import Final

from robot_agent.media.rate.patience import Patience, Turn

SPENT: Final = 0.94  # of the target; the rest is for headers, repairs and reports
SCALES: Final = (1.0, 0.5)

_HALF_RATE_BELOW_BPS: Final = 300_000
_FULL_RATE_ABOVE_BPS: Final = 375_000
_MUD_BITS: Final = 0.45  # bits a second a pixel: below, a smaller picture shows more
_PLENTY_BITS: Final = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How a rendition is to be encoded: `scale` is of its own full size, by each side."""

    bitrate_bps: int
    rate_hz: float
    scale: float = 1.0


class Ladder:
    """One rendition's steps. `pixels` and `rate_hz` are of its full picture."""

    def __init__(self, *, pixels: int, rate_hz: float) -> None:
        self._pixels = pixels
        self._rate_hz = rate_hz
        self._step = 0
        self._is_halved = False
        self._patience = Patience()

    def target(self, target_bps: float, *, now_ns: int, anew: bool = False) -> Target:
        """Return how to encode for `target_bps` from now on; `anew`: a keyframe comes anyway."""
        self._is_halved = target_bps < (_FULL_RATE_ABOVE_BPS if self._is_halved else _HALF_RATE_BELOW_BPS)
        self._choose_size(target_bps, now_ns=now_ns, anew=anew)
        rate_hz = self._rate_hz / 2 if self._is_halved else self._rate_hz
        return Target(bitrate_bps=round(SPENT * target_bps), rate_hz=rate_hz, scale=SCALES[self._step])

    def _choose_size(self, target_bps: float, *, now_ns: int, anew: bool) -> None:
        wish = Turn.STAY
        mud_bits = _PLENTY_BITS if anew else _MUD_BITS
        if self._step + 1 < len(SCALES) and target_bps < mud_bits * self._pixels * SCALES[self._step] ** 2:
            wish = Turn.DOWN
        elif self._step > 0 and target_bps > _PLENTY_BITS * self._pixels * SCALES[self._step - 1] ** 2:
            wish = Turn.UP
        self._step -= self._patience.turn(wish, now_ns=now_ns, at_once=anew).value
