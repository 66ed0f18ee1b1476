"""Have speexdsp here for tests and benches: found, or on Debian, as root, installed."""

import os
import shutil
import subprocess

from robot_agent.media.voice import speex
from teleop_core.errors import SetupError

PACKAGE = "libspeexdsp1"
INSTALL_LIMIT_S = 120


def find_or_install() -> None:
    """Make sure that speexdsp can be loaded.

    Raises:
        SetupError: it cannot, and what to do.
    """
    try:
        speex.library()
    except SetupError:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
        for what in (("update",), ("install", "--yes", "--no-install-recommends", PACKAGE)):
            subprocess.run(("apt-get", "--quiet", *what), capture_output=True, check=False, timeout=INSTALL_LIMIT_S)
        speex.library()
