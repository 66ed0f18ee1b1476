"""Promise: whoever drives has the robot perform gestures, sees how far it is, and STOP cuts it; staff allow them."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from simulator.stage_link import Truth
from simulator.watching import until_truth
from teleop_core.ports import GestureOutcome
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")


def performs(name: str, outcome: GestureOutcome | None = None) -> Callable[[Truth], bool]:
    """Return whether the body itself performs this, or performed it last and ended so."""

    def seen(truth: Truth) -> bool:
        now = truth.performing
        return now is not None and (now.name, now.outcome) == (name, outcome)

    return seen


async def test_a_digit_waves_a_large_one_is_asked_twice_and_a_stop_cuts_it(house: House) -> None:
    ada = await house.driver()
    await expect(ada.part("gesture-note")).to_have_text(re.compile("^Each begins at standstill"))

    await ada.page.keyboard.press("1")

    await until_truth(house.stage, "a robot that waves", performs("wave"))
    await ada.says("performing", reason="performing")
    await expect(ada.part("gesture-note")).to_have_text("Runs: Wave. Nothing drives meanwhile.")
    await expect(ada.part("gesture-bow")).to_be_disabled()
    await ada.shot("presenter-gesture-en")
    await until_truth(house.stage, "a wave that is done", performs("wave", GestureOutcome.DONE))
    await ada.may_drive()

    await ada.press("gesture-bow")
    await expect(ada.part("gesture-bow")).to_have_text(re.compile("^Bowagain: begin"))
    await ada.press("gesture-bow")
    await until_truth(house.stage, "a robot that bows", performs("bow"))
    await ada.press("stop")
    await until_truth(house.stage, "a bow that was cut", performs("bow", GestureOutcome.CUT))
    await ada.says("stopped", reason="stopped")
    await expect(ada.part("gesture-note")).to_have_text("STOP is latched. Staff must clear it first.")


async def test_staff_break_one_off_and_switch_them_off_and_the_presenter_is_told_why(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver(language="zh-CN")
    await ada.press("gesture-idle-alive")
    await until_truth(house.stage, "a robot that looks alive", performs("idle-alive"))
    await expect(bo.part("gesture-switch-note")).to_have_text("Runs: Idle, alive. Nothing drives meanwhile.")

    await bo.press("gestures-off")

    await until_truth(house.stage, "a gesture that was cut", performs("idle-alive", GestureOutcome.CUT))
    await expect(ada.part("gesture-note")).to_have_text("现场人员已关闭动作。")
    await expect(ada.part("gesture-wave")).to_be_disabled()
    await expect(bo.part("gestures-off")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await ada.shot("presenter-gestures-off-zh")
    await bo.shot("staff-gestures-off-en")
    await bo.press("gestures-on")
    await expect(ada.part("gesture-wave")).to_be_enabled(timeout=PATIENCE_MS)
