"""Find a coturn for the TURN tests: the user's own, else the system's package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import browser

NAME = "turnserver"
PACKAGE = "coturn"
ASK_LIMIT_S = 30


class NoCoturnError(Exception):
    """No coturn could be found or installed; the message says what was tried and what to do."""


def find_or_install() -> str:
    """Return the path of a coturn that starts; STAGEBRIDGE_TURNSERVER, when set, allows no other.

    Raises:
        NoCoturnError: nothing that starts was found, and nothing could be installed.
    """
    chosen = os.environ.get("STAGEBRIDGE_TURNSERVER")
    if chosen:
        if not starts(chosen):
            raise NoCoturnError(f"STAGEBRIDGE_TURNSERVER={chosen} does not start")
        return chosen
    found = shutil.which(NAME) or _systems()
    if found is None or not starts(found):
        raise NoCoturnError(
            "no turnserver on PATH, and the system's packages gave none: "
            "install coturn (on Debian or Ubuntu: apt-get install coturn)"
        )
    return found


def starts(program: str) -> bool:
    """Return whether it says its version."""
    try:
        asked = subprocess.run([program, "--version"], capture_output=True, timeout=ASK_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _systems() -> str | None:
    return shutil.which(NAME) if browser.install_packages(PACKAGE) else None


if __name__ == "__main__":
    Path(".cache").mkdir(exist_ok=True)
    try:
        print(find_or_install())
    except NoCoturnError as missing:
        sys.exit(str(missing))
