"""Promise: whoever drives turns the robot's eyes, and the picture with them; arms move with its voice where asked."""

import re

import pytest
from playwright.async_api import expect

from simulator.stage_link import Truth
from simulator.watching import until_truth
from teleop_core.wire.messages import Role
from tests.browser.gamepad import SCRIPT, Gamepad
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOICE = True


def looks_left(seen: Truth) -> bool:
    return seen.posture.pan_rad > 0.3


def looks_ahead(seen: Truth) -> bool:
    return seen.posture.pan_rad == 0.0


async def test_keys_turn_the_eyes_and_not_the_body_and_a_button_brings_them_back(house: House) -> None:
    ada = await house.driver()
    await ada.hold("KeyJ")
    await until_truth(house.stage, "a robot that looks left", looks_left)
    await ada.let_go("KeyJ")
    await expect(ada.part("look-note")).to_have_text(re.compile("° from ahead"))
    await ada.shot("presenter-look-en")
    rest = await house.at_rest()
    assert rest.pose.heading_rad == 0.0

    await ada.press("look-ahead")
    await until_truth(house.stage, "a robot that looks ahead", looks_ahead)


async def test_it_looks_ahead_again_when_nobody_drives(house: House) -> None:
    ada = await house.driver()
    await ada.hold("KeyL")
    await until_truth(house.stage, "a robot that looks right", lambda seen: seen.posture.pan_rad < -0.3)
    await ada.let_go("KeyL")
    await ada.press("give-back")

    await until_truth(house.stage, "a robot that looks ahead", looks_ahead, within_s=10)


async def test_the_right_stick_looks(house: House) -> None:
    ada = await house.driver(scripts=[SCRIPT])
    pad = Gamepad(ada)
    await pad.set(look_left=1.0)
    await until_truth(house.stage, "a robot that looks left", looks_left)
    await pad.still()


async def test_it_moves_with_its_voice_where_somebody_switched_that_on(house: House) -> None:
    ada = await house.presenter()
    bo = await house.tab(Role.STAFF, "Bo")
    await expect(bo.part("co-speech")).to_have_attribute("aria-pressed", "false")
    await ada.press("co-speech")
    await expect(bo.part("co-speech")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)

    await bo.part("say-text").fill("Good evening, Chongqing. " * 8)
    await bo.press("say-send")
    await until_truth(
        house.stage, "arms that move", lambda seen: seen.posture.left_arm_rad > 0.1 < seen.posture.right_arm_rad
    )
    await bo.press("stop-all")
    await until_truth(
        house.stage, "arms that rest", lambda seen: seen.posture.left_arm_rad == 0.0 == seen.posture.right_arm_rad
    )
    await bo.press("say-hush")
    await bo.press("co-speech")
    await expect(ada.part("co-speech")).to_have_attribute("aria-pressed", "false", timeout=PATIENCE_MS)
