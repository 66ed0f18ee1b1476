"""The real asyncio shells in virtual time: no house breaks a rule, each plays again, and planted bugs are found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prove import shells
from prove.shells import bugs

CHECKOUT = Path(__file__).parents[2]


def test_no_house_of_the_slice_breaks_a_rule() -> None:
    told = [shells.live(seed) for seed in range(30)]

    assert sum(each.moves for each in told) > 300
    assert sum(each.dials for each in told) > len(told)
    assert sum(each.boots for each in told) > len(told)


def test_a_house_that_is_played_again_tells_the_same() -> None:
    def trace(seed: int) -> list[str]:
        lines: list[str] = []
        shells.live(seed, tell=lines.append)
        return lines

    first = trace(3)

    assert len(first) > 50
    assert first == trace(3)
    assert first != trace(4)


def test_a_house_is_the_same_in_every_process() -> None:
    def replay(hash_seed: str) -> str:
        command = [sys.executable, "-m", "prove.shells", "--seed", "3"]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True).stdout

    assert replay("1") == replay("2")


def test_loads_no_media() -> None:
    listing = "import prove.shells.__main__, sys; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", listing], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert set(done.stdout.split()).isdisjoint({"aiortc", "av", "cv2", "numpy"})


@pytest.mark.timeout(300)  # some need a hundred runs, and this machine may be busy
@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: bugs.Planted) -> None:
    found = bugs.find(bug)

    assert found is not None


def test_a_foul_is_told_as_the_line_that_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bug = next(each for each in bugs.BUGS if each.attribute == "_speak")
    monkeypatch.setattr(bug.owner, bug.attribute, bug.body)

    ran, fouls = shells.run(runs=2, processes=1)

    assert ran == 2
    assert fouls[0].startswith("python -m prove.shells --seed 0  # Foul(")
