"""Promise: a presenter finds out before the show what of page, devices and network is not fit for it, and the cure."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.coturn import SECRET, running_coturn

pytestmark = pytest.mark.asyncio(loop_scope="module")
PORT = 34_780
BRIDGE = {
    "turn": {"urls": [f"turn:127.0.0.1:{PORT}", f"turn:127.0.0.1:{PORT}?transport=tcp"], "secret": SECRET},
}
LOOKED_WITHIN_MS = 20_000


async def test_the_check_says_what_works_and_what_does_not(house: House, tmp_path: Path) -> None:
    ada = await house.presenter()

    await ada.press("preflight-look")  # no TURN server listens yet
    relay = ada.part("preflight-relay")
    await expect(relay).to_contain_text("no TURN server answers", timeout=LOOKED_WITHIN_MS)
    await expect(ada.part("preflight-bridge")).to_contain_text("● good Bridge connected")
    for device in ("camera", "microphone"):
        await expect(ada.part(f"preflight-{device}")).to_contain_text("found")

    async with running_coturn(tmp_path, port=PORT):
        await ada.press("preflight-look")
        await expect(relay).to_have_attribute("data-health", "green", timeout=LOOKED_WITHIN_MS)
        await expect(relay).to_contain_text("works · over")  # Chromium reaches a loopback address by TCP only
        await ada.shot("presenter-preflight-en")
