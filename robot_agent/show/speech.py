"""Speech of the robot's own: a line in, sound out, by a program beside the agent."""

import asyncio
import contextlib
import shutil
from collections import OrderedDict
from typing import Final

import structlog

from robot_agent.media.voice.pcm import Pcm
from robot_agent.media.voice.wav import read_wav
from robot_agent.show.settings import SpeechSettings
from teleop_core.errors import ConfigError, SetupError
from teleop_core.show.script import Language

RENDER_LIMIT_S: Final = 10.0
MAX_WAV_BYTES: Final = 16 * 1024 * 1024
LINES_KEPT: Final = 128
ESPEAK: Final = "espeak-ng"
_VOICES: Final = {Language.EN: "en-gb", Language.ZH: "cmn"}

_log = structlog.get_logger(__name__)


class Speech:
    """The engine that `[robot.speech]` names. Lines that were prepared, or said lately, begin at once.

    Raises:
        ConfigError: the settings can never work.

    """

    def __init__(self, settings: SpeechSettings) -> None:
        if (settings.engine == "command") != bool(settings.command):
            raise ConfigError('robot.speech: expected engine = "command" and a command, or neither of the two')
        self._settings = settings
        self._said: OrderedDict[tuple[str, Language], Pcm] = OrderedDict()
        self._turn = asyncio.Lock()

    @property
    def engine(self) -> str:
        """The program's name; empty where the robot cannot speak."""
        program = self._program
        return "" if program is None or shutil.which(program) is None else program.rpartition("/")[2][:60]

    @property
    def missing(self) -> str:
        """Why the robot cannot speak, in words; empty when it can."""
        program = self._program
        if program is None:
            return "speech is switched off in the robot's configuration"
        if self.engine:
            return ""
        cure = f"; install it: apt-get install {ESPEAK}" if program == ESPEAK else ""
        return f"there is no program {program!r}{cure}"

    async def render(self, text: str, language: Language) -> Pcm:
        """Return the line as sound.

        Raises:
            SetupError: the engine is missing, or did not make sound of it.

        """
        async with self._turn:  # one at a time: a robot has one mouth, and two cores
            known = self._said.get((text, language))
            if known is None:
                known = await asyncio.to_thread(read_wav, await self._spoken(text, language))
                self._said[text, language] = known
                if len(self._said) > LINES_KEPT:
                    self._said.popitem(last=False)
            return known

    async def prepare(self, lines: list[tuple[str, Language]]) -> None:
        """Render lines before they are needed."""
        for text, language in lines[:LINES_KEPT]:
            try:
                await self.render(text, language)
            except SetupError as exc:
                _log.warning("speech.not_prepared", reason=str(exc))
                return

    @property
    def _program(self) -> str | None:
        match self._settings.engine:
            case "espeak-ng":
                return ESPEAK
            case "command":
                return self._settings.command[0]
            case "off":
                return None

    def _words(self, language: Language) -> list[str]:
        if self._settings.engine == "command":
            return [word.replace("{language}", language.value) for word in self._settings.command]
        speed = str(self._settings.words_per_minute)
        return [ESPEAK, "--stdout", "--stdin", "-b", "1", "-v", _VOICES[language], "-s", speed]

    async def _spoken(self, text: str, language: Language) -> bytes:
        if self.missing:
            raise SetupError(self.missing)
        words = self._words(language)
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MAX_WAV_BYTES,
        )
        try:
            async with asyncio.timeout(RENDER_LIMIT_S):
                wav, complaint = await process.communicate(text.encode())
        except TimeoutError as exc:
            raise SetupError(f"{words[0]} did not speak within {RENDER_LIMIT_S:.0f} s") from exc
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode or not wav:
            said = complaint.decode("utf-8", "replace").strip()[:200]
            raise SetupError(f"{words[0]} ended with status {process.returncode}: {said or 'no sound'}")
        return wav
