"""Promise: the page says when nothing is heard of the robot, and has the picture back without anybody's doing."""

import re
import signal

import pytest
from playwright.async_api import expect

from tests.browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST = re.compile("Nothing is heard of the robot")
BACK_MS = 20_000


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


async def test_a_reload_has_the_picture_back(house: House) -> None:
    ada = await house.presenter()

    await ada.page.reload()

    await ada.sees_the_stage()
    await ada.sees_more_frames(20)
