"""What a process that must be prompt gets of its host, and that its neighbours keep theirs."""

import subprocess
import sys
from pathlib import Path

GROUP = Path("/proc/self/autogroup")
ASK = """
import os
from pathlib import Path
from robot_agent.motion import host
word = host.ask_to_be_prompt()
group = Path("/proc/self/autogroup")
told = group.read_text().split() if group.exists() else []
print(word, os.getpriority(os.PRIO_PROCESS, 0), told[-1] if told else "none", sep="|")
"""


def told_of_its_group() -> str:
    """Return what the kernel says of this process's autogroup: nothing outside of any, as below a container's init."""
    return GROUP.read_text() if GROUP.exists() else ""


def asked(*, leads_its_session: bool) -> list[str]:
    """Return what a child process was told, its niceness, and its session's."""
    run = subprocess.run(
        [sys.executable, "-c", ASK], text=True, capture_output=True, check=True, start_new_session=leads_its_session
    )
    return run.stdout.strip().split("|")


def test_a_leader_is_prompt_with_its_session_or_says_why_not() -> None:
    word, niceness, of_session = asked(leads_its_session=True)
    if word == "nice -10 with its session":
        assert (niceness, of_session) == ("-10", "-10")
    elif word == "nice -10":
        assert (niceness, of_session) == ("-10", "none")
    else:
        assert "(" in word  # the host's reason
        assert of_session in {"0", "none"}


def test_a_process_that_leads_no_session_leaves_its_neighbours_alone() -> None:
    before = told_of_its_group()
    word, _, of_session = asked(leads_its_session=False)
    assert "session" not in word
    assert of_session == (before.split()[-1] if before else "none")
    assert told_of_its_group() == before
