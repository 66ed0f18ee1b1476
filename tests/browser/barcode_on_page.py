"""Reads the simulated camera's barcode off the `<video>` of a page: which picture is on the screen, and how old it is.

The page draws each picture that it shows into a canvas and returns the mean brightness of the barcode's cells with the
time; the layout is `simulator.barcode`'s. `performance.now()` and this process's monotonic clock run alike on one host
and are set against each other once, within the time of one call.
"""

from dataclasses import dataclass
from typing import Final

from bench.watching_page import stamp_of
from bench.watching_page import start_ns as page_start_ns
from simulator import barcode
from simulator.barcode import Stamp
from teleop_core.timebase import NS_PER_MS, NS_PER_US
from tests.browser.tab import Tab

_CELLS: Final = barcode.BITS + 4
_COLLECT: Final = """
async (video, {count, cellsAcross, firstCell, rows, cells}) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", {willReadFrequently: true});
    const read = () => {
        const cell = Math.floor(video.videoWidth / cellsAcross);
        canvas.width = cells * cell;
        canvas.height = rows * cell;
        context.drawImage(video, firstCell * cell, video.videoHeight - rows * cell, canvas.width, canvas.height,
            0, 0, canvas.width, canvas.height);
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
        const means = [];
        const inset = Math.floor(cell / 4);
        for (let row = 0; row < rows; row++)
            for (let column = 0; column < cells; column++) {
                let sum = 0, seen = 0;
                for (let y = row * cell + inset; y < (row + 1) * cell - inset; y++)
                    for (let x = column * cell + inset; x < (column + 1) * cell - inset; x++, seen++)
                        sum += pixels[4 * (y * canvas.width + x) + 1];
                means.push(Math.round(sum / seen));
            }
        return means;
    };
    const pictures = [];
    return await new Promise((resolve) => {
        const shown = () => {
            const atMs = performance.now();
            pictures.push({atMs, means: read()});
            if (pictures.length >= count) resolve(pictures);
            else video.requestVideoFrameCallback(shown);
        };
        video.requestVideoFrameCallback(shown);
    });
}
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One picture on the screen: what its barcode says, and how old it was when the page could first draw it."""

    stamp: Stamp
    age_ms: float


async def seen_pictures(tab: Tab, *, count: int) -> list[Seen]:
    """Watch the next `count` pictures; those whose barcode cannot be read are left out, a tenth of them at most."""
    start_ns = await page_start_ns(tab.page)
    told = await tab.part("picture-video").evaluate(
        _COLLECT,
        {
            "count": count,
            "cellsAcross": barcode.CELLS_ACROSS,
            "firstCell": barcode.FIRST_CELL,
            "rows": barcode.ROWS,
            "cells": _CELLS,
        },
    )
    pictures = []
    for each in told:
        stamp = stamp_of(each["means"])
        if stamp is not None:
            shown_us = (start_ns + each["atMs"] * NS_PER_MS) / NS_PER_US
            pictures.append(Seen(stamp=stamp, age_ms=(shown_us - stamp.captured_us) % barcode.TIME_MODULUS / 1000))
    assert len(pictures) >= 0.9 * count, f"expected {count} readable barcodes, read {len(pictures)}"
    return pictures
