"""Promise: the peer-to-peer picture and the drive outlive the bridge; its return gives nobody motion for free."""

import pytest
from playwright.async_api import expect

from simulator.watching import stays_at_rest, until_truth
from teleop_core.wire.messages import RobotState
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")
BACK_MS = 15_000


async def bridge_dies(house: House, *tabs: Tab) -> None:
    """Kill the bridge, and wait until the pages have noticed."""
    for tab in tabs:
        tab.expect_complaint(r"WebSocket connection to .* failed")
    house.rig.child("bridge").kill()
    for tab in tabs:
        await expect(tab.part("bridge-away")).to_be_visible()


async def bridge_is_back(house: House, *tabs: Tab) -> None:
    """Start the bridge again, and wait until the robot has redialled and the pages are in."""
    house.rig.launch("bridge")
    await house.rig.until_ready()
    for tab in tabs:
        await expect(tab.part("bridge-away")).to_have_count(0, timeout=BACK_MS)


async def test_picture_and_drive_go_on_without_a_bridge_and_the_page_says_so(house: House) -> None:
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)

    await bridge_dies(house, ada)
    await ada.sees_more_frames(20)
    way_m = (await house.stage.truth()).path_m
    await until_truth(house.stage, "a robot that drives on", lambda seen: seen.path_m > way_m + 0.3)
    await ada.says("you_drive")
    await ada.shot("presenter-bridge-away-en")
    await ada.let_go(*CIRCLE)
    await house.at_rest()

    await bridge_is_back(house, ada)
    await ada.sees_more_frames(20)
    await ada.may_drive()
    await ada.drive_off(house.stage, *CIRCLE)
    await ada.let_go(*CIRCLE)
    await house.at_rest()


async def test_stop_needs_no_bridge(house: House) -> None:
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)
    await bridge_dies(house, ada)

    await ada.page.keyboard.press("Space")

    await house.at_rest()
    await ada.says("stopped", reason="stopped")
    await bridge_is_back(house, ada)
    await house.staff.until("the room again", lambda: house.staff.robot_online, within_s=10)
    await house.staff.until("a robot that is still stopped", lambda: house.staff.state is RobotState.STOPPED)
    assert await stays_at_rest(house.stage, for_s=0.5)


async def test_the_return_of_the_bridge_gives_nobody_motion_for_free(house: House) -> None:
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")
    await cem.ask()
    await cem.says("asked", reason="asked")

    await bridge_dies(house, ada, cem)
    await cem.hold(*CIRCLE)
    assert await stays_at_rest(house.stage, for_s=0.5)
    await bridge_is_back(house, ada, cem)

    assert await stays_at_rest(house.stage, for_s=0.7)
    driver = await ada.part("driver").get_attribute("data-driver")
    assert driver
    await expect(cem.part("driver")).to_have_attribute("data-driver", driver)
    await expect(cem.part("give-back")).to_have_count(0)
    await ada.may_drive()
    await ada.drive_off(house.stage, *CIRCLE)
