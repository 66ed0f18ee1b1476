from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from robot_agent.media.voice import room
from robot_agent.media.voice.settings import VoiceSettings
from teleop_core.errors import SetupError
from tests.robot_agent.media.voice.fake_hall import FakeHall, halls
from tests.robot_agent.media.voice.house import House, MakeHouse
from tests.robot_agent.media.voice.voice_line import packets
from tools import speexdsp as tool


@pytest.fixture(scope="session")
def speexdsp() -> None:
    """Have speexdsp here; only where it may not be installed are its tests left out, which the checks say."""
    try:
        tool.find_or_install()
    except SetupError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def speech() -> None:
    """Have it encoded before an event loop runs, which it would hold up."""
    packets()


@pytest_asyncio.fixture
async def make_house(speech: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeHouse]:
    monkeypatch.setattr(room, "RETRY_S", 0.02)
    monkeypatch.setattr(room, "TELL_EVERY_S", 0.02)
    houses: list[House] = []

    def make(*each: FakeHall | Exception, settings: VoiceSettings | None = None) -> House:
        houses.append(House(halls(*each), settings))
        return houses[-1]

    yield make
    for house in houses:
        await house.end()
