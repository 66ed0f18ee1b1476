"""The motion process: started by the agent with one end of a socket pair, in a session of its own.

It ends with 0 once the agent is gone, or SIGTERM came, and the robot stands. SIGINT is ignored: Ctrl-C in a terminal
reaches everybody, and this process must outlive the others until the robot stands.
"""

import argparse
import functools
import os
import secrets
import select
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from robot_agent import logs
from robot_agent.config import MotionConfig
from robot_agent.drivers import registry
from robot_agent.inputs.opening import open_panel
from robot_agent.inputs.watch import StopPanel
from robot_agent.motion import host, ipc, limits, memory
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.loop import HostClock, MotionLoop
from robot_agent.motion.trace import FileTrace, NoTrace, Trace
from robot_agent.motion.watchdog import KernelWatchdog
from teleop_core.errors import ConfigError, SetupError
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession
from teleop_core.timebase import NS_PER_S
from teleop_core.wire.messages import RobotProfile

CONFIGURE_PATIENCE_S: Final = 10.0
DRIVER_PATIENCE_S: Final = 2.0
INPUTS_PATIENCE_S: Final = 1.0
EXIT_SETUP: Final = 69  # EX_UNAVAILABLE
EXIT_CONFIG: Final = 78  # EX_CONFIG
EXIT_FAILED: Final = 70  # EX_SOFTWARE

_log = structlog.get_logger("motion")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the motion process on the socket that it is given; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m robot_agent.motion", description=__doc__)
    parser.add_argument("--ipc-fd", type=int, required=True, help="the inherited end of the agent's socket pair")
    parser.add_argument("--robot", default="", help="the robot's name, for the process list")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = socket.socket(fileno=chosen.ipc_fd)
    ipc.prepare(end)
    channel = ipc.motion_end(end)
    config = _configuration(channel)
    if config is None:
        return 0  # the agent went before it had said anything
    writer = logs.configure("motion", robot=config.robot)
    try:
        return _run(config, channel)
    finally:
        channel.close()
        writer.close()


def _configuration(channel: "ipc.Channel[ipc.FromAgent, ipc.FromMotion]") -> MotionConfig | None:
    while channel.is_open:
        frame = channel.receive()
        if isinstance(frame, ipc.Configure):
            return frame.config
        if frame is None and not select.select([channel], [], [], CONFIGURE_PATIENCE_S)[0]:
            return None
    return None


def _run(config: MotionConfig, channel: "ipc.Channel[ipc.FromAgent, ipc.FromMotion]") -> int:
    try:
        with host.sole_owner(Path(config.state_dir)):
            return _own_robot(config, channel)
    except SetupError as exc:
        _log.error("motion.not_started", reason=str(exc))
        return EXIT_SETUP
    except ConfigError as exc:
        _log.error("motion.not_started", reason=str(exc))
        channel.send(ipc.Unfit(str(exc)), lossless=True)
        return EXIT_CONFIG


def _own_robot(config: MotionConfig, channel: "ipc.Channel[ipc.FromAgent, ipc.FromMotion]") -> int:
    clock = HostClock()
    state_dir = Path(config.state_dir)
    remembered, problem = memory.load(state_dir, unix_s=clock.unix_ns() // NS_PER_S)
    if problem is not None:
        _log.warning("motion.memory_unknown", reason=problem, fence=remembered.fence)
    driver = DriverSlot(functools.partial(registry.open_driver, config.driver))
    keeper = memory.MemoryKeeper(memory.FileDisk(state_dir))
    trace = _trace(config)
    inputs = StopPanel()
    watchdog = KernelWatchdog()
    try:
        inputs = open_panel(config.stop_inputs)
        _open(driver, now_ns=clock.now_ns())
        inputs.wait_until_tried(timeout_s=INPUTS_PATIENCE_S)
        loop = MotionLoop(
            session=RobotSession(
                epoch=secrets.token_urlsafe(6),
                memory=remembered,
                profile=_safety_profile(config, driver),
                timing=limits.timing_of(config.motion),
                now_ns=clock.now_ns(),
            ),
            channel=channel,
            driver=driver,
            memory=keeper,
            trace=trace,
            profile=lambda: _profile(config, driver),
            period_ns=NS_PER_S // config.motion.rate_hz,
            clock=clock,
            inputs=inputs,
            feed_watchdog=watchdog.feed,
            safety_profile=functools.partial(_safety_profile, config, driver),
        )
        with watchdog.watching():
            return _turn(loop, driver, rate_hz=config.motion.rate_hz)
    finally:
        driver.close()
        inputs.close()
        keeper.close(timeout_s=1.0)
        trace.close()


def _open(driver: DriverSlot, *, now_ns: int) -> None:
    driver.wait_until_tried(timeout_s=DRIVER_PATIENCE_S, now_ns=now_ns)
    if driver.config_error is not None:
        raise driver.config_error


def _turn(loop: MotionLoop, driver: DriverSlot, *, rate_hz: int) -> int:
    signal.signal(signal.SIGTERM, lambda *_: loop.ask_to_end("the motion process was told to end"))
    _log.info("motion.running", pid=os.getpid(), scheduling=host.ask_for_priority(), rate_hz=rate_hz)
    host.calm_the_collector()
    try:
        loop.run()
    except Exception:  # noqa: BLE001 -- the root of this process: the robot first, then the words
        driver.close()
        _log.exception("motion.failed")
        return EXIT_FAILED
    _log.info("motion.ended")
    return 0


def _profile(config: MotionConfig, driver: DriverSlot) -> RobotProfile | None:
    return None if driver.capabilities is None else limits.profile_of(config.motion, driver.capabilities)


def _safety_profile(config: MotionConfig, driver: DriverSlot) -> SafetyProfile:
    return limits.safety_profile_of(config.motion, driver.capabilities)


def _trace(config: MotionConfig) -> Trace:
    if config.motion.trace is None:
        return NoTrace()
    try:
        return FileTrace(Path(config.motion.trace))
    except OSError as exc:
        raise ConfigError(f"robot.motion.trace: cannot write {config.motion.trace}: {exc.strerror}") from exc


if __name__ == "__main__":
    sys.exit(main())
