"""Promise: alarms flash and sound until they are acknowledged; plots, and the half minute around a stop, are kept."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNT_NOTES = """
window.notesPlayed = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.notesPlayed += 1; return start.apply(this, when); };
"""


async def test_a_stop_flashes_and_sounds_until_it_is_acknowledged(house: House) -> None:
    ada = await house.presenter()
    bo = await house.tab(Role.STAFF, "Bo", scripts=[COUNT_NOTES])
    await bo.sees_the_stage()
    alarms = bo.part("alarms")
    await expect(alarms).to_have_attribute("data-loud", "false")
    assert await bo.page.evaluate("window.notesPlayed") == 0  # silent until a click arms it

    await bo.press("alarm-sound")
    await expect(bo.part("alarm-sound")).to_have_attribute("aria-pressed", "true")
    armed = int(await bo.page.evaluate("window.notesPlayed"))
    await ada.press("stop")
    alarm = bo.part("alarm").and_(bo.page.locator("[data-alarm=stopped]"))
    await expect(alarm).to_have_attribute("data-over", "false")
    await expect(alarms).to_have_attribute("data-loud", "true")
    await bo.page.wait_for_function("count => window.notesPlayed >= count", arg=armed + 4, timeout=PATIENCE_MS)
    await bo.shot("staff-alarm-en")

    await bo.press("alarm-acknowledge")
    await expect(alarms).to_have_attribute("data-loud", "false")
    await expect(alarm).to_have_attribute("data-seen", "true")
    await bo.press("reset-1")
    await bo.press("reset-2")
    await expect(alarm).to_have_count(0)


async def test_an_alarm_that_is_over_stays_until_it_is_seen(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo", language="zh-CN")
    await bo.sees_the_stage()
    await house.staff.stop("for an alarm")
    await expect(bo.part("alarm")).to_have_attribute("data-alarm", "stopped")

    await bo.press("reset-1")
    await bo.press("reset-2")

    await expect(bo.part("alarm")).to_have_attribute("data-over", "true")
    await expect(bo.part("alarms")).to_contain_text("已过去")
    await bo.press("alarm-acknowledge")
    await expect(bo.part("alarms")).to_have_text("没有警报。确认打开声音")


async def test_a_stop_is_kept_with_what_was_around_it_and_saved(house: House, tmp_path: Path) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await ada.drive_off(house.stage, "KeyW", until=lambda truth: truth.pose.x_m > 0.4)  # a look or two at its speed
    await bo.press("stop-all")
    await ada.let_go("KeyW")

    incident = bo.part("incident").and_(bo.page.locator("[data-kind=stopped]")).first
    await expect(incident).to_contain_text("Stopped by Bo")
    await incident.click()
    detail = bo.part("incident-detail")
    await expect(detail.locator("canvas")).to_have_count(5, timeout=PATIENCE_MS)
    await expect(detail).to_contain_text("Ada has the controls")
    await bo.shot("staff-incident-en")

    async with bo.page.expect_download() as downloading:
        await bo.press("incident-save")
    file = tmp_path / "incident.json"
    await (await downloading.value).save_as(file)
    kept = json.loads(file.read_text())
    assert kept["event"]["kind"] == "stopped"
    assert max(sample["appliedMps"] or 0.0 for sample in kept["samples"]) > 0.2


async def test_the_plots_follow_the_link(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await bo.part("plots").locator("summary").click()
    await expect(bo.part("plots").locator("canvas")).to_have_count(5, timeout=PATIENCE_MS)
    await ada.drive_off(house.stage, "KeyW")
    await ada.let_go("KeyW")

    drawn = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0)"
    for canvas in await bo.part("plots").locator("canvas").all():
        assert await canvas.evaluate(drawn)
