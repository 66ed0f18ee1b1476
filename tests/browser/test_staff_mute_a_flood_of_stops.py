"""Promise: staff can have the robot not hear somebody who floods it with STOP, and that person is told the truth."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, WebSocket, expect

from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, Role, StopCause
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")
QUIET_S = 0.5  # 25 times as long as a STOP takes to be repeated


class Stops:
    """What a page sends of STOP over the bridge."""

    def __init__(self, page: Page) -> None:
        self.ids: list[str] = []
        page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        socket.on("framesent", self._on_frame)

    def _on_frame(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "stop":
            self.ids.append(message["id"])


@contextlib.asynccontextmanager
async def flood(tab: Tab) -> AsyncIterator[None]:
    """Press STOP in this tab as fast as a key can go."""

    async def press() -> None:
        while True:
            await tab.page.keyboard.press("Space")

    pressing = asyncio.create_task(press(), name="flood")
    try:
        yield
    finally:
        pressing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pressing


async def mute(staff: Tab, name: str) -> None:
    """Mute somebody, as staff: the page asks once more."""
    await staff.page.get_by_role("button", name=f"Mute {name}", exact=True).click()
    question = staff.page.get_by_role("group", name=f"Mute {name}", exact=True)
    await expect(question).to_contain_text("not even STOP")
    await question.get_by_role("button", name="Mute, STOP included").click()
    await expect(staff.page.get_by_role("button", name=f"Unmute {name}", exact=True)).to_be_visible()


async def latches(house: House, tab: Tab) -> None:
    """The STOP of this tab latches the robot."""
    await tab.press("stop")
    await house.staff.until("a latched robot", lambda: house.staff.state is RobotState.STOPPED)
    await house.staff.until("the person's latch", lambda: house.staff.latched_by is StopCause.PERSON)


async def test_a_flood_ends_with_the_muting_and_the_show_goes_on(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    eve = await house.empty_tab("Eve")
    stops = Stops(eve.page)
    await eve.open((await house.rig.invite(Role.OBSERVER, "Eve")).url)
    ada = await house.presenter()
    await latches(house, eve)

    async with flood(eve):
        await mute(bo, "Eve")
        await bo.press("reset-1")
        await bo.press("reset-2")
        await ada.take_the_controls()
        await ada.drive_off(house.stage, *CIRCLE)
        await expect(eve.part("stop")).to_have_attribute("data-progress", "muted", timeout=PATIENCE_MS)
        await eve.gives_as_reason("^STOP here does not reach the robot: the staff have muted this page")
        await expect(eve.part("stop")).to_have_attribute("data-reach", "muted")
        await expect(bo.part("people")).to_contain_text("Muted, STOP included")
        await bo.shot("staff-muted-en")
        await eve.shot("observer-muted-en")

    await eve.press("stop")
    await asyncio.sleep(QUIET_S)
    sent = len(stops.ids)
    await asyncio.sleep(QUIET_S)
    assert len(stops.ids) == sent > 0  # what the robot has refused as muted is not sent again
    await ada.let_go(*CIRCLE)
    await house.at_rest()
    assert house.staff.state is not RobotState.STOPPED


async def test_whoever_is_unmuted_is_heard_again(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    fay = await house.tab(Role.OBSERVER, "Fay")
    await mute(bo, "Fay")
    await expect(fay.part("stop")).to_have_attribute("data-progress", "muted", timeout=PATIENCE_MS)

    await bo.page.get_by_role("button", name="Unmute Fay", exact=True).click()

    await expect(fay.part("stop")).to_have_attribute("data-progress", "idle", timeout=PATIENCE_MS)
    await latches(house, fay)
    await fay.says("stopped", reason="stopped")


async def test_a_muted_driver_loses_the_controls_and_may_not_ask_for_them(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    gil = await house.driver("Gil")
    await gil.drive_off(house.stage, *CIRCLE)

    await mute(bo, "Gil")

    await house.at_rest()
    await gil.let_go(*CIRCLE)
    await gil.says("viewing", reason="free")
    await expect(gil.part("ask")).to_be_disabled()
    await gil.hold(*CIRCLE)
    assert await stays_at_rest(house.stage, for_s=0.5)
    await gil.let_go(*CIRCLE)


async def test_nobody_else_mutes_and_staff_are_not_muted(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    hal = await house.presenter("Hal")
    await expect(bo.page.get_by_role("button", name="Mute Hal", exact=True)).to_be_visible()
    await expect(bo.page.get_by_role("button", name="Mute Stagehand", exact=True)).to_have_count(0)
    await expect(hal.page.get_by_role("button", name="Mute Bo", exact=True)).to_have_count(0)

    await bo.page.get_by_role("button", name="Mute Hal", exact=True).click()
    question = bo.page.get_by_role("group", name="Mute Hal", exact=True)
    await question.get_by_role("button", name="Cancel").click()

    await expect(question).to_have_count(0)
    await latches(house, hal)
