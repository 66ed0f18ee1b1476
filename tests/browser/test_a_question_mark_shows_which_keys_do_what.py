"""Promise: a question mark shows which keys and buttons do what, and STOP stays where it is, and works."""

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House, Language

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_help_comes_and_goes_and_leaves_stop_free(house: House, language: Language) -> None:
    ada = await house.driver(language=language)
    await expect(ada.part("help")).to_have_count(0)

    await ada.page.keyboard.press("?")
    await expect(ada.part("help")).to_contain_text("LB")
    await ada.shot(f"presenter-help-{language}")
    await ada.press("help-close")
    await expect(ada.part("help")).to_have_count(0)

    await ada.press("help-open")
    await expect(ada.part("help")).to_be_visible()
    await ada.press("stop")
    await ada.says("stopped")
    await ada.page.keyboard.press("?")
    await expect(ada.part("help")).to_have_count(0)


async def test_a_question_mark_in_a_note_is_a_question_mark(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await bo.part("note-text").press_sequentially("Ready?")

    await expect(bo.part("note-text")).to_have_value("Ready?")
    await expect(bo.part("help")).to_have_count(0)
