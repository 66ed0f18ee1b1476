"""The running system with people in front of it: each opens a tab in the same browser, in a profile of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack

from playwright.async_api import Browser, BrowserContext, ViewportSize

from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from simulator.stage_client import AsyncStageClient
from simulator.stage_link import Truth
from simulator.watching import until_at_rest
from teleop_core.wire.messages import RobotState, Role
from tests.browser.tab import Tab
from tests.system.scene import clear, person

DESKTOP = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)
NARROW_PHONE = ViewportSize(width=360, height=740)
PHONE_ON_ITS_SIDE = ViewportSize(width=844, height=390)
REST_S = 3.0  # a wide bound on every way to rest: the slowest one, from full speed, is well under a second

Language = Literal["en", "zh-CN"]


class Profile(TypedDict, total=False):
    """What a person comes with. `scripts` run before the page's own."""

    viewport: ViewportSize
    language: Language
    touch: bool
    scripts: Sequence[str]


@dataclass(kw_only=True)
class House:
    """Whoever is in, and the ways to bring in more."""

    rig: Rig
    browser: Browser
    staff: Presenter  # staff without a page: sets the scene, and watches what the robot says
    tabs: list[Tab] = field(default_factory=list)
    _profiles: list[BrowserContext] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def opened(cls, rig: Rig, browser: Browser) -> "AsyncIterator[House]":
        """Stop and place the robot, clear the STOP; close all tabs at the end."""
        async with person(rig, Role.STAFF, picture=Picture.UNSEEN, name="Stagehand") as staff:
            house = cls(rig=rig, browser=browser, staff=staff)
            await house.tidy()
            try:
                yield house
            finally:
                for profile in house._profiles:
                    await profile.close()

    @property
    def stage(self) -> AsyncStageClient:
        """The stage as it truly is."""
        return self.rig.stage

    async def tidy(self) -> None:
        """Stop the robot, carry it to its start mark and clear the STOP; nobody has the controls then."""
        await self.staff.stop("a new scene")
        await self.staff.until("a stopped robot", lambda: self.staff.state is RobotState.STOPPED)
        await self.stage.place(0.0, 0.0)
        await clear(self.staff)

    async def at_rest(self) -> Truth:
        """Wait until the plant stands, within the bound that every way of stopping keeps."""
        return await until_at_rest(self.stage, within_s=REST_S)

    async def tab(self, role: Role, name: str, **profile: Unpack[Profile]) -> Tab:
        """Invite somebody, who opens the link in a browser profile of their own."""
        invite = await self.rig.invite(role, name)
        return await self.visit(invite.url, name, **profile)

    async def visit(self, url: str, name: str, **profile: Unpack[Profile]) -> Tab:
        """Open any link in a new profile."""
        tab = await self.empty_tab(name, **profile)
        await tab.open(url)
        return tab

    async def empty_tab(self, name: str, **profile: Unpack[Profile]) -> Tab:
        """Return a tab that has opened nothing yet."""
        touch = profile.get("touch", False)
        context = await self.browser.new_context(
            viewport=profile.get("viewport", DESKTOP),
            locale=profile.get("language", "en"),
            has_touch=touch,
            is_mobile=touch,
        )
        self._profiles.append(context)
        for script in profile.get("scripts", ()):
            await context.add_init_script(script)
        tab = Tab(await context.new_page(), name=name)
        self.tabs.append(tab)
        return tab

    async def presenter(self, name: str = "Ada", **profile: Unpack[Profile]) -> Tab:
        """Bring in a presenter who sees the stage."""
        tab = await self.tab(Role.PRESENTER, name, **profile)
        await tab.sees_the_stage()
        return tab

    async def driver(self, name: str = "Ada", **profile: Unpack[Profile]) -> Tab:
        """Bring in a presenter who has the controls, and whose hand counts."""
        tab = await self.presenter(name, **profile)
        await tab.take_the_controls()
        return tab
