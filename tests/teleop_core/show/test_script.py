"""The file of a show: what is read, and what is refused in words that say the cure."""

import math

import pytest

from teleop_core.errors import ConfigError
from teleop_core.show.script import (
    MAX_SHOW_BYTES,
    After,
    Gesture,
    Language,
    Pause,
    Script,
    Speak,
    kind_of,
    problems_on_stage,
    read_script,
    steps_of,
)

HEAD = 'title = "A show"\n'
ALL_KINDS = """
[[marks]]
name = "centre"
x_m = 1.5
y_m = -0.5
heading_deg = 90
[[cues]]
title = "go there"
do = "move"
mark = "centre"
[[cues]]
title = "wave"
do = "gesture"
gesture = "wave"
after = "previous"
wait_s = 0.5
[[cues]]
title = "say"
do = "speak"
text = "hello"
language = "zh"
[[cues]]
title = "bell"
do = "sound"
file = "bell.wav"
[[cues]]
title = "card"
do = "face"
card = "soon.png"
[[cues]]
title = "dark"
do = "light"
signal = "house-down"
[[cues]]
title = "slide"
do = "slide"
[[cues]]
title = "breathe"
do = "pause"
for_s = 2
[[cues]]
title = "talk"
do = "live"
script = "Once upon a time"
[[cues]]
title = "staff"
do = "wait_for_staff"
[[cues]]
title = "both"
do = "sequence"
together = true
steps = [{ do = "gesture", gesture = "bow" }, { do = "speak", text = "thanks" }]
"""


def script(cues: str, *, head: str = HEAD) -> Script:
    return read_script((head + cues).encode(), name="show.toml")


def refusal(text: str, *, name: str = "show.toml") -> str:
    with pytest.raises(ConfigError) as refused:
        read_script(text.encode(), name=name)
    return str(refused.value)


def test_every_kind_of_cue_is_read() -> None:
    show = script(ALL_KINDS)

    assert [kind_of(cue) for cue in show.cues] == [
        "move",
        "gesture",
        "speak",
        "sound",
        "face",
        "light",
        "slide",
        "pause",
        "live",
        "wait_for_staff",
        "sequence",
    ]
    assert [len(steps_of(cue)) for cue in show.cues] == [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 2]
    assert steps_of(show.cues[2]) == (Speak(text="hello", language=Language.ZH),)
    assert steps_of(show.cues[7]) == (Pause(for_s=2.0),)
    assert steps_of(show.cues[10])[0] == Gesture(gesture="bow")
    assert show.cues[1].after is After.PREVIOUS


def test_json_with_the_same_tables_is_the_same_show() -> None:
    text = b'{"title": "A show", "cues": [{"title": "wave", "do": "gesture", "gesture": "wave"}]}'

    assert read_script(text, name="show.json") == script('[[cues]]\ntitle="wave"\ndo="gesture"\ngesture="wave"')


def test_marks_are_poses_and_the_start_mark_is_always_there() -> None:
    show = script(ALL_KINDS)
    centre, start = show.mark("centre"), show.mark("start")

    assert centre is not None
    assert (centre.pose.x_m, centre.pose.heading_rad) == (1.5, math.pi / 2)
    assert start is not None
    assert start.pose.x_m == 0.0
    assert [mark.name for mark in show.all_marks] == ["start", "centre"]
    assert show.mark("nowhere") is None


def test_a_show_may_lay_its_own_start_mark() -> None:
    head = HEAD + '[[marks]]\nname = "start"\nx_m = 1\ny_m = 2\n'
    show = script('[[cues]]\ntitle="home"\ndo="move"\nmark="start"', head=head)
    start = show.mark("start")

    assert start is not None
    assert start.x_m == 1.0
    assert len(show.all_marks) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", r"show\.toml: Invalid value"),
        (HEAD, "cues"),
        (HEAD + '[[cues]]\ntitle="x"\ndo="dance"', "Invalid value 'dance'"),
        (HEAD + '[[cues]]\ntitle="x"\ndo="gesture"\ngestrue="wave"', "did you mean 'gesture'"),
        (HEAD + '[[cues]]\ntitle="x"\ndo="gesture"\nqqqq="wave"', "unknown field `qqqq`"),
        (HEAD + '[[cues]]\ntitle="x"\ndo="move"\nmark="centre"', "expected a mark of start, got 'centre'"),
        (
            HEAD + '[[cues]]\ntitle="x"\ndo="slide"\nneeds={at_mark="left"}',
            r"cue 1 \(x\): expected a mark of start, got 'left'",
        ),
        (HEAD + '[[cues]]\ntitle="x"\ndo="slide"\nafter="previous"', "expected the first cue to wait for go"),
        (
            HEAD
            + '[[marks]]\nname="a"\nx_m=0\ny_m=0\n[[marks]]\nname="a"\nx_m=1\ny_m=0\n[[cues]]\ntitle="x"\ndo="slide"',
            "got 'a' twice",
        ),
        (HEAD + "#" * MAX_SHOW_BYTES, "expected a show of at most"),
    ],
)
def test_what_is_no_show_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_script(text.encode(), name="show.toml")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"show\.toml: .*utf-8"):
        read_script(b"\xff\xfe", name="show.toml")


def test_broken_json_is_refused() -> None:
    assert refusal("{", name="show.json").startswith("show.json: ")


def test_what_this_robot_cannot_do_is_said_before_the_show() -> None:
    rules = '[rules]\nholding_line = "wait"\nidle_gesture = "idle"\nabort_pose = "bow"\n'
    show = script(ALL_KINDS, head=HEAD + rules)

    problems = list(problems_on_stage(show, gestures=["wave", "idle-alive"], files=[], speaks=False))

    assert problems == [
        "cue 3 (say): this robot has no speech; install espeak-ng on it",
        "cue 4 (bell): there is no file 'bell.wav' beside the show",
        "cue 5 (card): there is no file 'soon.png' beside the show",
        "cue 11 (both): this robot knows no gesture 'bow'",
        "cue 11 (both): this robot has no speech; install espeak-ng on it",
        "rules.idle_gesture: this robot knows no gesture 'idle'; did you mean 'idle-alive'?",
        "rules.abort_pose: this robot knows no gesture 'bow'",
        "rules.holding_line: this robot has no speech; install espeak-ng on it",
    ]
    able = {"wave", "bow", "idle"}
    assert list(problems_on_stage(show, gestures=able, files=["bell.wav", "soon.png"], speaks=True)) == []


def test_a_show_without_gestures_by_itself_asks_nothing_of_the_robot() -> None:
    show = script('[[cues]]\ntitle="x"\ndo="slide"', head=HEAD + "[rules]\n")

    assert list(problems_on_stage(show, gestures=["idle-alive"], files=[], speaks=False)) == []
