"""Promise: a show may ask for staff who watch; then the robot moves only while a page of theirs is open and in view."""

from typing import Final

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import RobotState, Role, StopCause
from tests.browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOTION = {"needs_staff": True}
CIRCLE = ("KeyW", "KeyA")
LOOK_AWAY: Final = """
Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "hidden"});
document.dispatchEvent(new Event("visibilitychange"));
"""
LOOK_AGAIN: Final = """
delete document.visibilityState;
document.dispatchEvent(new Event("visibilitychange"));
"""


async def test_a_page_that_nobody_sees_takes_the_motion_away(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await expect(bo.part("staff-required")).to_be_visible()
    house.staff.session.look(looks=False)  # from here on only Bo's page watches
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)

    await bo.page.evaluate(LOOK_AWAY)

    await house.at_rest()  # the keys are still down
    await house.staff.until("a latched robot", lambda: house.staff.state is RobotState.STOPPED)
    await house.staff.until("the cause", lambda: house.staff.latched_by is StopCause.STAFF_SILENT)
    await ada.says("stopped", reason="stopped")
    await ada.gives_as_reason("^Stopped: no staff watched the robot")
    await ada.let_go(*CIRCLE)

    await bo.page.evaluate(LOOK_AGAIN)
    await bo.press("reset-1")
    await bo.press("reset-2")

    await ada.take_the_controls()
    await ada.drive_off(house.stage, *CIRCLE)
    await ada.let_go(*CIRCLE)
    await house.at_rest()
