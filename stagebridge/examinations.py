"""What `stagebridge doctor` looks at: one function each, none of which changes anything."""

import asyncio
import ctypes
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from robot_agent.config import AgentConfig
from robot_agent.readiness import LATE_MS, TOO_LATE_MS
from stagebridge import config as configuration
from stagebridge.config import Settings
from stagebridge.device_examinations import examine_devices
from stagebridge.finding import Finding
from stagebridge.link_examinations import examine_link
from teleop_core.errors import ConfigError
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import Health

PYTHON_FROM: Final = (3, 11)
NODE_FROM: Final = 20
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
BUILT_YEAR: Final = 2026
FRAMES: Final = 30

_CLOCK_UNSYNCHRONISED: Final = 5  # TIME_ERROR, adjtimex(2)
_TIMEX_BYTES: Final = 512  # more than any struct timex


async def examine(file: Path | None, *, soak_s: float = 0.0) -> list[Finding]:
    """Look at everything; nothing here raises for what it finds.

    With `soak_s` the robot's link is measured for so long, and its devices are used as a show uses them.
    """
    findings = [_python(), _node(), _pages(), _encoder(), _browser(), _clock(), await _head_room()]
    try:
        settings = configuration.load(file)
    except ConfigError as exc:
        return [*findings, Finding("configuration", Health.RED, str(exc), "correct that line")]
    findings += _tables(settings)
    findings.append(_port(settings))
    if not settings.has("robot"):
        return findings
    try:
        robot = settings.read("robot", AgentConfig)
    except ConfigError:
        return [*findings, Finding("robot", Health.AMBER, "not looked at: [robot] is not understood")]
    findings.append(await asyncio.to_thread(_bridge, robot))
    findings += await examine_devices(robot, in_use=soak_s > 0)
    if soak_s > 0:
        findings += await examine_link(robot, soak_s=soak_s)
    return findings


def _python() -> Finding:
    seen = platform.python_version()
    if sys.version_info[:2] < PYTHON_FROM:
        return Finding("Python", Health.RED, seen, "install Python 3.11 or newer")
    return Finding("Python", Health.GREEN, seen)


def _node() -> Finding:
    seen = _version_of("node")
    major = re.match(r"v?(\d+)", seen or "")
    if seen is None or major is None:
        return Finding("Node", Health.AMBER, "not found", "install Node 20 or newer; only building the pages needs it")
    if int(major[1]) < NODE_FROM:
        return Finding("Node", Health.AMBER, seen, "install Node 20 or newer; only building the pages needs it")
    return Finding("Node", Health.GREEN, seen)


def _pages() -> Finding:
    from bridge.config import PAGES_IN_CHECKOUT
    from bridge.pages import read_pages

    if read_pages(PAGES_IN_CHECKOUT).built:
        return Finding("pages", Health.GREEN, f"built, in {PAGES_IN_CHECKOUT}")
    return Finding(
        "pages", Health.RED, f"not built: nothing in {PAGES_IN_CHECKOUT}", "run `make setup` in the checkout"
    )


def _encoder() -> Finding:
    import av
    import numpy as np

    from robot_agent.media.encoder import H264Encoder
    from robot_agent.media.settings import RenditionSettings
    from teleop_core.ports import Frame

    width_px, height_px = 1280, 720
    noise = np.random.default_rng(1).integers(0, 255, (height_px * 3 // 2, width_px), dtype=np.uint8)
    encoder = H264Encoder(RenditionSettings())
    began_ns = time.monotonic_ns()
    made = 0
    try:
        for count in range(FRAMES):
            pixels = np.ascontiguousarray(np.roll(noise, count, axis=1))
            frame = Frame(
                pixels=pixels, pixel_format="yuv420p", width_px=width_px, height_px=height_px, captured_ns=began_ns
            )
            made += encoder.encode(frame, keyframe=count == 0) is not None
    except (av.FFmpegError, ValueError) as exc:
        return Finding("video encoder", Health.RED, f"x264 failed: {exc}", "reinstall with `make setup`")
    took_ms = (time.monotonic_ns() - began_ns) / NS_PER_MS / FRAMES
    seen = f"{made} of {FRAMES} pictures of noise at 1280x720, {took_ms:.1f} ms each"
    if made < FRAMES:
        return Finding("video encoder", Health.RED, seen, "reinstall with `make setup`")
    if took_ms > 1000 / FRAMES:
        return Finding("video encoder", Health.AMBER, seen, "too slow for 30 pictures a second: free the CPU")
    return Finding("video encoder", Health.GREEN, seen)


def _browser() -> Finding:
    for name in BROWSERS:
        if seen := _version_of(name):
            return Finding("browser", Health.GREEN, seen)
    return Finding(
        "browser",
        Health.AMBER,
        "no Chromium or Chrome found",
        "any modern browser opens the pages; tests want Chromium",
    )


def _clock() -> Finding:
    year = time.gmtime().tm_year
    if year < BUILT_YEAR:
        return Finding("clock", Health.RED, f"it says {year}", "set the clock: invites expire by it")
    if sys.platform.startswith("linux"):
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        if state == _CLOCK_UNSYNCHRONISED:
            return Finding(
                "clock", Health.AMBER, "not synchronised", "start an NTP client; only displays and expiry depend on it"
            )
    return Finding("clock", Health.GREEN, time.strftime("%Y-%m-%d %H:%M:%S %Z"))


async def _head_room() -> Finding:
    """Sleep like a 50 Hz loop for half a second and see how late it wakes."""
    late_ms = []
    for _ in range(25):
        began_ns = time.monotonic_ns()
        await asyncio.sleep(0.02)
        late_ms.append((time.monotonic_ns() - began_ns) / NS_PER_MS - 20)
    worst_ms = max(0.0, sorted(late_ms)[-2])
    cpus = os.cpu_count() or 1
    seen = f"a 50 Hz loop wakes up to {worst_ms:.1f} ms late; load {os.getloadavg()[0]:.1f} on {cpus} CPUs"
    if worst_ms >= TOO_LATE_MS:
        return Finding("CPU head-room", Health.RED, seen, "end what keeps the machine busy")
    if worst_ms >= LATE_MS:
        return Finding("CPU head-room", Health.AMBER, seen, "end what keeps the machine busy")
    return Finding("CPU head-room", Health.GREEN, seen)


def _tables(settings: Settings) -> list[Finding]:
    from bridge.config import BridgeConfig
    from simulator.config import SimConfig

    findings = []
    for name, struct in (("bridge", BridgeConfig), ("robot", AgentConfig), ("sim", SimConfig)):
        title = f"configuration [{name}]"
        if not settings.has(name):
            findings.append(Finding(title, Health.GREEN, "not set: the defaults hold"))
            continue
        try:
            settings.read(name, struct)
        except ConfigError as exc:
            findings.append(Finding(title, Health.RED, str(exc), "correct that key"))
        else:
            findings.append(Finding(title, Health.GREEN, "understood"))
    return findings


def _port(settings: Settings) -> Finding:
    from bridge.config import BridgeConfig

    try:
        config = settings.read("bridge", BridgeConfig)
    except ConfigError:
        return Finding("port", Health.AMBER, "not looked at: [bridge] is not understood")
    where = f"{config.host}:{config.port}"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as exc:
            health = _healthz(f"http://{where}")
            if health is not None:
                return Finding("port", Health.GREEN, f"a Stagebridge bridge listens on {where}")
            cure = "end what uses it, or choose another with bridge.port or --port"
            return Finding("port", Health.RED, f"cannot listen on {where}: {exc.strerror}", cure)
    return Finding("port", Health.GREEN, f"{where} is free")


def _bridge(robot: AgentConfig) -> Finding:
    base = re.sub(r"^ws", "http", robot.bridge_url).removesuffix("/ws")
    health = _healthz(base)
    if health is None:
        return Finding("bridge", Health.RED, f"{base} does not answer", "start the bridge, or correct robot.bridge_url")
    return Finding("bridge", Health.GREEN, f"{base} answers, with {health.get('robots_online', '?')} robots online")


def _healthz(base: str) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=2.0) as answer:  # noqa: S310 -- http or https, as configured
            health = json.load(answer)
    except (OSError, ValueError):
        return None
    return health if isinstance(health, dict) else None


def _version_of(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() or None
