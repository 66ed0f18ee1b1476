"""What `stagebridge show` does: reads the file of a show, rehearses it, runs it."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from simulator.network.profiles import profile
from simulator.plant import BASES
from simulator.rehearsal.play import Blackout, Rehearsal, Rehearsed, effects_as_json, log_as_json
from simulator.rig import RigOptions
from stagebridge import demo, say
from stagebridge.durations import parse_seconds
from teleop_core.errors import ConfigError, SetupError
from teleop_core.show.script import Script, kind_of, problems_on_stage, read_script
from teleop_core.timebase import to_seconds


def check_show(file: Path, *, as_json: bool) -> int:
    """Print what is wrong with a show, or what happens in it."""
    script, problems = load(file)
    if as_json:
        say.machine({"show": script.title, "cues": len(script.cues), "problems": problems})
    else:
        _show_plan(script)
        for problem in problems:
            say.people.print(f"[bold red]✗[/] {escape(problem)}", soft_wrap=True)
        if not problems:
            say.people.print("[green]✓[/] the simulated robot can do all of it")
    return 1 if problems else 0


def rehearse_show(file: Path, *, seed: int, link: str | None, blackouts: tuple[str, ...], as_json: bool) -> int:
    """Play a show through in lock-step, and print what happened."""
    script, problems = load(file)
    if problems:
        raise ConfigError(f"{file}: " + "; ".join(problems))
    road = None if link is None else profile(link)
    done = Rehearsal(script, seed=seed, link=road, blackouts=[_blackout(each) for each in blackouts]).run()
    if as_json:
        say.machine({"show": script.title, "seed": seed, "link": link, **_as_json(done)})
    else:
        _show_rehearsal(script, done)
    return 0 if done.ended else 1


def run_show(file: Path, *, host: str, port: int, seed: int, link: str | None, as_json: bool) -> int:
    """Run everything on this machine, with the show loaded onto the robot, until Ctrl-C."""
    load(file)
    options = RigOptions(
        seed=seed,
        host=host,
        port=port,
        voice=True,
        face=True,
        front_camera=True,
        show=file,
    )
    return demo.run_demo(options, link=None if link is None else profile(link), as_json=as_json)


def _as_json(done: Rehearsed) -> dict[str, object]:
    return {
        "ended": done.ended,
        "why": done.why,
        "lasted_s": round(done.lasted_s, 2),
        "path_m": round(done.path_m, 3),
        "cue_log": log_as_json(done.cue_log),
        "effects": effects_as_json(done.told),
        "in_the_dark": [
            {
                "at_s": each.blackout.at_s,
                "for_s": each.blackout.for_s,
                "way_m": round(each.way_m, 3),
                "gestures": each.gestures,
            }
            for each in done.in_the_dark
        ],
        "trace_hash": done.trace_hash,
    }


def load(file: Path) -> tuple[Script, list[str]]:
    """Return the show, and what of it the simulated robot cannot do.

    Raises:
        SetupError: the file cannot be read.
        ConfigError: it is no show.

    """
    try:
        text = file.read_bytes()
    except OSError as exc:
        raise SetupError(f"cannot read the show {file}: {exc.strerror}") from exc
    script = read_script(text, name=str(file))
    gestures = [gesture.name for gesture in BASES["differential"].gestures]
    files = [each.name for each in file.resolve().parent.iterdir()]
    return script, list(problems_on_stage(script, gestures=gestures, files=files, speaks=True))


def _blackout(text: str) -> Blackout:
    at, separator, lasts = text.partition(":")
    if not separator:
        raise ConfigError(f"--blackout: expected a time and a length such as 40s:3s, got {text!r}")
    return Blackout(at_s=parse_seconds(at), for_s=parse_seconds(lasts))


def _show_plan(script: Script) -> None:
    table = Table("", "cue", "does", "begins", "planned", title=escape(script.title), title_justify="left")
    for number, cue in enumerate(script.cues, start=1):
        begins = "at go" if cue.after.value == "go" else f"by itself, after {cue.wait_s:g} s"
        planned = "" if cue.lasts_s is None else f"{cue.lasts_s:g} s"
        table.add_row(str(number), escape(cue.title), kind_of(cue).replace("_", " "), begins, planned)
    say.people.print(table)


def _show_rehearsal(script: Script, done: Rehearsed) -> None:
    table = Table("at", "", "cue", "", title=escape(script.title), title_justify="left")
    for line in done.cue_log:
        clock = f"{to_seconds(line.at_ns):7.1f} s"
        table.add_row(clock, str(line.cue + 1), escape(line.title), f"{line.word.value} {escape(line.detail)}".strip())
    say.people.print(table)
    for each in done.in_the_dark:
        where = f"dark at {each.blackout.at_s:g} s for {each.blackout.for_s:g} s"
        gestures = f"; it performed {', '.join(each.gestures)}" if each.gestures else ""
        say.people.print(f"{where}: the robot rolled {each.way_m:.2f} m to its halt{gestures}")
    if done.ended:
        say.people.print(f"[green]✓[/] came to its end after {done.lasted_s:.0f} s; {done.path_m:.1f} m driven")
    else:
        say.people.print(f"[bold red]✗[/] {escape(done.why)}", soft_wrap=True)
    say.plain(f"trace_hash {done.trace_hash}")
