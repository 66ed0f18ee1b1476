"""What is asked of a warm process, and what it answers: one line of JSON each."""

import enum
from collections.abc import Mapping

import msgspec


class End(enum.Enum):
    """How a trial ended."""

    PASSED = "passed"
    FAILED = "failed"  # a test failed
    RAISED = "raised"  # code that was put in place raised while the tests were imported
    HUNG = "hung"  # it used up its processor time
    ODD = "odd"  # anything else; it says nothing about the rules


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Run `test` with each module of the core in `instead` replaced by the source that it maps to.

    `cpu_s` is how much processor time it may use: the clock on the wall would take a busy machine for a hang.
    """

    test: str
    instead: Mapping[str, str]
    cpu_s: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended, the processor time that it took, the modules of the core that it loaded, and what was odd."""

    end: End
    cpu_s: float = 0.0
    loaded: frozenset[str] = frozenset()
    why: str = ""
