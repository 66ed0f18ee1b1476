"""`stagebridge invite`: makes, lists and revokes invites, in the bridge's own database or over its REST interface."""

import asyncio
import io
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import segno
from cyclopts import App, Parameter
from rich.markup import escape
from rich.table import Table

from bridge.config import BridgeConfig
from simulator.guest_list import GuestList
from stagebridge import config as configuration
from stagebridge import say
from stagebridge.durations import parse_seconds
from stagebridge.flags import AsJson, ConfigFile
from stagebridge.remote import ADMIN_KEY, RemoteBridge
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import Role

RoleName = Literal["presenter", "staff", "observer"]
Url = Annotated[str | None, Parameter(help=f"A bridge elsewhere, https://…; its admin key comes from {ADMIN_KEY}.")]
Database = Annotated[
    Path | None, Parameter(help="The bridge's file with robots and invites, when it is on this machine.")
]

_MS: Final = 1000

invite_app = App(
    name="invite",
    help_format="markdown",
    default_parameter=Parameter(negative=()),
)


@invite_app.default
def invite(
    *,
    role: Annotated[
        RoleName, Parameter(help="A presenter drives, staff help and reset, an observer watches.")
    ] = "presenter",
    robot: Annotated[str | None, Parameter(help="Which robot; may be left out while there is only one.")] = None,
    name: Annotated[str | None, Parameter(help="What the others in the room see.")] = None,
    expires: Annotated[str, Parameter(help="How long the link lets in: 90s, 30m, 8h, 2d.")] = "8h",
    url: Url = None,
    config: ConfigFile = None,
    database: Database = None,
    json: AsJson = False,
) -> int:
    """Invite somebody to a robot: print a link, and a code to scan.

    Whoever has the link gets in, so send it to one person. STOP is allowed to everybody in the room.

    Example: `stagebridge invite --role presenter --name "Ada" --expires 8h`
    """
    life_s = parse_seconds(expires)
    chosen = Role(role)
    if url is not None:
        made = RemoteBridge(url).invite(role=chosen, robot=robot, name=name, life_s=life_s)
    else:
        settings = _bridge_config(config, database)
        made = asyncio.run(_invite_here(settings, role=chosen, robot=robot, name=name, life_s=life_s))
    if json:
        say.machine(made)
        return 0
    _show_link(made)
    return 0


@invite_app.command(name="list")
def list_invites(*, url: Url = None, config: ConfigFile = None, database: Database = None, json: AsJson = False) -> int:
    """List the invites, newest first, without their tokens.

    Example: `stagebridge invite list`
    """
    if url is not None:
        invites = RemoteBridge(url).invites()
    else:
        invites = asyncio.run(_list_here(_bridge_config(config, database)))
    if json:
        say.machine({"invites": invites})
        return 0
    if not invites:
        say.people.print("No invites yet. Make one: stagebridge invite --role presenter")
        return 0
    table = Table("id", "role", "robot", "name", "lets in until", "state")
    for each in invites:
        texts = (each["id"], each["role"], each["robot"], each["name"])
        table.add_row(*(escape(str(text)) for text in texts), _moment(each["expires_unix_ms"]), _state(each))
    say.people.print(table)
    return 0


@invite_app.command
def revoke(
    invite_id: Annotated[str, Parameter(help="The invite's id, as `stagebridge invite list` shows it.")],
    /,
    *,
    url: Url = None,
    config: ConfigFile = None,
    database: Database = None,
    json: AsJson = False,
) -> int:
    """Make an invite void.

    It lets nobody in any more; with --url the bridge also sends off at once whoever came with it.

    Example: `stagebridge invite revoke 3f9a1c2b4d5e`
    """
    if url is not None:
        RemoteBridge(url).revoke(invite_id)
    else:
        asyncio.run(_revoke_here(_bridge_config(config, database), invite_id))
    if json:
        say.machine({"revoked": invite_id})
    else:
        say.people.print(f"[green]✓[/] invite {escape(invite_id)} lets nobody in any more")
    return 0


def _bridge_config(config: Path | None, database: Path | None) -> BridgeConfig:
    return configuration.load(config, flags={"bridge.database": database}).read("bridge", BridgeConfig)


def _existing(settings: BridgeConfig) -> Path:
    path = Path(settings.database)
    if not path.exists():
        raise ConfigError(
            f"bridge.database: expected the file of a bridge on this machine, {path} is not there; run this where the "
            "bridge runs, name the file with --database, or name the bridge with --url"
        )
    return path


async def _invite_here(
    settings: BridgeConfig, *, role: Role, robot: str | None, name: str | None, life_s: int
) -> dict[str, object]:
    async with GuestList.open(_existing(settings)) as guests:
        known = [record.name for record in await guests.directory.robots()]
        if robot is None and len(known) == 1:
            robot = known[0]
        if robot not in known:
            seen = robot or "none named"
            cure = f"known: {', '.join(known)}" if known else "enrol it first: stagebridge bridge enrol NAME"
            raise ConfigError(f"--robot: expected an enrolled robot, got {seen}; {cure}")
        base_url = settings.public_url or f"http://{settings.host}:{settings.port}"
        made = await guests.invite(
            role=role, robot=robot, name=name or role.value.title(), base_url=base_url, life_ms=life_s * _MS
        )
    record = made.record
    return {
        "id": record.id,
        "role": record.role.value,
        "robot": record.robot,
        "name": record.name,
        "expires_unix_ms": record.expires_unix_ms,
        "token": made.token,
        "url": made.url,
    }


async def _list_here(settings: BridgeConfig) -> list[dict[str, object]]:
    async with GuestList.open(_existing(settings)) as guests:
        return [
            {
                "id": record.id,
                "role": record.role.value,
                "robot": record.robot,
                "name": record.name,
                "created_unix_ms": record.created_unix_ms,
                "expires_unix_ms": record.expires_unix_ms,
                "revoked_unix_ms": record.revoked_unix_ms,
            }
            for record in await guests.directory.invites()
        ]


async def _revoke_here(settings: BridgeConfig, invite_id: str) -> None:
    async with GuestList.open(_existing(settings)) as guests:
        if await guests.directory.invite(invite_id) is None:
            raise ConfigError(f"expected the id of an invite, got {invite_id!r}; see: stagebridge invite list")
        await guests.directory.revoke(invite_id, now_unix_ms=_now_ms())


def _show_link(made: dict[str, object]) -> None:
    url = str(made["url"])
    say.people.print(
        f"[bold]{escape(str(made['name']))}[/] ({made['role']} of {made['robot']}), "
        f"lets in until {_moment(made['expires_unix_ms'])}:"
    )
    say.plain(url)
    picture = io.StringIO()
    segno.make(url, error="m").terminal(out=picture, compact=True)
    say.people.file.write(picture.getvalue())


def _state(each: dict[str, object]) -> str:
    if each["revoked_unix_ms"] is not None:
        return "revoked"
    expires = each["expires_unix_ms"]
    return "open" if isinstance(expires, int) and expires > _now_ms() else "expired"


def _moment(unix_ms: object) -> str:
    if not isinstance(unix_ms, int):
        return "?"
    return datetime.fromtimestamp(unix_ms / _MS, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
