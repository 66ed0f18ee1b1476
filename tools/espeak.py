"""Have espeak-ng here for tests: found, or installed where that may be done."""

import shutil

from robot_agent.show.speech import ESPEAK
from teleop_core.errors import SetupError
from tools.browser import install_packages


def find_or_install() -> None:
    """Make sure that espeak-ng can be run.

    Raises:
        SetupError: it cannot, and what to do.
    """
    if shutil.which(ESPEAK) is None and not install_packages(ESPEAK):
        raise SetupError(f"expected {ESPEAK}, found none; install it: apt-get install {ESPEAK}")
