"""Promise: staff see before the show how fit the robot is, and what everybody's own check found and how long ago."""

import json
import re

import pytest
from playwright.async_api import expect

from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOKED_WITHIN_MS = 30_000


async def checks(tab: Tab) -> None:
    """Check everything, the link for a moment only."""
    await tab.press("preflight-look")
    await tab.part("preflight-end").click(timeout=LOOKED_WITHIN_MS)
    await expect(tab.part("preflight-verdict")).to_be_visible(timeout=LOOKED_WITHIN_MS)


async def test_staff_see_a_presenters_verdict_and_the_robots_readiness(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Bo")
    ada = await house.presenter("Ada")

    await checks(ada)

    told = staff.page.locator("[data-testid^=checked-]").first
    await expect(told).to_contain_text(re.compile(r"Checked just now: go, with care"))  # no TURN server is set up
    await expect(staff.part("readiness-eye")).to_have_attribute("data-seen", "live")
    for check, seen in (("driver", "healthy"), ("uplink", "quick"), ("relay", "none"), ("clock", "right")):
        await expect(staff.part(f"readiness-{check}")).to_have_attribute("data-seen", seen, timeout=10_000)
    await staff.shot("staff-readiness-en")

    late = await house.tab(Role.STAFF, "Carl", language="zh-CN")
    await expect(late.page.locator("[data-testid^=checked-]").first).to_contain_text("刚刚检查：可以演出，须留意")
    await late.shot("staff-readiness-zh")


async def test_nobody_but_staff_sees_what_a_check_found(house: House) -> None:
    ada = await house.presenter("Ada")
    guest = await house.tab(Role.OBSERVER, "Guest")
    await checks(ada)

    for tab in (ada, guest):
        await expect(tab.page.locator("[data-testid^=checked-]")).to_have_count(0)
        await expect(tab.part("readiness")).to_have_count(0)


async def test_staff_check_what_they_need_themselves(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Bo")

    await checks(staff)

    for check in ("microphone", "speaker", "socket", "clock"):
        await expect(staff.part(f"preflight-{check}")).to_be_visible()
    for check in ("camera", "pad"):
        await expect(staff.part(f"preflight-{check}")).to_have_count(0)
    await expect(staff.page.locator("[data-testid^=checked-]").first).to_be_visible()


async def test_staff_take_a_certificate_home(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Bo")
    ada = await house.presenter("Ada")
    await expect(staff.part("readiness-eye")).to_have_attribute("data-seen", "live", timeout=10_000)

    async with staff.page.expect_download() as download:
        await staff.press("certificate-save")
    file = await (await download.value).path()
    saved = json.loads(file.read_bytes())

    assert saved["room"] == "stage-1"
    assert {(part["role"], part["who"]) for part in saved["parts"]} >= {("robot", "stage-1"), ("presenter", "Ada")}
    unchecked = next(part for part in saved["parts"] if part["who"] == ada.name)
    assert [(each["seen"], each["health"]) for each in unchecked["findings"]] == [("not_checked", "amber")]
    assert saved["verdict"] in {"go_with_care", "no_go"}  # a busy machine's loop is late

    async with staff.page.context.expect_page() as opened:
        await staff.press("certificate-print")
    sheet = await opened.value
    await expect(sheet.get_by_test_id("certificate-verdict")).to_have_attribute("data-verdict", saved["verdict"])
    await expect(sheet.get_by_test_id("certificate-part")).to_have_count(len(saved["parts"]))
    await staff.says("viewing")  # its page goes on meanwhile
