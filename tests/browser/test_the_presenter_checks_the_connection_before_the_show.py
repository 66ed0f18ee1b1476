"""Promise: a presenter finds out before the show what of page, devices and network is not fit for it, and the cure."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.tab import Tab
from tests.coturn import SECRET, running_coturn

pytestmark = pytest.mark.asyncio(loop_scope="module")
PORT = 34_780
BRIDGE = {
    "turn": {"urls": [f"turn:127.0.0.1:{PORT}", f"turn:127.0.0.1:{PORT}?transport=tcp"], "secret": SECRET},
}
LOOKED_WITHIN_MS = 30_000


async def looks(tab: Tab, *, whole: bool) -> None:
    """Check everything; unless `whole`, end the soak as soon as it has begun."""
    await tab.press("preflight-look")
    await expect(tab.part("preflight-phase")).to_have_attribute("data-phase", "soak", timeout=LOOKED_WITHIN_MS)
    if not whole:
        await tab.press("preflight-end")
    await expect(tab.part("preflight-verdict")).to_be_visible(timeout=LOOKED_WITHIN_MS)


async def test_the_check_says_what_works_and_what_does_not(house: House) -> None:
    ada = await house.presenter()

    await looks(ada, whole=False)  # no TURN server listens yet

    for server in await ada.part("preflight-turn").all():
        await expect(server).to_have_attribute("data-seen", "blocked")
        await expect(server).to_contain_text("does not answer")
    await expect(ada.part("preflight-bridge")).to_contain_text("● good Bridge connected")
    await expect(ada.part("preflight-clock")).to_have_attribute("data-seen", "right")
    for device in ("camera", "microphone"):
        await expect(ada.part(f"preflight-{device}")).to_have_attribute("data-seen", "works")
    await expect(ada.part("preflight-pad")).to_have_attribute("data-seen", "absent")


async def test_nobody_but_the_presenter_knows_whether_headphones_sounded(house: House) -> None:
    ada = await house.presenter()
    await looks(ada, whole=False)
    speaker = ada.part("preflight-speaker")
    await expect(speaker).to_have_attribute("data-seen", "unheard")  # the fake microphone hears no loudspeaker

    await ada.press("preflight-heard")

    await expect(speaker).to_have_attribute("data-seen", "confirmed")
    await expect(speaker).to_have_attribute("data-health", "green")


async def test_the_link_is_measured_through_a_relay(house: House, tmp_path: Path) -> None:
    async with running_coturn(tmp_path, port=PORT, allowed=("127.0.0.1",)):
        ada = await house.presenter()

        await looks(ada, whole=True)

        over_tcp = ada.part("preflight-turn").filter(has_text="transport=tcp")
        await expect(over_tcp).to_have_attribute("data-seen", "works")  # Chromium reaches loopback by TCP only
        media = ada.part("preflight-media")
        await expect(media).to_contain_text(re.compile(r"[kM]b/s down and .* up, .* lost, round trip .*ms"))
        await expect(ada.part("preflight-socket")).to_contain_text(re.compile(r"jitter .* unanswered"))
        await ada.shot("presenter-preflight-en")
