"""Speech of the robot's own: by espeak-ng, or by a program of one's own, and in words where it does not work."""

import asyncio
import sys
from pathlib import Path

import pytest

from robot_agent.media.voice.pcm import RATE_HZ
from robot_agent.show import speech as speech_module
from robot_agent.show.settings import SpeechSettings
from robot_agent.show.speech import ESPEAK, Speech
from simulator.voices import rms
from teleop_core.errors import ConfigError, SetupError
from teleop_core.show.script import Language
from tests.robot_agent.media.voice.fake_hall import loudest_hz
from tools import espeak

pytestmark = pytest.mark.asyncio

SPEAKER = str(Path(__file__).with_name("tone_speaker.py"))


def by_command(*words: str) -> Speech:
    return Speech(SpeechSettings(engine="command", command=words or (sys.executable, SPEAKER, "{language}")))


@pytest.fixture(scope="module")
def real_engine() -> None:
    """Have espeak-ng here; only where it may not be installed are its tests left out, which the checks say."""
    try:
        espeak.find_or_install()
    except SetupError as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize(
    ("language", "text"), [(Language.EN, "Good evening, Chongqing."), (Language.ZH, "大家晚上好。")]
)
async def test_espeak_says_a_line_in_both_languages(real_engine: None, language: Language, text: str) -> None:
    pcm = await Speech(SpeechSettings()).render(text, language)

    assert 0.5 < len(pcm) / RATE_HZ < 6.0
    assert rms(pcm) > 300


async def test_a_program_of_ones_own_is_told_the_language_and_the_line() -> None:
    own = by_command()
    english, chinese = await own.render("0123456789", Language.EN), await own.render("01234", Language.ZH)

    assert loudest_hz(english) == pytest.approx(400, abs=5)
    assert loudest_hz(chinese) == pytest.approx(600, abs=5)
    assert len(english) == pytest.approx(2 * len(chinese), rel=0.05)


async def test_a_line_that_was_prepared_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    own = by_command()
    await own.prepare([("hello", Language.EN)])

    async def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", never)
    assert len(await own.render("hello", Language.EN)) > 0


async def test_only_the_latest_lines_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_module, "LINES_KEPT", 1)
    own = by_command()
    for text in ("one", "two"):
        await own.render(text, Language.EN)

    assert list(own._said) == [("two", Language.EN)]


@pytest.mark.parametrize(("line", "words"), [("fail", "status 1: cannot say that"), ("mute", "status 0: no sound")])
async def test_an_engine_that_fails_says_why(line: str, words: str) -> None:
    own = by_command()
    with pytest.raises(SetupError, match=words):
        await own.render(line, Language.EN)
    await own.prepare([(line, Language.EN)])  # is logged, and no more


async def test_an_engine_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_module, "RENDER_LIMIT_S", 0.3)

    with pytest.raises(SetupError, match="did not speak within"):
        await by_command().render("hang", Language.EN)


async def test_a_missing_engine_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    absent = Speech(SpeechSettings())

    assert absent.engine == ""
    assert absent.missing.endswith(f"apt-get install {ESPEAK}")
    with pytest.raises(SetupError, match="apt-get install"):
        await absent.render("hello", Language.EN)
    assert by_command("./no-such-speaker").missing == "there is no program './no-such-speaker'"


async def test_speech_may_be_switched_off() -> None:
    off = Speech(SpeechSettings(engine="off"))

    assert (off.engine, off.missing) == ("", "speech is switched off in the robot's configuration")


@pytest.mark.parametrize(
    "settings", [SpeechSettings(engine="command"), SpeechSettings(engine="espeak-ng", command=("piper",))]
)
async def test_half_a_choice_is_refused(settings: SpeechSettings) -> None:
    with pytest.raises(ConfigError, match=r"robot\.speech"):
        Speech(settings)
