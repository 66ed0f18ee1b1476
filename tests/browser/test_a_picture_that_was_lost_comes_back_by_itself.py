"""Promise: the page says when nothing is heard of the robot, and has the picture back without anybody's doing."""

import asyncio
import re
import signal

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST = re.compile("Nothing is heard of the robot")
BACK_MS = 20_000
FROZEN_S = 3.0  # by then the page has called anew, for two seconds
ALIKE = 5.0  # of 255: what moves on the stage, and the codec


async def test_a_robot_that_falls_silent_is_missed_and_its_picture_returns_with_it(house: House) -> None:
    ada = await house.presenter()
    agent = house.rig.child("robot")

    agent.send(signal.SIGSTOP)
    try:
        await expect(ada.part("picture-age")).to_have_text(LOST, timeout=BACK_MS)
        await ada.shot("presenter-lost-en")
    finally:
        agent.send(signal.SIGCONT)

    await expect(ada.part("picture")).to_have_attribute("data-picture", "fresh", timeout=BACK_MS)
    await ada.sees_more_frames(20)


async def test_the_last_picture_stays_and_its_age_grows_until_a_new_one_comes(house: House) -> None:
    ada = await house.driver()
    sam = await house.tab(Role.STAFF, "Sam")
    await sam.sees_the_stage()
    driver = sam.part("people").get_by_role("listitem").filter(has_text="Ada")
    await expect(driver).to_have_attribute("data-drives", "now")
    stage = await ada.brightness()
    assert stage > 2 * ALIKE
    agent = house.rig.child("robot")

    agent.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_S)
        for tab in (ada, sam):
            await tab.says("link_lost")
            assert await tab.brightness() == pytest.approx(stage, abs=ALIKE)
            told_ms = await tab.picture_age_ms()
            assert told_ms > (FROZEN_S - 1) * 1000
            await asyncio.sleep(0.6)
            assert await tab.picture_age_ms() > told_ms
        await expect(driver).to_have_attribute("data-drives", "last")
        await expect(ada.part("trouble")).to_have_attribute("data-trouble", "robot_away", timeout=BACK_MS)
        await ada.shot("presenter-away-en")
        assert await ada.brightness() == pytest.approx(stage, abs=ALIKE)
        assert await ada.picture_age_ms() > FROZEN_S * 1000
    finally:
        agent.send(signal.SIGCONT)

    for tab in (ada, sam):
        await expect(tab.part("picture")).to_have_attribute("data-picture", "fresh", timeout=BACK_MS)
        await expect(tab.part("picture-age")).to_be_hidden()
        await tab.sees_more_frames(20)
        assert await tab.brightness() == pytest.approx(stage, abs=ALIKE)


async def test_a_reload_has_the_picture_back(house: House) -> None:
    ada = await house.presenter()

    await ada.page.reload()

    await ada.sees_the_stage()
    await ada.sees_more_frames(20)
