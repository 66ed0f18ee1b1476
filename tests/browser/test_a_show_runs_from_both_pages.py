"""Promise: presenter and staff run the show cue by cue; a link that goes away is bridged over, and nobody moves it."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import CDPSession, expect

from simulator.stage_link import Truth
from simulator.watching import until_truth
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS, Tab
from tests.browser.thin_road import ThinRoad

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOW = Path(__file__).parent / "shows" / "short.toml"
VOICE = FACE = True
AWAY_S = 3.0
LONGEST_MS = 30_000  # of a walk, or of words, on a machine that does much else


def performs(name: str) -> Callable[[Truth], bool]:
    """Return whether the body performs this."""

    def seen(truth: Truth) -> bool:
        now = truth.performing
        return now is not None and now.name == name and now.outcome is None

    return seen


async def stands_by(tab: Tab, cue: str) -> None:
    await expect(tab.part("show-now")).to_have_text(f"Standing by: {cue}", timeout=LONGEST_MS)


async def begin_anew(bo: Tab) -> None:
    """Have the show stand by at its first cue, whatever an earlier test left."""
    await bo.part("cues").get_by_role("button").first.click()
    await stands_by(bo, "Walk on")


async def walk_on(ada: Tab, house: House) -> None:
    """Say go, and hold the key that has the robot steer itself, until the cue is over."""
    await ada.page.keyboard.press("KeyG")
    await expect(ada.part("show-note")).to_have_text("Drive the robot to the mark “centre”.")
    await ada.drive_off(house.stage, "KeyT")
    await stands_by(ada, "Wave and greet")
    await ada.let_go("KeyT")


async def test_a_show_from_the_first_go_to_the_bow(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await begin_anew(bo)
    await expect(ada.part("prompter-now")).to_have_text("This cue has no words.")

    await walk_on(ada, house)
    truth = await house.at_rest()
    assert abs(truth.pose.x_m - 0.8) < 0.2
    await ada.shot("presenter-show-en")

    await ada.press("show-go")
    await until_truth(house.stage, "a robot that waves", performs("wave"))
    await expect(bo.part("say-note")).to_have_text("Says: “Good evening.”", timeout=PATIENCE_MS)
    await stands_by(ada, "The talk")

    await ada.press("show-go")
    await expect(ada.part("show-note")).to_have_text("Live: you are on. Go begins the next cue.")
    await expect(ada.part("prompter-now")).to_have_text("Thirteen hundred kilometres lie between us.")
    await ada.press("show-go")
    await expect(ada.part("show-note")).to_have_text("Waiting for the staff to say go.")
    await expect(ada.part("show-go")).to_be_disabled()

    await bo.press("show-go")  # what it needs is not so yet
    await expect(bo.part("show-note")).to_have_text("The staff have not declared the area clear.")
    await bo.press("area-clear")
    await expect(bo.part("area")).to_have_attribute("data-clear", "true")
    await bo.shot("staff-show-en")
    await bo.press("show-go")
    await until_truth(house.stage, "a robot that bows", performs("bow"))
    await expect(ada.part("show")).to_have_attribute("data-phase", "ended", timeout=LONGEST_MS)
    await expect(bo.part("events")).to_contain_text("The show is over")


async def test_hold_skip_abort_and_a_stop_hold_the_show_until_somebody_says_go(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver(language="zh-CN")
    await begin_anew(bo)
    show = ada.part("show")

    await ada.press("show-go")
    await ada.press("show-hold")
    await expect(show).to_have_attribute("data-phase", "held")
    await bo.press("show-skip")
    await expect(ada.part("show-now")).to_have_text("预备：Wave and greet")
    await bo.press("show-skip")
    await expect(ada.part("show-now")).to_have_text("预备：The talk")
    await ada.press("show-go")
    await expect(show).to_have_attribute("data-phase", "running")
    await ada.shot("presenter-show-zh")
    await bo.press("show-abort")
    await expect(ada.part("show-note")).to_have_text("已中止，按“开始”从这里继续。")
    await ada.press("show-go")
    await expect(show).to_have_attribute("data-phase", "running")
    await bo.press("stop-all")
    await expect(ada.part("show-note")).to_have_text("已停止，请先解除停止，再按“开始”继续。")


async def paused(tab: Tab) -> CDPSession:
    """Have the page's program stand still, as on a laptop that sleeps: nothing more comes of it."""
    devtools = await tab.devtools()
    await devtools.send("Debugger.enable")
    await devtools.send("Debugger.pause")
    return devtools


async def test_a_link_that_goes_amid_a_walk_is_bridged_over_and_nothing_moves_by_itself(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await begin_anew(bo)
    await ada.page.keyboard.press("KeyG")
    await expect(ada.part("show-note")).to_have_text("Drive the robot to the mark “centre”.")
    await ada.drive_off(house.stage, "KeyT")

    devtools = await paused(ada)
    here = await house.at_rest()
    await expect(bo.part("show-note")).to_have_text(re.compile("^The link is away"), timeout=PATIENCE_MS)
    await expect(bo.part("alarms")).to_contain_text("the audience sees the hold card")
    await until_truth(house.stage, "a robot that idles", performs("idle-alive"), within_s=15)
    await expect(bo.part("say-note")).to_have_text("Says: “One moment please.”", timeout=LONGEST_MS)
    await bo.shot("staff-interlude-en")

    await devtools.send("Debugger.resume")
    await expect(bo.part("show-note")).to_have_text(re.compile("^Held: the presenter's link"), timeout=LONGEST_MS)
    after = await house.at_rest()
    assert (after.pose.x_m, after.pose.y_m) == (here.pose.x_m, here.pose.y_m)

    await ada.let_go("KeyT")
    await ada.take_the_controls()
    await ada.press("show-go")
    await expect(ada.part("show")).to_have_attribute("data-phase", "running")
    await ada.drive_off(house.stage, "KeyT")
    await stands_by(ada, "Wave and greet")


async def test_a_network_that_is_away_for_three_seconds_amid_a_walk(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    road = ThinRoad()
    ada = await house.empty_tab("Ada")
    ada.expect_complaint("WebSocket")
    await road.lay(ada.page)
    try:
        await ada.open((await house.rig.invite(Role.PRESENTER, "Ada")).url)
        await ada.sees_the_stage()
        await ada.take_the_controls()
        await begin_anew(bo)
        await ada.page.keyboard.press("KeyG")
        await expect(ada.part("show-note")).to_have_text("Drive the robot to the mark “centre”.")
        await ada.drive_off(house.stage, "KeyT")

        road.darken(bridge=True, udp=True)
        here = await house.at_rest()
        await expect(bo.part("alarms")).to_contain_text("the audience sees the hold card", timeout=PATIENCE_MS)
        await until_truth(house.stage, "a robot that idles", performs("idle-alive"), within_s=15)
        await asyncio.sleep(AWAY_S)
        road.darken(bridge=False, udp=False)

        await expect(ada.part("show")).to_have_attribute("data-phase", "held", timeout=LONGEST_MS)
        await expect(bo.part("show-note")).to_have_text(re.compile("^Held: the presenter's link"), timeout=LONGEST_MS)
        after = await house.at_rest()  # though the key is held as before
        assert (after.pose.x_m, after.pose.y_m) == (here.pose.x_m, here.pose.y_m)

        await ada.let_go("KeyT")
        await ada.take_the_controls()
        await ada.press("show-go")
        await expect(ada.part("show")).to_have_attribute("data-phase", "running", timeout=PATIENCE_MS)
        await ada.drive_off(house.stage, "KeyT")
        await stands_by(ada, "Wave and greet")
    finally:
        road.close()


async def test_the_way_home_needs_no_show(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await begin_anew(bo)
    ada = await house.driver()
    await house.stage.place(0.8, 0.4)
    box = await ada.part("mark-drive").bounding_box()
    assert box is not None
    await expect(ada.part("mark-drive")).to_contain_text("start")

    async def hold() -> None:
        await ada.page.mouse.move(box["x"] + 20, box["y"] + 20)
        await ada.page.mouse.down()

    truth = await ada.grip(house.stage, hold, ada.page.mouse.up, until=lambda seen: seen.pose.x_m < 0.5)
    await ada.page.mouse.up()
    rest = await house.at_rest()

    assert truth.pose.x_m < 0.5
    assert rest.speed_mps == 0.0
