"""One fault, once, on a running system; the bounds are wide, for a machine that is busy."""

import pytest
from playwright.async_api import async_playwright

from bench.course import NoFigureError
from bench.faults import FAULTS
from bench.outcome import Outcome
from bench.stop import drive_into
from bench.venue import Venue

LINK_CUT = next(fault for fault in FAULTS if fault.name == "link_cut")
TRIES = 4


async def measured(venue: Venue) -> Outcome:
    """Drive until there is a figure: on a machine that is busy the robot may not get to full speed at once."""
    for _ in range(TRIES - 1):
        try:
            return await drive_into(venue, LINK_CUT)
        except (TimeoutError, NoFigureError):
            continue
    return await drive_into(venue, LINK_CUT)


@pytest.mark.timeout(180)
@pytest.mark.asyncio
async def test_a_cut_link_is_measured_from_full_speed_to_standstill() -> None:
    async with async_playwright() as playwright, Venue.opened(playwright, seed=1) as venue:
        outcome = await measured(venue)
        rig = venue.rig

    assert outcome.stopped_by.endswith(("silence", "echo_age"))
    assert outcome.seconds is not None
    assert outcome.metres is not None
    assert 0.6 < outcome.seconds < 2.0
    assert 0.18 < outcome.metres < 1.0
    assert rig.is_clean
