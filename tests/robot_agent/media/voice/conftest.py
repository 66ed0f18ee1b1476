import pytest

from teleop_core.errors import SetupError
from tools import speexdsp as tool


@pytest.fixture(scope="session")
def speexdsp() -> None:
    """Have speexdsp here; only where it may not be installed are its tests left out, which the checks say."""
    try:
        tool.find_or_install()
    except SetupError as missing:
        pytest.skip(str(missing))
