"""Promise: where the robot's face is one of its cameras, staff far from the stage see the presenter too."""

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
FACE = True
CAMERAS = [{"kind": "face", "name": "presenter"}]

# The browser's invented camera is green: whether most of the picture's middle is.
_GREEN = """([wanted]) => {
    const video = document.querySelector("[data-testid=picture-video]");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(video, video.videoWidth / 3, 0, video.videoWidth / 6, video.videoHeight / 3, 0, 0, 8, 8);
    const pixels = context.getImageData(0, 0, 8, 8).data;
    let green = 0, red = 0;
    for (let at = 0; at < pixels.length; at += 4) { red += pixels[at]; green += pixels[at + 1]; }
    return (green - red) / 64 > 60 === wanted;
}"""


async def sees_green(tab: Tab, *, wanted: bool) -> None:
    await tab.page.wait_for_function(_GREEN, arg=[wanted], timeout=2 * PATIENCE_MS)


async def test_the_presenter_is_an_inset_and_fills_the_picture_when_chosen(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    ada = await house.driver()
    await ada.press("face-on")
    camera, head = (bo.part("camera").and_(bo.page.locator(f"[data-camera={name}]")) for name in ("presenter", "head"))
    await expect(camera).to_have_attribute("data-health", "live", timeout=PATIENCE_MS)
    await bo.shot("staff-presenter-inset-en")
    await sees_green(bo, wanted=False)

    await camera.click()
    await sees_green(bo, wanted=True)
    await expect(ada.part("picture")).to_have_attribute("data-picture", "fresh")  # the stage is an inset by now
    await bo.shot("staff-presenter-en")

    await head.click()
    await sees_green(bo, wanted=False)
