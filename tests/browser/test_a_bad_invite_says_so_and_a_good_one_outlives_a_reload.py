"""Promise: who may not come in reads why; who may, comes in again after a reload as the same person."""

import pytest
from playwright.async_api import expect

from simulator.guest_list import GuestList, Invite, link
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Role
from tests.browser.house import NARROW_PHONE, House
from tests.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")

CIRCLE = ("KeyW", "KeyA")
NOBODYS = "x" * 43


async def expired_invite(house: House) -> Invite:
    """Return an invite whose time is over."""
    async with GuestList.open(house.rig.folder.database) as guests:
        return await guests.invite(
            role=Role.PRESENTER, robot=house.rig.options.robot_name, name="Late", base_url=house.rig.url, life_ms=-1
        )


async def revoke(house: House, tab: Tab, invite: Invite) -> None:
    """Revoke an invite as the staff do, over REST."""
    staff = await house.rig.invite(Role.STAFF)
    answer = await tab.page.request.delete(
        f"{house.rig.url}/api/invites/{invite.record.id}", headers={"Authorization": f"Bearer {staff.token}"}
    )
    assert answer.ok, await answer.text()


async def is_turned_away(tab: Tab) -> None:
    """The page says that the invite is not valid, what it means for the robot and what to do."""
    await tab.says("link_lost", reason="ended")
    await expect(tab.part("trouble")).to_have_attribute("data-trouble", "bad_invite")
    await expect(tab.part("trouble")).to_contain_text("This invite is not valid")
    await expect(tab.part("trouble")).to_contain_text("Ask the staff for a new link")


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.STAFF])
async def test_a_wrong_token(house: House, role: Role) -> None:
    tab = await house.visit(link(house.rig.url, role=role, token=NOBODYS), "Nobody")

    await is_turned_away(tab)
    await tab.shot(f"{role.value}-turned-away-en")


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.STAFF])
async def test_stop_on_a_page_that_was_turned_away_says_that_it_reaches_nobody(house: House, role: Role) -> None:
    tab = await house.visit(link(house.rig.url, role=role, token=NOBODYS), "Nobody", viewport=NARROW_PHONE)
    await is_turned_away(tab)
    await expect(tab.part("trouble")).to_contain_text("STOP here reaches nobody")
    await expect(tab.part("stop-progress")).to_have_text("reaches nobody")

    await tab.press("stop")

    await tab.gives_as_reason("^STOP was not sent: this page reaches nobody. Use the button on the robot, or call")
    await expect(tab.part("stop")).to_have_attribute("data-progress", "unsent")
    await expect(tab.part("stop-progress")).to_have_text("not sent")
    await tab.shot(f"{role.value}-turned-away-stop-en")


async def test_an_expired_invite(house: House) -> None:
    invite = await expired_invite(house)

    late = await house.visit(invite.url, "Late")

    await is_turned_away(late)


async def test_an_invite_revoked_mid_drive_stops_the_robot_and_sends_its_guest_off(house: House) -> None:
    invite = await house.rig.invite(Role.PRESENTER, "Ada")
    ada = await house.visit(invite.url, "Ada")
    await ada.sees_the_stage()
    await ada.take_the_controls()
    await ada.drive_off(house.stage, *CIRCLE)

    await revoke(house, ada, invite)

    await house.at_rest()
    await is_turned_away(ada)
    await house.staff.until("nobody's lease", lambda: house.staff.driver is None, within_s=10)
    await ada.let_go(*CIRCLE)
    await ada.hold(*CIRCLE)
    assert await stays_at_rest(house.stage, for_s=0.7)


async def test_an_address_without_an_invite(house: House) -> None:
    tab = await house.visit(f"{house.rig.url}/presenter", "Nobody")

    await tab.says("link_lost", reason="no_token")
    await expect(tab.part("trouble")).to_have_attribute("data-trouble", "no_token")
    await expect(tab.part("stop")).to_be_visible()


async def test_a_reload_comes_back_as_the_same_person_and_moves_nothing(house: House) -> None:
    ada = await house.driver()
    driver = await ada.part("driver").get_attribute("data-driver")
    await ada.drive_off(house.stage, *CIRCLE)

    await ada.page.reload()

    await house.at_rest()
    await ada.sees_the_stage()
    assert await stays_at_rest(house.stage, for_s=0.5)
    await ada.let_go(*CIRCLE)
    if await ada.part("ask").count():
        await ada.ask()
    await ada.may_drive()
    await expect(ada.part("driver")).to_have_attribute("data-driver", driver or "nobody")
    await ada.drive_off(house.stage, *CIRCLE)


async def test_the_token_is_in_no_request(house: House) -> None:
    invite = await house.rig.invite(Role.PRESENTER, "Ada")
    ada = await house.empty_tab("Ada")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    ada.page.on("websocket", lambda socket: asked.append(socket.url))

    await ada.open(invite.url)
    await ada.sees_the_stage()

    assert asked
    assert not [each for each in asked if invite.token in each]
