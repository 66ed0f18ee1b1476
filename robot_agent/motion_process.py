"""The agent's side of the motion process: starts it, tells it that the agent lives, restarts it when it dies."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from robot_agent.config import MotionConfig
from robot_agent.motion import ipc
from teleop_core.errors import ConfigError
from teleop_core.timebase import NS_PER_S, ms, seconds

HEARTBEAT_S: Final = 0.020
FIRST_RETRY_S: Final = 0.2
LONGEST_RETRY_S: Final = 5.0
PROVEN_NS: Final = seconds(10)  # a process that lived so long is restarted without delay
END_PATIENCE_S: Final = 3.5
SILENT_NS: Final = seconds(1)
HUNG_NS: Final = seconds(3)
BOOT_NS: Final = seconds(15)  # lock, driver and a busy machine
OWN_STALL_NS: Final = ms(200)
_REAP_POLL_S: Final = 0.02
_FRAMES_A_TURN: Final = 256


class Child(Protocol):
    """A process that was started; what is used of `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def poll(self) -> int | None:
        """Return its exit status, minus the signal that ended it; None while it lives."""
        ...

    def kill(self) -> None:
        """End it at once, whatever it does."""
        ...


Spawn = Callable[[MotionConfig, socket.socket], Child]


def spawn(config: MotionConfig, end: socket.socket) -> Child:
    """Start a motion process, in a session of its own, that has its own copy of `end`."""
    command = [sys.executable, "-m", "robot_agent.motion", "--ipc-fd", str(end.fileno()), "--robot", config.robot]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STAGEBRIDGE_")}
    return subprocess.Popen(
        command, pass_fds=[end.fileno()], stdin=subprocess.DEVNULL, start_new_session=True, env=environment
    )


def silence() -> float:
    """Return how loud nobody is."""
    return 0.0


class MotionProcess:
    """Keeps one motion process alive.

    The heartbeat is sent by the event loop itself, so that a blocked loop is silence. The process is never killed to
    end it: the end of the channel makes it stop the robot and go. Only one that hangs is killed, when the driver's own
    time limit has stopped the robot long ago. `clock` is CLOCK_MONOTONIC in nanoseconds.
    """

    def __init__(
        self,
        config: MotionConfig,
        *,
        on_message: Callable[[ipc.ToPeer], None],
        on_ready: Callable[[ipc.Ready], None],
        on_away: Callable[[str], None],
        spawn: Spawn = spawn,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._config = config
        self._on_message = on_message
        self._on_ready = on_ready
        self._on_away = on_away
        self._spawn = spawn
        self._clock = clock
        self._channel: ipc.Channel[ipc.FromMotion, ipc.FromAgent] | None = None
        self._child: Child | None = None
        self._gone = asyncio.Event()
        self._unfit: str | None = None
        self._heard_ns = 0
        self._is_ready = False
        self._is_silent = False
        self._ending = asyncio.Event()
        self._log = structlog.get_logger("motion-process")
        self.bridge_up = False
        self.voice: Callable[[], float] = silence  # how loud the voice is that the hall hears, 0..1

    @property
    def is_up(self) -> bool:
        """Whether a motion process answers now."""
        return self._is_ready and not self._is_silent

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return None if self._child is None else self._child.pid

    def send(self, frame: ipc.FromAgent, *, lossless: bool = False, ahead: bool = False) -> bool:
        """Pass a frame on; False when it was dropped: there is no process, or no room for a frame that may be lost."""
        return self._channel is not None and self._channel.send(frame, lossless=lossless, ahead=ahead)

    async def run(self) -> None:
        """Start the process, and start it again whenever it dies, until `end`.

        Raises:
            ConfigError: it says that its configuration can never work.

        """
        delay_s = FIRST_RETRY_S
        while not self._ending.is_set():
            began_ns = self._clock()
            reason = await self._live()
            if self._ending.is_set():
                return
            if self._unfit is not None:
                raise ConfigError(self._unfit)
            if self._clock() - began_ns >= PROVEN_NS:
                delay_s = FIRST_RETRY_S
            self._log.error("motion.died", reason=reason, restart_in_s=delay_s)
            self._on_away(reason)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LONGEST_RETRY_S)

    async def end(self, detail: str) -> None:
        """Have the robot stop and the process go, and wait for that."""
        self._ending.set()
        if self._channel is None or self._child is None:
            return
        self._channel.send(ipc.LocalStop(detail, leave=True), lossless=True, ahead=True)
        self._channel.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_PATIENCE_S):
                await self._exit_status(self._child)

    async def _live(self) -> str:
        """Start one process and stay with it; return in words how it ended."""
        loop = asyncio.get_running_loop()
        ours, theirs = ipc.socket_pair()
        channel = ipc.agent_end(ours)
        try:
            child = self._spawn(self._config, theirs)
        finally:
            theirs.close()
        self._gone.clear()
        self._channel, self._child = channel, child
        self._is_ready = self._is_silent = False
        self._heard_ns = self._clock()
        channel.send(ipc.Configure(self._config), lossless=True)
        loop.add_reader(ours, self._take_in, channel)
        try:
            async with asyncio.TaskGroup() as tasks:
                heartbeat = tasks.create_task(self._beat(channel, child), name="motion-heartbeat")
                await self._gone.wait()
                heartbeat.cancel()
            self._is_ready = False
            return _in_words(await self._exit_status(child, kill_after_s=2 * END_PATIENCE_S))
        finally:
            self._is_ready = False
            loop.remove_reader(ours)
            self._channel = None
            channel.close()

    def _take_in(self, channel: "ipc.Channel[ipc.FromMotion, ipc.FromAgent]") -> None:
        for _ in range(_FRAMES_A_TURN):
            frame = channel.receive()
            if frame is None:
                break
            self._heard_ns = self._clock()
            match frame:
                case ipc.ToPeer():
                    self._on_message(frame)
                case ipc.Ready():
                    self._is_ready = True
                    self._log.info("motion.ready", epoch=frame.epoch, model=frame.profile and frame.profile.model)
                    self._on_ready(frame)
                case ipc.Unfit():
                    self._unfit = frame.detail
        if not channel.is_open:
            asyncio.get_running_loop().remove_reader(channel)
            self._gone.set()

    async def _beat(self, channel: "ipc.Channel[ipc.FromMotion, ipc.FromAgent]", child: Child) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            channel.flush()
            channel.send(ipc.Heartbeat(bridge_up=self.bridge_up, voice=self.voice()))
            before_ns = self._clock()
            due_s = max(due_s + HEARTBEAT_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            self._notice_silence(child, late_ns=self._clock() - before_ns)

    def _notice_silence(self, child: Child, *, late_ns: int) -> None:
        now_ns = self._clock()
        if late_ns > OWN_STALL_NS:
            self._heard_ns = now_ns  # it was this process that slept
        silence_ns = now_ns - self._heard_ns
        was_silent, self._is_silent = self._is_silent, self._is_ready and silence_ns > SILENT_NS
        if self._is_silent and not was_silent:
            self._log.error("motion.silent")
            self._on_away("the motion process does not answer")
        if silence_ns > (HUNG_NS if self._is_ready else BOOT_NS):
            self._log.error("motion.hung", silence_s=silence_ns // NS_PER_S)
            child.kill()
            self._heard_ns = now_ns

    async def _exit_status(self, child: Child, *, kill_after_s: float | None = None) -> int:
        deadline_ns = None if kill_after_s is None else self._clock() + seconds(kill_after_s)
        while (status := child.poll()) is None:
            if deadline_ns is not None and self._clock() >= deadline_ns:
                child.kill()
                deadline_ns = None
            await asyncio.sleep(_REAP_POLL_S)
        return status


def _in_words(status: int) -> str:
    if status >= 0:
        return f"the motion process ended with status {status}"
    try:
        return f"the motion process was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"the motion process was ended by signal {-status}"
