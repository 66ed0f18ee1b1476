"""Runs a robot agent as `stagebridge robot` does, from a configuration in JSON."""

import sys
from pathlib import Path

import msgspec

from robot_agent.agent import run_agent
from robot_agent.config import AgentConfig
from stagebridge.running import run_until_signal

if __name__ == "__main__":
    config = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=AgentConfig)
    run_until_signal(lambda: run_agent(config))
