"""A warm process: pytest and hypothesis are imported, nothing of the rules is; a fork of it runs each trial.

It reads trials from its standard input and writes outcomes to its standard output, one after another, until there are
no more. A fork that hangs ends itself. Its tests are the same every time: hypothesis draws what it drew before, keeps
no database, looks at no clock and loses no time on making a counterexample small.
"""

import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from traceback import walk_tb
from types import CodeType, ModuleType
from typing import Final

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings

from prove.mutation.trial import End, Outcome, Trial

CORE: Final = "teleop_core"
WALL_PER_CPU: Final = 60  # a fork that sleeps uses no processor time; after so many times its limit it is given up
FEWER_COLLECTIONS: Final = 200_000  # allocations from one to the next; a fork lives for seconds
MAX_BYTES: Final = 2 << 30  # of memory, so that a loop that appends for ever ends too


class Replaced(SourceFileLoader):
    """Loads a module from a source that is not in its file, and never from a cache."""

    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source."""
        return self.source_to_code(self._source, self.get_filename(fullname))


class Instead(MetaPathFinder):
    """Finds modules of the core in what replaces them, and tells whether it was their code that raised."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = {f"{CORE}.{module}": source for module, source in sources.items()}
        self._files = {name: str(Path.cwd().joinpath(*name.split(".")).with_suffix(".py")) for name in self._sources}
        self.has_raised = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the replaced module is, None for any other."""
        del path, target
        if fullname not in self._sources:
            return None
        file = self._files[fullname]
        return spec_from_file_location(fullname, file, loader=Replaced(fullname, file, self._sources[fullname]))

    def pytest_exception_interact(self, call: pytest.CallInfo[object]) -> None:
        """Note whether what was raised came through a replaced module (pytest calls this)."""
        raised = call.excinfo.value if call.excinfo else None
        while raised is not None:
            frames = (frame.f_code.co_filename for frame, _ in walk_tb(raised.__traceback__))
            self.has_raised |= not frozenset(self._files.values()).isdisjoint(frames)
            raised = raised.__cause__


def main() -> None:
    """Run trials until there are no more."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")
    importlib.import_module("hypothesis.stateful")  # so that no fork has to
    early = sorted(name for name in sys.modules if name.split(".")[0] == CORE)
    if early:
        raise RuntimeError(f"a warm process: expected none of the rules, got {early}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(FEWER_COLLECTIONS)
    for line in sys.stdin.buffer:
        outcome = run(msgspec.json.decode(line, type=Trial))
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


def run(trial: Trial) -> Outcome:
    """Run a trial in a fork and wait for its end."""
    reads, writes = os.pipe()
    fork = os.fork()
    if fork == 0:
        try:
            os.write(writes, msgspec.json.encode(_in_fork(trial)))
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as report:
        told = report.read()
    _, status, used = os.wait4(fork, 0)
    cpu_s = used.ru_utime + used.ru_stime
    if told:
        return msgspec.structs.replace(msgspec.json.decode(told, type=Outcome), cpu_s=cpu_s)
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return Outcome(end=End.HUNG, cpu_s=cpu_s)
    return Outcome(end=End.ODD, cpu_s=cpu_s, why=f"the fork ended with {code}")


def _in_fork(trial: Trial) -> Outcome:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (trial.cpu_s, trial.cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    signal.alarm(trial.cpu_s * WALL_PER_CPU)
    instead = Instead(trial.instead)
    sys.meta_path.insert(0, instead)
    status = pytest.main(["-q", "-x", "--tb=no", trial.test], plugins=[instead])
    loaded = frozenset(name.removeprefix(f"{CORE}.") for name in sys.modules if name.startswith(f"{CORE}."))
    if status in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return Outcome(end=End.FAILED if status else End.PASSED, loaded=loaded)
    if status == pytest.ExitCode.INTERRUPTED and instead.has_raised:
        return Outcome(end=End.RAISED, loaded=loaded)
    return Outcome(end=End.ODD, loaded=loaded, why=f"pytest ended with {status!r}")


if __name__ == "__main__":
    main()
