"""Promise: when the network comes back, the picture is there again at once, in the old session if that lives."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import FRAMES_SHOWN, Tab
from tests.browser.thin_road import ThinRoad

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWAY_S = 4.0
NOTICED_MS = 10_000
BACK_MS = 15_000
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
