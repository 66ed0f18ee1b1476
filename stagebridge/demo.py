"""`stagebridge demo`: the whole system on one machine, until Ctrl-C."""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rich.markup import escape
from rich.panel import Panel

from bridge.config import BridgeConfig
from simulator.network.far_door import FarDoor
from simulator.network.profiles import Profile, profiles
from simulator.rig import Rig, RigOptions
from stagebridge import say
from stagebridge.running import run_until_signal
from teleop_core.errors import SetupError
from teleop_core.wire.messages import Role

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 -- compared, and chosen by the user
_WATCH_S: Final = 0.5
_FIRST_STEPS: Final = (
    "Open the first two links below, side by side; the third is a STOP for a phone, served by the robot itself.",
    "",
    "[bold]1[/]  As staff: the robot starts stopped. Clear the STOP, in two steps.",
    "[bold]2[/]  As presenter: ask to drive, then hold [bold]W[/]. Let go, and the robot stands.",
    "[bold]3[/]  Space or Esc is STOP, for everybody, at any time.",
    "",
    "Ctrl-C ends all of it.",
)


def list_links(*, as_json: bool) -> int:
    """Say which links the presenter can be put behind."""
    if as_json:
        say.machine({name: {"words": each.words, "notes": each.notes} for name, each in profiles().items()})
        return 0
    for name, each in profiles().items():
        say.plain(f"{name:<18}  {each.words}")
    return 0


def run_demo(options: RigOptions, *, link: Profile | None = None, as_json: bool) -> int:
    """Start everything, print the links, wait for Ctrl-C, stop everything.

    With a `link` the presenter comes in by a door at its far end; staff, the robot and its STOP page are beside the
    stage.

    Raises:
        SetupError: the pages are not built, the port is taken, or a part does not start or ends.

    """
    _require_pages()
    if options.host in _EVERYWHERE and options.public_url is None and options.port:
        options = dataclasses.replace(options, public_url=f"http://{_own_address()}:{options.port}")
    rig = Rig(options)

    async def show() -> None:
        try:
            with say.people.status("starting the bridge, the robot and its stage …"):
                await rig.start()
            async with AsyncExitStack() as leaving:
                far_url = await leaving.enter_async_context(_far_end(rig, link)) if link is not None else None
                await _announce(rig, link, far_url, as_json=as_json)
                await _until_a_part_ends(rig)
        finally:
            await rig.stop()

    run_until_signal(show)
    if not rig.is_clean:
        raise SetupError("something that the demo started does not end; look for it with: ps aux | grep stagebridge")
    say.people.print("stopped; nothing left running")
    return 0


@asynccontextmanager
async def _far_end(rig: Rig, link: Profile) -> AsyncIterator[str]:
    """Open a door at the far end of `link`; yield where the pages are there."""
    options = rig.options
    bridge = (urlsplit(rig.url).hostname or options.host, rig.port)
    async with FarDoor.opened(link, bridge=bridge, host=options.host, seed=options.seed) as door:
        host = urlsplit(options.public_url or rig.url).hostname
        yield f"http://{f'[{host}]' if host and ':' in host else host}:{door.port}"


async def _announce(rig: Rig, link: Profile | None, far_url: str | None, *, as_json: bool) -> None:
    presenter = await rig.invite(Role.PRESENTER, "Presenter", base_url=far_url)
    staff = await rig.invite(Role.STAFF, "Stage staff")
    hall = await rig.stop_page()
    if as_json:
        links = {"url": rig.url, "presenter": presenter.url, "staff": staff.url, "stop_page": hall}
        say.machine(links if link is None else links | {"link": link.name})
        return
    say.people.print(Panel("\n".join(_FIRST_STEPS), title="The stage is set", border_style="green", padding=(1, 2)))
    if link is not None:
        say.people.print(f"The presenter's link below is [bold]{escape(link.name)}[/]: {escape(link.words)}")
    say.plain(
        f"Presenter    {presenter.url}"
    )  # whole lines, to be clicked or copied: never inside a box that cuts them
    say.plain(f"Stage staff  {staff.url}")
    say.plain(f"STOP page    {hall}")


async def _until_a_part_ends(rig: Rig) -> None:
    while (ended := rig.ended_part()) is None:  # noqa: ASYNC110 -- a process's end is asked for
        await asyncio.sleep(_WATCH_S)
    raise SetupError(f"{ended.name} ended by itself with status {ended.exit_status}:\n{ended.tail()}")


def _require_pages() -> None:
    pages = Path(BridgeConfig().pages)
    if not (pages / "presenter.html").exists() and not (pages / "presenter" / "index.html").exists():
        raise SetupError(f"the pages are not built (nothing in {pages}): run `make setup` first")


def _own_address() -> str:
    """Return the address by which others in the network reach this machine; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
