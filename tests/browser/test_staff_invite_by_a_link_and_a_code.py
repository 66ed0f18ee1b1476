"""Promise: staff invite somebody by a link and a code to scan, see who may come in, and take it back at once."""

import cv2
import numpy as np
import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_code_is_the_link_and_the_link_lets_in_until_it_is_revoked(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo")
    await bo.part("invites").locator("summary").click()
    await bo.part("invite-name").fill("Cleo")
    await bo.part("invite-role").select_option("presenter")
    await bo.press("invite-make")
    url = await bo.part("invite-made").get_attribute("data-url", timeout=PATIENCE_MS)
    assert url is not None
    await bo.part("qr").scroll_into_view_if_needed()
    await bo.shot("staff-invite-en")

    picture = cv2.imdecode(np.frombuffer(await bo.part("qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    scanned = cv2.QRCodeDetector().detectAndDecode(cv2.resize(picture, None, fx=3, fy=3))[0]
    assert scanned == url

    cleo = await house.visit(url, "Cleo")
    await cleo.sees_the_stage()
    row = bo.part("invite").filter(has_text="Cleo")
    await row.get_by_role("button").click()
    await cleo.says("link_lost", reason="ended")
    await expect(row).to_have_count(0)


async def test_a_bridge_that_is_not_reached_is_said_in_words(house: House) -> None:
    bo = await house.tab(Role.STAFF, "Bo", language="zh-CN")
    bo.expect_complaint("invites")
    bo.expect_complaint("Failed to load resource")
    await bo.page.route("**/api/invites", lambda route: route.abort())
    await bo.part("invites").locator("summary").click()

    await expect(bo.part("invite-trouble")).to_have_text("连不上服务器，请检查网络后重试。")
