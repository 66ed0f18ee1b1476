"""Threat 14: a token that is forged, expired, revoked, or another robot's. Expected: refused, and nothing moves."""

import asyncio
import secrets
import tomllib
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from simulator.guest_list import GuestList, Invite
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import CloseCode, Role
from tests.system.scene import BRIDGE_ONLY, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER_ROBOT = "stage-2"
PROFILE = m.RobotProfile(model="impostor", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_key(rig: Rig) -> str:
    """The key of another robot that the same bridge knows."""
    key = secrets.token_urlsafe(32)
    async with GuestList.open(rig.folder.database) as guests:
        await guests.enrol(OTHER_ROBOT, key, replace=True)
    return key


async def invited(rig: Rig, *, robot: str, role: Role = Role.STAFF, life_ms: int = 60_000) -> Invite:
    async with GuestList.open(rig.folder.database) as guests:
        return await guests.invite(role=role, robot=robot, name="Guest", base_url=rig.url, life_ms=life_ms)


async def close_code(rig: Rig, token: str) -> int | None:
    """Return with which code somebody who shows `token` is sent off for good."""
    async with Presenter(rig.ws_url, token, picture=Picture.UNSEEN) as stranger:
        await stranger.until("the refusal", lambda: stranger.close_code is not None)
        assert stranger.session.me is None
        return stranger.close_code


@pytest_asyncio.fixture(loop_scope="session")
async def tokens(rig: Rig) -> AsyncIterator[dict[str, str]]:
    """Tokens that must open nothing, by what is wrong with them."""
    good = await rig.invite(Role.STAFF)
    expired = await invited(rig, robot=rig.options.robot_name, life_ms=-1)
    yield {
        "invented": secrets.token_urlsafe(32),
        "one letter off": good.token[:-1] + ("A" if good.token[-1] != "A" else "B"),
        "cut short": good.token[:-1],
        "another case": good.token.swapcase(),
        "the invite's id": good.record.id.ljust(16, "0"),
        "the hash": good.record.token_hash.hex(),
        "expired": expired.token,
        "SQL": "' OR 1=1; DROP TABLE invites; --",
    }


async def test_none_of_them_opens_the_room_and_the_driver_drives_on(rig: Rig, tokens: dict[str, str]) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        codes = {what: await close_code(rig, token) for what, token in tokens.items()}

        assert set(codes.values()) == {CloseCode.BAD_CREDENTIAL}, codes
        await scene.drive_on(0.2)
        assert scene.presenter.holds_lease


async def test_none_of_them_opens_the_rest_interface(rig: Rig, tokens: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False) as http:
        for token in tokens.values():
            answer = await http.get("/api/robots", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401


async def test_staff_of_another_robot_are_in_another_room_and_touch_nothing_here(rig: Rig, other_key: str) -> None:
    stranger = await invited(rig, robot=OTHER_ROBOT)
    async with on_stage(rig) as scene, Presenter(rig.ws_url, stranger.token, picture=Picture.UNSEEN) as other:
        await other.until("their own room", lambda: other.session.welcome is not None)
        await scene.drive_off()

        other.say(encode(m.Stop(id="s1")))
        other.say(encode(m.LeaseTake(id="t1")))
        await other.until("the refusals", lambda: other.session.answer("t1") is not None)

        answer = other.session.answer("t1")
        assert isinstance(answer, m.Ack)
        assert answer.refusal is m.Refusal.NO_ROBOT
        await scene.drive_on(0.2)
        assert other.id not in {peer.id for peer in scene.staff.session.roster.peers}  # type: ignore[union-attr]


async def test_staff_of_another_robot_invite_nobody_here_and_revoke_nobody(rig: Rig, other_key: str) -> None:
    stranger = await invited(rig, robot=OTHER_ROBOT)
    guest = await rig.invite(Role.OBSERVER)
    headers = {"Authorization": f"Bearer {stranger.token}"}
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False, headers=headers) as http:
        made = await http.post("/api/invites", json={"role": "staff", "robot": rig.options.robot_name})
        revoked = await http.delete(f"/api/invites/{guest.record.id}")

    assert made.status_code in {403, 404}
    assert revoked.status_code in {403, 404}
    async with Presenter(rig.ws_url, guest.token, picture=Picture.UNSEEN) as visitor:
        await visitor.enter()


async def test_another_robots_key_does_not_take_this_robots_place(rig: Rig, other_key: str) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        for key in (other_key, secrets.token_urlsafe(32)):
            hello = m.RobotHello(version=m.PROTOCOL_VERSION, robot=rig.options.robot_name, key=key, profile=PROFILE)
            async with connect(rig.ws_url, proxy=None) as impostor:
                await impostor.send(encode(hello), text=True)
                async with asyncio.timeout(10):
                    await impostor.wait_closed()
                assert impostor.close_code == CloseCode.BAD_CREDENTIAL

        await scene.drive_on(0.2)
        assert scene.staff.robot_online


async def test_whoever_has_the_robots_key_takes_its_place_in_everybodys_sight_and_hides_nowhere(rig: Rig) -> None:
    """Even with a name for its uplink: without the boot of the robot's own process it is another robot."""
    key = tomllib.loads(rig.folder.config.read_text(encoding="utf-8"))["robot"]["key"]
    name = rig.options.robot_name
    async with on_stage(rig, roads=BRIDGE_ONLY) as scene:
        await scene.drive_off()
        before = len(scene.staff.session.events)
        hello = m.RobotHello(
            version=m.PROTOCOL_VERSION, robot=name, key=key, profile=PROFILE, boot="b" * 32, uplink="5G"
        )
        async with connect(rig.ws_url, proxy=None) as impostor:
            await impostor.send(encode(hello), text=True)
            await scene.staff.until(
                "an event that tells",
                lambda: [each.kind for each in scene.staff.session.events][before:] == [m.EventKind.ROBOT_ONLINE],
            )
            await scene.at_rest()

    await rig.until_ready()


async def test_a_persons_token_is_no_robots_key(rig: Rig) -> None:
    staff = await rig.invite(Role.STAFF)
    hello = m.RobotHello(version=m.PROTOCOL_VERSION, robot=rig.options.robot_name, key=staff.token, profile=PROFILE)

    async with connect(rig.ws_url, proxy=None) as impostor:
        await impostor.send(encode(hello), text=True)
        async with asyncio.timeout(10):
            await impostor.wait_closed()

    assert impostor.close_code == CloseCode.BAD_CREDENTIAL
