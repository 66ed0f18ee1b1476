"""The robot agent: one TaskGroup around the switchboard and its routes, media plane, voice and the hall's STOP page."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from robot_agent import logs
from robot_agent.cancelling import end_if_cancelled
from robot_agent.config import AgentConfig
from robot_agent.drivers import registry
from robot_agent.local_stop.server import StopPage, StopPageLink
from robot_agent.local_stop.terminal_key import watch_terminal
from robot_agent.media.face.room import FaceRoom
from robot_agent.media.faults import reason_of
from robot_agent.media.plane import MediaPlane
from robot_agent.media.seats import no_seat, no_voice
from robot_agent.media.voice.room import People, VoiceRoom
from robot_agent.motion import host
from robot_agent.mounting import mount_cameras
from robot_agent.show.room import ShowRoom, Surroundings
from robot_agent.show.speech import Speech
from robot_agent.switchboard import Switchboard
from teleop_core.errors import ConfigError

MEDIA_RETRY_S: Final = 2.0
VOICE_RETRY_S: Final = 5.0
SWITCH_INTERVAL_S: Final = 0.001  # so that the encoder's thread holds up the event loop for no longer
STDIN_FD: Final = 0


def _tell_nobody(_: StopPageLink) -> None:
    """Leave the STOP page's link to its file."""


async def run_agent(config: AgentConfig, *, on_stop_page: Callable[[StopPageLink], None] = _tell_nobody) -> None:
    """Run the robot agent until cancelled; then stop the robot, and wait until it stands, before anything else ends.

    `on_stop_page` is told where the hall's STOP page is, once it is served.

    Raises:
        ConfigError: the configuration can never work.

    """
    writer = None if structlog.is_configured() else logs.configure("agent", robot=config.name)
    try:
        await _Agent(config, on_stop_page).run()
    except BaseExceptionGroup as group:
        wrong = group.subgroup(ConfigError)
        if wrong is None:
            raise
        raise _first_leaf(wrong) from group
    finally:
        if writer is not None:
            writer.close()


class _Agent:
    """The tasks of one agent."""

    def __init__(self, config: AgentConfig, on_stop_page: Callable[[StopPageLink], None]) -> None:
        self._config = config
        self._log = structlog.get_logger("agent")
        self._tasks = asyncio.TaskGroup()
        self._switchboard = Switchboard(config, tasks=self._tasks)
        self._stop_page = StopPage(
            config.local_stop,
            name=config.name,
            state_dir=Path(config.state_dir),
            board=self._switchboard.board,
            is_bridge_up=lambda: self._switchboard.uplinks.is_up,
            robot=self._switchboard,
            on_link=on_stop_page,
            on_fault=self._switchboard.say_fault,
        )
        self._switchboard.page = self._stop_page
        self._voice = self._voice_room()
        self._face = self._face_room()
        if self._voice is not None:
            self._switchboard.motion.voice = self._voice.talk
        self._media: MediaPlane | None = None
        self._show = self._show_room()
        self._switchboard.show = self._show

    async def run(self) -> None:
        """Serve until cancelled; the robot is stopped, and the motion process gone, before the link is closed."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._log.info("agent.running", bridge=self._config.bridge_url, scheduling=host.ask_to_be_prompt())
        async with self._tasks:
            self._switchboard.run()
            self._tasks.create_task(self._run_media(), name="media-plane")
            if self._voice is not None:
                self._tasks.create_task(self._run_voice(self._voice), name="voice")
            if self._face is not None:
                self._tasks.create_task(self._face.run(), name="face")
            self._tasks.create_task(self._run_show(), name="show")
            if self._config.local_stop.enabled:
                self._tasks.create_task(self._stop_page.run(), name="stop-page")
            if self._config.local_stop.terminal_key:
                watching = watch_terminal(STDIN_FD, self._switchboard.key_pressed)
                self._tasks.create_task(watching, name="terminal-key")
            try:
                await asyncio.Event().wait()
            finally:
                await self._switchboard.motion.end("the robot's agent goes down")
                self._log.info("agent.ended")

    def _face_room(self) -> FaceRoom | None:
        """Return the robot's face, None for a robot without a display.

        Raises:
            ConfigError: there is no such display.
        """
        if self._config.face is None:
            return None
        board = self._switchboard.board
        return FaceRoom(open_display=registry.find_face(self._config.face), driver=lambda: board.driver)

    def _show_room(self) -> ShowRoom:
        """Return the robot's show and speech.

        Raises:
            ConfigError: the show's file is no show, or the settings can never work.
        """
        board = self._switchboard
        around = Surroundings(
            perform=board.perform,
            say=board.say_stage,
            note=board.note,
            is_heard=self._is_heard,
            is_muted=board.board.is_muted,
            voice=self._voice,
            face=self._face,
        )
        return ShowRoom(self._config.show, Speech(self._config.speech), around)

    def _is_heard(self, peer: str) -> bool:
        return self._media is not None and self._media.speaks(peer)

    async def _run_show(self) -> None:
        """Keep the show running; whatever ends it, drive, picture and voice go on."""
        await self._keep_up("show.failed", self._show.run, retry_s=VOICE_RETRY_S)

    async def _run_media(self) -> None:
        """Keep the media plane running; whatever ends it, the drive goes on by way of the bridge."""
        await self._keep_up("media.failed", self._serve_media, retry_s=MEDIA_RETRY_S)

    def _voice_room(self) -> VoiceRoom | None:
        """Return the robot's voice, None for a robot without a sound device."""
        sound = self._config.voice.sound
        if sound is None:
            return None
        board = self._switchboard.board
        people = People(role_of=self._switchboard.role_of, driver=lambda: board.driver, muted=lambda: board.muted)
        return VoiceRoom(
            settings=self._config.voice,
            open_sound=lambda: registry.open_sound(sound),
            people=people,
            tell=self._switchboard.say_sound,
        )

    async def _run_voice(self, voice: VoiceRoom) -> None:
        """Keep the voice running; whatever ends it, picture and drive go on."""
        await self._keep_up("voice.failed", voice.run, retry_s=VOICE_RETRY_S)

    async def _keep_up(self, event: str, serve: Callable[[], Awaitable[None]], *, retry_s: float) -> None:
        """Serve, and again after whatever ended it; only settings that can never work end the agent."""
        while True:
            try:
                await serve()
            except* ConfigError:
                raise
            except* Exception as group:  # noqa: BLE001 - the root of what must never end the agent
                self._log.error(event, reason=reason_of(_first_leaf(group)), retry_in_s=retry_s)
            end_if_cancelled()
            await asyncio.sleep(retry_s)

    async def _serve_media(self) -> None:
        media = MediaPlane(
            cameras=mount_cameras(self._config, mirror=None if self._face is None else self._face.mirror),
            settings=self._config.video,
            ice_servers=self._config.ice_servers,
            on_message=self._switchboard.from_channel,
            on_captured=self._switchboard.captured,
            voice=no_seat if self._voice is None else self._voice.seat,
            speak_to=no_voice if self._voice is None else self._voice.speak_to,
            face=no_seat if self._face is None else self._face.seat,
            on_cameras=self._switchboard.cameras_seen,
        )
        media.hear_ice_servers(self._switchboard.ice_servers)
        self._switchboard.media = self._media = media
        self._switchboard.readiness.relays = lambda: media.relays
        try:
            await media.run()
        finally:
            self._switchboard.media = self._media = self._switchboard.readiness.relays = None


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first
