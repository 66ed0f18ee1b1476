"""Promise: on a thin link a page goes without picture or sound and keeps its STOP; it fills a screen or a wall."""

import pytest
from playwright.async_api import expect

from simulator.watching import until_truth
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOICE = True
FRUGAL_BYTES_PER_S = 25_000  # words of the robot and sound; whether picture or sound is in it, their own counts say
BYTES_IN = """
async () => {
    const bytes = { all: 0, audio: 0, video: 0 };
    for (const each of (await window.calls.at(-1).getStats()).values()) {
        if (each.type === "transport") bytes.all += each.bytesReceived;
        if (each.type === "inbound-rtp") bytes[each.kind] += each.bytesReceived;
    }
    return bytes;
}
"""
KEEP_CALLS = """
window.calls = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) { super(...args); window.calls.push(this); }
};
"""


async def test_without_a_picture_nobody_drives_and_gestures_and_stop_work(house: House) -> None:
    ada = await house.driver(scripts=[KEEP_CALLS])
    await ada.drive_off(house.stage, "KeyW")
    await ada.let_go("KeyW")
    await house.at_rest()

    for media in ("sound", "commands"):
        calls = await ada.page.evaluate("window.calls.length")
        await ada.press(f"media-{media}")
        await expect(ada.part("picture")).to_have_attribute("data-picture", "stale", timeout=PATIENCE_MS)
        await expect(ada.part("picture-age")).to_contain_text("Low bandwidth", timeout=PATIENCE_MS)
        await ada.page.wait_for_function(
            "calls => window.calls.length > calls && window.calls.at(-1).connectionState === 'connected'",
            arg=calls,
            timeout=PATIENCE_MS,
        )
        before = await ada.page.evaluate(BYTES_IN)
        await ada.page.wait_for_timeout(2_000)
        after = await ada.page.evaluate(BYTES_IN)
        per_s = {kind: (after[kind] - before[kind]) / 2 for kind in after}
        assert 0 < per_s["all"] < FRUGAL_BYTES_PER_S, f"{media}: {per_s} bytes a second"
        assert per_s["video"] == 0
        assert (per_s["audio"] > 0) is (media == "sound")
    await ada.shot("presenter-frugal-en")
    await ada.hold("KeyW")
    await ada.says("holding")
    await ada.let_go("KeyW")
    rest = await house.at_rest()
    assert rest.speed_mps == 0.0
    await expect(ada.part("gesture-wave")).to_be_enabled()
    await ada.page.keyboard.press("1")
    await until_truth(house.stage, "a robot that waves", lambda truth: truth.performing is not None)
    await ada.press("stop")
    await ada.says("stopped")

    await ada.press("media-all")
    await ada.sees_the_stage()


async def test_the_full_screen_comes_and_goes_and_the_screen_stays_on(house: House) -> None:
    ada = await house.presenter()
    await expect(ada.part("awake")).to_have_attribute("data-awake", "on")
    await ada.press("fullscreen")
    await ada.page.wait_for_function("() => document.fullscreenElement !== null")
    await expect(ada.part("fullscreen")).to_have_text("Leave full screen")
    await ada.press("fullscreen")
    await ada.page.wait_for_function("() => document.fullscreenElement === null")


async def test_a_wall_shows_the_state_large_and_has_nothing_to_press_but_the_way_back(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo", viewport={"width": 1920, "height": 1080})
    await bo.sees_the_stage()
    await bo.press("wall")

    for gone in ("stop", "stop-all", "reset-1", "alarm-acknowledge", "voice", "invites"):
        await expect(bo.part(gone)).to_be_hidden()
    word = await bo.part("state-word").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert word >= 100
    fits = "() => { const m = document.querySelector('main'); return m.scrollHeight <= m.clientHeight + 1; }"
    assert await bo.page.evaluate(fits)
    await bo.shot("staff-wall-en")
    await bo.page.keyboard.press("Space")  # STOP is a key, on every page
    await bo.says("stopped")
    await bo.press("wall")
    await expect(bo.part("stop-all")).to_be_visible()


async def test_whatever_the_state_is_the_picture_stays_where_it_is(house: House) -> None:
    ada = await house.driver()
    armed = await ada.part("picture").bounding_box()
    await ada.drive_off(house.stage, "KeyW")
    driving = await ada.part("picture").bounding_box()
    await ada.let_go("KeyW")
    await ada.press("stop")
    await ada.says("stopped")
    stopped = await ada.part("picture").bounding_box()

    assert armed is not None
    assert driving == armed
    assert stopped == armed
