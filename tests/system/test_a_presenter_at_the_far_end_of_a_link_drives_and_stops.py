"""Promise: `demo --link` puts the presenter, and nobody else, at the far end of a link; one drives and stops there."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from simulator.network.profiles import profile
from simulator.presenter import Picture, Presenter
from teleop_core.geometry import Twist
from teleop_core.wire.messages import RobotState

LINK = "hangzhou-chongqing"
AROUND = Twist(vx_mps=0.3, wz_radps=0.6)
DRIVEN_S = 0.5
WITHIN_S = 30.0
TO_DRIVE_S = 90.0
LOOK_S = 0.05


@asynccontextmanager
async def demo(*flags: str) -> AsyncIterator[dict[str, str]]:
    """The demo as a user starts it; what it says to machines."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stagebridge", "demo", "--json", "--port", "0", *flags),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield json.loads(await asyncio.wait_for(process.stdout.readline(), 40.0))
    finally:
        process.terminate()
        await process.wait()


def visitor(link: str, *, picture: Picture = Picture.WATCHED) -> Presenter:
    page, _, token = link.partition("#")
    return Presenter(page.rpartition("/")[0].replace("http", "ws", 1) + "/ws", token, picture=picture)


@pytest.mark.timeout(240)
@pytest.mark.asyncio
async def test_the_loop_delay_is_at_least_the_links_and_stop_works_from_there() -> None:
    round_trip_ms = profile(LINK).round_trip_ms
    async with AsyncExitStack() as leaving:
        said = await leaving.enter_async_context(demo("--link", LINK))
        assert said["link"] == LINK
        assert said["staff"].startswith(said["url"])
        assert not said["presenter"].startswith(said["url"])
        staff = await leaving.enter_async_context(visitor(said["staff"], picture=Picture.UNSEEN))
        presenter = await leaving.enter_async_context(visitor(said["presenter"]))
        await staff.enter(within_s=WITHIN_S)
        await presenter.enter(within_s=WITHIN_S)
        assert (await staff.reset()).verdict.value != "refused"

        await drive(presenter)
        before_s = time.monotonic()
        await presenter.stop("enough")
        stopped_s = time.monotonic() - before_s
        await staff.until("a robot that stands", lambda: staff.state is RobotState.STOPPED, within_s=WITHIN_S)

    seen_ms = presenter.loop_delay_ms()
    assert seen_ms is not None
    assert seen_ms >= round_trip_ms
    assert seen_ms < round_trip_ms + 600
    assert stopped_s * 1000 >= round_trip_ms
    assert max(presenter.glass_to_glass_ms) >= round_trip_ms / 2


async def drive(presenter: Presenter) -> None:
    """Drive for a while, and on a machine that is busy do again what it takes: the lease, the hand off, the hand on."""
    deadline = time.monotonic() + TO_DRIVE_S
    driven_s = 0.0
    while driven_s < DRIVEN_S:
        assert time.monotonic() < deadline, presenter.last_seen()
        if presenter.state in {RobotState.DRIVING, RobotState.DEGRADED}:
            driven_s += LOOK_S
        elif not presenter.holds_lease or presenter.state is RobotState.HOLD:
            presenter.let_go()
            with contextlib.suppress(TimeoutError):
                await (presenter.rearm() if presenter.holds_lease else presenter.get_lease())
            presenter.hold(AROUND)
        await asyncio.sleep(LOOK_S)
