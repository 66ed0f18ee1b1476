"""Runs one command line and turns how it ended into words and an exit status."""

from collections.abc import Sequence
from typing import Final

from cyclopts.exceptions import CycloptsError

from stagebridge import say
from stagebridge.cli import app
from teleop_core.errors import StagebridgeError

EXIT_FAULT: Final = 2


def run(words: Sequence[str]) -> int:
    """Run one command; return 0 for success, 1 for a check that failed, 2 for a fault that the user can cure.

    A fault is said in one sentence, on standard error and, with --json, as `{"error": ...}` on standard output.
    """
    as_json = "--json" in words
    try:
        outcome = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as exc:
        command = " ".join(("stagebridge", *(exc.command_chain or ())))
        said = " ".join(str(exc).split())
        say.failed(f"{said} Try: {command} --help", as_json=as_json)
        return EXIT_FAULT
    except StagebridgeError as exc:
        say.failed(str(exc), as_json=as_json)
        return EXIT_FAULT
    except BaseExceptionGroup as group:
        fault = _only_faults(group)
        if fault is None:
            raise
        say.failed(str(fault), as_json=as_json)
        return EXIT_FAULT
    return outcome if isinstance(outcome, int) else 0


def _only_faults(group: BaseExceptionGroup[BaseException]) -> StagebridgeError | None:
    """Return the first fault in `group` when all of it are faults on purpose, else None."""
    faults, others = group.split(StagebridgeError)
    if faults is None or others is not None:
        return None
    first: BaseException = faults
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first if isinstance(first, StagebridgeError) else None
