"""A robot's ladder of stops."""

import pytest

from teleop_core.profile import SafetyProfile
from teleop_core.wire.messages import StopLevel

SETTLE, DAMP, CUT = StopLevel.SETTLE, StopLevel.DAMP, StopLevel.CUT


@pytest.mark.parametrize(
    ("ladder", "asked", "reached"),
    [
        ((SETTLE,), CUT, SETTLE),
        ((SETTLE, DAMP), CUT, DAMP),
        ((CUT, SETTLE), CUT, CUT),
        ((CUT, SETTLE), DAMP, SETTLE),
        ((SETTLE, DAMP, CUT), DAMP, DAMP),
        ((SETTLE, DAMP, CUT), SETTLE, SETTLE),
        ((CUT,), SETTLE, SETTLE),
    ],
)
def test_it_stops_as_sternly_as_asked_and_as_it_can(
    ladder: tuple[StopLevel, ...], asked: StopLevel, reached: StopLevel
) -> None:
    assert SafetyProfile(ladder=ladder).reachable(asked) is reached
