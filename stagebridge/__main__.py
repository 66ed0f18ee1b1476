"""Entry point of the `stagebridge` command."""

import signal
import sys

from simulator.processes import end_with_parent


def main() -> None:
    """Run the command line of this process and exit with its status."""
    end_with_parent()
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # until a command takes it over: a Ctrl-C this early needs no traceback
    from stagebridge.command_line import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
