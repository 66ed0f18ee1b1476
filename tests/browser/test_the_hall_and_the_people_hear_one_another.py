"""Promise: nobody's microphone is open before a click; then the hall hears them, and they the hall when they ask."""

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House, Language
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = True

# The simulated hall chirps once a second; the browser's invented microphone beeps about as often.
_HEARS_A_CHIRP = """() => {
    const player = document.querySelector("[data-testid=voice-player]");
    if (player.paused || player.muted || player.srcObject === null) return false;
    if (!window.ear) {
        const context = new AudioContext();
        window.ear = context.createAnalyser();
        context.createMediaStreamSource(player.srcObject).connect(window.ear);
    }
    const samples = new Float32Array(window.ear.fftSize);
    window.ear.getFloatTimeDomainData(samples);
    return Math.max(...samples) > 0.03;
}"""


async def hears_the_hall(tab: Tab) -> None:
    """Wait until the page's loudspeaker plays a chirp."""
    await tab.page.wait_for_function(_HEARS_A_CHIRP, timeout=2 * PATIENCE_MS)


async def voice_is(tab: Tab, state: str) -> None:
    """Wait until the page says how its voice stands."""
    await expect(tab.part("voice-state")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


async def test_a_presenter_is_heard_after_a_click_and_mutes_and_talks_by_key(house: House) -> None:
    ada = await house.presenter()
    await ada.sees_the_stage()
    await voice_is(ada, "off")

    await ada.press("voice-on")
    await voice_is(ada, "heard")
    await expect(ada.part("voice-own")).to_have_attribute("data-loudness", "good", timeout=PATIENCE_MS)
    await expect(ada.part("voice-speaker")).to_have_attribute("data-loudness", "good", timeout=PATIENCE_MS)
    await expect(ada.part("voice-delay")).to_contain_text("Mouth to ear about", timeout=PATIENCE_MS)
    await ada.shot("presenter-voice-en")

    await ada.page.keyboard.press("KeyM")
    await voice_is(ada, "muted")
    await ada.hold("KeyV")
    await voice_is(ada, "heard")
    await ada.let_go("KeyV")
    await voice_is(ada, "muted")

    await ada.press("voice-off")
    await voice_is(ada, "off")


async def test_the_hall_is_silent_until_it_is_asked_for(house: House) -> None:
    ada = await house.presenter()
    await ada.sees_the_stage()
    await expect(ada.part("voice-hear")).to_have_attribute("aria-pressed", "false")

    await ada.press("voice-hear")
    await hears_the_hall(ada)

    await ada.press("voice-hear")
    await expect(ada.part("voice-hear")).to_have_attribute("aria-pressed", "false")
    assert await ada.part("voice-player").evaluate("player => player.muted")


async def test_mouth_and_ear_outlive_a_new_call(house: House) -> None:
    ada = await house.presenter()
    await ada.press("voice-on")
    await ada.press("voice-hear")
    await voice_is(ada, "heard")
    await hears_the_hall(ada)

    house.rig.child("robot").kill()
    ada.expect_complaint("")
    await expect(ada.part("voice")).to_have_count(0, timeout=PATIENCE_MS)
    house.rig.launch("robot")
    await house.rig.until_ready()
    await house.tidy()
    await ada.sees_the_stage()

    await voice_is(ada, "heard")
    await ada.page.evaluate("() => { delete window.ear; }")
    await hears_the_hall(ada)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_staff_talk_while_they_hold_and_whoever_is_muted_is_not_heard(house: House, language: Language) -> None:
    bo = await house.tab(Role.STAFF, "Bo", language=language)
    await bo.sees_the_stage()
    await bo.press("voice-on")
    await voice_is(bo, "push")

    await bo.part("voice-talk").dispatch_event("pointerdown", {"pointerId": 1})
    await voice_is(bo, "heard")
    await bo.shot(f"staff-voice-{language}")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_staff_and_presenter_talk_backstage_and_the_hall_hears_nothing_of_it(
    house: House, language: Language
) -> None:
    ada = await house.presenter(language=language)
    bo = await house.tab(Role.STAFF, "Bo", language=language)
    await ada.press("voice-hear")
    await bo.press("voice-on")
    await voice_is(bo, "push")

    await bo.hold("KeyB")
    await voice_is(bo, "backstage")
    await expect(ada.part("voice-backstage-note")).to_contain_text("Bo", timeout=PATIENCE_MS)
    await expect(bo.part("voice-own")).to_have_attribute("data-loudness", "good", timeout=PATIENCE_MS)
    assert await bo.part("voice-speaker").get_attribute("data-loudness") == "silent"
    await ada.shot(f"presenter-backstage-{language}")
    await bo.shot(f"staff-backstage-{language}")
    await bo.let_go("KeyB")
    await voice_is(bo, "push")
    await expect(ada.part("voice-backstage-note")).to_have_attribute("data-who", "", timeout=PATIENCE_MS)

    await ada.press("voice-on")  # an open microphone, in the hall
    await voice_is(ada, "heard")
    await ada.hold("KeyB")
    await voice_is(ada, "backstage")
    await ada.let_go("KeyB")
    await voice_is(ada, "heard")


async def test_an_observer_listens_and_has_no_microphone(house: House) -> None:
    eve = await house.tab(Role.OBSERVER, "Eve")
    await eve.sees_the_stage()

    await eve.press("voice-hear")
    await hears_the_hall(eve)

    await expect(eve.part("voice-on")).to_have_count(0)
