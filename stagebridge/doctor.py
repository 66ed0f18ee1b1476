"""`stagebridge doctor`: runs all examinations and shows their findings."""

import asyncio
from pathlib import Path
from typing import Final

from rich.markup import escape

from stagebridge import say
from stagebridge.examinations import Finding, Health, examine

_MARKS: Final = {Health.GREEN: "[green]●[/]", Health.AMBER: "[yellow]▲[/]", Health.RED: "[bold red]■[/]"}


def run_doctor(config: Path | None, *, as_json: bool) -> int:
    """Examine this machine; return 1 when something is red, else 0."""
    findings = asyncio.run(examine(config))
    worst = 1 if any(each.health is Health.RED for each in findings) else 0
    if as_json:
        say.machine({"healthy": worst == 0, "findings": [_flat(each) for each in findings]})
        return worst
    for each in findings:
        cure = f"\n     → {escape(each.cure)}" if each.cure else ""
        say.people.print(
            f" {_MARKS[each.health]} {each.health.value:<5}  [bold]{escape(each.name)}[/]  {escape(each.seen)}{cure}",
            soft_wrap=True,
        )
    return worst


def _flat(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "health": finding.health.value, "seen": finding.seen, "cure": finding.cure}
