"""`stagebridge show`: what is wrong with a show, and rehearsals that are the same to the last step."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples/shows/five-minutes.toml"


def show(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stagebridge", "show", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def told(*words: str) -> dict[str, object]:
    done = show("rehearse", str(SAMPLE), *words, "--json")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_sample_show_has_nothing_wrong() -> None:
    done = show("check", str(SAMPLE))

    assert done.returncode == 0
    assert "the simulated robot can do all of it" in done.stderr
    assert json.loads(show("check", str(SAMPLE), "--json").stdout) == {
        "show": "Five minutes on stage",
        "cues": 17,
        "problems": [],
    }


def test_the_sample_show_rehearses_identically_twice_and_otherwise_with_another_seed() -> None:
    once, again, other = told("--seed", "7"), told("--seed", "7"), told("--seed", "8")

    assert once == again
    assert once["ended"] is True
    assert once["trace_hash"] != other["trace_hash"]
    log = once["cue_log"]
    assert isinstance(log, list)
    assert [line["cue"] for line in log if line["what"] == "done"] == list(range(1, 18))
    assert log[-1]["what"] == "ended"


def test_a_blackout_amid_a_walk_leads_to_the_designed_sequence_and_back() -> None:
    seen = told("--link", "hangzhou-chongqing", "--blackout", "4s:3s")
    log, effects, darks = seen["cue_log"], seen["effects"], seen["in_the_dark"]
    assert isinstance(log, list)
    assert isinstance(effects, list)
    assert isinstance(darks, list)
    (dark,) = darks

    assert seen["ended"] is True
    assert {"held", "resumed"} <= {line["what"] for line in log if line["cue"] == 2}
    assert dark["way_m"] < 0.5  # the halt of what was commanded before, and nothing else
    assert dark["gestures"] == ["idle-alive"]
    said = [effect["text"] for effect in effects if effect["do"] == "utter"]
    assert said[0].startswith("One moment please.")


def test_people_read_the_cues_and_what_happened() -> None:
    done = show("rehearse", str(SAMPLE), "--blackout", "50s:3s")

    assert done.returncode == 0
    assert "held link" in done.stderr
    assert "the robot rolled 0.00 m to its halt" in done.stderr
    assert done.stdout.startswith("trace_hash ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('title = "t"\n[[cues]]\ntitle = "x"\ndo = "gesture"\ngestrue = "wave"', "did you mean 'gesture'"),
        ('title = "t"\n[[cues]]\ntitle = "x"\ndo = "move"\nmark = "nowhere"', "expected a mark of start"),
    ],
)
def test_a_show_that_is_none_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "show.toml"
    file.write_text(text)

    for command in ("check", "rehearse", "run"):
        done = show(command, str(file))
        assert done.returncode == 2
        (line,) = done.stderr.strip().splitlines()
        assert words in line


def test_what_the_robot_cannot_do_is_said_and_not_rehearsed(tmp_path: Path) -> None:
    file = tmp_path / "show.toml"
    file.write_text('title = "t"\n[[cues]]\ntitle = "x"\ndo = "gesture"\ngesture = "waves"')

    assert show("check", str(file)).returncode == 1
    assert "did you mean 'wave'" in show("check", str(file)).stderr
    assert show("rehearse", str(file)).returncode == 2


def test_a_file_that_is_not_there_and_a_blackout_that_is_none_are_said() -> None:
    assert "cannot read the show" in show("check", "/no/such/show.toml").stderr
    assert "such as 40s:3s" in show("rehearse", str(SAMPLE), "--blackout", "40s").stderr


def test_a_show_that_never_ends_says_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "show.toml"
    file.write_text('title="t"\n[[marks]]\nname="off"\nx_m=30\ny_m=0\n[[cues]]\ntitle="gone"\ndo="move"\nmark="off"')
    done = show("rehearse", str(file))

    assert done.returncode == 1
    assert "cue 1 (gone) did not end" in done.stderr
