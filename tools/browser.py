"""Find a Chromium for the browser tests: the user's own, else Playwright's, else the system's package."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ON_A_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "fonts-noto-cjk")  # the pages speak Chinese too
INSTALL_LIMIT_S = 600
LOG = Path(".cache/browser.log")


class NoBrowserError(Exception):
    """No browser could be found or installed; the message says what was tried and what to do."""


def find_or_install() -> str:
    """Return the path of a browser that starts.

    STAGEBRIDGE_BROWSER, when set, allows no other. What the installers print goes to .cache/browser.log.

    Raises:
        NoBrowserError: nothing that starts was found, and nothing could be installed.
    """
    chosen = os.environ.get("STAGEBRIDGE_BROWSER")
    if chosen:
        if not starts(chosen):
            raise NoBrowserError(f"STAGEBRIDGE_BROWSER={chosen} does not start")
        return chosen
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    roads: tuple[Callable[[], str | None], ...] = (_users_own, _playwrights, _systems)
    for road in roads:
        if found := road():
            return found
    raise NoBrowserError(
        "no Chromium or Chrome on PATH, and neither Playwright nor the system's packages gave one "
        f"(see {LOG}): install Chromium, or name a browser with STAGEBRIDGE_BROWSER=/path"
    )


def starts(browser: str) -> bool:
    """Return whether the browser says its version: a stub that wants a snap does not, nor one without its libraries."""
    try:
        asked = subprocess.run([browser, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _users_own() -> str | None:
    candidates = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in (*candidates, *ON_A_MAC) if starts(path)), None)


def _playwrights() -> str | None:
    if (installed := _playwrights_path()) and starts(installed):
        return installed
    _say("no Chromium or Chrome on PATH: asking Playwright for one")
    if not _ran([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]):
        return None
    installed = _playwrights_path()
    if installed and not starts(installed) and _is_debian_root():
        _ran([sys.executable, "-m", "playwright", "install-deps", "chromium"])
    return installed if installed and starts(installed) else None


def _playwrights_path() -> str | None:
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=False)
    path = answer.stdout.strip()
    return path if answer.returncode == 0 and Path(path).exists() else None


def _systems() -> str | None:
    return _users_own() if install_packages(*PACKAGES) else None


def install_packages(*packages: str) -> bool:
    """Ask Debian's packages for these, where that is possible; return whether they are installed now."""
    if not _is_debian_root():
        return False
    _say(f"asking the system's packages for {' and '.join(packages)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _ran(["apt-get", "update"], env=quiet)  # one stale source is no reason to stop: the install below tells
    return _ran(["apt-get", "install", "-y", "--no-install-recommends", *packages], env=quiet)


def _is_debian_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _ran(command: list[str], env: dict[str, str] | None = None) -> bool:
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                timeout=INSTALL_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            log.write(f"given up after {INSTALL_LIMIT_S} s\n")
            return False
    return done.returncode == 0


def _say(progress: str) -> None:
    print(f"  {progress} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoBrowserError as missing:
        sys.exit(str(missing))
