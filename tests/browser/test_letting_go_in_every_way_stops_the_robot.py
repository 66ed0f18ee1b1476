"""Promise: whatever happens to the presenter's hand, page, tab or browser, the robot comes to rest by itself."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error

from simulator.rig import Rig
from simulator.watching import stays_at_rest
from tests.browser.conftest import chromium_started
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")  # a circle of less than a metre: any length of driving fits on the stage
HIDDEN = """
Object.defineProperty(document, "hidden", {configurable: true, get: () => true});
Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "hidden"});
document.dispatchEvent(new Event("visibilitychange"));
"""
BUSY = "const until = performance.now() + 1500; while (performance.now() < until);"

Way = Callable[[Tab], Awaitable[None]]


async def keys_up(tab: Tab) -> None:
    await tab.let_go(*CIRCLE)


async def window_loses_the_focus(tab: Tab) -> None:
    await tab.lose_focus()


async def tab_is_hidden(tab: Tab) -> None:
    await tab.page.evaluate(HIDDEN)


async def shortcut_of_the_browser(tab: Tab) -> None:
    await tab.page.keyboard.press("Control+KeyC")


async def context_menu(tab: Tab) -> None:
    await tab.part("picture").click(button="right")


async def page_hangs(tab: Tab) -> None:
    await tab.page.evaluate(BUSY)


async def test_the_hand_lets_go(house: House, subtests: pytest.Subtests) -> None:
    ada = await house.presenter()
    for way in (keys_up, shortcut_of_the_browser, context_menu, window_loses_the_focus, page_hangs, tab_is_hidden):
        with subtests.test(way.__name__):
            await house.tidy()
            await ada.take_the_controls()
            await ada.drive_off(house.stage, *CIRCLE)

            await way(ada)

            await house.at_rest()
            assert await stays_at_rest(house.stage, for_s=0.4)
        await ada.let_go(*CIRCLE)
        await ada.page.bring_to_front()


async def test_a_key_held_through_a_lost_focus_drives_only_when_pressed_anew(house: House) -> None:
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)
    await ada.lose_focus()
    await house.at_rest()

    await ada.page.bring_to_front()
    await ada.hold(*CIRCLE)  # already down: the keyboard repeats them
    assert await stays_at_rest(house.stage, for_s=0.5)

    await ada.let_go(*CIRCLE)
    await ada.may_drive()
    await ada.drive_off(house.stage, *CIRCLE)


async def tab_is_closed(tab: Tab) -> None:
    await tab.page.close(run_before_unload=True)


async def tab_vanishes(tab: Tab) -> None:
    await tab.page.close()


async def page_is_left(tab: Tab) -> None:
    await tab.page.goto("about:blank")


async def page_is_reloaded(tab: Tab) -> None:
    await tab.page.reload()


async def page_crashes(tab: Tab) -> None:
    devtools = await tab.devtools()
    crash = asyncio.ensure_future(devtools.send("Page.crash"))
    await tab.page.wait_for_event("crash")
    crash.cancel()
    with contextlib.suppress(asyncio.CancelledError, Error):
        await crash


@pytest.mark.parametrize("way", [tab_is_closed, tab_vanishes, page_is_left, page_is_reloaded, page_crashes])
async def test_the_page_goes(house: House, way: Way) -> None:
    ada = await house.driver()
    await ada.drive_off(house.stage, *CIRCLE)

    await way(ada)

    await house.at_rest()
    assert await stays_at_rest(house.stage, for_s=0.4)


@pytest_asyncio.fixture(loop_scope="module")
async def mortal_chromium() -> AsyncIterator[Browser]:
    async with chromium_started() as browser:
        yield browser


async def test_the_browser_is_killed(house: House, rig: Rig, mortal_chromium: Browser) -> None:
    elsewhere = House(rig=rig, browser=mortal_chromium, staff=house.staff)
    ada = await elsewhere.driver()
    await ada.drive_off(house.stage, *CIRCLE)
    devtools = await mortal_chromium.new_browser_cdp_session()
    processes = await devtools.send("SystemInfo.getProcessInfo")

    for process in processes["processInfo"]:
        with contextlib.suppress(ProcessLookupError):  # it went with the one before
            os.kill(process["id"], signal.SIGKILL)

    await house.at_rest()
    assert await stays_at_rest(house.stage, for_s=0.4)
    await house.staff.until("nobody's lease", lambda: house.staff.driver is None, within_s=10)
