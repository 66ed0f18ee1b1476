"""One person's tab: what its page says, and what a hand does there."""

import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from playwright.async_api import CDPSession, ConsoleMessage, Locator, Page, Request, Response, expect
from playwright.async_api import TimeoutError as Impatience

from simulator.stage_client import AsyncStageClient
from simulator.stage_link import Truth
from simulator.watching import until_truth

PATIENCE_MS: Final = 10_000
FIRST_PICTURE_MS: Final = 20_000
GRIP_S: Final = 2.5
FRAMES_SHOWN: Final = "video => video.getVideoPlaybackQuality().totalVideoFrames"
_BRIGHTNESS: Final = """
video => {
    const [width, height] = [64, 36];
    const context = Object.assign(document.createElement("canvas"), {width, height}).getContext("2d");
    context.drawImage(video, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    return pixels.reduce((sum, value, index) => sum + (index % 4 === 1 ? value : 0), 0) / (width * height);
}
"""

Act = Callable[[], Awaitable[None]]
Condition = Callable[[Truth], bool]


def faster_than(mps: float) -> Condition:
    """Return whether the plant goes faster than that."""
    return lambda seen: seen.speed_mps > mps


MOVING: Final = faster_than(0.2)


class Tab:
    """A page with its complaints. Keys are real key events; words are read by the page's `data-` attributes."""

    def __init__(self, page: Page, *, name: str) -> None:
        self.page = page
        self.name = name
        self._complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._complaints.append(f"uncaught: {error}"))
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    async def open(self, url: str) -> None:
        """Open the link; return when the page has rendered."""
        await self.page.goto(url)
        await self.part("state").wait_for(timeout=PATIENCE_MS)

    def part(self, testid: str) -> Locator:
        """Return a part of the page by its test id."""
        return self.page.get_by_test_id(testid)

    # --- What the page says ---

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings of the console, uncaught errors, failed requests; without those that were expected."""
        return [each for each in self._complaints if not any(pattern.search(each) for pattern in self._expected)]

    def expect_complaint(self, pattern: str) -> None:
        """Let complaints pass that match `pattern`: the test breaks something on purpose."""
        self._expected.append(re.compile(pattern))

    async def says(self, word: str, *, reason: str | None = None) -> None:
        """Wait until the state word is `word`, and its reason of the kind `reason`."""
        state = self.part("state")
        await expect(state).to_have_attribute("data-word", word, timeout=PATIENCE_MS)
        if reason is not None:
            await expect(state).to_have_attribute("data-reason", reason, timeout=PATIENCE_MS)

    async def gives_as_reason(self, pattern: str) -> None:
        """Wait until the sentence beside the state word matches."""
        await expect(self.part("state-reason")).to_have_text(re.compile(pattern), timeout=PATIENCE_MS)

    async def sees_the_stage(self) -> None:
        """Wait until the picture is as fresh as it should be."""
        await expect(self.part("picture")).to_have_attribute("data-picture", "fresh", timeout=FIRST_PICTURE_MS)

    async def frames_shown(self) -> int:
        """Return how many pictures the `<video>` has shown."""
        return int(await self.part("picture-video").evaluate(FRAMES_SHOWN))

    async def brightness(self) -> float:
        """Return how bright the picture on the screen is on average, 0 (black, or none) to 255."""
        return float(await self.part("picture-video").evaluate(_BRIGHTNESS))

    async def picture_age_ms(self) -> float:
        """Return how old the page says its picture is; it says so once the picture is stale."""
        told = await self.part("picture-age").get_attribute("data-ms", timeout=PATIENCE_MS)
        assert told is not None, "expected an age beside the picture"
        return float(told)

    async def sees_more_frames(self, count: int) -> None:
        """Wait until `count` more pictures have been shown."""
        goal = await self.frames_shown() + count
        await self.page.wait_for_function(
            "goal => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames >= goal",
            arg=goal,
            timeout=PATIENCE_MS,
        )

    # --- What the hand does ---

    async def press(self, testid: str) -> None:
        """Click a button once it can be clicked.

        Raises:
            TimeoutError: it never can; the message says what the page says.

        """
        try:
            await self.part(testid).click(timeout=PATIENCE_MS)
        except Impatience as exc:
            raise TimeoutError(f"{self.name} cannot press {testid}; {await self._told()}") from exc

    async def ask(self) -> None:
        """Ask to drive."""
        await self.press("ask")

    async def take_the_controls(self) -> None:
        """Ask to drive, and wait until the dead-man counts."""
        await self.ask()
        await self.may_drive()

    async def may_drive(self) -> None:
        """Wait until holding a key would move the robot."""
        await self.says("you_drive", reason="drive_ready")

    async def hold(self, *keys: str) -> None:
        """Press keys and keep them down, by their place on the keyboard (`KeyW`)."""
        for key in keys:
            await self.page.keyboard.down(key)

    async def let_go(self, *keys: str) -> None:
        """Release keys."""
        for key in keys:
            await self.page.keyboard.up(key)

    async def drive_off(self, stage: AsyncStageClient, *keys: str, until: Condition = MOVING) -> Truth:
        """Hold keys until the plant is so."""
        return await self.grip(stage, lambda: self.hold(*keys), lambda: self.let_go(*keys), until=until)

    async def grip(self, stage: AsyncStageClient, hold: Act, let_go: Act, *, until: Condition = MOVING) -> Truth:
        """Hold on, whatever the hand has, until the plant is so.

        A machine under load may show a picture so late that the robot waits for the hand to let go: then the hand
        does so, as a presenter's would, and holds again.

        Raises:
            TimeoutError: the plant does not obey; the message says what the page says.

        """
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            await hold()
            try:
                return await until_truth(stage, "a robot that obeys", until, within_s=GRIP_S)
            except TimeoutError as exc:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{exc}; {await self._told()}") from exc
            await let_go()
            await self.may_drive()

    # --- How the browser plays along ---

    async def devtools(self) -> CDPSession:
        """Return a DevTools session of this tab."""
        return await self.page.context.new_cdp_session(self.page)

    async def lose_focus(self) -> None:
        """Put another tab in front. Playwright pretends that every tab has the focus; that is switched off first."""
        devtools = await self.devtools()
        await devtools.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
        other = await self.page.context.new_page()
        await other.bring_to_front()

    async def shot(self, name: str) -> None:
        """Save what the window shows into the folder STAGEBRIDGE_SHOTS, when that is set."""
        folder = os.environ.get("STAGEBRIDGE_SHOTS")
        if folder:
            await self.page.screenshot(path=Path(folder) / f"{name}.png")

    # --- Inside ---

    async def _told(self) -> str:
        word, reason = self.part("state-word"), self.part("state-reason")
        return f"the page says: {await word.text_content()}. {await reason.text_content()}"

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"console {message.type}: {message.text}")

    def _on_failed(self, request: Request) -> None:
        self._complaints.append(f"failed request: {request.url} ({request.failure})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._complaints.append(f"answer {response.status}: {response.url}")
