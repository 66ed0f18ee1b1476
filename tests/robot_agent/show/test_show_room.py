"""The show in its agent: what people ask, what the motion process says, and what comes of it."""

import asyncio
import contextlib
import sys
import wave
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
import pytest_asyncio

from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from robot_agent.show.room import MAX_SAYING, ShowRoom, Surroundings
from robot_agent.show.settings import ShowSettings, SpeechSettings
from robot_agent.show.speech import Speech
from teleop_core.errors import ConfigError
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import EventKind, Lane, Refusal, Role, ShowAct, ShowHeld, ShowPhase, Verdict
from tests.robot_words import status, telemetry

pytestmark = pytest.mark.asyncio

SPEAKER = str(Path(__file__).with_name("tone_speaker.py"))
SHOW = """
title = "t"
[rules]
holding_line = "one moment"
[[cues]]
title = "wave"
do = "gesture"
gesture = "wave"
[[cues]]
title = "hello"
do = "speak"
text = "hello"
[[cues]]
title = "bell"
do = "sound"
file = "bell.wav"
[[cues]]
title = "card"
do = "face"
card = "soon.png"
[[cues]]
title = "hold"
do = "face"
card = "hold"
[[cues]]
title = "face"
do = "face"
[[cues]]
title = "dark"
do = "light"
signal = "down"
"""
PROFILE = m.RobotProfile(
    model="t",
    max_speed_mps=1,
    max_turn_radps=1,
    holonomic=False,
    gestures=(m.GestureSpec(name="wave", lasts_ms=1), m.GestureSpec(name="idle-alive", lasts_ms=1)),
)


class Loudspeaker:
    """Plays at once what it is given, or never, or refuses."""

    def __init__(self) -> None:
        self.on_line_over: Callable[[str, str | None], None] = lambda _key, _failed: None
        self.played: list[str] = []
        self.refuses: str | None = None
        self.goes_on = False

    def play(self, key: str, pcm: Pcm) -> str | None:
        assert len(pcm) > 0
        if self.refuses is not None:
            return self.refuses
        self.played.append(key)
        if not self.goes_on:
            asyncio.get_running_loop().call_soon(self.on_line_over, key, None)
        return None

    def cut(self, key: str | None = None) -> None:
        for each in self.played:
            if key in {None, each}:
                self.on_line_over(each, None)


class House:
    """A show room, and everything around it."""

    def __init__(self, folder: Path, *, show: str | None = SHOW, speaks: bool = True, voice: bool = True) -> None:
        self.folder = folder
        self.performed: list[tuple[str, str | None]] = []
        self.said: list[m.Message] = []
        self.noted: list[tuple[EventKind, str | None, str]] = []
        self.cards: list[tuple[str | None, bool]] = []
        self.heard_peers: set[str] = set()
        self.muted: set[str] = set()
        self.loudspeaker = Loudspeaker()
        self.card_trouble: str | None = None
        settings = None
        if show is not None:
            (folder / "show.toml").write_text(show)
            settings = ShowSettings(file=str(folder / "show.toml"))
        command = (sys.executable, SPEAKER, "{language}")
        speech = SpeechSettings(engine="command", command=command) if speaks else SpeechSettings(engine="off")
        around = Surroundings(
            perform=lambda request, name: self.performed.append((request, name)),
            say=lambda _to, lane, message: self.said.append(message) if lane is Lane.STATE else None,
            note=lambda kind, by, detail: self.noted.append((kind, by, detail)),
            is_heard=lambda peer: peer in self.heard_peers,
            is_muted=lambda peer: peer in self.muted,
            voice=self.loudspeaker if voice else None,
            face=self,
        )
        self.room = ShowRoom(settings, Speech(speech), around)
        self.running = asyncio.create_task(self.room.run())

    def show_card(self, picture: Path | None, *, holds: bool) -> str | None:
        self.cards.append((None if picture is None else picture.name, holds))
        return self.card_trouble

    async def end(self) -> None:
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.running

    def stands(self, **changes: object) -> None:
        said = msgspec.structs.replace(telemetry(), **{"driver": "ada", "state": m.RobotState.LEASED, **changes})
        self.room.hear(encode(said))

    def ask(self, message: m.StageMessage, *, peer: str = "ada", role: Role = Role.PRESENTER) -> Refusal | None:
        ack = self.room.receive(peer, role, message)
        assert (ack.id, ack.verdict is Verdict.DONE) == (message.id, ack.refusal is None)
        return ack.refusal

    def control(self, act: ShowAct, cue: int) -> Refusal | None:
        return self.ask(m.ShowControl(id="x", act=act, cue=cue))

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110 - the room tells nobody else
                await asyncio.sleep(0.01)

    def stands_by(self, cue: int) -> bool:
        return self.show().cue == cue

    def last(self, kind: type[m.Message]) -> m.Message:
        return next(said for said in reversed(self.said) if isinstance(said, kind))

    def show(self) -> m.Show:
        said = self.last(m.Show)
        assert isinstance(said, m.Show)
        return said

    def speech(self) -> m.Speech:
        said = self.last(m.Speech)
        assert isinstance(said, m.Speech)
        return said


MakeHouse = Callable[..., House]


@pytest_asyncio.fixture
async def make_house(tmp_path: Path) -> AsyncIterator[MakeHouse]:
    houses: list[House] = []

    def make(**wishes: object) -> House:
        houses.append(House(tmp_path, **wishes))  # type: ignore[arg-type]
        return houses[-1]

    yield make
    for house in houses:
        await house.end()


def write_bell(folder: Path) -> None:
    with wave.open(str(folder / "bell.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(np.zeros(480, "<i2").tobytes())


async def test_a_show_runs_with_all_its_effects(make_house: MakeHouse, tmp_path: Path) -> None:
    write_bell(tmp_path)
    house = make_house()
    house.stands()
    await house.until(lambda: any(isinstance(said, m.Show) for said in house.said))
    assert house.control(ShowAct.GO, 0) is None
    assert house.performed == [("c1", "wave")]
    house.room.hear(encode(m.Ack(id="c1", verdict=Verdict.DONE)))
    house.room.hear(encode(m.Event(source="r", seq=1, at_unix_ms=0, kind=EventKind.GESTURE_DONE)))

    for cue in range(1, 7):
        await house.until(partial(house.stands_by, cue))
        assert house.control(ShowAct.GO, cue) is None

    await house.until(lambda: house.show().phase is ShowPhase.ENDED)
    assert house.loudspeaker.played == ["c2", "c3"]
    assert house.cards == [("soon.png", False), (None, True), (None, False)]
    assert (EventKind.CUE, None, "2. hello") in house.noted
    assert house.noted[-1] == (EventKind.SHOW_ENDED, None, "7. dark")


async def test_a_line_that_cannot_be_said_or_a_file_that_is_not_there_holds_the_show(make_house: MakeHouse) -> None:
    house = make_house()
    house.stands()
    house.control(ShowAct.STANDBY, 2)
    house.control(ShowAct.GO, 2)
    await house.until(lambda: house.said and house.show().held is ShowHeld.FAILED)

    house.loudspeaker.refuses = "it is unplugged"
    house.control(ShowAct.STANDBY, 1)
    house.control(ShowAct.GO, 1)
    await house.until(lambda: house.show().cue == 1 and house.show().held is ShowHeld.FAILED)

    assert house.noted[-1] == (EventKind.SHOW_HELD, None, "2. hello: failed")


async def test_a_card_that_cannot_be_shown_stops_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    house.stands()
    house.card_trouble = "the face is away"
    house.control(ShowAct.STANDBY, 3)

    assert house.control(ShowAct.GO, 3) is None
    assert house.cards == [("soon.png", False)]


async def test_people_have_the_robot_say_lines_and_hush(make_house: MakeHouse) -> None:
    house = make_house(show=None)
    house.loudspeaker.goes_on = True
    await house.until(lambda: house.said)
    assert house.ask(m.Say(id="1", text="good evening", language="en")) is None
    assert house.noted == [(EventKind.SPOKE, "ada", "good evening")]
    await house.until(lambda: house.speech().says == "good evening")
    await house.until(lambda: house.loudspeaker.played)

    assert house.ask(m.Hush(id="2"), peer="bo", role=Role.STAFF) is None
    await house.until(lambda: house.speech().says == "")
    assert house.speech().engine != ""
    assert house.speech().languages == ("en", "zh")


async def test_a_line_that_is_still_made_is_hushed_as_well(make_house: MakeHouse) -> None:
    house = make_house(show=None)
    await house.until(lambda: house.said)
    house.ask(m.Say(id="1", text="good evening", language="zh"))
    house.ask(m.Hush(id="2"))

    await house.until(lambda: house.speech().says == "")
    assert house.loudspeaker.played == []


async def test_a_hushed_cue_is_over(make_house: MakeHouse) -> None:
    house = make_house()
    house.loudspeaker.goes_on = True
    house.stands()
    await house.until(lambda: house.said)
    house.control(ShowAct.STANDBY, 1)
    house.control(ShowAct.GO, 1)
    await house.until(lambda: house.loudspeaker.played)
    house.ask(m.Hush(id="2"))

    await house.until(lambda: house.show().cue == 2)


async def test_a_skipped_line_is_cut_made_or_not(make_house: MakeHouse) -> None:
    house = make_house()
    house.loudspeaker.goes_on = True
    house.stands()
    await house.until(lambda: house.said)
    for waits in (False, True):
        house.control(ShowAct.STANDBY, 1)
        house.control(ShowAct.GO, 1)
        if waits:
            await house.until(lambda: house.loudspeaker.played)
        house.control(ShowAct.SKIP, 1)
        await house.until(lambda: house.show().cue == 2 and house.speech().says == "")


async def test_too_many_lines_are_refused(make_house: MakeHouse) -> None:
    house = make_house(show=None)
    house.loudspeaker.goes_on = True
    await house.until(lambda: house.said)
    said = [house.ask(m.Say(id=str(number), text="good evening", language="en")) for number in range(MAX_SAYING + 1)]

    assert said == [None] * MAX_SAYING + [Refusal.OVERLOADED]


async def test_who_may_not_does_not(make_house: MakeHouse) -> None:
    house = make_house()
    house.stands()
    house.muted.add("bo")

    assert house.ask(m.Hush(id="1"), role=Role.OBSERVER) is Refusal.ROLE
    assert house.ask(m.Hush(id="1"), peer="bo", role=Role.STAFF) is Refusal.MUTED


@pytest.mark.parametrize(("wishes", "why"), [({"speaks": False}, "switched off"), ({"voice": False}, "no loudspeaker")])
async def test_a_robot_that_cannot_speak_says_why(make_house: MakeHouse, wishes: dict[str, bool], why: str) -> None:
    house = make_house(**wishes)
    await house.until(lambda: any(isinstance(said, m.Speech) for said in house.said))

    assert house.ask(m.Say(id="1", text="hello", language="en")) is Refusal.NO_SPEECH
    assert (house.speech().engine, house.speech().languages) == ("", ())
    assert why in house.speech().missing
    house.ask(m.Hush(id="2"))
    house.stands()
    house.control(ShowAct.STANDBY, 1)
    house.control(ShowAct.GO, 1)
    await house.until(lambda: house.show().held is ShowHeld.FAILED)


async def test_a_language_that_it_does_not_know_is_refused(make_house: MakeHouse) -> None:
    assert make_house().ask(m.Say(id="1", text="hello", language="fr")) is Refusal.NO_SPEECH


async def test_before_it_runs_it_says_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    house.stands()

    assert house.ask(m.Say(id="1", text="hello", language="en")) is Refusal.OVERLOADED
    house.control(ShowAct.STANDBY, 1)
    house.control(ShowAct.GO, 1)
    await house.until(lambda: house.said and house.show().held is ShowHeld.FAILED)


async def test_what_the_robot_cannot_do_of_the_show_stands_in_its_plan(make_house: MakeHouse, tmp_path: Path) -> None:
    write_bell(tmp_path)
    house = make_house()
    house.room.learn(PROFILE)
    await house.until(lambda: any(isinstance(said, m.ShowPlan) for said in house.said))
    plan = house.last(m.ShowPlan)

    assert isinstance(plan, m.ShowPlan)
    assert plan.problems == ("cue 4 (card): there is no file 'soon.png' beside the show",)


async def test_who_comes_is_told_the_plan_at_once(make_house: MakeHouse) -> None:
    house = make_house()
    await house.until(lambda: house.said)
    house.said.clear()
    house.room.roster_changed()

    await house.until(lambda: any(isinstance(said, m.ShowPlan) for said in house.said))


async def test_the_audience_is_looked_after_while_nothing_is_heard(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    house.room.learn(PROFILE)
    house.heard_peers.add("ada")
    house.stands()
    await asyncio.sleep(1.2)  # longer than a link may be silent
    assert not house.room._player.in_interlude
    house.heard_peers.clear()
    await house.until(lambda: house.room._player.in_interlude)
    house.stands(driver=None)
    await house.until(lambda: house.performed == [("i1", "idle-alive")])
    house.room.heard("ada")
    house.heard_peers.add("ada")

    await house.until(lambda: house.performed[-1] == ("i1-off", None))


async def test_a_robot_without_the_table_does_nothing_by_itself(make_house: MakeHouse) -> None:
    house = make_house(show=None)
    house.room.learn(PROFILE)
    house.stands()
    await asyncio.sleep(1.2)

    assert not house.room._player.in_interlude
    house.room.hear(b"not a message")
    house.room.hear(encode(status()))
    assert house.control(ShowAct.GO, 0) is Refusal.NO_SHOW


async def test_a_show_that_cannot_be_read_or_is_none_is_refused_at_the_start(make_house: MakeHouse) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        make_house(show="title = 'x'\ncues = 3")
    around = make_house(show=None).room._around
    settings = ShowSettings(file="/no/such/show.toml")
    with pytest.raises(ConfigError, match=r"robot\.show\.file: /no/such/show\.toml cannot be read"):
        ShowRoom(settings, Speech(SpeechSettings(engine="off")), around)
