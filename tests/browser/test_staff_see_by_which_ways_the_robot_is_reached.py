"""Promise: staff see which of the robot's uplinks are up, and which road brings the driver's commands first."""

import re

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPLINKS = [{"name": "venue", "source": "127.0.0.1"}, {"name": "5G", "source": "127.0.0.2"}]
CIRCLE = ("KeyW", "KeyA")
UP = re.compile(r"up, \d+\sms")
FIRST = re.compile(r"\d+\s%")


async def test_uplinks_and_roads_are_told_in_words(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Sam")
    uplinks, race = staff.part("uplinks").get_by_role("listitem"), staff.part("race").get_by_role("listitem")
    for name in ("venue", "5G"):
        await expect(uplinks.filter(has_text=name)).to_have_text(UP, timeout=PATIENCE_MS)
    await expect(race).to_have_count(0)

    ada = await house.driver("Ada")
    await ada.drive_off(house.stage, *CIRCLE)

    await expect(race.first).to_have_text(re.compile("over the bridge|directly"), timeout=PATIENCE_MS)
    await expect(race.first).to_have_text(FIRST)
    await ada.let_go(*CIRCLE)


async def test_the_chinese_page_tells_it_too(house: House) -> None:
    mei = await house.tab(Role.STAFF, "Mei", language="zh-CN")

    await expect(mei.part("uplinks").get_by_role("listitem").first).to_have_text(
        re.compile("正常"), timeout=PATIENCE_MS
    )
