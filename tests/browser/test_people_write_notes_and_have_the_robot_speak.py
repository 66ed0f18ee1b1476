"""Promise: presenter and staff write to each other unheard, and have the robot say what is written."""

import re

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOICE = True


async def test_a_note_is_seen_over_the_picture_and_no_guest_sees_it(house: House) -> None:
    ada = await house.presenter()
    bo = await house.tab(Role.STAFF, "Bo")
    guest = await house.tab(Role.OBSERVER, "Guest")

    await bo.part("note-text").fill("Ten minutes left")
    await bo.page.keyboard.press("Enter")

    await expect(ada.part("note-fresh")).to_have_text("Bo: Ten minutes left")
    await expect(bo.part("note")).to_contain_text("Ten minutes left")
    await expect(bo.part("note-fresh")).to_have_count(0)  # one's own
    await ada.part("note-text").fill("谢谢")
    await ada.press("note-send")
    await expect(bo.part("note-fresh")).to_have_text("Ada: 谢谢")
    await expect(guest.part("notes")).to_have_count(0)
    await expect(guest.part("note-fresh")).to_have_count(0)


async def test_the_robot_says_what_is_written_and_is_hushed(house: House) -> None:
    ada = await house.presenter()
    bo = await house.tab(Role.STAFF, "Bo", language="zh-CN")
    await expect(ada.part("say-note")).to_have_text(re.compile("^It says what is written here"))
    quiet = ada.part("voice-speaker")
    await expect(quiet).to_have_attribute("data-loudness", "silent")

    await ada.part("say-text").fill("Good evening, Chongqing. " * 8)
    await ada.press("say-send")

    await expect(bo.part("say-note")).to_have_text(re.compile("^正在说"), timeout=PATIENCE_MS)
    await expect(bo.part("events")).to_contain_text("让机器人说")
    await expect(quiet).not_to_have_attribute("data-loudness", "silent", timeout=PATIENCE_MS)
    await ada.shot("presenter-say-en")
    await bo.press("say-hush")
    await expect(ada.part("say-note")).to_have_text(re.compile("^It says"), timeout=PATIENCE_MS)


async def test_what_is_written_drives_nothing(house: House) -> None:
    ada = await house.driver()
    await ada.part("note-text").focus()
    await ada.page.keyboard.type("wwww tttt gggg 1234", delay=30)

    rest = await house.at_rest()
    assert (rest.pose.x_m, rest.pose.y_m) == (0.0, 0.0)
    assert rest.performing is None or rest.performing.outcome is not None
    await expect(ada.part("note-text")).to_have_value("wwww tttt gggg 1234")
