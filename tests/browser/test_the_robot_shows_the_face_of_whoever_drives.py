"""Promise: the presenter's camera is off until it is clicked, and the robot shows the face of whoever drives."""

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
FACE = True

# The simulated picture shows the robot's head in its top right corner; this is the middle of its face.
_GREENER = """([wanted]) => {
    const video = document.querySelector("[data-testid=picture-video]");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    const context = canvas.getContext("2d", {willReadFrequently: true});
    const x = 0.906 * video.videoWidth, y = 0.155 * video.videoHeight;
    context.drawImage(video, x - 4, y - 4, 8, 8, 0, 0, 8, 8);
    const pixels = context.getImageData(0, 0, 8, 8).data;
    let green = 0, red = 0;
    for (let at = 0; at < pixels.length; at += 4) { red += pixels[at]; green += pixels[at + 1]; }
    return (green - red) / 64 > 60 === wanted;
}"""


async def robot_shows_camera(tab: Tab, *, shown: bool) -> None:
    """Wait until the robot's face shows the browser's invented camera, which is green, or the hold card."""
    await tab.page.wait_for_function(_GREENER, arg=[shown], timeout=2 * PATIENCE_MS)


async def test_the_camera_is_off_until_it_is_clicked_and_shown_while_its_owner_drives(house: House) -> None:
    ada = await house.presenter()
    await expect(ada.part("face")).to_have_attribute("data-face", "off")
    await robot_shows_camera(ada, shown=False)

    await ada.press("face-on")
    await expect(ada.part("face-self")).to_be_visible()
    await expect(ada.part("face-note")).to_contain_text("as soon as you drive")
    await robot_shows_camera(ada, shown=False)

    await ada.take_the_controls()
    await expect(ada.part("face-note")).to_have_text("The robot shows your face.")
    await robot_shows_camera(ada, shown=True)
    await ada.shot("presenter-face-en")

    await ada.press("face-off")
    await expect(ada.part("face-self")).to_have_count(0)
    await robot_shows_camera(ada, shown=False)
    await ada.shot("presenter-face-off-en")


async def test_a_face_outlives_a_new_call(house: House) -> None:
    ada = await house.driver()
    await ada.press("face-on")
    await robot_shows_camera(ada, shown=True)

    house.rig.child("robot").kill()
    ada.expect_complaint("")
    house.rig.launch("robot")
    await house.rig.until_ready()
    await house.tidy()
    await ada.sees_the_stage()
    await robot_shows_camera(ada, shown=False)
    await ada.take_the_controls()

    await robot_shows_camera(ada, shown=True)


async def test_a_page_in_chinese_offers_it_too(house: House) -> None:
    mei = await house.presenter("Mei", language="zh-CN")

    await mei.press("face-on")

    await expect(mei.part("face-note")).to_have_text("轮到你操控时，机器人就会显示。")
    await mei.shot("presenter-face-zh")
