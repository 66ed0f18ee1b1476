"""Promise: one lease, one driver. Others wait in line; staff grant, take, hand over and revoke from their page."""

import pytest
from playwright.async_api import Locator, expect

from simulator.watching import stays_at_rest, until_truth
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")


def person(tab: Tab, name: str) -> Locator:
    """Return the line of somebody in the list of people."""
    return tab.part("people").get_by_role("listitem").filter(has_text=name)


async def drives(house: House, tab: Tab) -> None:
    """The hand of this tab moves the plant, and letting go stops it."""
    await tab.drive_off(house.stage, *CIRCLE)
    await tab.let_go(*CIRCLE)
    await house.at_rest()


async def moves_nothing(house: House, tab: Tab) -> None:
    """The hand of this tab moves nothing."""
    await tab.hold(*CIRCLE)
    assert await stays_at_rest(house.stage, for_s=0.5)
    await tab.let_go(*CIRCLE)


async def test_a_second_presenter_waits_in_line(house: House) -> None:
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")
    await cem.says("viewing", reason="driven")

    await cem.ask()

    await cem.says("asked", reason="asked")
    await cem.gives_as_reason("^Ada drives now")
    await moves_nothing(house, cem)
    await drives(house, ada)
    await cem.press("withdraw")
    await cem.says("viewing", reason="driven")


async def test_staff_grant_a_request_and_the_old_drivers_keys_do_nothing(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")
    await cem.ask()
    await ada.drive_off(house.stage, *CIRCLE)

    await bo.page.get_by_role("button", name="Grant the controls to Cem").click()

    await house.at_rest()  # although Ada still holds
    await cem.may_drive()
    assert await stays_at_rest(house.stage, for_s=0.5)
    await ada.says("viewing", reason="driven")
    await ada.let_go(*CIRCLE)
    await moves_nothing(house, ada)
    await drives(house, cem)
    await expect(person(bo, "Cem")).to_contain_text("drives")


async def test_staff_take_the_controls_mid_drive_and_drive_themselves(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver("Ada")
    await bo.sees_the_stage()
    await ada.drive_off(house.stage, *CIRCLE)

    await bo.press("take")

    await house.at_rest()
    await bo.may_drive()
    await ada.says("viewing", reason="driven")
    await ada.let_go(*CIRCLE)
    await moves_nothing(house, ada)
    await drives(house, bo)


async def test_staff_hand_over_to_whom_they_like_and_a_declined_offer_changes_nothing(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")

    await bo.page.get_by_role("button", name="Hand over the controls to Cem").click()
    await cem.press("decline")
    await cem.says("viewing", reason="driven")
    await ada.may_drive()
    await drives(house, ada)


async def test_the_driver_hands_over_and_the_other_takes_it_up(house: House) -> None:
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")

    await ada.page.get_by_role("button", name="Hand over the controls to Cem").click()
    await cem.says("asked", reason="offered")
    await cem.shot("presenter-offered-en")
    await cem.press("accept")

    await cem.may_drive()
    await moves_nothing(house, ada)
    await drives(house, cem)


async def test_given_back_controls_are_anybodys(house: House) -> None:
    ada = await house.driver("Ada")
    cem = await house.presenter("Cem")

    await ada.press("give-back")

    await cem.says("viewing", reason="free")
    await moves_nothing(house, ada)
    await cem.take_the_controls()
    await drives(house, cem)


async def test_staff_revoke_the_controls_mid_drive(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver("Ada")
    await ada.drive_off(house.stage, *CIRCLE)

    await bo.press("revoke")

    await house.at_rest()
    await ada.says("viewing", reason="free")
    assert await stays_at_rest(house.stage, for_s=0.5)
    await until_truth(house.stage, "nobody's commands", lambda seen: seen.target.vx_mps == 0)
    await expect(bo.part("driver")).to_have_attribute("data-driver", "")
