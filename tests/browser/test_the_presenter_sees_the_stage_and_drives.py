"""Promise: in a real browser the presenter sees the stage as it is now, holds a key and the robot moves."""

import re
import statistics
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from simulator.watching import stays_at_rest, until_truth
from tests.browser.barcode_on_page import seen_pictures
from tests.browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
FULL_PICTURE = True


async def test_w_held_drives_forward_and_letting_go_stops(house: House) -> None:
    ada = await house.driver()

    await ada.drive_off(house.stage, "KeyW")
    await until_truth(house.stage, "half a metre of way", lambda seen: seen.pose.x_m > 0.5)
    await ada.says("you_drive", reason="drive_moving")
    await ada.shot("presenter-driving-en")
    await ada.let_go("KeyW")

    rested = await house.at_rest()
    assert rested.pose.x_m > 0.5
    assert abs(rested.pose.y_m) < 0.1
    await ada.may_drive()


async def test_each_drive_key_moves_its_own_way(house: House) -> None:
    ada = await house.driver()

    backwards = await ada.drive_off(house.stage, "KeyS")
    await ada.let_go("KeyS")
    await house.at_rest()
    assert backwards.twist.vx_mps < 0

    for key, sign in (("KeyA", 1), ("KeyD", -1)):
        await ada.may_drive()
        turning = await ada.drive_off(house.stage, key, until=lambda seen: abs(seen.twist.wz_radps) > 0.2)
        await ada.let_go(key)
        await house.at_rest()
        assert turning.twist.wz_radps * sign > 0
        assert abs(turning.twist.vx_mps) < 0.05


async def test_without_the_controls_the_keys_do_nothing(house: House) -> None:
    ada = await house.presenter()
    await ada.says("viewing", reason="free")

    await ada.hold("KeyW")

    assert await stays_at_rest(house.stage, for_s=0.7)


async def test_the_picture_is_alive_and_young(
    house: House, record_testsuite_property: Callable[[str, object], None]
) -> None:
    ada = await house.presenter()
    await ada.sees_more_frames(10)

    pictures = await seen_pictures(ada, count=30)

    numbers = [picture.stamp.number for picture in pictures]
    ages_ms = [picture.age_ms for picture in pictures]
    assert numbers == sorted(set(numbers))
    record_testsuite_property("picture_age_ms_p50", round(statistics.median(ages_ms), 1))
    record_testsuite_property("picture_age_ms_max", round(max(ages_ms), 1))
    assert min(ages_ms) > 0
    assert statistics.median(ages_ms) < 1000


async def test_the_hud_shows_the_link_while_driving(house: House) -> None:
    ada = await house.driver()
    await ada.drive_off(house.stage, "KeyW", "KeyA")

    for figure, pattern in {
        "loop": r"\d+\sms.*\d+",
        "rtt": r"\d+\sms",
        "fps": r"\d+\sfps",
        "bitrate": r"\d+(\.\d)?\s[kM]b/s",
        "speed": r"0\.\d\d → 0\.[1-9]\d\sm/s",
    }.items():
        await expect(ada.part(f"hud-{figure}")).to_have_text(re.compile(pattern), timeout=5000)
    await ada.let_go("KeyW", "KeyA")
    await house.at_rest()
