"""Promise: axe finds nothing to object to on any page, in either language, on a desk or on a phone."""

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from teleop_core.wire.messages import Role
from tests.browser.axe import objections
from tests.browser.house import DESKTOP, PHONE, House, Language
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = FACE = True
SHOW = Path(__file__).parent / "shows" / "short.toml"
CHECKED_WITHIN_MS: Final = 30_000


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.STAFF, Role.OBSERVER])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_axe_has_no_objections(house: House, role: Role, language: Language, subtests: pytest.Subtests) -> None:
    tab = await house.tab(role, "Ada", language=language)
    await tab.sees_the_stage()
    for viewport in (DESKTOP, PHONE):
        with subtests.test(_width(viewport)):
            await tab.page.set_viewport_size(viewport)
            assert await objections(tab) == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_axe_has_no_objections_to_what_opens_on_the_staff_page(house: House, language: Language) -> None:
    staff = await house.tab(Role.STAFF, "Bo", language=language)
    ada = await house.driver("Ada", language=language)
    for closed in ("plots", "invites"):
        await staff.part(closed).locator("summary").click()
    await staff.part("note-text").fill("One, two")
    await staff.press("note-send")
    await staff.press("invite-make")
    await expect(staff.part("qr")).to_be_visible(timeout=PATIENCE_MS)
    await staff.press("stop-all")
    await staff.part("incident").first.click(timeout=PATIENCE_MS)
    await expect(staff.part("incident-detail").locator("canvas")).to_have_count(5, timeout=PATIENCE_MS)
    await expect(ada.part("note-fresh")).to_be_visible(timeout=PATIENCE_MS)
    for tab in (staff, ada):
        assert await objections(tab) == []

    await staff.press("wall")
    assert await objections(staff) == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_axe_has_no_objections_to_the_muting_of_somebody(house: House, language: Language) -> None:
    staff = await house.tab(Role.STAFF, "Bo", language=language)
    guest = await house.tab(Role.OBSERVER, "Eve", language=language)
    peer = str(await person(staff, "Eve").get_attribute("data-testid")).removeprefix("person-")
    await staff.press(f"mute-{peer}")
    assert await objections(staff) == []

    await staff.press(f"mute-now-{peer}")
    await expect(staff.part(f"unmute-{peer}")).to_be_focused()
    await expect(guest.part("stop")).to_have_attribute("data-progress", "muted", timeout=PATIENCE_MS)
    assert await objections(staff) == []
    assert await objections(guest) == []
    await staff.press(f"unmute-{peer}")


async def test_axe_has_no_objections_to_checks_and_to_the_certificate(house: House) -> None:
    staff = await house.tab(Role.STAFF, "Bo")
    ada = await house.presenter("Ada")
    await ada.press("preflight-look")
    await ada.part("preflight-end").click(timeout=CHECKED_WITHIN_MS)
    await expect(ada.part("preflight-verdict")).to_be_visible(timeout=PATIENCE_MS)
    await staff.page.locator("[data-testid^=checked-] summary").click()
    await expect(staff.part("readiness-sound")).to_be_visible(timeout=PATIENCE_MS)
    for tab in (ada, staff):
        assert await objections(tab) == []

    async with staff.page.context.expect_page() as opened:
        await staff.press("certificate-print")
    assert await objections(Tab(await opened.value, name="the sheet")) == []


async def test_axe_has_no_objections_to_the_page_of_somebody_turned_away(house: House) -> None:
    tab = await house.visit(f"{house.rig.url}/presenter", "Nobody")
    await tab.says("link_lost", reason="no_token")

    assert await objections(tab) == []


def person(tab: Tab, name: str) -> Locator:
    """Return the line of somebody in the list of people."""
    return tab.part("people").get_by_role("listitem").filter(has_text=name)


def _width(viewport: ViewportSize) -> str:
    return f"{viewport['width']} px wide"
