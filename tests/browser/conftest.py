"""One running system and one Chromium for the tests of one file; tabs of its own for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bench.chromium import found as chromium_path
from bench.chromium import started
from simulator.rig import Rig, RigOptions
from tests.browser.house import House

SMALL_PICTURE = {"width": 640, "height": 360, "rate_hz": 20.0}


@asynccontextmanager
async def chromium_started() -> AsyncIterator[Browser]:
    """Start the browser that `make browser` found, else the one on PATH."""
    if chromium_path() is None:
        pytest.skip("no Chromium on PATH; `make browser` finds or installs one")
    async with async_playwright() as playwright, started(playwright) as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Stage, bridge, robot agent and motion process; nothing of it is left afterwards.

    A file that is about the picture says FULL_PICTURE = True. The others watch a smaller one: every page decodes in
    software here, two or three of them beside the robot on the same cores; CAMERAS are further ones. MOTION is what a
    file has the show ask for;
    FACE = True gives the robot a face display, VOICE = True a microphone and a loudspeaker; UPLINKS are its ways to the
    bridge, BRIDGE is what that is told, and SHOW the file of its show.
    """
    motion = getattr(request.module, "MOTION", {})
    camera = {} if getattr(request.module, "FULL_PICTURE", False) else SMALL_PICTURE
    bridge = getattr(request.module, "BRIDGE", {})
    face = getattr(request.module, "FACE", False)
    voice = getattr(request.module, "VOICE", False)
    robot = {
        "camera": camera,
        "cameras": getattr(request.module, "CAMERAS", []),
        "motion": motion,
        "uplinks": getattr(request.module, "UPLINKS", []),
    }
    show = getattr(request.module, "SHOW", None)
    running = Rig(RigOptions(face=face, voice=voice, show=show, changes={"bridge": bridge, "robot": robot}))
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
    assert running.is_clean, "the rig left something running"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with chromium_started() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def house(rig: Rig, chromium: Browser) -> AsyncIterator[House]:
    """The robot at rest on its start mark, its STOP cleared, nobody there but staff without a page.

    After the test every tab must be without a complaint: no error in the console, no failed request, no violation of
    the content security policy, save those that the test expected.
    """
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(House.opened(rig, chromium))
        yield opened
        complaints = [f"{tab.name}: {complaint}" for tab in opened.tabs for complaint in tab.complaints]
    assert not complaints, "the pages complained:\n" + "\n".join(complaints)
