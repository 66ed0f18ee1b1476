"""Promise: on `demo --link` a real browser drives through the link, and its page tells at least the round trip."""

import re
import time

import pytest
from playwright.async_api import expect

from simulator.network.far_door import FarDoor
from simulator.network.profiles import profile
from teleop_core.wire.messages import Role
from tests.browser.house import House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINK = profile("hangzhou-chongqing")
TOLD_S = 10.0
SPARE_MS = 1000.0  # wide: every page decodes in software here, beside the robot


async def test_the_page_drives_through_the_link_and_tells_its_delay(house: House) -> None:
    rig = house.rig
    async with FarDoor.opened(LINK, bridge=(rig.options.host, rig.port), host=rig.options.host) as door:
        far_url = f"http://{rig.options.host}:{door.port}"
        invite = await rig.invite(Role.PRESENTER, "Ada", base_url=far_url)
        ada = await house.visit(invite.url, "Ada")
        await ada.sees_the_stage()
        await ada.take_the_controls()

        await ada.drive_off(house.stage, "KeyW", "KeyA")
        loop_ms, rtt_ms = await told_ms(ada, "loop"), await told_ms(ada, "rtt")
        await ada.let_go("KeyW", "KeyA")
        await house.at_rest()
        await ada.page.close()

    assert LINK.round_trip_ms <= rtt_ms < LINK.round_trip_ms + SPARE_MS
    assert LINK.round_trip_ms <= loop_ms < LINK.round_trip_ms + SPARE_MS


async def told_ms(tab: Tab, figure: str) -> float:
    """Return what the page says of a delay once it says something."""
    part = tab.part(f"hud-{figure}")
    deadline = time.monotonic() + TOLD_S
    await expect(part).to_have_text(re.compile(r"\d+\sms"), timeout=TOLD_S * 1000)
    while (said := re.search(r"(\d+)\sms", await part.inner_text())) is None:
        assert time.monotonic() < deadline, await part.inner_text()
    return float(said[1])
