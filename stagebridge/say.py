"""How commands speak: rich text for people on standard error, one JSON object for machines on standard output."""

import json
import sys
from typing import Final

from rich.console import Console
from rich.markup import escape

people: Final = Console(stderr=True, highlight=False)


def machine(answer: object) -> None:
    """Print the one JSON object of this run on standard output."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def failed(reason: str, *, as_json: bool) -> None:
    """Say why the command could not do its work; with `as_json`, to the machine as well."""
    people.print(f"[bold red]✗[/] {escape(reason)}", soft_wrap=True)
    if as_json:
        machine({"error": reason})


def plain(line: str) -> None:
    """Print a line on standard output as it is, to be copied or piped."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
