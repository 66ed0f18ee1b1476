"""`stagebridge bridge`, `robot` and `sim`: one part each, from configuration to its end."""

import asyncio
import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from rich.markup import escape

from stagebridge import config as configuration
from stagebridge import say
from stagebridge.running import run_until_signal
from teleop_core.errors import ConfigError

if TYPE_CHECKING:
    from robot_agent.local_stop.server import StopPageLink

Flags = Mapping[str, object]


def run_bridge(file: Path | None, flags: Flags, *, as_json: bool) -> int:
    """Run a bridge until a signal ends it; say where it listens once it does."""
    from bridge.config import BridgeConfig
    from bridge.event_loop import new_event_loop
    from bridge.garbage import collecting_little
    from bridge.server import run_bridge as serve

    config = configuration.load(file, flags=_in_table("bridge", flags)).read("bridge", BridgeConfig)

    def ready(url: str) -> None:
        if as_json:
            say.machine({"url": url})
        else:
            say.people.print(f"[green]✓[/] the bridge listens at [bold]{escape(url)}[/]; Ctrl-C ends it")

    async def serve_alone() -> None:
        async with collecting_little():
            await serve(config, on_ready=ready)

    run_until_signal(serve_alone, loop_factory=new_event_loop)
    return 0


def enrol_robot(name: str, file: Path | None, flags: Flags, *, replace: bool, as_json: bool) -> int:
    """Let a robot in and print its key, the only time that it is known."""
    from bridge.config import BridgeConfig
    from bridge.credentials import new_secret
    from simulator.guest_list import GuestList

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise ConfigError(f"expected a robot's name of lower-case letters, digits and dashes, got {name!r}")
    config = configuration.load(file, flags=_in_table("bridge", flags)).read("bridge", BridgeConfig)
    key = new_secret()

    async def enrol() -> bool:
        async with GuestList.open(Path(config.database)) as guests:
            return await guests.enrol(name, key, replace=replace)

    if not asyncio.run(enrol()):
        raise ConfigError(f"{name} is enrolled already; --replace gives it a new key and makes the old one void")
    if as_json:
        say.machine({"robot": name, "key": key})
        return 0
    say.people.print(
        f"[green]✓[/] {escape(name)} may come in. Put this into its \\[robot] table; it is not shown again:"
    )
    say.plain(f'name = "{name}"\nkey = "{key}"')
    return 0


def run_robot(file: Path | None, flags: Flags, *, as_json: bool) -> int:
    """Run a robot's agent, with its motion process, until a signal ends it."""
    from robot_agent.agent import run_agent
    from robot_agent.config import AgentConfig
    from robot_agent.local_stop.server import LINK_FILE, StopPageLink

    config = configuration.load(file, flags=_in_table("robot", flags)).read("robot", AgentConfig)

    def served(page: StopPageLink) -> None:
        if not as_json:
            _show_stop_page(page, has_key=config.local_stop.terminal_key and sys.stdin.isatty())

    if as_json:
        link_file = str(Path(config.state_dir) / LINK_FILE) if config.local_stop.enabled else None
        say.machine({"robot": config.name, "bridge_url": config.bridge_url, "stop_page_link_in": link_file})
    else:
        say.people.print(
            f"[green]✓[/] robot [bold]{escape(config.name)}[/] dials {escape(config.bridge_url)}; Ctrl-C stops it"
        )
    run_until_signal(lambda: run_agent(config, on_stop_page=served))
    return 0


def _show_stop_page(page: "StopPageLink", *, has_key: bool) -> None:
    """Print the link of the hall's STOP page, and as a picture for a phone; its PIN goes to a terminal only."""
    if not say.people.is_terminal:
        say.people.print(f"the hall's STOP page: {escape(page.url)}, its link with the PIN in {escape(str(page.file))}")
        return
    key = "; any key in this terminal is STOP as well" if has_key else ""
    say.people.print(f"[bold]STOP page[/] for phones in the hall's network{key}:")
    for url in page.urls:
        say.people.print(f"{url}#{page.pin}", soft_wrap=True, markup=False)
    picture = io.StringIO()
    segno.make(page.link, error="m").terminal(out=picture, compact=True)
    say.people.file.write(picture.getvalue())


def run_sim(file: Path | None, flags: Flags, *, as_json: bool) -> int:
    """Run a simulated stage until a signal ends it."""
    from simulator.config import SimConfig
    from simulator.stage_process import run_stage

    config = configuration.load(file, flags=_in_table("sim", flags)).read("sim", SimConfig)

    def ready() -> None:
        if as_json:
            say.machine({"socket": config.socket, "serial_link": config.serial_link})
        else:
            say.people.print(f"[green]✓[/] the stage is set at [bold]{escape(config.socket)}[/]; Ctrl-C ends it")

    run_until_signal(lambda: run_stage(config, on_ready=ready))
    return 0


def _in_table(table: str, flags: Flags) -> dict[str, object]:
    return {f"{table}.{name}": value for name, value in flags.items()}
