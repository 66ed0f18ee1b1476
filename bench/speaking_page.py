"""A page in a real Chromium that speaks marked bursts from a file into its microphone, and knows when it did."""

import contextlib
import wave
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from playwright.async_api import Page, Playwright

from bench import chromium
from bench.watching_page import start_ns
from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from simulator.voices import tone
from teleop_core.timebase import NS_PER_MS

BURST_MS: Final = 30
EVERY_MS: Final = 397  # no multiple of a packet's 20 ms: bursts begin anywhere within one
BURSTS: Final = 50
PEAK: Final = 0.5

_URL: Final = "https://bench.test/"  # never asked of the network; a page needs a secure origin for its microphone
_HTML: Final = "<!doctype html><title>bench</title>"
_PINGS_MS: Final = 200
_OFFER: Final = """
async (pingsMs) => {
    const offered = OFFERED;
    const wanted = {echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1};
    const stream = await navigator.mediaDevices.getUserMedia({audio: wanted});
    const [track] = stream.getAudioTracks();
    const spoken = [];
    let offsetMs = Infinity;
    const listen = async () => {
        const reader = new MediaStreamTrackProcessor({track: track.clone()}).readable.getReader();
        for (;;) {
            const {value: data, done} = await reader.read();
            if (done) return;
            const beganMs = data.timestamp / 1000;
            offsetMs = Math.min(offsetMs, performance.now() - beganMs - data.duration / 1000);
            const samples = new Float32Array(data.numberOfFrames);
            data.copyTo(samples, {planeIndex: 0, format: "f32-planar"});
            const block = data.sampleRate / 1000;
            for (let at = 0; at < samples.length; at += block) {
                let peak = 0;
                for (const each of samples.subarray(at, at + block)) peak = Math.max(peak, Math.abs(each));
                spoken.push([beganMs + at / block, peak]);
            }
            data.close();
        }
    };
    void listen();
    const pc = new RTCPeerConnection();
    window.take = () => spoken.splice(0).map(([atMs, peak]) => [atMs + offsetMs, peak]);
    window.accept = (sdp) => pc.setRemoteDescription({type: "answer", sdp});
    window.hangUp = () => { pc.close(); track.stop(); };
    const road = pc.createDataChannel("motion", {ordered: false, maxRetransmits: 0});
    let pings = 0;
    const ping = () => road.readyState === "open" && road.send(JSON.stringify({type: "ping", id: `p${pings++}`}));
    setInterval(ping, pingsMs);
    pc.addTransceiver(track, {direction: "sendrecv"});
    return await offered(pc);
}
""".replace("OFFERED", chromium.OFFERED)


@dataclass(frozen=True, slots=True)
class Loudness:
    """The peak of one millisecond, at this host's monotonic time."""

    at_ns: float
    peak: float


class SpeakingPage:
    """One page with one connection at a time."""

    def __init__(self, page: Page, start_ns: float) -> None:
        self._page = page
        self._start_ns = start_ns

    async def offer(self) -> str:
        """Open the microphone and return an offer with sound both ways, with all candidates."""
        return str(await self._page.evaluate(_OFFER, _PINGS_MS))

    async def accept(self, answer: str) -> None:
        """Take the robot's answer."""
        await self._page.evaluate("sdp => window.accept(sdp)", answer)

    async def spoken(self) -> list[Loudness]:
        """Return what was spoken into the microphone since the last call, a millisecond at a time."""
        told = await self._page.evaluate("window.take()")
        return [Loudness(self._start_ns + at_ms * NS_PER_MS, peak) for at_ms, peak in told]

    async def hang_up(self) -> None:
        """Close the connection and the microphone."""
        await self._page.evaluate("window.hangUp()")


@contextlib.asynccontextmanager
async def open_speaking_page(playwright: Playwright, folder: Path) -> AsyncIterator[SpeakingPage]:
    """Start a browser whose microphone speaks the bursts, over and over.

    Raises:
        SetupError: there is no browser that starts.

    """
    mouth = folder / "bursts.wav"
    write_wave(mouth, bursts())
    async with chromium.started(playwright, f"--use-file-for-fake-audio-capture={mouth}") as browser:
        page = await browser.new_page()
        await page.route(f"{_URL}**", lambda route: route.fulfill(body=_HTML, content_type="text/html"))
        await page.goto(_URL)
        yield SpeakingPage(page, await start_ns(page))


def bursts() -> Pcm:
    """Return tones of 30 ms with silence between them."""
    out = np.zeros(BURSTS * EVERY_MS * RATE_HZ // 1000, np.int16)
    burst = tone(BURST_MS / 1000, hz=1000, peak=PEAK)
    for each in range(BURSTS):
        begins = each * EVERY_MS * RATE_HZ // 1000
        out[begins : begins + len(burst)] = burst
    return out


def write_wave(path: Path, pcm: Pcm) -> None:
    """Write mono samples as a WAV file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(pcm.astype("<i2").tobytes())


def onsets(loudness: Sequence[Loudness], *, peak: float = PEAK) -> list[float]:
    """Return when each burst began, in ns: where it becomes loud after a tenth of a second of quiet."""
    found: list[float] = []
    quiet_since = -np.inf
    for each in loudness:
        if each.peak >= peak / 4:
            if each.at_ns - quiet_since >= 100 * NS_PER_MS:
                found.append(each.at_ns)
            quiet_since = each.at_ns
    return found


def delays_ms(mouth_ns: Sequence[float], ear_ns: Sequence[float]) -> list[tuple[float, float]]:
    """Return (when it was spoken, how many ms later it was heard) for each burst that was heard."""
    pairs = []
    for spoken_ns in mouth_ns:
        heard_ns = next((each for each in ear_ns if each >= spoken_ns), None)
        if heard_ns is not None and heard_ns - spoken_ns < EVERY_MS * NS_PER_MS:
            pairs.append((spoken_ns, (heard_ns - spoken_ns) / NS_PER_MS))
    return pairs
