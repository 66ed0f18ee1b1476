"""`stagebridge doctor`: runs all examinations, shows their findings, and certifies that a show may begin."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.markup import escape

from stagebridge import certificate, say
from stagebridge import config as configuration
from stagebridge.durations import parse_seconds
from stagebridge.examinations import examine
from stagebridge.finding import Finding
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import Health

_STYLES: Final = {Health.GREEN: "green", Health.AMBER: "yellow", Health.RED: "bold red"}


def run_doctor(config: Path | None, *, soak: str | None = None, page: Path | None = None, as_json: bool) -> int:
    """Examine this machine, with `soak` the robot's link for so long; return 1 when something is red, else 0.

    Raises:
        ConfigError: `soak` is no duration, or the certificate cannot be written to `page`.
    """
    soak_s = float(parse_seconds(soak)) if soak is not None else 0.0
    findings = asyncio.run(examine(config, soak_s=soak_s))
    at = datetime.now(tz=UTC).astimezone()
    if page is not None:
        certificate.write(page, findings, robot=_robot_in(config), soak_s=soak_s, at=at)
    if as_json:
        say.machine(certificate.as_json(findings, soak_s=soak_s, at=at))
    else:
        _show(findings, page)
    return 1 if certificate.verdict_of(findings) == "no_go" else 0


def _show(findings: list[Finding], page: Path | None) -> None:
    for each in findings:
        cure = f"\n     → {escape(each.cure)}" if each.cure else ""
        mark = f"[{_STYLES[each.health]}]{certificate.MARKS[each.health]}[/]"
        say.people.print(
            f" {mark} {each.health.value:<5}  [bold]{escape(each.name)}[/]  {escape(each.seen)}{cure}",
            soft_wrap=True,
        )
    say.people.print(f"\n [bold]{certificate.WORDS[certificate.verdict_of(findings)]}[/]")
    if page is not None:
        say.people.print(f" the certificate is in {escape(str(page))}, and for machines in {page.with_suffix('.json')}")


def _robot_in(config: Path | None) -> str:
    try:
        name = configuration.load(config).get("robot", "name")
    except ConfigError:
        name = None
    return name if isinstance(name, str) else "this machine"
