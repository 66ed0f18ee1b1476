"""Promise: an invite is for one role, one robot and a time; revoked, it sends off at once whoever came with it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulator.presenter import Picture, Presenter
from simulator.rig import Rig, RigOptions
from teleop_core.wire.messages import CloseCode, Role
from tests.system.scene import AROUND, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN_KEY = "the admin's key of this test"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncIterator[Rig]:
    async with Rig(RigOptions(changes={"bridge": {"admin_key": ADMIN_KEY}})) as running:
        yield running


async def stagebridge(*words: str) -> dict[str, object]:
    """Run the command line as an admin elsewhere does."""
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "stagebridge", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, "STAGEBRIDGE_ADMIN_KEY": ADMIN_KEY},
    )
    answer: dict[str, object] = json.loads(ended.stdout)
    return answer


async def test_an_invite_made_from_afar_lets_in_until_it_is_revoked(rig: Rig) -> None:
    made = await stagebridge("invite", "--url", rig.url, "--robot", "stage-1", "--role", "observer", "--name", "Ada")
    async with Presenter(rig.ws_url, str(made["token"]), picture=Picture.UNSEEN) as ada:
        await ada.enter()

        await stagebridge("invite", "revoke", str(made["id"]), "--url", rig.url)

        await ada.until("the farewell", lambda: not ada.is_connected)
        assert ada.close_code in range(4400, 4500)


async def test_a_driver_whose_invite_is_revoked_drives_no_more(rig: Rig) -> None:
    async with on_stage(rig, leased=False) as scene:
        made = await stagebridge("invite", "--url", rig.url, "--robot", "stage-1")
        async with Presenter(rig.ws_url, str(made["token"])) as driver:
            await driver.enter()
            await driver.get_lease()
            driver.hold(AROUND)
            await scene.truth("a moving robot", lambda seen: seen.speed_mps > 0.1)

            await stagebridge("invite", "revoke", str(made["id"]), "--url", rig.url)

            await scene.at_rest()
            await scene.staff.until("nobody's lease", lambda: scene.staff.driver is None)


async def test_the_list_shows_no_token(rig: Rig) -> None:
    made = await stagebridge("invite", "--url", rig.url, "--robot", "stage-1")

    listed = await stagebridge("invite", "list", "--url", rig.url)

    assert str(made["id"]) in json.dumps(listed)
    assert str(made["token"]) not in json.dumps(listed)


async def test_a_token_that_nobody_gave_is_refused_for_good(rig: Rig) -> None:
    async with Presenter(rig.ws_url, "x" * 43, picture=Picture.UNSEEN) as stranger:
        await stranger.until("the refusal", lambda: stranger.close_code == CloseCode.BAD_CREDENTIAL)

        assert stranger.session.me is None


async def test_an_expired_invite_is_refused(rig: Rig) -> None:
    made = await stagebridge("invite", "--url", rig.url, "--robot", "stage-1", "--expires", "1s")
    await asyncio.sleep(1.1)

    async with Presenter(rig.ws_url, str(made["token"]), picture=Picture.UNSEEN) as late:
        await late.until("the refusal", lambda: late.close_code == CloseCode.BAD_CREDENTIAL)


async def test_the_logs_carry_no_token_and_no_key(rig: Rig) -> None:
    invite = await rig.invite(Role.STAFF)
    async with Presenter(rig.ws_url, invite.token, picture=Picture.UNSEEN) as staff:
        await staff.enter()

    key = json.loads(rig.folder.config.read_text().split("key = ")[1].splitlines()[0])
    for part in ("bridge", "robot", "sim"):
        log = rig.folder.log(part).read_text()
        for secret in (invite.token, key, ADMIN_KEY):
            assert secret not in log
