"""The voice of one robot: devices that fail, who is heard, what is told; and a whole call with sound both ways."""

import asyncio
import contextlib
import threading
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from robot_agent.media.voice import opus
from robot_agent.media.voice.talker import VoicePacket
from simulator.voices import rms, tone
from teleop_core.errors import ConfigError, DriverError, DriverLost, SetupError
from teleop_core.ports import SoundDevice
from teleop_core.wire.messages import Ack, EchoWay, Refusal, Role, RtcOffer, SpeakTo, SpokenTo, Verdict
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.viewer import Viewer
from tests.robot_agent.media.voice.fake_hall import HUM_HZ, FakeHall, loudest_hz
from tests.robot_agent.media.voice.house import House, MakeHouse
from tests.robot_agent.media.voice.voice_line import packets

pytestmark = pytest.mark.asyncio

VOICE_HZ = 1000.0


async def test_without_a_sound_device_everybody_is_told_why_and_it_is_tried_again(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(DriverError("expected a sound card, found none"), hall)

    silent = await house.until(lambda told: "sound card" in told.missing)
    assert (silent.hall_dbfs, silent.speaker_dbfs) == (None, None)

    heard = await house.until(lambda told: told.hall_dbfs is not None and told.hall_dbfs > -30)
    assert heard.missing == ""
    assert heard.echo is EchoWay.OFF


async def test_a_device_that_is_unplugged_comes_back(make_house: MakeHouse) -> None:
    unplugged, other = FakeHall(fault=DriverLost("unplugged")), FakeHall()
    house = make_house(unplugged, other)

    await house.until(lambda told: told.hall_dbfs is not None and other.turns > 3)

    assert unplugged.closed.is_set()


@pytest.mark.parametrize("how", ["opening", "running"])
async def test_whatever_a_device_raises_is_told_and_it_is_opened_again(make_house: MakeHouse, how: str) -> None:
    crash = RuntimeError("the driver crashed")
    other = FakeHall()
    house = make_house(crash if how == "opening" else FakeHall(fault=crash), other)

    await house.until(lambda told: told.missing == "RuntimeError: the driver crashed")
    await house.until(lambda told: told.missing == "" and other.turns > 3)


async def test_the_device_is_closed_when_the_room_ends(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(hall)
    await house.until(lambda told: told.hall_dbfs is not None)

    await house.end()

    assert hall.closed.is_set()


async def test_settings_that_can_never_work_end_the_room() -> None:
    def wrong() -> SoundDevice:
        raise ConfigError("robot.voice.sound.kind: expected one of device, sim")

    house = House(wrong)

    with pytest.raises(ExceptionGroup) as ended:
        await house.running
    assert ended.group_contains(ConfigError)


async def test_without_opus_a_call_goes_on_without_sound(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise SetupError("expected libopus")

    monkeypatch.setattr(opus, "library", absent)
    house = make_house(FakeHall())
    seat = house.voice.seat("ana")

    told = await house.until(lambda told: "libopus" in told.missing)
    seat.leave()

    assert told.hall_dbfs is None


async def test_a_line_is_played_and_its_end_is_told(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(hall)
    over: list[tuple[str, str | None]] = []
    house.voice.on_line_over = lambda key, failed: over.append((key, failed))
    await house.until(lambda told: told.hall_dbfs is not None)

    assert house.voice.play("c1", tone(0.2, hz=VOICE_HZ)) is None
    assert house.voice.play("c2", tone(60.0, hz=VOICE_HZ)) is None
    await house.until(lambda told: (told.speaker_dbfs or -90) > -40)
    house.voice.cut("c2")
    await house.until(lambda _: len(over) == 2)

    assert over == [("c1", None), ("c2", None)]


async def test_a_line_that_the_device_takes_down_with_it_has_failed(make_house: MakeHouse) -> None:
    house = make_house(FakeHall(fault=DriverLost("unplugged"), turns_before_fault=20), FakeHall())
    over: list[tuple[str, str | None]] = []
    house.voice.on_line_over = lambda key, failed: over.append((key, failed))
    assert house.voice.play("c0", tone(1.0, hz=VOICE_HZ)) == "the sound device is not open yet"
    house.voice.cut()
    await house.until(lambda told: told.hall_dbfs is not None)

    house.voice.play("c1", tone(60.0, hz=VOICE_HZ))
    await house.until(lambda _: bool(over))

    assert over == [("c1", "the sound device failed")]


async def speak(house: House, *peers: str, packets_each: int = 60) -> None:
    """Have each of them send for a while, as their pages would."""
    seats = {peer: house.voice.seat(peer) for peer in peers}
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for index in range(packets_each):
        await asyncio.sleep(max(0.0, began_s + index * 0.02 - loop.time()))
        for ssrc, seat in enumerate(seats.values()):
            if seat._on_voice is not None:
                arrived_ns = round(loop.time() * 1e9)
                seat._on_voice(VoicePacket(ssrc, index * 960, packets()[index % 500], arrived_ns))


async def test_voices_are_heard_the_driver_s_first_and_told(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(hall)
    await house.until(lambda told: told.hall_dbfs is not None)

    speaking = asyncio.create_task(speak(house, "bo", "ana", "olu"))
    told = await house.until(lambda told: len(told.heard) == 2 and told.waits_ms is not None)
    await speaking

    assert told.heard == ("ana", "bo")
    assert told.waits_ms is not None
    assert told.waits_ms >= hall.output_ms
    assert rms(hall.pcm) > 50


async def test_whoever_is_muted_is_not_heard(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(hall)
    house.muted = frozenset({"ana"})
    await house.until(lambda told: told.hall_dbfs is not None)

    await speak(house, "ana", packets_each=20)

    assert all(told.heard == () for told in house.told)
    assert rms(hall.pcm) == 0


class Tone(MediaStreamTrack):
    """What somebody says into a page's microphone."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._at = 0

    async def recv(self) -> av.AudioFrame:
        loop = asyncio.get_running_loop()
        self._began_s: float = getattr(self, "_began_s", loop.time())
        await asyncio.sleep(max(0.0, self._began_s + self._at / 48_000 - loop.time()))
        at = (self._at + np.arange(960)) / 48_000
        wave = (0.3 * 32767 * np.sin(2 * np.pi * VOICE_HZ * at)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._at, Fraction(1, 48_000)
        self._at += 960
        return frame


class Page(Viewer):
    """Offers picture and sound, speaks a tone, and listens."""

    async def offer(self, *, video: bool = True) -> RtcOffer:
        self.heard: list[npt.NDArray[np.int16]] = []
        self.connection.addTransceiver("video", direction="recvonly")
        self.connection.addTransceiver(Tone(), direction="sendrecv")
        return await super().offer(video=False)

    def _track_came(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._listening = asyncio.create_task(self._listen(track))
        else:
            super()._track_came(track)

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.AudioFrame)
                self.heard.append(frame.to_ndarray().astype(np.int16).reshape(-1, 2)[:, 0])
                self._news.set()

    async def leave(self) -> None:
        await super().leave()
        await asyncio.wait([self._listening])


async def test_a_call_carries_sound_both_ways(make_house: MakeHouse, make_stage: MakeStage) -> None:
    hall = FakeHall()
    house = make_house(hall)
    await house.until(lambda told: told.hall_dbfs is not None)
    stage = await make_stage(voice=house.voice.seat)
    page = Page(stage.plane, "ana")
    stage.viewers.append(page)
    await page.connect()

    await page.until(lambda: len(page.heard) >= 40)
    told = await house.until(lambda told: "ana" in told.heard and (told.speaker_dbfs or -90) > -30)
    await asyncio.sleep(0.3)

    assert "minptime=10;useinbandfec=1" in page.answer
    assert page.answer.count("m=audio") == 1
    assert len({line.split()[0] for line in page.answer.splitlines() if line.startswith("a=msid:")}) == 2
    assert loudest_hz(np.concatenate(page.heard[-20:])) == pytest.approx(HUM_HZ, abs=15)
    assert loudest_hz(hall.pcm[-9600:]) == pytest.approx(VOICE_HZ, abs=15)
    assert told.heard == ("ana",)

    await page.hang_up()
    await house.until(lambda told: told.heard == ())
    assert not house.voice._listeners.mixes


async def test_people_who_come_and_go_leave_nothing_behind(make_house: MakeHouse, make_stage: MakeStage) -> None:
    house = make_house(FakeHall())
    stage = await make_stage(voice=house.voice.seat)
    left: list[int] = []
    for turn in range(4):
        page = Page(stage.plane, f"{'ana' if turn % 2 else 'bo'}")
        await page.connect()
        await page.until(lambda page=page: len(page.heard) >= 3)  # type: ignore[misc] # of this turn
        await page.hang_up()
        await page.leave()
        await asyncio.sleep(0.1)
        left.append(len([task for task in asyncio.all_tasks() if not task.done()]))
        assert (len(house.voice._listeners.mixes), len(house.voice._voices)) == (0, 0)
        assert [thread.name for thread in threading.enumerate() if thread.name == "audio-decoder"] == []

    assert left[-1] <= left[0]


async def test_an_observer_hears_and_is_not_heard(make_house: MakeHouse, make_stage: MakeStage) -> None:
    hall = FakeHall()
    house = make_house(hall)
    stage = await make_stage(voice=house.voice.seat)
    page = Page(stage.plane, "olu")
    stage.viewers.append(page)
    await page.connect()

    await page.until(lambda: len(page.heard) >= 10)

    assert [line for line in page.answer.splitlines() if line.startswith("a=send")] == ["a=sendonly", "a=sendonly"]
    assert all(told.heard == () for told in house.told)


async def test_backstage_is_heard_by_presenters_and_staff_and_never_in_the_hall(
    make_house: MakeHouse, make_stage: MakeStage
) -> None:
    hall = FakeHall()
    house = make_house(hall)
    house.muted = frozenset({"ana"})  # she listens
    await house.until(lambda told: told.hall_dbfs is not None)
    stage = await make_stage(voice=house.voice.seat, speak_to=house.voice.speak_to)
    assert await say_to(stage, "bo", SpokenTo.BACKSTAGE, seq=2) == Ack(id="t", verdict=Verdict.DONE)
    pages = {peer: Page(stage.plane, peer) for peer in ("ana", "bo", "olu")}
    for page in pages.values():
        stage.viewers.append(page)
        await page.connect()

    told = await house.until(lambda told: told.backstage == "bo")
    for page in pages.values():
        page.heard.clear()
        await page.until(lambda page=page: len(page.heard) >= 40)  # type: ignore[misc] # of this turn
    heard = {peer: np.concatenate(page.heard[-20:]) for peer, page in pages.items()}

    assert told.heard == ()
    assert rms(hall.pcm) == 0
    assert loud_at(heard["ana"], VOICE_HZ) > 10 * loud_at(heard["bo"], VOICE_HZ)
    assert loud_at(heard["ana"], VOICE_HZ) > 10 * loud_at(heard["olu"], VOICE_HZ)
    assert [loudest_hz(heard[peer]) for peer in ("bo", "olu")] == pytest.approx([HUM_HZ, HUM_HZ], abs=15)

    late = await say_to(stage, "bo", SpokenTo.HALL, seq=1)
    assert late.refusal is Refusal.STALE
    await asyncio.sleep(0.4)
    assert rms(hall.pcm) == 0

    await say_to(stage, "bo", SpokenTo.HALL, seq=3)
    told = await house.until(lambda told: "bo" in told.heard and (told.speaker_dbfs or -90) > -30)

    assert told.backstage is None
    assert loudest_hz(hall.pcm[-4800:]) == pytest.approx(VOICE_HZ, abs=15)


async def test_what_was_said_backstage_and_is_under_way_does_not_reach_the_hall(make_house: MakeHouse) -> None:
    hall = FakeHall()
    house = make_house(hall)
    await house.until(lambda told: told.hall_dbfs is not None)
    house.voice.speak_to("bo", Role.STAFF, SpeakTo(id="t", seq=1, to=SpokenTo.BACKSTAGE))
    speaking = asyncio.create_task(speak(house, "bo", packets_each=40))
    await house.until(lambda told: told.backstage == "bo")

    house.voice.speak_to("bo", Role.STAFF, SpeakTo(id="u", seq=2, to=SpokenTo.HALL))
    for _ in range(10):  # what was under way for a fifth of a second
        await asyncio.sleep(0.02)
        assert rms(hall.pcm) == 0
    speaking.cancel()
    await asyncio.wait([speaking])


async def test_only_presenters_and_staff_speak_and_not_to_a_robot_without_sound(
    make_house: MakeHouse, make_stage: MakeStage
) -> None:
    house = make_house(FakeHall())

    refused = house.voice.speak_to("olu", Role.OBSERVER, SpeakTo(id="t", seq=1, to=SpokenTo.BACKSTAGE))
    deaf = await say_to(await make_stage(), "bo", SpokenTo.BACKSTAGE, seq=1)

    assert refused.refusal is Refusal.ROLE
    assert deaf.refusal is Refusal.MEDIA


async def say_to(stage: Stage, peer: str, to: SpokenTo, *, seq: int) -> Ack:
    answer = await stage.plane.receive(peer, Role.STAFF, SpeakTo(id="t", seq=seq, to=to))
    assert isinstance(answer, Ack)
    return answer


def loud_at(pcm: npt.NDArray[np.int16], hz: float) -> float:
    """Return how strong one tone is in `pcm`."""
    wave = np.exp(-2j * np.pi * hz * np.arange(len(pcm)) / 48_000)
    return float(np.abs(np.dot(pcm, wave))) / len(pcm)
