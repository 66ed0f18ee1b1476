"""Promise: on a phone STOP is on the screen, large, uncovered and without scrolling, and nothing runs off the side."""

from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect

from teleop_core.wire.messages import Role
from tests.browser.house import NARROW_PHONE, PHONE, House, Language
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOICE = FACE = True
SHOW = Path(__file__).parent / "shows" / "short.toml"

ON_ITS_SIDE = ViewportSize(width=844, height=390)
LONG_NAME = "A name that is as long as people's names are"
ROLES = (Role.PRESENTER, Role.STAFF, Role.OBSERVER)
UNCOVERED = """
(stop) => {
    const box = stop.getBoundingClientRect();
    const inset = 4;
    const corners = [[box.left, box.top], [box.right, box.top], [box.left, box.bottom], [box.right, box.bottom]];
    const middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const inward = ([x, y]) => [x + Math.sign(middle[0] - x) * inset * 3, y + Math.sign(middle[1] - y) * inset * 3];
    return [middle, ...corners.map(inward)].every(([x, y]) => stop.contains(document.elementFromPoint(x, y)));
}
"""


async def has_stop_in_view(tab: Tab, viewport: ViewportSize) -> None:
    """STOP lies whole inside the window, is large enough, uncovered, and says so in both languages."""
    box = await tab.part("stop").bounding_box()
    assert box is not None
    assert box["width"] >= 88
    assert box["height"] >= 64
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= viewport["width"]
    assert box["y"] + box["height"] <= viewport["height"]
    assert await tab.part("stop").evaluate(UNCOVERED)
    await expect(tab.part("stop")).to_contain_text("STOP")
    await expect(tab.part("stop")).to_contain_text("停止")


async def width_needed(tab: Tab) -> int:
    """Return how wide the page wants to be."""
    return int(await tab.page.evaluate("document.scrollingElement.scrollWidth"))


async def test_the_hands_of_whoever_drives_leave_room_for_stop(house: House) -> None:
    ada = await house.driver(viewport=PHONE, touch=True)
    for viewport in (PHONE, NARROW_PHONE, ON_ITS_SIDE):
        await ada.page.set_viewport_size(viewport)
        await has_stop_in_view(ada, viewport)
        assert await width_needed(ada) <= viewport["width"]
        for hand in ("stick", "mark-drive"):
            box = await ada.part(hand).bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= box["y"] + box["height"] <= viewport["height"]
        await ada.shot(f"driver-phone-{viewport['width']}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_stop_is_in_view_and_nothing_runs_off(
    house: House, role: Role, language: Language, subtests: pytest.Subtests
) -> None:
    tab = await house.tab(role, LONG_NAME, language=language, viewport=PHONE, touch=True)
    await tab.sees_the_stage()
    for viewport in (PHONE, NARROW_PHONE, ON_ITS_SIDE):
        with subtests.test(f"{viewport['width']} px wide"):
            await tab.page.set_viewport_size(viewport)

            await has_stop_in_view(tab, viewport)
            assert await width_needed(tab) <= viewport["width"]
            await tab.shot(f"{role.value}-phone-{viewport['width']}-{language}")

            await tab.page.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)")
            if viewport is not ON_ITS_SIDE:
                await has_stop_in_view(tab, viewport)
            await tab.shot(f"{role.value}-phone-{viewport['width']}-{language}-scrolled")
            await tab.page.evaluate("scrollTo(0, 0)")


async def test_a_touch_on_stop_stops(house: House) -> None:
    ada = await house.driver(viewport=PHONE, touch=True)
    await ada.drive_off(house.stage, "KeyW", "KeyA")

    await ada.part("stop").tap()

    await house.at_rest()
    await ada.says("stopped", reason="stopped")
    await ada.shot("presenter-phone-stopped-en")
