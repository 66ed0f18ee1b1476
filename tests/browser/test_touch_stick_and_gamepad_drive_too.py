"""Promise: a thumb on the screen and a gamepad drive like the keys do, and letting go of either stops the robot."""

import pytest
from playwright.async_api import expect

from simulator.watching import stays_at_rest, until_truth
from tests.browser import gamepad
from tests.browser.gamepad import CROSS_UP, LB, Gamepad
from tests.browser.house import PHONE, House
from tests.browser.tab import faster_than
from tests.browser.thumb import Thumb

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_thumb_on_the_stick_drives_until_it_lifts_or_is_lost(house: House) -> None:
    ada = await house.driver(viewport=PHONE, touch=True)
    thumb = await Thumb.over(ada, "stick")
    for end in (thumb.lift, thumb.cancel):
        await ada.grip(house.stage, thumb.push, thumb.lift)
        await ada.shot("presenter-phone-driving-en")

        await end()

        await house.at_rest()
        await ada.may_drive()


async def test_a_mouse_pulls_the_stick_too(house: House) -> None:
    ada = await house.driver()
    mouse = ada.page.mouse
    box = await ada.part("stick").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    async def pull_left() -> None:
        await mouse.move(x, y)
        await mouse.down()
        await mouse.move(x - box["width"] / 2, y, steps=4)

    turning = await ada.grip(house.stage, pull_left, mouse.up, until=lambda seen: seen.twist.wz_radps > 0.2)
    await mouse.up()

    assert abs(turning.twist.vx_mps) < 0.05
    await house.at_rest()


async def test_a_gamepad_drives_while_lb_is_held(house: House) -> None:
    ada = await house.driver(scripts=[gamepad.SCRIPT])
    pad = Gamepad(ada)
    await pad.set(forward=1.0)
    await expect(ada.part("pad")).to_have_attribute("data-pad", "ready")
    assert await stays_at_rest(house.stage, for_s=0.5)  # the stick alone is no dead-man

    slower = await ada.grip(house.stage, pad.forward, pad.still, until=faster_than(0.3))
    assert slower.speed_mps < 0.45  # the pace is normal, 0.42 m/s
    await pad.still()
    await house.at_rest()

    await ada.may_drive()
    await ada.grip(house.stage, pad.fast_forward, pad.still, until=faster_than(0.5))
    await pad.set(forward=1.0)  # the stick stays where it is
    await house.at_rest()


async def test_an_unplugged_gamepad_lets_go(house: House) -> None:
    ada = await house.driver(scripts=[gamepad.SCRIPT])
    pad = Gamepad(ada)
    for announced in (True, False):
        await pad.set()
        await expect(ada.part("pad")).to_have_attribute("data-pad", "ready")
        await ada.may_drive()
        await ada.grip(house.stage, pad.forward, pad.still)

        await pad.unplug(announced=announced)

        await house.at_rest()
        await expect(ada.part("pad")).to_have_count(0)
        await pad.set(forward=1.0, pressed=[LB])  # plugged in again with the button down: it must be seen off first
        assert await stays_at_rest(house.stage, for_s=0.5)


async def test_a_gamepad_of_another_mapping_moves_nothing_and_the_page_says_so(house: House) -> None:
    ada = await house.driver(scripts=[gamepad.SCRIPT])
    pad = Gamepad(ada, mapping="")
    await pad.set()

    await pad.set(forward=1.0, pressed=[LB])

    await expect(ada.part("pad")).to_have_attribute("data-pad", "unusable")
    assert await stays_at_rest(house.stage, for_s=0.7)


async def test_the_gamepads_b_is_stop(house: House) -> None:
    ada = await house.driver(scripts=[gamepad.SCRIPT])
    pad = Gamepad(ada)
    await pad.set()
    await expect(ada.part("pad")).to_have_attribute("data-pad", "ready")
    await ada.grip(house.stage, pad.forward, pad.still)

    await pad.set(forward=1.0, pressed=[LB, gamepad.B])

    await house.at_rest()
    await ada.says("stopped", reason="stopped")


async def test_the_gamepads_cross_asks_for_gestures(house: House) -> None:
    ada = await house.driver(scripts=[gamepad.SCRIPT])
    pad = Gamepad(ada)
    await pad.still()
    await expect(ada.part("gesture-wave")).to_be_enabled()

    await pad.set(pressed=[CROSS_UP])
    await until_truth(
        house.stage,
        "a robot that waves",
        lambda truth: truth.performing is not None and truth.performing.name == "wave",
    )
    await pad.still()
