"""The doctor's verdict on paper: go or no-go, with every line, as JSON and as a page to print."""

import html
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from stagebridge.finding import Finding
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import Health

MARKS: Final = {
    Health.GREEN: "●",
    Health.AMBER: "▲",
    Health.RED: "■",
}  # told apart by shape and word, not by colour alone
WORDS: Final = {"go": "GO", "go_with_care": "GO, with care", "no_go": "NO-GO"}
_EXPLAINED: Final = {
    "go": "Nothing stands against the show.",
    "go_with_care": "The show can go on; what is amber works less well, and says what would help.",
    "no_go": "Something does not work. Cure what is red, and examine again.",
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.45 system-ui, "Noto Sans CJK SC", sans-serif; color: #111; background: #fff; max-width: 52rem;
       margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; margin: 0; }}
.verdict {{ font-size: 2.4rem; font-weight: 700; border: 3px solid currentColor; padding: .4rem 1rem; margin: 1rem 0; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .45rem .5rem; border-bottom: 1px solid #bbb; }}
td:first-child {{ white-space: nowrap; }}
.cure {{ font-style: italic; }}
.green {{ color: #1b6e3c; }} .amber {{ color: #8a5300; }} .red {{ color: #b00020; font-weight: 700; }}
.sign {{ margin-top: 3rem; display: flex; gap: 3rem; }}
.sign span {{ flex: 1; border-top: 1px solid #111; padding-top: .3rem; }}
tr {{ break-inside: avoid; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="verdict {colour}">{mark} {word}</p>
<p>{explained}</p>
<p>Examined {when}, {soak}.</p>
<table>
<thead><tr><th scope="col">state</th><th scope="col">what</th><th scope="col">seen, and the cure</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p class="sign"><span>name</span><span>date and time</span></p>
</body>
</html>
"""


def verdict_of(findings: Sequence[Finding]) -> str:
    """Return "go", "go_with_care" (something is amber) or "no_go" (something is red)."""
    seen = {each.health for each in findings}
    if Health.RED in seen:
        return "no_go"
    return "go_with_care" if Health.AMBER in seen else "go"


def as_json(findings: Sequence[Finding], *, soak_s: float, at: datetime) -> dict[str, object]:
    """Return the certificate for machines."""
    verdict = verdict_of(findings)
    return {
        "verdict": verdict,
        "healthy": verdict != "no_go",
        "examined_at": at.isoformat(timespec="seconds"),
        "soak_s": soak_s,
        "findings": [
            {"name": each.name, "health": each.health.value, "seen": each.seen, "cure": each.cure} for each in findings
        ],
    }


def as_page(findings: Sequence[Finding], *, robot: str, soak_s: float, at: datetime) -> str:
    """Return the certificate as a page to print, complete in itself."""
    verdict = verdict_of(findings)
    health = {"go": Health.GREEN, "go_with_care": Health.AMBER, "no_go": Health.RED}[verdict]
    soak = f"the link measured for {soak_s:g} s" if soak_s else "the link not measured"
    return _PAGE.format(
        title=html.escape(f"Stagebridge: is {robot} ready for the show?"),
        colour=health.value,
        mark=MARKS[health],
        word=WORDS[verdict],
        explained=_EXPLAINED[verdict],
        when=at.strftime("%Y-%m-%d %H:%M:%S %Z").strip(),
        soak=soak,
        rows="\n".join(_row(each) for each in findings),
    )


def write(page: Path, findings: Sequence[Finding], *, robot: str, soak_s: float, at: datetime) -> Path:
    """Write the page to `page` and the JSON beside it; return where the JSON is.

    Raises:
        ConfigError: it cannot be written there.
    """
    beside = page.with_suffix(".json")
    if beside == page:
        raise ConfigError(f"--certificate: expected a name for a page, such as show.html, got {page}")
    text = json.dumps(as_json(findings, soak_s=soak_s, at=at), ensure_ascii=False, indent=2)
    try:
        page.write_text(as_page(findings, robot=robot, soak_s=soak_s, at=at), encoding="utf-8")
        beside.write_text(text + "\n", encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"--certificate: {page}: cannot be written: {exc.strerror}") from exc
    return beside


def _row(finding: Finding) -> str:
    cure = f'<br><span class="cure">→ {html.escape(finding.cure)}</span>' if finding.cure else ""
    state = f"{MARKS[finding.health]} {finding.health.value}"
    return (
        f'<tr><td class="{finding.health.value}">{state}</td><th scope="row">{html.escape(finding.name)}</th>'
        f"<td>{html.escape(finding.seen)}{cure}</td></tr>"
    )
