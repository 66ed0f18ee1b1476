"""How heavy the built pages are: each under 120 kB gzip, all that it may ever load counted."""

import gzip
import re
from pathlib import Path

import pytest

DIST = Path(__file__).parents[2] / "operator_ui" / "dist"
MOST_BYTES = 120_000
MOST_BYTES_AT_FIRST = 100_000  # before anything is opened that comes later


def assets_in(text: str) -> set[str]:
    """Return the files of the build that `text` names."""
    return set(re.findall(r"[\w.-]+-[\w-]{8}\.(?:js|css)", text))


def weight(names: set[str]) -> int:
    return sum(len(gzip.compress((DIST / "assets" / name).read_bytes())) for name in names)


@pytest.mark.parametrize("page", ["presenter", "staff"])
def test_a_page_is_light(page: str) -> None:
    first = assets_in((DIST / f"{page}.html").read_text())
    assert first, "expected scripts and styles in the built page; `make setup` builds it"
    later = set(first)
    while more := {each for name in later for each in assets_in((DIST / "assets" / name).read_text())} - later:
        later |= more

    assert weight(first) < MOST_BYTES_AT_FIRST
    assert weight(later) < MOST_BYTES
