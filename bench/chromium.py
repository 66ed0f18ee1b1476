"""The browser that people have: found, and started as every measurement and every test of a page wants it."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from typing import Final

from playwright.async_api import Browser, Error, Playwright

from teleop_core.errors import SetupError
from tools.browser import NAMES

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

OFFERED: Final = """async (pc) => {
        await pc.setLocalDescription();
        await new Promise((resolve) => {
            if (pc.iceGatheringState === "complete") return resolve();
            pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && resolve();
            setTimeout(resolve, 1000);
        });
        return pc.localDescription.sdp;
    }"""  # for a page's script: the offer of a connection, its candidates inside


def found() -> str | None:
    """Return the path of the browser that `make browser` found, else of the one on PATH, None without one."""
    return os.environ.get("STAGEBRIDGE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.asynccontextmanager
async def started(playwright: Playwright, *more_flags: str) -> AsyncIterator[Browser]:
    """Start it; closed afterwards, unless it was killed.

    Raises:
        SetupError: there is no browser that starts.

    """
    try:
        browser = await playwright.chromium.launch(executable_path=found(), args=[*FLAGS, *more_flags])
    except Error as exc:
        first = str(exc).splitlines()[0]
        raise SetupError(f"no Chromium starts ({first}); `make browser` finds or installs one") from exc
    try:
        yield browser
    finally:
        with contextlib.suppress(Error):
            await browser.close()
