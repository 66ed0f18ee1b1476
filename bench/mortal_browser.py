"""A real Chromium that drives by the presenter's page, to be killed: the whole browser, all its processes at once."""

import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Final

from playwright.async_api import Browser, Page, Playwright

from bench import chromium
from teleop_core.errors import SetupError

PATIENCE_MS: Final = 10_000


class MortalBrowser:
    """One browser with one page.

    Raises:
        playwright.async_api.Error: the page does not get so far; a TimeoutError of Playwright's is one of them.

    """

    def __init__(self, page: Page, pid: int) -> None:
        self._page = page
        self._pid = pid

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, playwright: Playwright, url: str) -> "AsyncIterator[MortalBrowser]":
        """Start a browser and open the presenter's link in it.

        Raises:
            SetupError: there is no browser that starts.

        """
        async with chromium.started(playwright) as browser:
            pid = await _main_process(browser)
            page = await browser.new_page(viewport={"width": 1000, "height": 640}, locale="en")
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(url)
            await page.locator("[data-testid=picture][data-picture=fresh]").wait_for()
            yield cls(page, pid)

    async def arm(self) -> None:
        """Ask to drive, at full pace, unless that was done, and wait until the dead-man counts."""
        if not await self._page.get_by_test_id("give-back").count():
            await self._page.get_by_test_id("ask").click()
            await self._page.get_by_test_id("pace-fast").click()
        await self._page.locator("[data-testid=state][data-reason=drive_ready]").wait_for()

    async def hold(self, vx_mps: float) -> None:
        """Hold the key that drives: at full pace, as fast as the robot may go."""
        del vx_mps
        await self._page.keyboard.down("KeyW")

    async def regrip(self) -> None:
        """Let go after a HOLD, and get ready to hold again."""
        await self._page.keyboard.up("KeyW")
        await self.arm()

    def kill(self) -> int:
        """Kill all processes of the browser with one signal to their group. Return the instant."""
        now_ns = time.monotonic_ns()
        os.killpg(self._pid, signal.SIGKILL)
        return now_ns


async def _main_process(browser: Browser) -> int:
    """Return the id of the browser's first process, which leads the group of all of them.

    Raises:
        SetupError: it does not lead a group; killing that would kill others.

    """
    devtools = await browser.new_browser_cdp_session()
    told = await devtools.send("SystemInfo.getProcessInfo")
    pid = next(int(each["id"]) for each in told["processInfo"] if each["type"] == "browser")
    if os.getpgid(pid) != pid:
        raise SetupError(f"the browser's process {pid} leads no group of its own")
    return pid
