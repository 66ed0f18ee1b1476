"""Promise: anybody's STOP brings the robot to rest and keeps it there until staff clear it in two steps."""

import pytest
from playwright.async_api import expect

from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, Role, StopCause
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")


async def is_stopped_for_good(house: House) -> None:
    """The plant stands, the robot says that a person latched it, and it stays so."""
    await house.at_rest()
    await house.staff.until("a latched robot", lambda: house.staff.state is RobotState.STOPPED)
    await house.staff.until("the person's latch", lambda: house.staff.latched_by is StopCause.PERSON)
    assert await stays_at_rest(house.stage, for_s=0.4)


async def press_space(tab: Tab) -> None:
    await tab.page.keyboard.press("Space")


async def press_escape(tab: Tab) -> None:
    await tab.page.keyboard.press("Escape")


async def press_button(tab: Tab) -> None:
    await tab.press("stop")


async def press_stop_all(tab: Tab) -> None:
    await tab.press("stop-all")


async def press_space_on_another_button(tab: Tab) -> None:
    await tab.part("give-back").focus()
    await tab.page.keyboard.press("Space")


async def test_the_presenters_own_stop(house: House, subtests: pytest.Subtests) -> None:
    ada = await house.presenter()
    for press in (press_space, press_escape, press_button, press_space_on_another_button):
        with subtests.test(press.__name__):
            await house.tidy()
            await ada.take_the_controls()
            await ada.drive_off(house.stage, *CIRCLE)

            await press(ada)

            await is_stopped_for_good(house)  # the drive keys are still down
            await ada.says("stopped", reason="stopped")
            await expect(ada.part("stop")).to_have_attribute("data-progress", "stopped")
            await expect(ada.part("stop-progress")).to_have_text("robot stopped")
        await ada.let_go(*CIRCLE)


async def test_the_staffs_stop_is_told_on_both_pages(house: House, subtests: pytest.Subtests) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.presenter()
    for press in (press_space, press_escape, press_button, press_stop_all):
        with subtests.test(press.__name__):
            await house.tidy()
            await ada.take_the_controls()
            await ada.drive_off(house.stage, *CIRCLE)

            await press(bo)

            await is_stopped_for_good(house)
            for tab in (ada, bo):
                await tab.says("stopped", reason="stopped")
                await tab.gives_as_reason(r"^Stopped by staff \(Bo\) at \d\d:\d\d:\d\d\.")
            await ada.gives_as_reason("Staff must clear it")
            await bo.gives_as_reason("clear it in two steps")
        await ada.let_go(*CIRCLE)


async def test_an_observers_stop_is_the_only_control_that_they_have(house: House) -> None:
    eve = await house.tab(Role.OBSERVER, "Eve")
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)
    for control in ("take", "revoke", "reset-1", "reset-2", "ask", "stick"):
        await expect(eve.part(control)).to_have_count(0)

    await eve.press("stop")

    await is_stopped_for_good(house)
    await ada.gives_as_reason(r"^Stopped by observer \(Eve\)")


async def test_a_second_presenters_stop_works_without_the_controls(house: House) -> None:
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")
    await ada.drive_off(house.stage, *CIRCLE)

    await press_space(cem)

    await is_stopped_for_good(house)
    await ada.gives_as_reason(r"^Stopped by presenter \(Cem\)")


async def test_staff_clear_it_in_two_steps_and_only_then_does_the_presenter_drive_again(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await expect(bo.part("reset-1")).to_be_disabled()
    await ada.drive_off(house.stage, *CIRCLE)
    await press_space(ada)
    await is_stopped_for_good(house)
    await expect(ada.part("ask")).to_be_disabled()
    await ada.shot("presenter-stopped-en")
    await bo.shot("staff-stopped-en")

    await expect(bo.part("reset-2")).to_be_disabled()
    await bo.press("reset-1")
    await bo.press("reset-2")

    await bo.says("viewing", reason="free")
    await ada.says("viewing", reason="free")
    assert await stays_at_rest(house.stage, for_s=0.5)  # the keys are still down, and clearing moves nothing
    await ada.take_the_controls()
    assert await stays_at_rest(house.stage, for_s=0.5)  # a key held through the STOP is no new dead-man
    await ada.let_go(*CIRCLE)
    await ada.drive_off(house.stage, *CIRCLE)
    await bo.says("viewing", reason="driven")
    await bo.shot("staff-driving-en")
    await ada.let_go(*CIRCLE)
    await house.at_rest()
