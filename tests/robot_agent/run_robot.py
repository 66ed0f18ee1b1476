"""Runs a robot agent as `stagebridge robot` does, from a configuration in JSON."""

import fcntl
import os
import sys
import termios
from pathlib import Path

import msgspec

from robot_agent.agent import run_agent
from robot_agent.config import AgentConfig
from stagebridge.running import run_until_signal

if __name__ == "__main__":
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # in the front of that terminal, as if started from a shell there
    config = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=AgentConfig)
    run_until_signal(lambda: run_agent(config))
