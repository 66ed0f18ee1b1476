"""Lines of the robot's own: one after the other, cut when told, and their end told once."""

import numpy as np

from robot_agent.media.voice.lines import MAX_LINES, Lines
from robot_agent.media.voice.pcm import TURN_SAMPLES, Pcm


def line(value: int, turns: float = 1.0) -> Pcm:
    return np.full(round(turns * TURN_SAMPLES), value, np.int16)


def made() -> tuple[Lines, list[str]]:
    over: list[str] = []
    return Lines(on_end=over.append), over


def values(lines: Lines, turns: int) -> list[int | None]:
    played = [lines.play() for _ in range(turns)]
    return [None if pcm is None else int(pcm[0]) for pcm in played]


def test_lines_are_played_one_after_the_other() -> None:
    lines, over = made()
    lines.put("a", line(1, 2))
    lines.put("b", line(2))

    assert values(lines, 4) == [1, 1, 2, None]
    assert over == ["a", "b"]


def test_the_last_turn_is_filled_with_silence() -> None:
    lines, _ = made()
    lines.put("a", line(7, 0.5))

    pcm = lines.play()

    assert pcm is not None
    assert len(pcm) == TURN_SAMPLES
    assert pcm[-1] == 0


def test_a_line_is_cut_and_the_next_begins() -> None:
    lines, over = made()
    lines.put("a", line(1, 9))
    lines.put("b", line(2))
    assert values(lines, 1) == [1]
    lines.cut("a")

    assert values(lines, 2) == [2, None]
    assert over == ["a", "b"]


def test_all_are_cut() -> None:
    lines, over = made()
    lines.put("a", line(1, 9))
    lines.put("b", line(2))
    lines.cut()

    assert values(lines, 1) == [None]
    assert over == ["a", "b"]


def test_too_many_are_refused() -> None:
    lines, _ = made()

    assert [lines.put(str(number), line(1)) for number in range(MAX_LINES + 1)] == [True] * MAX_LINES + [False]


def test_what_nobody_plays_any_more_is_named() -> None:
    lines, over = made()
    lines.put("a", line(1))

    assert lines.clear() == ["a"]
    assert values(lines, 1) == [None]
    assert over == []
