"""The file of a show: marks on the floor and cues in their order, in TOML or JSON.

Every kind of cue has the fields of `Cue`; `do` says which it is. What the robot does in a cue it does by itself, except
that it moves nowhere: a `move` waits for whoever drives to bring it to the mark, by hand or by "drive to the mark".
"""

import difflib
import enum
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, assert_never

import msgspec
from msgspec import Meta, Struct

from teleop_core.errors import ConfigError
from teleop_core.geometry import Pose2D
from teleop_core.wire.messages import MAX_CUES, MAX_MARKS, CueTitle, GestureName, Line, MarkName, Spoken

MAX_STEPS: Final = 8
MAX_SHOW_BYTES: Final = 64 * 1024
HOLD_CARD: Final = "hold"
START: Final = "start"  # the mark at the origin of the stage frame, which every show has
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(?P<name>[^`]+)`")

SignalName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$(?!\n)")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$(?!\n)")]
CardName = Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,79})?$(?!\n)")]
Seconds = Annotated[float, Meta(ge=0.0, le=3600.0)]


class Language(enum.Enum):
    """What a line is spoken in."""

    EN = "en"
    ZH = "zh"


class Grade(enum.Enum):
    """How good the link of whoever presents is, worst first."""

    LOST = "lost"
    POOR = "poor"
    GOOD = "good"


class After(enum.Enum):
    """When a cue begins."""

    GO = "go"  # somebody says go
    PREVIOUS = "previous"  # by itself, `wait_s` after the one before it


class LinkRule(enum.Enum):
    """What goes on while the link of whoever presents is away. What has begun is finished either way."""

    HOLD = "hold"  # nothing new begins
    FINISH = "finish"  # what follows by itself goes on, up to the next cue that waits for somebody


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class Mark(_Part, frozen=True, kw_only=True):
    """A place on the floor, in the stage frame: origin at the start mark, heading counter-clockwise from +x."""

    name: MarkName
    x_m: Annotated[float, Meta(ge=-100.0, le=100.0)]
    y_m: Annotated[float, Meta(ge=-100.0, le=100.0)]
    heading_deg: Annotated[float, Meta(ge=-360.0, le=360.0)] = 0.0

    @property
    def pose(self) -> Pose2D:
        """Where a robot stands that stands on it."""
        return Pose2D(self.x_m, self.y_m, math.radians(self.heading_deg))


class Needs(_Part, frozen=True, kw_only=True):
    """What must hold before a cue begins."""

    at_mark: MarkName | None = None
    battery: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    link: Grade | None = None
    area_clear: bool = False


class Step(_Part, frozen=True, kw_only=True, tag_field="do"):
    """Something to do."""


class Gesture(Step, frozen=True, kw_only=True, tag="gesture"):
    """The robot performs one of its own gestures."""

    gesture: GestureName


class Speak(Step, frozen=True, kw_only=True, tag="speak"):
    """The robot says a line."""

    text: Spoken
    language: Language | None = None


class Sound(Step, frozen=True, kw_only=True, tag="sound"):
    """The robot plays a file that lies beside the show's own: WAV, 16 bits."""

    file: FileName


class Face(Step, frozen=True, kw_only=True, tag="face"):
    """The robot's face shows a picture beside the show's file, `hold` for its hold card, "" for the presenter."""

    card: CardName = ""


class Light(Step, frozen=True, kw_only=True, tag="light"):
    """A signal for the light desk."""

    signal: SignalName


class Slide(Step, frozen=True, kw_only=True, tag="slide"):
    """A signal for whoever shows the slides."""

    signal: SignalName = "next"


class Pause(Step, frozen=True, kw_only=True, tag="pause"):
    """Nothing, for so long."""

    for_s: Seconds


Deed = Gesture | Speak | Sound | Face | Light | Slide
"""What the robot is told to do; a pause is the show's own."""

SimpleStep = Deed | Pause


class Cue(_Part, frozen=True, kw_only=True, tag_field="do"):
    """What every cue has. `lasts_s` is how long it is planned to take, for the clock of the show alone."""

    title: CueTitle
    after: After = After.GO
    wait_s: Seconds = 0.0
    needs: Needs = Needs()
    lasts_s: Seconds | None = None


class MoveCue(Cue, frozen=True, kw_only=True, tag="move"):
    """Over once the robot stands at the mark, wherever the hand took it on the way."""

    mark: MarkName


class GestureCue(Cue, frozen=True, kw_only=True, tag="gesture"):
    """See `Gesture`."""

    gesture: GestureName


class SpeakCue(Cue, frozen=True, kw_only=True, tag="speak"):
    """See `Speak`."""

    text: Spoken
    language: Language | None = None


class SoundCue(Cue, frozen=True, kw_only=True, tag="sound"):
    """See `Sound`."""

    file: FileName


class FaceCue(Cue, frozen=True, kw_only=True, tag="face"):
    """See `Face`."""

    card: CardName = ""


class LightCue(Cue, frozen=True, kw_only=True, tag="light"):
    """See `Light`."""

    signal: SignalName


class SlideCue(Cue, frozen=True, kw_only=True, tag="slide"):
    """See `Slide`."""

    signal: SignalName = "next"


class PauseCue(Cue, frozen=True, kw_only=True, tag="pause"):
    """See `Pause`."""

    for_s: Seconds


class LiveCue(Cue, frozen=True, kw_only=True, tag="live"):
    """The presenter speaks or acts; over when somebody says go to what follows."""

    script: Line = ""  # what the teleprompter shows


class StaffCue(Cue, frozen=True, kw_only=True, tag="wait_for_staff"):
    """Over when staff say go."""


class SequenceCue(Cue, frozen=True, kw_only=True, tag="sequence"):
    """Several steps, one after the other or all together; over with the last."""

    steps: Annotated[tuple[SimpleStep, ...], Meta(min_length=1, max_length=MAX_STEPS)]
    together: bool = False


AnyCue = (
    MoveCue
    | GestureCue
    | SpeakCue
    | SoundCue
    | FaceCue
    | LightCue
    | SlideCue
    | PauseCue
    | LiveCue
    | StaffCue
    | SequenceCue
)


class Rules(_Part, frozen=True, kw_only=True):
    """What the robot does by itself while the link is away, and when a show is aborted."""

    link_lost: LinkRule = LinkRule.HOLD
    holding_line: Annotated[str, Meta(max_length=300)] = ""
    holding_after_s: Annotated[float, Meta(ge=1.0, le=120.0)] = 4.0
    idle_gesture: GestureName | None = "idle-alive"
    abort_pose: GestureName | None = None


class Script(_Part, frozen=True, kw_only=True):
    """A show."""

    title: CueTitle
    language: Language = Language.EN
    marks: Annotated[tuple[Mark, ...], Meta(max_length=MAX_MARKS - 1)] = ()
    rules: Rules = Rules()
    cues: Annotated[tuple[AnyCue, ...], Meta(min_length=1, max_length=MAX_CUES)]

    def mark(self, name: str) -> Mark | None:
        """Return the mark of that name, None when there is none."""
        if name == START and all(each.name != START for each in self.marks):
            return START_MARK
        return next((each for each in self.marks if each.name == name), None)

    @property
    def all_marks(self) -> tuple[Mark, ...]:
        """The marks of the file, and the start mark."""
        return self.marks if any(each.name == START for each in self.marks) else (START_MARK, *self.marks)


_TABLES: Final[tuple[type[Struct], ...]] = (
    Script,
    Rules,
    Mark,
    Needs,
    MoveCue,
    GestureCue,
    SpeakCue,
    SoundCue,
    FaceCue,
    LightCue,
    PauseCue,
    LiveCue,
    SequenceCue,
)
START_MARK: Final = Mark(name=START, x_m=0.0, y_m=0.0)


def read_script(text: bytes, *, name: str) -> Script:
    """Return the show in `text`; `name` is its file's, which says whether it is JSON or TOML.

    Raises:
        ConfigError: it is no show: what was expected, where, and what was seen.

    """
    if len(text) > MAX_SHOW_BYTES:
        raise ConfigError(f"{name}: expected a show of at most {MAX_SHOW_BYTES} bytes, got {len(text)}")
    try:
        table = _parsed(text, name=name)
        script = msgspec.convert(table, Script)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.DecodeError, RecursionError) as exc:
        raise ConfigError(f"{name}: {_in_words(str(exc))}") from exc
    problems = list(_inner_problems(script))
    if problems:
        raise ConfigError(f"{name}: " + "; ".join(problems))
    return script


def steps_of(cue: AnyCue) -> tuple[SimpleStep, ...]:
    """Return what the robot does by itself in `cue`."""
    match cue:
        case GestureCue(gesture=gesture):
            return (Gesture(gesture=gesture),)
        case SpeakCue(text=text, language=language):
            return (Speak(text=text, language=language),)
        case SoundCue(file=file):
            return (Sound(file=file),)
        case FaceCue(card=card):
            return (Face(card=card),)
        case LightCue(signal=signal):
            return (Light(signal=signal),)
        case SlideCue(signal=signal):
            return (Slide(signal=signal),)
        case PauseCue(for_s=for_s):
            return (Pause(for_s=for_s),)
        case SequenceCue(steps=steps):
            return steps
        case MoveCue() | LiveCue() | StaffCue():
            return ()
        case unreachable:
            assert_never(unreachable)


def kind_of(cue: AnyCue) -> str:
    """Return the word of the file that says which kind of cue it is."""
    return str(cue.__struct_config__.tag)


def problems_on_stage(script: Script, *, gestures: Iterable[str], files: Iterable[str], speaks: bool) -> Iterator[str]:
    """Yield what in the show this robot cannot do, in words; `files` are those beside the show's own."""
    can_perform, there = frozenset(gestures), {*files, "", HOLD_CARD}
    for number, cue in enumerate(script.cues, start=1):
        where = f"cue {number} ({cue.title})"
        for step in steps_of(cue):
            match step:
                case Gesture(gesture=name) if name not in can_perform:
                    yield f"{where}: this robot knows no gesture {name!r}{_near(name, can_perform)}"
                case Sound(file=file) | Face(card=file) if file not in there:
                    yield f"{where}: there is no file {file!r} beside the show"
                case Speak() if not speaks:
                    yield f"{where}: this robot has no speech; install espeak-ng on it"
                case _:
                    pass
    for what, pose in (("idle_gesture", script.rules.idle_gesture), ("abort_pose", script.rules.abort_pose)):
        if pose is not None and pose not in can_perform:
            yield f"rules.{what}: this robot knows no gesture {pose!r}{_near(pose, can_perform)}"
    if script.rules.holding_line and not speaks:
        yield "rules.holding_line: this robot has no speech; install espeak-ng on it"


def _parsed(text: bytes, *, name: str) -> dict[str, Any]:
    if name.endswith(".json"):
        return msgspec.json.decode(text, type=dict[str, Any])
    return tomllib.loads(text.decode("utf-8"))


def _inner_problems(script: Script) -> Iterator[str]:
    names = [mark.name for mark in script.marks]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"marks: expected each name once, got {name!r} twice"
    known = [mark.name for mark in script.all_marks]
    for number, cue in enumerate(script.cues, start=1):
        for mark in (cue.needs.at_mark, cue.mark if isinstance(cue, MoveCue) else None):
            if mark is not None and script.mark(mark) is None:
                yield f"cue {number} ({cue.title}): expected a mark of {', '.join(known)}, got {mark!r}"
    if script.cues[0].after is After.PREVIOUS:
        yield f"cue 1 ({script.cues[0].title}): expected the first cue to wait for go"


def _in_words(text: str) -> str:
    """Return msgspec's words, and the nearest field where one was misspelt."""
    unknown = _UNKNOWN_FIELD.search(text)
    if unknown is None:
        return text
    return text + _near(unknown["name"], {name for table in _TABLES for name in table.__struct_fields__})


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
