"""The command line: what there is, in a newcomer's words. Each command imports what it runs only when it runs."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from stagebridge.flags import AsJson, ConfigFile, Port, Switch
from stagebridge.invites import invite_app
from stagebridge.shows import show_app

EPILOGUE = "Start with `stagebridge demo`: a bridge, a robot on a simulated stage, and two links to open."

app = App(
    name="stagebridge",
    help="Stand on a stage in another city, through a robot.",
    help_epilogue=EPILOGUE,
    help_format="markdown",
    default_parameter=Parameter(negative=()),
)
bridge_app = App(name="bridge", help_format="markdown")
app.command(bridge_app)
app.command(invite_app)
app.command(show_app)

RobotKind = Literal["sim", "serial"]
Base = Literal["differential", "holonomic"]


@app.command
def demo(
    *,
    robot: Annotated[
        RobotKind, Parameter(help="The robot's driver: straight to the stage, or over a serial port.")
    ] = "sim",
    base: Annotated[Base, Parameter(help="How the robot's wheels move.")] = "differential",
    port: Annotated[Port, Parameter(help="Where the pages are served; 0 takes any free port.")] = 8080,
    host: Annotated[str, Parameter(help="0.0.0.0 lets other machines in the network in.")] = "127.0.0.1",
    seed: Annotated[int, Parameter(help="The same seed gives the same stage.")] = 1,
    link: Annotated[
        str | None, Parameter(help="Put the presenter at the far end of a link: its name, or `list` for all of them.")
    ] = None,
    check: Annotated[bool, Switch(help="Drive a scripted show instead, measure it, and end.")] = False,
    json: AsJson = False,
) -> int:
    """Run everything on this machine: bridge, robot and a simulated stage.

    Prints a link for the presenter and one for the staff; Ctrl-C ends all of it.

    Example: `stagebridge demo --robot serial --port 9000`
    """
    from simulator.network.profiles import profile
    from simulator.rig import RigOptions
    from stagebridge import check as checking
    from stagebridge import demo as showing
    from teleop_core.errors import ConfigError

    if link == "list":
        return showing.list_links(as_json=json)
    road = None if link is None else profile(link)
    if check and road is not None:
        raise ConfigError("--check holds the demo to what it reaches without a link; leave out --link or --check")
    options = RigOptions(
        robot=robot,
        base=base,
        seed=seed,
        host=host,
        port=0 if check else port,
        voice=True,
        face=True,
        front_camera=not check,
        interlude=not check,
    )
    if check:
        return checking.run_check(options, as_json=json)
    return showing.run_demo(options, link=road, as_json=json)


@bridge_app.default
def bridge(
    *,
    config: ConfigFile = None,
    host: Annotated[str | None, Parameter(help="The address to listen on.")] = None,
    port: Annotated[Port | None, Parameter(help="The port to listen on; 0 takes any free one.")] = None,
    database: Annotated[Path | None, Parameter(help="The file with robots and invites.")] = None,
    public_url: Annotated[str | None, Parameter(help="How people reach this bridge, for links in invites.")] = None,
    json: AsJson = False,
) -> int:
    """Run the bridge: pages, invites, and the link between people and robots.

    Example: `stagebridge bridge --host 0.0.0.0 --port 8080 --public-url https://stage.example.org`
    """
    from stagebridge import parts

    flags = {"host": host, "port": port, "database": database, "public_url": public_url}
    return parts.run_bridge(config, flags, as_json=json)


@bridge_app.command
def enrol(
    name: Annotated[str, Parameter(help="The robot's name: lower-case letters, digits and dashes.")],
    /,
    *,
    config: ConfigFile = None,
    database: Annotated[Path | None, Parameter(help="The file with robots and invites.")] = None,
    replace: Annotated[bool, Switch(help="Give a known robot a new key; the old one is void.")] = False,
    json: AsJson = False,
) -> int:
    """Let a robot in: print the key that goes into its [robot] table.

    Example: `stagebridge bridge enrol stage-1`
    """
    from stagebridge import parts

    return parts.enrol_robot(name, config, {"database": database}, replace=replace, as_json=json)


@app.command
def robot(
    *,
    config: ConfigFile = None,
    name: Annotated[str | None, Parameter(help="The robot's name, as enrolled.")] = None,
    bridge_url: Annotated[str | None, Parameter(help="The bridge's WebSocket, ws://host:8080/ws.")] = None,
    key_file: Annotated[Path | None, Parameter(help="The file with the robot's key.")] = None,
    state_dir: Annotated[Path | None, Parameter(help="Where it remembers its STOP latch.")] = None,
    json: AsJson = False,
) -> int:
    """Run a robot's side: its link, its camera and the motion process that drives it.

    Example: `stagebridge robot --config stage-1.toml`
    """
    from stagebridge import parts

    flags = {"name": name, "bridge_url": bridge_url, "key_file": key_file, "state_dir": state_dir}
    return parts.run_robot(config, flags, as_json=json)


@app.command
def sim(
    *,
    config: ConfigFile = None,
    socket: Annotated[Path | None, Parameter(help="Where drivers and cameras connect.")] = None,
    base: Annotated[Base | None, Parameter(help="How the robot's wheels move.")] = None,
    seed: Annotated[int | None, Parameter(help="The same seed gives the same stage.")] = None,
    clock: Annotated[str | None, Parameter(help="real, lockstep, or x4 for four times as fast.")] = None,
    serial_link: Annotated[Path | None, Parameter(help="Where to put an emulated base's serial port.")] = None,
    json: AsJson = False,
) -> int:
    """Run a simulated stage alone, for a robot agent that you start yourself.

    Example: `stagebridge sim --socket stage.sock --base holonomic`
    """
    from stagebridge import parts

    flags = {"socket": socket, "base": base, "seed": seed, "clock": clock, "serial_link": serial_link}
    return parts.run_sim(config, flags, as_json=json)


@app.command
def doctor(
    *,
    config: ConfigFile = None,
    soak: Annotated[
        str | None,
        Parameter(help="Measure the robot's link for so long, 30s or 10m, and use its devices as a show does."),
    ] = None,
    certificate: Annotated[
        Path | None, Parameter(help="Write go or no-go as a page to print, and as JSON beside it.")
    ] = None,
    json: AsJson = False,
) -> int:
    """Look whether this machine has what Stagebridge needs, and say what to do where it has not.

    Each line is green, amber (something works less well) or red (something does not work). Exits 1 when one is red.

    Example: `stagebridge doctor --config stage-1.toml --soak 2m --certificate show.html`
    """
    from stagebridge import doctor as examining

    return examining.run_doctor(config, soak=soak, page=certificate, as_json=json)
