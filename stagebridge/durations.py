"""Durations as people write them: 90s, 30m, 8h, 2d."""

import re
from typing import Final

from teleop_core.errors import ConfigError

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM: Final = re.compile(r"(\d{1,6})\s*([smhd])")
LONGEST_S: Final = 366 * 86_400


def parse_seconds(text: str) -> int:
    """Return the length of `text` in seconds.

    Raises:
        ConfigError: it is not a number with one of s, m, h and d, or is not between one second and a year.

    """
    found = _FORM.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _UNITS_S[found[2]] if found else 0
    if not 0 < seconds <= LONGEST_S:
        raise ConfigError(f"expected a duration such as 90s, 30m, 8h or 2d (at most a year), got {text!r}")
    return seconds
