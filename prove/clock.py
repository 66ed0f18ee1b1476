"""An event loop whose clock jumps, and processes on it that freeze, thaw and die without knowing of each other.

Nobody sleeps: when nothing is ready the clock moves on to the next timer, so what would take seconds takes
microseconds. Descriptors are real, and looked at without waiting, so that what is written to one is read at once.
"""

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final, TypeVar

LONGEST_S: Final = 3600.0
NOBODY: Final = Context()  # what belongs to no process: the network, the judge

T = TypeVar("T")


class DeadlockError(Exception):
    """Every task waits, and nothing will ever wake one of them."""


class Process:
    """What shares one fate: everything that was begun inside, tasks, timers and readers, belongs to it by its context.

    While it is frozen nothing of it runs, as after SIGSTOP: what becomes due waits, in order, and everybody else goes
    on. A dead one has closed what it listened to, and its tasks end; what they still try must come to nothing, so
    whoever carries something for a process looks at `is_dead`. What a living one raises, the loop's exception handler
    hears.
    """

    def __init__(self, loop: "VirtualLoop", name: str) -> None:
        self.name = name
        self.is_frozen = False
        self.is_dead = False
        self._loop = loop
        self._held: list[_Call] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._on_death: list[Callable[[], None]] = []
        self._context = copy_context()
        self._context.run(_running.set, self)

    @property
    def runs(self) -> bool:
        """Whether it is neither frozen nor dead."""
        return not self.is_frozen and not self.is_dead

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have `work` done as a part of this process."""
        task = self._loop.create_task(work, name=self.name, context=self._context.copy())
        task.add_done_callback(self._hear_end, context=NOBODY)
        self._tasks.append(task)
        return task

    def when_killed(self, close: Callable[[], None]) -> None:
        """Have `close` called when this process dies, as a kernel closes what a process had open."""
        self._on_death.append(close)

    def freeze(self) -> None:
        """Let nothing of it run any more."""
        self.is_frozen = True

    def thaw(self) -> None:
        """Let it run on, with all that waited."""
        self.is_frozen = False
        held, self._held = self._held, []
        for call in held:
            call.again()

    def kill(self) -> None:
        """End it where it stands."""
        if self.is_dead:
            return
        self.is_dead = True
        self._loop.close_readers_of(self)
        for close in self._on_death:
            close()
        for task in self._tasks:
            task.cancel()
        self.thaw()  # for the tasks to end

    async def has_ended(self, *, within_s: float) -> bool:
        """Wait until all its tasks ended, whichever way; return False when that takes longer."""
        if not self._tasks:
            return True
        _, pending = await asyncio.wait(self._tasks, timeout=within_s)
        return not pending

    def _hear_end(self, task: "asyncio.Task[None]") -> None:
        """Have the loop's exception handler hear of what a living process did not expect."""
        if task.cancelled() or task.exception() is None or self.is_dead:
            return
        self._loop.call_exception_handler({"message": f"{self.name} failed", "exception": task.exception()})

    def hold(self, call: "_Call") -> None:
        """Keep a call until this process thaws."""
        self._held.append(call)


_running: ContextVar[Process] = ContextVar("_running")


def name_of_running() -> str:
    """Return the name of the process that runs now, an empty string when there is none."""
    process = _running.get(None)
    return "" if process is None else process.name


class _Call:
    """A callback that asks, when its time has come, whether its process runs."""

    __slots__ = ("args", "callback", "context", "handle", "process")

    def __init__(
        self, process: Process, callback: Callable[..., object], args: tuple[object, ...], context: Context
    ) -> None:
        self.process = process
        self.callback = callback
        self.args = args
        self.context = context
        self.handle: asyncio.Handle | None = None

    def __call__(self) -> None:
        if self.process.is_frozen:
            self.process.hold(self)
        else:
            self.callback(*self.args)

    def again(self) -> None:
        """Run at the next turn, unless that was cancelled by then."""
        asyncio.get_running_loop().call_soon(self._run_late, context=NOBODY)

    def _run_late(self) -> None:
        if self.handle is None or not self.handle.cancelled():
            self.context.run(self)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready at once, and moves its clock on to the next timer when nothing is."""

    def __init__(self) -> None:
        self.virtual_s = 1000.0
        self.now_ns = round(self.virtual_s * 1e9)  # the same in nanoseconds
        self.readers: dict[int, tuple[int, Process | None, object]] = {}  # by descriptor: its turn, whose, and what
        self._turns = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.virtual_s

    def jump(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.virtual_s += max(0.0, seconds)
        self.now_ns = round(self.virtual_s * 1e9)

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Run `callback` at the next turn of the process that asks for it."""
        context = copy_context() if context is None else context
        process = context.get(_running)
        if process is None:
            return super().call_soon(callback, *args, context=context)
        call = _Call(process, callback, args, context)
        call.handle = super().call_soon(call, context=context)
        return call.handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run `callback` at `when`, or once the process that asks for it has thawed."""
        context = copy_context() if context is None else context
        process = context.get(_running)
        if process is None:
            return super().call_at(when, callback, *args, context=context)
        call = _Call(process, callback, args, context)
        call.handle = handle = super().call_at(when, call, context=context)
        return handle

    def add_reader(self, fd: Any, callback: Callable[..., object], *args: object) -> None:  # noqa: ANN401 - as asyncio has it
        """Call `callback` whenever `fd` is readable and the process that asks for it runs."""
        self._turns += 1
        number = fd if isinstance(fd, int) else fd.fileno()
        self.readers[number] = (self._turns, copy_context().get(_running), fd)
        super().add_reader(number, callback, *args)

    def remove_reader(self, fd: Any) -> bool:  # noqa: ANN401 - the same
        """Stop; also for what is closed by now."""
        number = fd if isinstance(fd, int) else fd.fileno()
        if number < 0:
            number = next((each for each, (_, _, known) in self.readers.items() if known is fd), number)
        return self.readers.pop(number, None) is not None and super().remove_reader(number)

    def close_readers_of(self, process: Process) -> None:
        """Close what a process listens to."""
        for number, (_, owner, known) in list(self.readers.items()):
            if owner is process:
                del self.readers[number]
                super().remove_reader(number)
                with contextlib.suppress(AttributeError):
                    known.close()  # type: ignore[attr-defined]  # a bare descriptor has no such method

    def turn_to_read(self, fd: int) -> int | None:
        """Return the turn of a descriptor among those that are readable; None when its process does not run."""
        turn, process, _ = self.readers.get(fd, (0, None, None))
        return turn if process is None or process.runs else None


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: moves the clock instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is readable now; where that is nothing, move the clock on by `timeout`."""
        if timeout == 0:
            return []
        if self._loop.readers:
            turns = [(self._loop.turn_to_read(key.fd), key, events) for key, events in super().select(0)]
            ready = sorted((turn, key.fd, key, events) for turn, key, events in turns if turn is not None)
            if ready:
                return [(key, events) for _, _, key, events in ready]
        if timeout is None:
            raise DeadlockError("every task waits for ever")
        self._loop.jump(min(timeout, LONGEST_S))
        return []


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a loop of its own, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
