"""Promise: both pages speak the browser's language, change it at a touch, and remember the choice."""

import re

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import DESKTOP, NARROW_PHONE, PHONE_ON_ITS_SIDE, House, Language

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")
CUT_NAMES = """
names => names.filter(name => {
    const [own, hud] = [name, name.closest(".hud") ?? name].map(each => each.getBoundingClientRect());
    return name.scrollWidth > name.clientWidth || own.top < hud.top || own.bottom > hud.bottom;
}).map(name => name.textContent)
"""


async def test_a_chinese_browser_gets_chinese_pages(house: House) -> None:
    bo = await house.tab(Role.STAFF, "阿波", language="zh-CN")
    ada = await house.presenter("艾达", language="zh-CN")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(ada.part("state-word")).to_have_text("观看中")

    await ada.take_the_controls()
    await expect(ada.part("state-word")).to_have_text("你在操控")
    await ada.drive_off(house.stage, *CIRCLE)
    await ada.shot("presenter-driving-zh")
    await bo.sees_the_stage()
    await bo.shot("staff-driving-zh")
    await ada.page.keyboard.press("Space")

    await house.at_rest()
    await expect(ada.part("state-word")).to_have_text("已停止")
    await expect(bo.part("state-word")).to_have_text("已停止")
    await bo.gives_as_reason("艾达")
    await ada.shot("presenter-stopped-zh")
    await bo.shot("staff-stopped-zh")


async def test_one_touch_changes_the_language_and_a_reload_keeps_it(house: House) -> None:
    ada = await house.presenter()
    await expect(ada.part("state-word")).to_have_text("Viewing")

    await ada.press("language")
    await expect(ada.part("state-word")).to_have_text("观看中")
    await expect(ada.page).to_have_title(re.compile("观看中"))
    await ada.page.reload()
    await ada.sees_the_stage()

    await expect(ada.part("state-word")).to_have_text("观看中")
    await ada.press("language")
    await expect(ada.part("state-word")).to_have_text("Viewing")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_no_figure_has_a_name_that_is_cut(house: House, language: Language) -> None:
    for role in (Role.PRESENTER, Role.STAFF):
        tab = await house.tab(role, "Ada", language=language)
        await tab.sees_the_stage()
        for viewport in (DESKTOP, NARROW_PHONE, PHONE_ON_ITS_SIDE):
            await tab.page.set_viewport_size(viewport)
            assert await tab.page.locator(".figure-name:visible").evaluate_all(CUT_NAMES) == []
