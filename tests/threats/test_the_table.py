"""The table in docs/explanation/threats.md and the files of this folder say the same."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "explanation" / "threats.md"
THREATS = 25
ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)\)")


def rows() -> dict[int, str]:
    return {int(number): rest for number, rest in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def files(number: int) -> list[Path]:
    return sorted(FOLDER.glob(f"test_{number:02d}_*.py"))


def test_every_threat_has_its_row() -> None:
    assert list(rows()) == list(range(1, THREATS + 1))


@pytest.mark.parametrize("number", range(1, THREATS + 1))
def test_a_row_names_its_own_files_or_says_what_brings_it(number: int) -> None:
    shown_by = rows()[number].split(" | ")[-1]
    own = [f"[test_{number:02d}](../../tests/threats/{path.name})" for path in files(number)]

    if own:
        assert shown_by.strip().startswith(", ".join(own))
    else:
        assert re.search(r"\bcomes with:? ", shown_by)


@pytest.mark.parametrize("number", range(1, THREATS + 1))
def test_whatever_a_row_names_is_there(number: int) -> None:
    for target in LINK.findall(rows()[number]):
        assert (PAGE.parent / target).is_file(), target


@pytest.mark.parametrize("number", range(1, THREATS + 1))
def test_every_file_says_its_threat_and_what_is_expected(number: int) -> None:
    for path in files(number):
        docstring = path.read_text(encoding="utf-8").split('"""')[1]
        assert docstring.startswith(f"Threat {number}: "), path.name
        assert "Expected: " in docstring, path.name
