"""Promise: each robot that staff have open in a browser has a card on every tab, and STOP there stops it."""

import secrets

import pytest
from playwright.async_api import expect

from simulator.guest_list import GuestList
from teleop_core.wire.messages import Role
from tests.browser.axe import objections
from tests.browser.house import House, Language
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
ELSEWHERE = "stage-2"


async def elsewhere(house: House, bo: Tab) -> Tab:
    """Open the page of a second robot, which is not there, in another tab of Bo's browser."""
    async with GuestList.open(house.rig.folder.database) as guests:
        await guests.enrol(ELSEWHERE, secrets.token_urlsafe(32))
        invite = await guests.invite(role=Role.STAFF, robot=ELSEWHERE, name="Bo", base_url=house.rig.url)
    tab = Tab(await bo.page.context.new_page(), name="Bo, elsewhere")
    await tab.open(invite.url)
    return tab


@pytest.mark.parametrize("how", ["its own STOP", "STOP ALL", "Space"])
async def test_a_robot_is_stopped_from_the_tab_of_another(house: House, how: str) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await bo.sees_the_stage()
    other = await elsewhere(house, bo)
    ada = await house.driver()
    card = other.part(f"neighbour-{house.rig.options.robot_name}")
    await expect(card).to_contain_text("Ada drives", timeout=PATIENCE_MS)
    await ada.drive_off(house.stage, "KeyW")

    match how:
        case "its own STOP":
            await other.press(f"stop-{house.rig.options.robot_name}")
        case "STOP ALL":
            await other.press("stop-all")
        case _:
            await other.page.keyboard.press("Space")

    await house.at_rest()
    await ada.says("stopped")
    await ada.let_go("KeyW")
    await expect(card.locator("[data-word]").first).to_have_attribute("data-word", "stopped", timeout=PATIENCE_MS)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_cards_come_and_go_with_their_tabs(house: House, language: Language) -> None:
    bo = await house.tab(Role.STAFF, "Bo", language=language)
    await bo.sees_the_stage()
    await expect(bo.part("neighbours")).to_have_count(0)
    other = await elsewhere(house, bo)

    await expect(bo.part(f"neighbour-{ELSEWHERE}")).to_be_visible(timeout=PATIENCE_MS)
    await bo.shot(f"staff-two-robots-{language}")
    assert await objections(bo) == []
    await other.page.close()
    await expect(bo.part("neighbours")).to_have_count(0, timeout=PATIENCE_MS)
