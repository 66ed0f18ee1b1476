"""From a presenter's mouth to the hall through a real browser, what 5 % loss leaves behind, and how the echo fares."""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
from playwright.async_api import async_playwright
from rich.table import Table

from bench.command import Bench, run
from bench.percentiles import percentile
from bench.report import Goal, Report
from bench.speaking_page import EVERY_MS, SpeakingPage, delays_ms, onsets, open_speaking_page
from bench.voice_process import MAX_LINE_BYTES
from robot_agent.media.voice.echo import open_canceller
from simulator.acoustics import Hall, echo_down_db, near_speech_cut
from simulator.network.relay import before_robot
from simulator.network.way import Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import NS_PER_S
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


class Played(msgspec.Struct, frozen=True):
    """When the bursts came out of the loudspeaker; turns that it missed and the share made up, since the start."""

    onsets_ns: list[float]
    lost_turns: int
    concealed: float


class Robot:
    """The process of a robot that hears and speaks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, report: Report) -> "AsyncIterator[Robot]":
        """Start it and wait until it takes offers; it ends with the context."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.voice_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            start_new_session=True,  # so that it can ask to be prompt, as the agent does
        )
        try:
            robot = cls(process)
            report.context |= msgspec.convert(await robot._hear(), dict[str, str])
            yield robot
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def answer(self, call: str, offer: str) -> str:
        """Return the answer to an offer.

        Raises:
            SetupError: the robot refuses.

        """
        reply = await self._ask({"id": call, "sdp": offer})
        try:
            return msgspec.convert(reply, dict[str, str])["sdp"]
        except KeyError:
            raise SetupError(f"expected the robot's answer, got {reply}") from None

    async def played(self) -> Played:
        """Return what the loudspeaker played since the last call of this."""
        return msgspec.convert(await self._ask({}), Played)

    async def _ask(self, words: dict[str, str]) -> object:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(words).encode() + b"\n")
        return await self._hear()

    async def _hear(self) -> object:
        line = await self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise SetupError("expected a word of the robot's voice, but its process ended")
        return json.loads(line)


async def measure(report: Report, ends_s: float) -> None:
    """Fill in the report."""
    quick = report.is_slice
    await asyncio.to_thread(speexdsp.find_or_install)
    with tempfile.TemporaryDirectory(prefix="bench-voice-") as folder:
        async with async_playwright() as playwright, Robot.started(report) as robot:
            async with open_speaking_page(playwright, Path(folder)) as page:
                # While the browser gets over its start, which keeps the machine busy.
                await asyncio.to_thread(_measure_echo, report, quick=quick)
                table = Table("road", "bursts", "p50 ms", "p95 ms", title="mouth to ear")
                report.tables.append(table)
                edge_s = 4.0 if quick else 6.0
                rest_s = SETTLE_S + 2 * edge_s + ENDING_S
                clean_s = 6.0 if quick else 30.0
                clean = await _direct(robot, page, seconds=clean_s, until_s=ends_s - rest_s)
                _row(table, "loopback", clean, seconds=clean_s)
                report.figures |= {
                    "mouth_to_ear_ms": percentile(clean, 50),
                    "mouth_to_ear_ms_p95": percentile(clean, 95),
                }
                most_s = 18.0 if quick else 60.0
                before, after, loss_s = await _lossy(
                    robot, page, edge_s=edge_s, most_s=most_s, until_s=ends_s - ENDING_S
                )
                _row(table, "20 ms each way", before, seconds=edge_s)
                _row(table, f"the same, 5 % lost for {loss_s:.0f} s", after, seconds=edge_s)
                report.figures["growth_ms"] = percentile(after, 50) - percentile(before, 50)
            played = await robot.played()
            report.context |= {
                "bursts": {"loopback": len(clean), "before_loss": len(before), "after_loss": len(after)},
                "loss_s": round(loss_s, 1),
                "lost_turns": played.lost_turns,
                "concealed": played.concealed,
            }


def _measure_echo(report: Report, *, quick: bool) -> None:
    """Hold the canceller to the synthetic rooms, the worst of them."""
    table = Table("room", "echo down, dB", "near frames cut", title="echo")
    downs, cuts = [], []
    for name, hall in HALLS.items():
        canceller, way = open_canceller()
        downs.append(echo_down_db(canceller.process, hall, seconds=14.0 if quick else 25.0))
        cuts.append(near_speech_cut(open_canceller()[0].process, hall, seconds=15.0 if quick else 30.0))
        table.add_row(name, f"{downs[-1]:.1f}", f"{100 * cuts[-1]:.1f} %")
        report.context["echo_way"] = way.value
    report.figures |= {"echo_db": min(downs), "double_talk_cut": max(cuts)}
    report.tables.append(table)


async def _direct(robot: Robot, page: SpeakingPage, *, seconds: float, until_s: float) -> list[float]:
    """Return the delays of a call over loopback, in ms, once it has settled.

    Seconds in which the loudspeaker missed a turn, for want of the processor, do not count: they are taken again, as
    long as they would be over by the monotonic second `until_s`.
    """
    await page.accept(await robot.answer("direct", await page.offer()))
    while True:
        await page.spoken()
        lost = (await robot.played()).lost_turns
        await asyncio.sleep(SETTLE_S + seconds)
        heard = await robot.played()
        pairs = delays_ms(onsets(await page.spoken()), heard.onsets_ns)
        if heard.lost_turns == lost or time.monotonic() + SETTLE_S + seconds > until_s:
            break
    await page.hang_up()
    return _after(pairs, SETTLE_S)


async def _lossy(
    robot: Robot, page: SpeakingPage, *, edge_s: float, most_s: float, until_s: float
) -> tuple[list[float], list[float], float]:
    """Return the delays over a road of 20 ms each way before and at the end of a spell of loss, in ms, and its length.

    It lasts for `most_s`, or until the monotonic second `until_s`.
    """
    clean, lossy = Weather(), Weather(loss=LOSS)
    answer = await robot.answer("lossy", await page.offer())
    relay, through = await before_robot(answer, to_robot=clean, from_robot=clean, seed=1)
    try:
        await page.accept(through)
        await asyncio.sleep(SETTLE_S + edge_s)
        began_ns = time.monotonic_ns()
        relay.set_weather(to_robot=lossy, from_robot=lossy)
        await asyncio.sleep(max(edge_s, min(most_s, until_s - time.monotonic())))
        ended_ns = time.monotonic_ns()
        pairs = delays_ms(onsets(await page.spoken()), (await robot.played()).onsets_ns)
        await page.hang_up()
    finally:
        relay.close()
    edge_ns = edge_s * NS_PER_S
    before = [delay for at_ns, delay in pairs if began_ns - edge_ns <= at_ns < began_ns]
    after = [delay for at_ns, delay in pairs if ended_ns - edge_ns <= at_ns < ended_ns]
    return before, after, (ended_ns - began_ns) / NS_PER_S


def _after(pairs: list[tuple[float, float]], seconds: float) -> list[float]:
    first_ns = pairs[0][0] if pairs else 0.0
    return [delay for at_ns, delay in pairs if at_ns >= first_ns + seconds * NS_PER_S]


def _row(table: Table, road: str, delays: list[float], *, seconds: float) -> None:
    """Add a road to the table.

    Raises:
        SetupError: most of what was spoken in those seconds was not heard.

    """
    spoken = seconds * 1000 / EVERY_MS
    if len(delays) < spoken / 2:
        raise SetupError(f"expected to hear about {spoken:.0f} bursts ({road}), heard {len(delays)}")
    table.add_row(road, str(len(delays)), f"{percentile(delays, 50):.1f}", f"{percentile(delays, 95):.1f}")


BENCH: Final = Bench(name="voice", summary=(__doc__ or "").partition("\n")[0], goals=GOALS, work=measure)

if __name__ == "__main__":
    sys.exit(run(BENCH))
