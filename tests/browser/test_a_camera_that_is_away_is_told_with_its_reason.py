"""Promise: one camera that fails takes no picture but its own, and everybody reads what is wrong with it."""

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House

CAMERAS = [{"kind": "device", "device": "/dev/nobody", "name": "hall"}]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_staff_read_which_camera_is_away_and_why_and_see_by_the_other(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Bo")

    await expect(staff.part("camera-missing")).to_have_text(
        "hall: expected the camera /dev/nobody, it cannot be opened: is it plugged in?"
    )
    await expect(staff.page.locator("[data-camera=hall]")).to_have_attribute("data-health", "absent")
    await staff.sees_the_stage()


async def test_a_presenter_reads_it_in_chinese(house: House) -> None:
    ada = await house.presenter(language="zh-CN")

    await expect(ada.part("camera-missing")).to_contain_text("hall：expected the camera /dev/nobody")
