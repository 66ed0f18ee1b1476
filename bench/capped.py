"""How the picture stands a narrow, lossy or dark road: a real Chromium watches through a relay that we impair.

`python -m bench.capped [--quick] [--json]`; docs/reference/benches.md says what each figure is.
"""

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from playwright.async_api import async_playwright
from rich.table import Table

from bench.command import Bench, run
from bench.lines import LineProcess
from bench.percentiles import percentile
from bench.plane_process import MODULE, answer_of
from bench.report import Goal, Report
from bench.watching_page import Seen, WatchingPage
from robot_agent.motion import host
from simulator.network.relay import Relay, before_robot
from simulator.network.way import Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import ms

SETTLED_S: Final = 2.0  # from the beginning of a cap; the freezes of these two seconds count all the same
RATE_WINDOW_S: Final = 0.5
MBPS: Final = 1e6
WIDE_BPS: Final = 50 * MBPS
DELAY_NS: Final = ms(20)
PATIENCE_S: Final = 20.0
LOOK_S: Final = 0.1
FETCH_S: Final = 0.5
NEVER_S: Final = 99.0
TELLING_S: Final = 3.0

GOALS: Final = (
    Goal(figure="fps_1mbps", at_least=25),
    Goal(figure="p95_ms_1mbps", at_most=150),
    Goal(figure="fps_400k", at_least=14),
    Goal(figure="p95_ms_400k", at_most=300),
    Goal(figure="p95_ratio_loss5", at_most=2),
    Goal(figure="recovery_s", at_most=4),
    Goal(figure="longest_freeze_ms", at_most=400),
    Goal(figure="picture_back_s", at_most=1),
)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of time with one weather."""

    name: str
    long_s: float
    quick_s: float
    rate_bps: float = WIDE_BPS
    loss: float = 0.0
    dark: bool = False

    @property
    def to_robot(self) -> Weather:
        """The way of the page's own words: never narrow."""
        return Weather(delay_ns=DELAY_NS, loss=self.loss)

    @property
    def from_robot(self) -> Weather:
        """The way of the picture."""
        return Weather(delay_ns=DELAY_NS, loss=self.loss, rate_bps=self.rate_bps)


PHASES: Final = (
    Phase(name="start", long_s=4, quick_s=1.5),
    Phase(name="clean", long_s=20, quick_s=3),
    Phase(name="loss5", long_s=30, quick_s=8, loss=0.05),
    Phase(name="between", long_s=4, quick_s=0.5),
    Phase(name="1mbps", long_s=40, quick_s=5.5, rate_bps=MBPS),
    Phase(name="after_1mbps", long_s=10, quick_s=4.2),
    Phase(name="400k", long_s=40, quick_s=6, rate_bps=0.4 * MBPS),
    Phase(name="after_400k", long_s=10, quick_s=4.2),
    Phase(name="dark", long_s=2, quick_s=2, dark=True),
    Phase(name="after_dark", long_s=8, quick_s=1.5),
)


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A phase as it took place, in monotonic seconds."""

    name: str
    begin_s: float
    end_s: float


async def measure(report: Report, ends_s: float) -> None:
    """Go through all phases and fill in the report."""
    report.context["scheduling"] = host.ask_to_be_prompt()  # the road must be no worse than it is told to be
    async with (
        async_playwright() as playwright,
        WatchingPage.open(playwright) as page,
        LineProcess.start(MODULE) as robot,
    ):
        offer = await page.offer()
        answer, _ = await answer_of(robot, offer)
        first = PHASES[0]
        relay, through = await before_robot(answer, to_robot=first.to_robot, from_robot=first.from_robot, seed=1)
        try:
            await page.accept(through)
            pictures = await _first_picture(page)
            fetching = asyncio.create_task(_keep_fetching(page))
            spells = await _go_through(relay, _lengths_s(ends_s, quick=report.is_slice))
            fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await fetching
            pictures += await page.seen()
        finally:
            relay.close()
    _tell(report, relay, pictures, spells)
    report.context["unreadable_pictures"] = page.unreadable


async def _first_picture(page: WatchingPage) -> list[Seen]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (pictures := await page.seen()):  # noqa: ASYNC110 -- the page tells only when asked
                await asyncio.sleep(LOOK_S)
    except TimeoutError as exc:
        raise SetupError(f"expected a picture within {PATIENCE_S:g} s, got none") from exc
    return pictures


def _lengths_s(ends_s: float, *, quick: bool) -> list[float]:
    """Return how long each phase lasts, shorter where starting took so long that not all would fit."""
    lengths_s = [phase.quick_s if quick else phase.long_s for phase in PHASES]
    share = min(1.0, (ends_s - TELLING_S - time.monotonic()) / sum(lengths_s))
    return [share * each for each in lengths_s]


async def _keep_fetching(page: WatchingPage) -> None:
    """Fetch what was seen, a little at a time: the road is in this process, and must not be held up."""
    while True:
        await asyncio.sleep(FETCH_S)
        await page.fetch()


async def _go_through(relay: Relay, lengths_s: Sequence[float]) -> list[Spell]:
    spells = []
    for phase, length_s in zip(PHASES, lengths_s, strict=True):
        begin_s = time.monotonic()
        relay.set_weather(to_robot=phase.to_robot, from_robot=phase.from_robot)
        relay.set_dark(on=phase.dark)
        end_s = begin_s + length_s
        await asyncio.sleep(max(0.0, end_s - time.monotonic()))
        spells.append(Spell(name=phase.name, begin_s=begin_s, end_s=end_s))
    return spells


def _tell(report: Report, relay: Relay, pictures: Sequence[Seen], spells: Sequence[Spell]) -> None:
    by_name = {each.name: each for each in spells}
    table = Table("phase", "fps", "p50 ms", "p95 ms", "longest gap ms", "kbps", "width px", title="capped")
    p95s: dict[str, float] = {}
    for spell in spells:
        settled = spell.begin_s + (SETTLED_S if spell.name in {"1mbps", "400k"} else 0.0)
        seen = [each for each in pictures if settled <= each.shown_s < spell.end_s]
        ages = [each.age_ms for each in seen] or [float("nan")]
        p95s[spell.name] = percentile(ages, 95)
        fps = len(seen) / (spell.end_s - settled)
        if spell.name in {"1mbps", "400k"}:
            report.figures[f"fps_{spell.name}"] = fps
            report.figures[f"p95_ms_{spell.name}"] = p95s[spell.name]
        table.add_row(
            spell.name,
            f"{fps:.1f}",
            f"{percentile(ages, 50):.0f}",
            f"{p95s[spell.name]:.0f}",
            f"{longest_gap_ms(pictures, spell.begin_s, spell.end_s):.0f}",
            f"{relay.down.bps(spell.begin_s, spell.end_s) / 1000:.0f}",
            " ".join(map(str, sorted({each.width_px for each in seen}))),
        )
    clean, dark = by_name["clean"], by_name["dark"]
    report.figures["p95_ms_clean"] = p95s["clean"]
    report.figures["p95_ms_loss5"] = p95s["loss5"]
    report.figures["p95_ratio_loss5"] = p95s["loss5"] / p95s["clean"]
    clean_bps = relay.down.bps(clean.begin_s, clean.end_s)
    report.figures["kbps_clean"] = clean_bps / 1000
    for name in ("after_1mbps", "after_400k"):
        report.figures[f"recovery_s_{name}"] = _recovery_s(relay, by_name[name], clean_bps)
    report.figures["recovery_s"] = max(value for key, value in report.figures.items() if key.startswith("recovery_s_"))
    back_s = next((each.shown_s for each in pictures if each.shown_s >= dark.end_s), spells[-1].end_s)
    report.figures["picture_back_s"] = back_s - dark.end_s
    report.figures["longest_freeze_ms"] = max(
        longest_gap_ms(pictures, pictures[0].shown_s, dark.begin_s),
        longest_gap_ms(pictures, back_s, spells[-1].end_s),
    )
    report.context["dropped_by_the_queue"] = relay.down.way.dropped
    report.tables.append(table)


def longest_gap_ms(pictures: Sequence[Seen], begin_s: float, end_s: float) -> float:
    """Return the longest time without a new picture between two instants, in ms."""
    shown = [each.shown_s for each in pictures if begin_s <= each.shown_s < end_s]
    return 1000 * max(later - earlier for earlier, later in itertools.pairwise([begin_s, *shown, end_s]))


def _recovery_s(relay: Relay, spell: Spell, clean_bps: float) -> float:
    """Return how long it took until half a second carried nine tenths of the clean bit rate; `NEVER_S` if none did."""
    step_s = 0.1
    for step in range(round((spell.end_s - spell.begin_s - RATE_WINDOW_S) / step_s) + 1):
        at_s = spell.begin_s + step * step_s
        if relay.down.bps(at_s, at_s + RATE_WINDOW_S) >= 0.9 * clean_bps:
            return at_s + RATE_WINDOW_S - spell.begin_s
    return NEVER_S


BENCH: Final = Bench(name="capped", summary=(__doc__ or "").partition("\n")[0], goals=GOALS, work=measure)

if __name__ == "__main__":
    sys.exit(run(BENCH))
