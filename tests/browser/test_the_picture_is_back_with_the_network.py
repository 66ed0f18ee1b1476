"""Promise: when the network comes back, the picture is there again at once, in the old session if that lives."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from simulator.stage_link import Truth
from teleop_core.wire.messages import Limit, Role
from tests.browser.house import House
from tests.browser.tab import FRAMES_SHOWN, Tab
from tests.browser.thin_road import ThinRoad

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWAY_S = 4.0
NOTICED_MS = 10_000
BACK_MS = 15_000
TURNING_RADPS = 0.2
ALIKE = 5.0  # of 255: what moves on the stage, and the codec

Note = Callable[[str, object], None]


@asynccontextmanager
async def presenter(house: House) -> AsyncIterator[tuple[Tab, ThinRoad]]:
    """Somebody who sees the stage by a road that the test can darken."""
    road = ThinRoad()
    ada = await house.empty_tab("Ada")
    ada.expect_complaint("WebSocket")
    await road.lay(ada.page)
    try:
        await ada.open((await house.rig.invite(Role.PRESENTER, "Ada")).url)
        await ada.sees_the_stage()
        yield ada, road
    finally:
        road.close()


def is_turning(seen: Truth) -> bool:
    """Return whether the robot turns on the spot."""
    return abs(seen.twist.wz_radps) > TURNING_RADPS


async def until_shown(tab: Tab, *, since_s: float) -> float:
    """Return how many seconds after `since_s` a new picture was on the screen."""
    seen = await tab.part("picture-video").evaluate(FRAMES_SHOWN)
    await tab.page.wait_for_function(
        "seen => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > seen",
        arg=seen,
        timeout=BACK_MS,
        polling="raf",
    )
    return time.monotonic() - since_s


async def test_a_network_that_was_away_brings_the_old_session_back(
    house: House, record_testsuite_property: Note
) -> None:
    async with presenter(house) as (ada, road):
        road.darken(bridge=True, udp=True)
        await ada.says("link_lost")
        await expect(ada.part("picture")).to_have_attribute("data-picture", "stale")
        await asyncio.sleep(AWAY_S)

        road.darken(bridge=False, udp=False)
        back_s = await until_shown(ada, since_s=time.monotonic())
        record_testsuite_property("network_back_s", round(back_s, 2))

        await ada.says("viewing")
        await ada.sees_more_frames(20)
        assert road.offers == 1


@pytest.mark.parametrize("dark_s", [3.0, 8.0])
async def test_who_lost_the_lease_by_it_soon_drives_again(
    house: House, record_testsuite_property: Note, dark_s: float
) -> None:
    async with presenter(house) as (ada, road):
        await ada.take_the_controls()
        await ada.drive_off(house.stage, "KeyA", until=is_turning)
        road.darken(bridge=True, udp=True)
        ends_s = time.monotonic() + dark_s
        await ada.let_go("KeyA")
        await house.at_rest()
        await asyncio.sleep(ends_s - time.monotonic())

        road.darken(bridge=False, udp=False)
        light_s = time.monotonic()
        await ada.ask()
        await house.staff.until(
            "a dead-man that counts", lambda: house.staff.limit is Limit.DEAD_MAN, within_s=BACK_MS / 1000
        )
        record_testsuite_property(f"may_drive_after_{dark_s:g}s_s", round(time.monotonic() - light_s, 2))
        await ada.may_drive()
        await ada.drive_off(house.stage, "KeyA", until=is_turning)
        await ada.let_go("KeyA")
        await house.at_rest()


async def test_a_call_whose_way_broke_is_made_again_over_the_bridge(
    house: House, record_testsuite_property: Note
) -> None:
    async with presenter(house) as (ada, road):
        stage = await ada.brightness()
        road.darken(bridge=False, udp=True)
        await expect(ada.part("picture-age")).to_be_visible(timeout=NOTICED_MS)
        await asyncio.sleep(AWAY_S)
        assert road.offers > 1
        assert await ada.brightness() == pytest.approx(stage, abs=ALIKE)
        assert await ada.picture_age_ms() > (AWAY_S - 1) * 1000

        road.darken(bridge=False, udp=False)
        back_s = await until_shown(ada, since_s=time.monotonic())
        record_testsuite_property("udp_back_s", round(back_s, 2))

        await ada.sees_more_frames(20)
