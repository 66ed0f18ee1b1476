"""A voice room, whom it knows, and what it told."""

import asyncio
import contextlib
from collections.abc import Callable

from robot_agent.media.voice.room import People, VoiceRoom
from robot_agent.media.voice.settings import VoiceSettings
from teleop_core.ports import SoundDevice
from teleop_core.wire.messages import Role, Sound


class House:
    """Ana is the presenter and drives, Bo is staff, Olu looks on."""

    def __init__(self, open_sound: Callable[[], SoundDevice], settings: VoiceSettings | None = None) -> None:
        self.roles = {"ana": Role.PRESENTER, "bo": Role.STAFF, "olu": Role.OBSERVER}
        self.driver: str | None = "ana"
        self.muted: frozenset[str] = frozenset()
        self.told: list[Sound] = []
        self.news = asyncio.Event()
        self.voice = VoiceRoom(
            settings=settings or VoiceSettings(echo="off"),
            open_sound=open_sound,
            people=People(role_of=self.roles.get, driver=lambda: self.driver, muted=lambda: self.muted),
            tell=self._tell,
        )
        self.running = asyncio.create_task(self.voice.run())

    def _tell(self, sound: Sound) -> None:
        self.told.append(sound)
        self.news.set()

    async def until(self, condition: Callable[[Sound], bool]) -> Sound:
        """Wait for a state that fulfils `condition`."""
        while not self.told or not condition(self.told[-1]):
            self.news.clear()
            await self.news.wait()
        return self.told[-1]

    async def end(self) -> None:
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError, ExceptionGroup):
            await self.running


MakeHouse = Callable[..., House]
