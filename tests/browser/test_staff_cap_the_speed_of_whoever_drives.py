"""Promise: staff cap the speed from their page, at once and for whoever drives, who is told why they are slow."""

import time

import pytest
from playwright.async_api import expect

from simulator.stage_client import AsyncStageClient
from simulator.watching import stays_at_rest, until_truth
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS, Tab, faster_than

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")
FAST = faster_than(0.35)  # no hand at the page's normal pace is as fast below a cap of 0.2 m/s
CAP_MPS = 0.2
STEPS_DOWN = 8  # from 0.6 m/s, the robot's own top speed, in steps of 0.05


async def is_capped(tab: Tab, cap: str) -> None:
    """The page of the staff shows this cap, as the robot states it."""
    await expect(tab.part("cap-now")).to_have_attribute("data-cap", cap, timeout=PATIENCE_MS)


async def fastest_mps(stage: AsyncStageClient, *, for_s: float) -> float:
    """Return the highest speed of the plant in that time."""
    deadline = time.monotonic() + for_s
    fastest = 0.0
    while time.monotonic() < deadline:
        fastest = max(fastest, (await stage.truth()).speed_mps)
    return fastest


async def test_a_cap_slows_whoever_drives_until_staff_lift_it(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await is_capped(bo, "none")
    await ada.drive_off(house.stage, *CIRCLE, until=FAST)

    await bo.part("cap").focus()
    for _ in range(STEPS_DOWN):
        await bo.page.keyboard.press("ArrowLeft")

    await is_capped(bo, "0.2")
    await until_truth(house.stage, "a slower robot", lambda seen: seen.speed_mps < CAP_MPS + 0.01)
    await ada.let_go(*CIRCLE)
    await ada.may_drive()
    await ada.drive_off(house.stage, *CIRCLE, until=faster_than(CAP_MPS - 0.05))
    assert await fastest_mps(house.stage, for_s=0.5) < CAP_MPS + 0.01
    await ada.says("slowed", reason="drive_slowed")
    await ada.gives_as_reason(r"^Slowed to 0\.20\sm/s: the staff cap the speed\.$")
    await expect(ada.part("cap-note")).to_have_text("The staff cap the speed at 0.20\u2009m/s.")
    await bo.says("slowed", reason="driven_slowed")
    await ada.shot("presenter-capped-en")
    await bo.shot("staff-capped-en")

    await bo.press("cap-none")

    await is_capped(bo, "none")
    await ada.let_go(*CIRCLE)
    await ada.may_drive()
    await expect(ada.part("cap-note")).to_have_count(0)
    await ada.drive_off(house.stage, *CIRCLE, until=FAST)
    await ada.let_go(*CIRCLE)


async def test_a_cap_of_zero_keeps_the_robot_where_it_is(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()

    await bo.part("cap").focus()
    await bo.page.keyboard.press("Home")
    await is_capped(bo, "0")
    await ada.hold(*CIRCLE)

    await ada.says("holding", reason="drive_holding")
    await ada.gives_as_reason("the staff have capped the speed at zero")
    assert await stays_at_rest(house.stage, for_s=0.5)
    await ada.let_go(*CIRCLE)
    await bo.press("cap-none")
    await is_capped(bo, "none")


async def test_an_arrow_key_on_the_slider_moves_the_slider_and_not_the_robot(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await bo.sees_the_stage()
    await bo.press("take")
    await bo.may_drive()

    await bo.part("cap").focus()
    await bo.hold("ArrowDown")

    await is_capped(bo, "0.55")
    assert await stays_at_rest(house.stage, for_s=0.5)
    await bo.let_go("ArrowDown")
    await bo.press("cap-none")
    await is_capped(bo, "none")


async def test_a_cap_is_nothing_that_others_may_set(house: House) -> None:
    for role in (Role.PRESENTER, Role.OBSERVER):
        tab = await house.tab(role, "Eve")
        await tab.says("viewing", reason="free")
        await expect(tab.part("cap")).to_have_count(0)
