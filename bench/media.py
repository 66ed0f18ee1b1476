"""How our picture compares: latency, processor time and quality beside aiortc as it comes, and beside libwebrtc.

`python -m bench.media [--quick] [--json]`; docs/reference/benches.md says what each figure is.
"""

import asyncio
import contextlib
import importlib.util
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import av
import cv2
import numpy as np
from aiortc.codecs import h264
from playwright.async_api import Playwright, async_playwright
from rich.table import Table

from bench import plane_process, rival_process
from bench.command import Bench, run
from bench.film import HEIGHT_PX, RATE_HZ, WIDTH_PX, Picture, shoot
from bench.lines import LineProcess
from bench.percentiles import percentile
from bench.report import Goal, Report
from bench.watching_page import Seen, WatchingPage
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.settings import RenditionSettings
from robot_agent.motion import host
from teleop_core.errors import SetupError
from teleop_core.ports import Frame

BITRATE_BPS: Final = 2_000_000
OURS: Final = "ours"
DEFAULT: Final = "aiortc_h264"
REFERENCE: Final = "reactor_vp8"
OPENING_S: Final = 3.0  # a browser, and a connection
SETTLE_S: Final = 2.0
QUICK_S: Final = 2.5
FULL_S: Final = 20.0
ROUNDS: Final = 4  # of the whole form: all senders in turn, again and again, so that a busy minute is everybody's
PATIENCE_S: Final = 15.0
LOOK_S: Final = 0.1
FILM_S: Final = 2.0
_SKIPPED: Final = 10  # pictures before quality counts

GOALS: Final = (
    Goal(figure="decoded_p50_ratio_default", at_most=0.25),
    Goal(figure="decoded_p50_ratio_reference", at_most=1.0),
    Goal(figure="cpu_ratio_default", at_most=0.35),
    Goal(figure="quality_gap_db", at_most=1.0),
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one sender showed in one stretch of time; `cpu` is a share of one core."""

    ages_ms: Sequence[float]
    fps: float
    cpu: float


async def measure(report: Report, ends_s: float) -> None:
    """Have each sender show the film to a browser of its own, one after another."""
    report.context["scheduling"] = host.ask_to_be_prompt()
    senders = [OURS, DEFAULT, REFERENCE, "aiortc_vp8"]
    if importlib.util.find_spec("reactor_webrtc") is None:
        senders.remove(REFERENCE)
        report.context["reference"] = "reactor-webrtc is not installed"
    film = await asyncio.to_thread(shoot, seconds=FILM_S)
    report.figures["quality_gap_db"] = await asyncio.to_thread(quality_gap_db, film)
    runs: dict[str, list[Run]] = {name: [] for name in senders}
    seconds = QUICK_S if report.is_slice else FULL_S
    turn_s = OPENING_S + SETTLE_S + seconds
    async with async_playwright() as playwright, _saved(film) as file:
        for _ in range(1 if report.is_slice else ROUNDS):
            async with contextlib.AsyncExitStack() as stack:
                started = await asyncio.gather(*(stack.enter_async_context(_start(name, file)) for name in senders))
                for name, sender in zip(senders, started, strict=True):
                    began_s = time.monotonic()
                    if began_s + turn_s < ends_s:
                        runs[name].append(await _watch(playwright, name, sender, seconds))
                        turn_s = max(turn_s, time.monotonic() - began_s)
                    await sender.end()
    tell(report, runs)


@contextlib.asynccontextmanager
async def _saved(film: Sequence[Picture]) -> AsyncIterator[str]:
    """Return a file with the film, for as long as the context lasts: drawing it in each process would take longer."""
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        await asyncio.to_thread(np.save, file, np.stack(film))
        file.flush()
        yield file.name


def _start(name: str, film: str) -> contextlib.AbstractAsyncContextManager[LineProcess]:
    if name == OURS:
        return LineProcess.start(plane_process.MODULE, str(BITRATE_BPS), film)
    return LineProcess.start(rival_process.MODULE, name, str(BITRATE_BPS), film)


async def _watch(playwright: Playwright, name: str, sender: LineProcess, seconds: float) -> Run:
    async with WatchingPage.open(playwright) as page:
        offer = await page.offer()
        words = {"peer": "presenter", "role": "presenter", "id": secrets.token_hex(8), "sdp": offer}
        answer = await sender.ask(dict(words))
        if "sdp" not in answer:
            raise SetupError(f"expected an answer of {name}, got {answer}")
        await page.accept(str(answer["sdp"]))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await page.seen():  # noqa: ASYNC110 -- the page tells only when asked
                    await asyncio.sleep(LOOK_S)
        except TimeoutError as exc:
            raise SetupError(f"expected a picture of {name} within {PATIENCE_S:g} s, got none") from exc
        await asyncio.sleep(SETTLE_S)
        await page.seen()
        cpu_s, began_s = sender.cpu_s, time.monotonic()
        await asyncio.sleep(seconds)
        ended_s, cpu_s = time.monotonic(), sender.cpu_s - cpu_s
        pictures: list[Seen] = [each for each in await page.seen() if began_s <= each.shown_s < ended_s]
        took_s = ended_s - began_s
        return Run(ages_ms=[each.age_ms for each in pictures], fps=len(pictures) / took_s, cpu=cpu_s / took_s)


def tell(report: Report, runs: dict[str, list[Run]]) -> None:
    """Fill in what each sender showed, and the ratios of those that had a turn."""
    table = Table("sender", "fps", "p50 ms", "p95 ms", "% of a core", "CPU ms a picture", title="media")
    p50s, per_picture_ms = {}, {}
    for name, all_runs in runs.items():
        ages = [age for each in all_runs for age in each.ages_ms]
        if not ages:
            continue
        p50s[name] = percentile(ages, 50)
        cpu = sum(each.cpu for each in all_runs) / len(all_runs)
        fps = sum(each.fps for each in all_runs) / len(all_runs)
        per_picture_ms[name] = 1000 * cpu / fps
        table.add_row(
            name,
            f"{fps:.1f}",
            f"{p50s[name]:.1f}",
            f"{percentile(ages, 95):.1f}",
            f"{100 * cpu:.1f}",
            f"{per_picture_ms[name]:.1f}",
        )
        report.figures[f"decoded_p50_ms_{name}"] = p50s[name]
        report.figures[f"decoded_p95_ms_{name}"] = percentile(ages, 95)
        report.figures[f"cpu_{name}"] = cpu
        report.figures[f"cpu_ms_a_picture_{name}"] = per_picture_ms[name]
        report.figures[f"fps_{name}"] = fps
    report.tables.append(table)
    if OURS in p50s and DEFAULT in p50s:
        report.figures["decoded_p50_ratio_default"] = p50s[OURS] / p50s[DEFAULT]
        report.figures["cpu_ratio_default"] = per_picture_ms[OURS] / per_picture_ms[DEFAULT]
    if OURS in p50s and REFERENCE in p50s:
        report.figures["decoded_p50_ratio_reference"] = p50s[OURS] / p50s[REFERENCE]


def quality_gap_db(film: Sequence[Picture]) -> float:
    """Return by how much aiortc's H.264 looks better than ours: PSNR of the luma, same pictures, same bit rate."""
    encoder = H264Encoder(RenditionSettings(ceiling_bps=BITRATE_BPS))
    default = h264.H264Encoder()
    default.target_bitrate = BITRATE_BPS

    def ours(picture: Picture, number: int) -> bytes:
        frame = Frame(
            pixels=picture, pixel_format="yuv420p", width_px=WIDTH_PX, height_px=HEIGHT_PX, captured_ns=number
        )
        unit = encoder.encode(frame, keyframe=False)
        return b"" if unit is None else unit.stream

    def theirs(picture: Picture, number: int) -> bytes:
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = number * 90_000 // RATE_HZ, rival_process.RTP_CLOCK
        units = default._encode_frame(frame, number == 0)  # noqa: SLF001 -- before it is cut into packets
        return b"".join(b"\0\0\0\1" + unit for unit in units)

    return _psnr_db(film, theirs) - _psnr_db(film, ours)


def _psnr_db(film: Sequence[Picture], encode: Callable[[Picture, int], bytes]) -> float:
    decoder = av.CodecContext.create("h264", "r")
    streams = [encode(picture, number) for number, picture in enumerate(film)]
    decoded = [frame for stream in streams if stream for frame in decoder.decode(av.Packet(stream))]
    decoded += decoder.decode(None)
    values = [
        cv2.PSNR(picture[:HEIGHT_PX], frame.to_ndarray(format="yuv420p")[:HEIGHT_PX])
        for picture, frame in list(zip(film, decoded, strict=True))[_SKIPPED:]
    ]
    return _mean(values)


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept)


BENCH: Final = Bench(name="media", summary=(__doc__ or "").partition("\n")[0], goals=GOALS, work=measure)

if __name__ == "__main__":
    sys.exit(run(BENCH))
