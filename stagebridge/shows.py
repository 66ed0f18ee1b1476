"""`stagebridge show`: checks, rehearses and runs the file of a show. Imports what it runs only when it runs."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from stagebridge.flags import AsJson, Port

show_app = App(name="show", help_format="markdown", default_parameter=Parameter(negative=()))

File = Annotated[Path, Parameter(help="The show: TOML, or JSON with the same tables.")]
Seed = Annotated[int, Parameter(help="The same seed gives the same stage, to the last step.")]
Link = Annotated[
    str | None, Parameter(help="The link between presenter and robot; `stagebridge demo --link list` names them.")
]


@show_app.command
def check(file: File, /, *, json: AsJson = False) -> int:
    """Say what is wrong with a show, or what happens in it. Exits 1 when the simulated robot cannot do all of it.

    Example: `stagebridge show check examples/shows/five-minutes.toml`
    """
    from stagebridge import show_acts

    return show_acts.check_show(file, as_json=json)


@show_app.command
def rehearse(
    file: File,
    /,
    *,
    seed: Seed = 1,
    link: Link = None,
    blackout: Annotated[
        tuple[str, ...], Parameter(help="Cut the presenter's link: 40s:3s, after 40 s for 3 s; may be given again.")
    ] = (),
    json: AsJson = False,
) -> int:
    """Play a show through against the simulated stage, in seconds, with played people; print what happened.

    Exits 1 when the show does not come to its end.

    Example: `stagebridge show rehearse examples/shows/five-minutes.toml --link 5g --blackout 40s:3s`
    """
    from stagebridge import show_acts

    return show_acts.rehearse_show(file, seed=seed, link=link, blackouts=blackout, as_json=json)


@show_app.command
def run(
    file: File,
    /,
    *,
    port: Annotated[Port, Parameter(help="Where the pages are served; 0 takes any free port.")] = 8080,
    host: Annotated[str, Parameter(help="0.0.0.0 lets other machines in the network in.")] = "127.0.0.1",
    seed: Seed = 1,
    link: Link = None,
    json: AsJson = False,
) -> int:
    """Run a show live on this machine: bridge, simulated robot and both pages, with the show loaded onto the robot.

    For a robot of your own, name the file in its `[robot.show]` table instead.

    Example: `stagebridge show run examples/shows/five-minutes.toml --link hangzhou-chongqing`
    """
    from stagebridge import show_acts

    return show_acts.run_show(file, host=host, port=port, seed=seed, link=link, as_json=json)
