"""Promise: in the hall STOP takes a touch; cutting the power and letting it return take a press that is held."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import ViewportSize, expect

from simulator.hall_phone import HallPhone
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Refusal, RobotState, StopLevel
from tests.browser.axe import objections
from tests.browser.house import DESKTOP, House, Language
from tests.browser.tab import PATIENCE_MS, Tab
from tests.system.scene import Scene, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELD_MS: Final = 1900
IN_PASSING_MS: Final = 300
SMALL_PHONE: Final = ViewportSize(width=360, height=640)
ON_ITS_SIDE: Final = ViewportSize(width=844, height=390)
BUTTONS: Final = ("#stop", "#cut", "#language")
SMALLEST_PX: Final = 44
STOP_RED: Final = "rgb(179, 38, 30)"
RED_FILLED: Final = """
red => [...document.querySelectorAll("*")].filter(each => getComputedStyle(each).backgroundColor === red).map(e => e.id)
"""
CLIPPED: Final = """
() => [...document.querySelectorAll("button, p, dd, dt")]
    .filter(each => each.offsetParent !== null && each.scrollWidth > each.clientWidth + 1).map(each => each.id)
"""


@pytest_asyncio.fixture(loop_scope="module")
async def hall(house: House) -> AsyncIterator[House]:
    """The house, whose power has returned when the test is over."""
    yield house
    async with HallPhone.open(await house.rig.stop_page()) as phone:
        await phone.enter()
        if phone.level is not StopLevel.SETTLE:
            await phone.release()


async def page_of(house: House, **profile: object) -> Tab:
    """Open the page in the hall, and wait until it is in."""
    tab = await house.empty_tab("Hall", **profile)  # type: ignore[arg-type]  # a Profile
    await tab.page.goto(await house.rig.stop_page())
    await expect(tab.page.locator("#cut")).to_be_visible(timeout=PATIENCE_MS)
    return tab


@asynccontextmanager
async def driving(house: House) -> AsyncIterator[None]:
    """Somebody who drives, and keeps the hand on whatever happens."""
    async with person(house.rig) as ada:
        await ada.get_lease()
        await Scene(rig=house.rig, presenter=ada, staff=house.staff).drive_off()
        yield


def level_of(house: House) -> StopLevel | None:
    status = house.staff.session.status
    return None if status is None or status.latch is None else status.latch.level


async def comes_to(house: House, level: StopLevel) -> None:
    await house.staff.until(f"a robot stopped at {level.value}", lambda: level_of(house) is level)


async def hold(tab: Tab, button: str, *, for_ms: int = HELD_MS, then_slide_px: int = 0) -> None:
    """Press with the mouse, hold, and let go."""
    target = tab.page.locator(button)
    await target.scroll_into_view_if_needed()
    box = await target.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await tab.page.mouse.move(x, y)
    await tab.page.mouse.down()
    if then_slide_px:
        await tab.page.wait_for_timeout(IN_PASSING_MS)
        await tab.page.mouse.move(x, y + then_slide_px)
    await tab.page.wait_for_timeout(for_ms)
    await tab.page.mouse.up()


async def test_held_it_cuts_the_power_and_held_again_it_lets_it_return(hall: House) -> None:
    tab = await page_of(hall)
    async with driving(hall):
        await hold(tab, "#cut")
        await hall.at_rest()
    await comes_to(hall, StopLevel.CUT)
    await expect(tab.page.locator("#word")).to_have_text("Power is cut")
    await expect(tab.page.locator("#cut")).to_be_hidden()
    await hall.staff.until("a stopped robot", lambda: hall.staff.state is RobotState.STOPPED)
    assert (await hall.staff.reset()).refusal is Refusal.ON_SITE

    await hold(tab, "#release")

    await comes_to(hall, StopLevel.SETTLE)
    await expect(tab.page.locator("#word")).to_have_text("Stopped")
    await expect(tab.page.locator("#answer")).to_have_text(re.compile("staff clear it in two steps"))
    assert await stays_at_rest(hall.stage, for_s=0.5)
    assert (await hall.staff.reset()).refusal is None


@pytest.mark.parametrize("slide_px", [0, 200], ids=["let go", "slid off"])
async def test_in_passing_it_stops_the_robot_and_cuts_nothing(hall: House, slide_px: int) -> None:
    tab = await page_of(hall)
    async with driving(hall):
        await hold(tab, "#cut", for_ms=HELD_MS if slide_px else IN_PASSING_MS, then_slide_px=slide_px)
        await hall.at_rest()
    await expect(tab.page.locator("#word")).to_have_text("Stopped")
    await tab.page.wait_for_timeout(HELD_MS)
    assert level_of(hall) is StopLevel.SETTLE


@pytest.mark.parametrize("key", ["Space", "Enter"])
async def test_a_key_that_is_held_does_the_same(hall: House, key: str) -> None:
    tab = await page_of(hall)
    keyboard = tab.page.keyboard
    await tab.page.locator("#cut").focus()
    await keyboard.press(key, delay=IN_PASSING_MS)
    await tab.page.wait_for_timeout(HELD_MS)
    assert level_of(hall) is StopLevel.SETTLE  # it stopped, and no more

    await keyboard.press(key, delay=HELD_MS)
    await comes_to(hall, StopLevel.CUT)
    await expect(tab.page.locator("#release")).to_be_visible()

    await tab.page.locator("#release").focus()
    await keyboard.press(key, delay=HELD_MS)
    await comes_to(hall, StopLevel.SETTLE)


async def test_a_finger_that_is_held_does_the_same(hall: House) -> None:
    tab = await page_of(hall, viewport=SMALL_PHONE, touch=True)
    await tab.page.locator("#cut").scroll_into_view_if_needed()
    box = await tab.page.locator("#cut").bounding_box()
    assert box is not None
    point = {"x": box["x"] + 40, "y": box["y"] + 20}
    finger = await tab.page.context.new_cdp_session(tab.page)

    await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await tab.page.wait_for_timeout(HELD_MS)
    await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    await comes_to(hall, StopLevel.CUT)


async def test_the_press_is_seen_to_go_on(hall: House) -> None:
    tab = await page_of(hall)
    box = await tab.page.locator("#cut").bounding_box()
    assert box is not None

    await tab.page.mouse.move(box["x"] + 20, box["y"] + 20)
    await tab.page.mouse.down()
    await expect(tab.page.locator("#cut-left")).to_have_text(re.compile(r"^hold on: [01]\.\d s$"))
    await expect(tab.page.locator("#cut")).to_have_class(re.compile("held"))
    await tab.page.mouse.up()

    await expect(tab.page.locator("#cut-left")).to_have_text("hold for 1.5 s")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_nothing_runs_off_stop_comes_first_and_alone_is_red(
    hall: House, language: Language, subtests: pytest.Subtests
) -> None:
    tab = await page_of(hall, language=language, viewport=SMALL_PHONE, touch=True)
    for name, viewport in (("phone", SMALL_PHONE), ("side", ON_ITS_SIDE), ("desk", DESKTOP)):
        with subtests.test(name):
            await tab.page.set_viewport_size(viewport)
            assert await tab.page.evaluate("document.scrollingElement.scrollWidth") <= viewport["width"]
            assert await tab.page.evaluate(CLIPPED) == []
            assert await tab.page.evaluate(RED_FILLED, STOP_RED) == ["stop"]
            boxes = [await tab.page.locator(button).bounding_box() for button in BUTTONS]
            assert all(box is not None and min(box["width"], box["height"]) >= SMALLEST_PX for box in boxes)
            stop, cut = boxes[0], boxes[1]
            assert stop is not None
            assert cut is not None
            assert stop["y"] + stop["height"] <= min(cut["y"], viewport["height"])  # without scrolling
            assert await objections(tab) == []
            await tab.shot(f"hall-{name}-{language}")
    await hold(tab, "#cut")
    await comes_to(hall, StopLevel.CUT)
    await expect(tab.page.locator("#release")).to_be_visible()
    for name, viewport in (("phone", SMALL_PHONE), ("side", ON_ITS_SIDE), ("desk", DESKTOP)):
        with subtests.test(f"{name}, cut"):
            await tab.page.set_viewport_size(viewport)
            assert await tab.page.evaluate("document.scrollingElement.scrollWidth") <= viewport["width"]
            assert await tab.page.evaluate(CLIPPED) == []
            assert await tab.page.evaluate(RED_FILLED, STOP_RED) == ["stop"]
            assert await objections(tab) == []
            await tab.shot(f"hall-{name}-{language}-cut")
