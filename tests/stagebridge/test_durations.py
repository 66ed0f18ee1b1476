"""Durations are a number and a unit."""

import pytest

from stagebridge.durations import parse_seconds
from teleop_core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("8h", 28_800), ("2d", 172_800), (" 8 H ", 28_800), ("366d", 31_622_400)],
)
def test_what_people_write_is_understood(text: str, seconds: int) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "h", "0h", "-1h", "1.5h", "8 hours", "367d", "9999999s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a duration such as"):
        parse_seconds(text)
