"""A page in a real Chromium that watches the robot's picture and reads the barcode off every decoded frame."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from playwright.async_api import Page, Playwright

from bench import chromium
from simulator import barcode
from teleop_core.timebase import NS_PER_MS, NS_PER_S, NS_PER_US

_CELLS: Final = barcode.BITS + 4
_CELL_PX: Final = 4
_OFFER: Final = """
async ({cellsAcross, firstCell, rows, cells}) => {
    const offered = OFFERED;
    const seen = [];
    const watch = async (track) => {
        const reader = new MediaStreamTrackProcessor({track}).readable.getReader();
        for (;;) {
            const {value: frame, done} = await reader.read();
            if (done) return;
            const atMs = performance.now();
            const {width, height} = frame.visibleRect;
            const cell = Math.floor(width / cellsAcross);
            const across = cells * cell;
            const rect = {x: firstCell * cell, y: height - rows * cell, width: across, height: rows * cell};
            const plane = new Uint8Array(frame.allocationSize({rect}));
            const [{stride}] = await frame.copyTo(plane, {rect});
            frame.close();
            const inset = Math.floor(cell / 4);
            const means = [];
            for (let row = 0; row < rows; row++)
                for (let column = 0; column < cells; column++) {
                    let sum = 0, count = 0;
                    for (let y = row * cell + inset; y < (row + 1) * cell - inset; y++)
                        for (let x = column * cell + inset; x < (column + 1) * cell - inset; x++, count++)
                            sum += plane[y * stride + x];
                    means.push(Math.round(sum / count));
                }
            seen.push([atMs, width, String.fromCharCode(...means)]);
        }
    };
    const pc = new RTCPeerConnection();
    window.take = () => seen.splice(0);
    window.accept = (sdp) => pc.setRemoteDescription({type: "answer", sdp});
    window.state = () => pc.connectionState;
    pc.ontrack = (event) => watch(event.track);
    pc.addTransceiver("video", {direction: "recvonly"});
    return await offered(pc);
}
""".replace("OFFERED", chromium.OFFERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One decoded picture; both times are this host's monotonic seconds."""

    shown_s: float
    captured_s: float
    width_px: int

    @property
    def age_ms(self) -> float:
        """How long after its capture it could be read in the page."""
        return 1000 * (self.shown_s - self.captured_s)


class WatchingPage:
    """One page with one connection."""

    def __init__(self, page: Page, start_ns: float) -> None:
        self._page = page
        self._start_ns = start_ns
        self.unreadable = 0
        self._fetched: list[tuple[float, int, str]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, playwright: Playwright) -> "AsyncIterator[WatchingPage]":
        """Start a browser with an empty page.

        Raises:
            SetupError: there is no browser that starts.

        """
        async with chromium.started(playwright) as browser:
            page = await browser.new_page()
            yield cls(page, await start_ns(page))

    async def offer(self) -> str:
        """Return an offer to receive the picture, with all candidates."""
        layout = {
            "cellsAcross": barcode.CELLS_ACROSS,
            "firstCell": barcode.FIRST_CELL,
            "rows": barcode.ROWS,
            "cells": _CELLS,
        }
        return str(await self._page.evaluate(_OFFER, layout))

    async def accept(self, answer: str) -> None:
        """Take the robot's answer."""
        await self._page.evaluate("sdp => window.accept(sdp)", answer)

    async def fetch(self) -> None:
        """Fetch what was decoded since the last call, quickly, to be read later."""
        self._fetched += await self._page.evaluate("window.take()")

    async def seen(self) -> list[Seen]:
        """Return the pictures that were decoded since the last call; reading them takes the processor a while."""
        await self.fetch()
        fetched, self._fetched = self._fetched, []
        pictures = []
        for at_ms, width_px, means in fetched:
            stamp = stamp_of(list(means.encode("latin-1")))
            if stamp is None:
                self.unreadable += 1
                continue
            shown_us = (self._start_ns + at_ms * NS_PER_MS) / NS_PER_US
            age_us = (shown_us - stamp.captured_us) % barcode.TIME_MODULUS
            shown_s = shown_us * NS_PER_US / NS_PER_S
            pictures.append(Seen(shown_s=shown_s, captured_s=shown_s - age_us / 1e6, width_px=width_px))
        return pictures


def stamp_of(means: Sequence[int]) -> barcode.Stamp | None:
    """Return what the cells say, by painting them as a picture that `barcode.read` reads."""
    image = np.zeros((barcode.ROWS * _CELL_PX, barcode.CELLS_ACROSS * _CELL_PX), np.uint8)
    cells = np.array(means, np.uint8).reshape(barcode.ROWS, _CELLS)
    left = barcode.FIRST_CELL * _CELL_PX
    image[:, left : left + _CELLS * _CELL_PX] = cells.repeat(_CELL_PX, axis=0).repeat(_CELL_PX, axis=1)
    return barcode.read(image)


async def start_ns(page: Page) -> float:
    """Return the monotonic time of the page's `performance.now() == 0`, from the quickest of a few calls."""
    readings = []
    for _ in range(12):
        before_ns = time.monotonic_ns()
        page_ms = float(await page.evaluate("performance.now()"))
        after_ns = time.monotonic_ns()
        readings.append((after_ns - before_ns, (before_ns + after_ns) / 2 - page_ms * NS_PER_MS))
    return min(readings)[1]
