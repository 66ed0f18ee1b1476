"""From a presenter's mouth to the hall through a real browser, what 5 % loss leaves behind, and how the echo fares."""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import numpy as np
from playwright.async_api import async_playwright
from rich.table import Table

from bench.command import Bench, run
from bench.percentiles import percentile
from bench.relay import before_robot
from bench.report import Goal, Report
from bench.speaking_page import Loudness, SpeakingPage, delays_ms, onsets, open_speaking_page
from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.settings import VideoSettings
from robot_agent.media.voice.echo import open_canceller
from robot_agent.media.voice.pcm import SAMPLES_PER_MS, from_bytes
from robot_agent.media.voice.room import People, VoiceRoom
from robot_agent.media.voice.settings import VoiceSettings
from robot_agent.motion import host
from simulator.acoustics import Hall, echo_down_db, near_speech_cut
from simulator.sound import SimSound, SimSoundSettings
from teleop_core.errors import SetupError
from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.messages import Role, RtcAnswer, RtcOffer, Sound
from tools import speexdsp

GOALS: Final = (
    Goal(figure="mouth_to_ear_ms", at_most=70.0),
    Goal(figure="growth_ms", at_most=20.0),
    Goal(figure="echo_db", at_least=25.0),
    Goal(figure="double_talk_cut", at_most=0.20),
)
HALLS: Final = {"room, 200 ms": Hall(200), "hall, 600 ms": Hall(600)}
LOSS: Final = 0.05
SETTLE_S: Final = 3.0  # of a new call, until the buffer knows the road
ENDING_S: Final = 5.0  # what closing browser and robot takes
PEER: Final = "presenter"


class NoCamera:
    """A robot that only hears and speaks."""

    def read(self, *, timeout_s: float) -> Frame | None:
        """Have nothing to show."""
        time.sleep(timeout_s)
        return None

    def close(self) -> None:
        """Have nothing to close."""


class Ear(SimSound):
    """A silent hall that remembers how loud the loudspeaker was in each millisecond."""

    def __init__(self) -> None:
        super().__init__(SimSoundSettings(chirps=False, murmur_dbfs=-90, echo_db=-40))
        self.heard: list[Loudness] = []

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        """Play, and remember."""

        def played(hall: bytes) -> bytes:
            now_ns = time.monotonic_ns()
            spoken = turn(hall)
            peaks = np.abs(from_bytes(spoken).astype(np.int32)).reshape(-1, SAMPLES_PER_MS).max(axis=1) / 32768
            self.heard += [Loudness(now_ns + at * NS_PER_MS, float(peak)) for at, peak in enumerate(peaks)]
            return spoken

        super().run(played)


class Robot:
    """The robot's media plane with its voice, in this process."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.told: list[Sound] = []
        self.voice = VoiceRoom(
            settings=VoiceSettings(),
            open_sound=lambda: self.ear,
            people=People(role_of=lambda _: Role.PRESENTER, driver=lambda: PEER, muted=frozenset),
            tell=self.told.append,
        )
        self.plane = MediaPlane(
            cameras=[MountedCamera(name="camera", camera=NoCamera())],
            settings=VideoSettings(),
            ice_servers=(),
            on_message=lambda *_: None,
            on_captured=lambda *_: None,
            on_cameras=lambda _: None,
            voice=self.voice.seat,
        )

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> "AsyncIterator[Robot]":
        """Run one until the block ends."""
        robot = cls()
        async with asyncio.TaskGroup() as tasks:
            voice = tasks.create_task(robot.voice.run())
            plane = tasks.create_task(robot.plane.run())
            try:
                yield robot
            finally:
                await robot.plane.close()
                voice.cancel()
                await asyncio.wait({voice, plane})

    async def answer(self, call: str, offer: str) -> str:
        """Return the answer to an offer.

        Raises:
            SetupError: the robot refuses.

        """
        reply = await self.plane.receive(PEER, Role.PRESENTER, RtcOffer(id=call, sdp=offer))
        if not isinstance(reply, RtcAnswer):
            raise SetupError(f"expected the robot's answer, got {reply}")
        return reply.sdp


async def measure(report: Report, ends_s: float) -> None:
    """Fill in the report."""
    quick = report.is_slice
    report.context["scheduling"] = host.ask_to_be_prompt()  # as the agent does
    await asyncio.to_thread(speexdsp.find_or_install)
    await asyncio.to_thread(_measure_echo, report, quick=quick)
    with tempfile.TemporaryDirectory(prefix="bench-voice-") as folder:
        async with async_playwright() as playwright, Robot.running() as robot:
            async with open_speaking_page(playwright, Path(folder)) as page:
                table = Table("road", "bursts", "p50 ms", "p95 ms", title="mouth to ear")
                report.tables.append(table)
                clean = await _direct(robot, page, seconds=6.0 if quick else 30.0)
                _row(table, "loopback", clean)
                report.figures |= {
                    "mouth_to_ear_ms": percentile(clean, 50),
                    "mouth_to_ear_ms_p95": percentile(clean, 95),
                }
                edge_s = 4.0 if quick else 6.0
                left_s = ends_s - time.monotonic() - SETTLE_S - edge_s - ENDING_S
                loss_s = max(edge_s, min(left_s, 18.0 if quick else 60.0))
                before, after = await _lossy(robot, page, seconds=loss_s, edge_s=edge_s)
                _row(table, "20 ms each way", before)
                _row(table, f"the same, 5 % lost for {loss_s:.0f} s", after)
                report.figures["growth_ms"] = percentile(after, 50) - percentile(before, 50)
            report.context |= {
                "bursts": {"loopback": len(clean), "before_loss": len(before), "after_loss": len(after)},
                "loss_s": round(loss_s, 1),
                "lost_turns": robot.ear.lost_turns,
                "concealed": max((told.concealed for told in robot.told if told.heard), default=0.0),
            }


def _measure_echo(report: Report, *, quick: bool) -> None:
    """Hold the canceller to the synthetic rooms, the worst of them."""
    table = Table("room", "echo down, dB", "near frames cut", title="echo")
    downs, cuts = [], []
    for name, hall in HALLS.items():
        canceller, way = open_canceller()
        downs.append(echo_down_db(canceller.process, hall, seconds=9.0 if quick else 20.0))
        cuts.append(near_speech_cut(open_canceller()[0].process, hall, seconds=11.0 if quick else 30.0))
        table.add_row(name, f"{downs[-1]:.1f}", f"{100 * cuts[-1]:.1f} %")
        report.context["echo_way"] = way.value
    report.figures |= {"echo_db": min(downs), "double_talk_cut": max(cuts)}
    report.tables.append(table)


async def _direct(robot: Robot, page: SpeakingPage, *, seconds: float) -> list[float]:
    """Return the delays of a call over loopback, in ms, once it has settled."""
    await page.accept(await robot.answer("direct", await page.offer()))
    await asyncio.sleep(SETTLE_S + seconds)
    pairs = delays_ms(onsets(await page.spoken()), onsets(robot.ear.heard))
    await page.hang_up()
    robot.ear.heard.clear()
    return _after(pairs, SETTLE_S)


async def _lossy(robot: Robot, page: SpeakingPage, *, seconds: float, edge_s: float) -> tuple[list[float], list[float]]:
    """Return the delays over a road of 20 ms each way before and at the end of a spell of loss, in ms."""
    relay, through = await before_robot(await robot.answer("lossy", await page.offer()), seed=1)
    try:
        await page.accept(through)
        await asyncio.sleep(SETTLE_S + edge_s)
        began_ns = time.monotonic_ns()
        relay.weather.loss = LOSS
        await asyncio.sleep(seconds)
        ended_ns = time.monotonic_ns()
        pairs = delays_ms(onsets(await page.spoken()), onsets(robot.ear.heard))
        await page.hang_up()
    finally:
        relay.close()
    edge_ns = edge_s * NS_PER_S
    before = [delay for at_ns, delay in pairs if began_ns - edge_ns <= at_ns < began_ns]
    after = [delay for at_ns, delay in pairs if ended_ns - edge_ns <= at_ns < ended_ns]
    return before, after


def _after(pairs: list[tuple[float, float]], seconds: float) -> list[float]:
    first_ns = pairs[0][0] if pairs else 0.0
    return [delay for at_ns, delay in pairs if at_ns >= first_ns + seconds * NS_PER_S]


def _row(table: Table, road: str, delays: list[float]) -> None:
    """Add a road to the table.

    Raises:
        SetupError: nothing was heard over it.

    """
    if not delays:
        raise SetupError(f"expected to hear bursts ({road}), heard none")
    table.add_row(road, str(len(delays)), f"{percentile(delays, 50):.1f}", f"{percentile(delays, 95):.1f}")


BENCH: Final = Bench(name="voice", summary=(__doc__ or "").partition("\n")[0], goals=GOALS, work=measure)

if __name__ == "__main__":
    sys.exit(run(BENCH))
