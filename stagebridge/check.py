"""`stagebridge demo --check`: a scripted show on the whole system, measured, with one verdict.

Staff look and clear the STOP; a presenter comes in, sees, drives forward, turns, drives on; staff stop the robot while
it moves and clear it again; the presenter re-arms and drives once more. Distances are the plant's truth, not the
robot's word.
"""

import asyncio
import dataclasses
import math
import os
import platform
import statistics
import threading
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, cast

from rich.markup import escape
from rich.table import Table

from simulator.motion_trace import read_trace
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig, RigOptions
from simulator.stage_link import Truth
from simulator.watching import rested_ns, until_at_rest, until_moving
from stagebridge import say
from stagebridge.running import run_until_signal
from teleop_core.errors import StagebridgeError
from teleop_core.geometry import Twist
from teleop_core.timebase import to_ms
from teleop_core.wire.messages import Road, RobotState, Role, Verdict

DEADLINE_S: Final = 40.0
WORK_S: Final = 28.0  # the rest of the deadline is for stopping everything
LEG_S: Final = 8.0
MOVING_MPS: Final = 0.2
FEWEST_COMMANDS: Final = 100
LEAST_PATH_M: Final = 0.5
LEAST_TURN_RAD: Final = 0.2
LEAST_REDRIVEN_M: Final = 0.2

FORWARD: Final = Twist(vx_mps=0.4)
BACK: Final = Twist(vx_mps=-0.4)


@dataclass(frozen=True, kw_only=True)
class Leg:
    """A part of the path: what the hand asks, until the plant has gone or turned so far."""

    twist: Twist
    way_m: float = 0.0
    turn_rad: float = 0.0


PATH: Final = (
    Leg(twist=FORWARD, way_m=0.5),
    Leg(twist=Twist(wz_radps=0.6), turn_rad=0.5),
    Leg(twist=FORWARD, way_m=0.4),
)

GOALS: Final = {"first_frame_ms": 2000.0, "stop_ms": 150.0, "loop_delay_ms": 100.0, "relay_p99_ms": 10.0}


@dataclass(kw_only=True)
class Show:
    """What has been measured so far, and which step is under way."""

    step: str = "start"
    figures: dict[str, float] = field(default_factory=dict)
    context: dict[str, object] = field(default_factory=dict)
    failure: str | None = None
    clean: bool = False

    @property
    def goals(self) -> dict[str, dict[str, object]]:
        """Each goal with what was reached."""
        return {
            name: {"value": value, "bound": bound, "holds": value is not None and value < bound}
            for name, bound in GOALS.items()
            for value in (self.figures.get(name),)
        }

    @property
    def holds(self) -> bool:
        """Whether all of it happened, all goals hold and nothing is left running."""
        return self.failure is None and self.clean and all(goal["holds"] for goal in self.goals.values())


class StepFailed(StagebridgeError):
    """A step of the show did not happen."""


def run_check(options: RigOptions, *, as_json: bool) -> int:
    """Run the show, print its figures and goals; return 0 when everything happened and holds, else 1."""
    show = Show(context=_machine(options))
    rig = Rig(dataclasses.replace(options, traced=True))
    last_resort = threading.Timer(DEADLINE_S - 1.0, _give_up, (show,), {"as_json": as_json})
    last_resort.daemon = True
    last_resort.start()
    run_until_signal(lambda: _perform(show, rig))
    last_resort.cancel()
    _tell(show, as_json=as_json)
    return 0 if show.holds else 1


async def _perform(show: Show, rig: Rig) -> None:
    try:
        async with asyncio.timeout(WORK_S):
            await _play(show, rig)
    except TimeoutError as exc:
        show.failure = f"{show.step}: {str(exc) or f'did not end within {WORK_S:g} s'}"
    except StagebridgeError as exc:
        show.failure = f"{show.step}: {exc}"
    except asyncio.CancelledError:
        show.failure = f"{show.step}: ended by a signal"
    finally:
        await rig.stop()
        show.clean = rig.is_clean
        if not show.clean:
            show.failure = show.failure or "the end: something is left running"


async def _play(show: Show, rig: Rig) -> None:
    figures = show.figures
    started_s = time.monotonic()
    await rig.start()
    show.context["start_s"] = round(time.monotonic() - started_s, 2)
    staff_invite = await rig.invite(Role.STAFF)
    presenter_invite = await rig.invite(Role.PRESENTER)
    staff = Presenter(rig.ws_url, staff_invite.token, picture=Picture.UNSEEN)
    presenter = Presenter(rig.ws_url, presenter_invite.token)
    async with AsyncExitStack() as room:
        show.step = "staff come in, look at the picture and clear the STOP in two steps"
        await room.enter_async_context(staff)
        await staff.enter()
        await staff.watch()
        await staff.unwatch()  # from here on all of this process's time is the presenter's
        await _clear(staff)

        show.step = "the presenter comes in and sees"
        await room.enter_async_context(presenter)
        await presenter.enter()
        figures["connect_ms"] = presenter.connect_ms
        figures["first_frame_ms"] = presenter.first_frame_ms

        show.step = "the presenter asks and drives forward, turns, drives on"
        await presenter.get_lease()
        before = await rig.stage.truth()
        for leg in PATH:
            await _drive(show, presenter, rig, leg)
        after = await until_at_rest(rig.stage)
        figures["distance_m"] = after.path_m - before.path_m
        _expect(f"a path of at least {LEAST_PATH_M} m", figures["distance_m"] >= LEAST_PATH_M, after)
        turned_rad = abs(after.pose.heading_rad - before.pose.heading_rad)
        _expect(f"a turn of at least {LEAST_TURN_RAD} rad", turned_rad >= LEAST_TURN_RAD, after)

        show.step = "staff stop the robot while it moves"
        presenter.hold(BACK)
        await until_moving(rig.stage, at_least_mps=MOVING_MPS)
        await _stop(staff, rig, figures)
        presenter.let_go()

        show.step = "staff clear the STOP again, the presenter re-arms and drives again"
        await _clear(staff)
        await presenter.get_lease()
        before = await rig.stage.truth()
        await _drive(show, presenter, rig, PATH[0])
        after = await until_at_rest(rig.stage)
        figures["redriven_m"] = after.path_m - before.path_m
        _expect(f"at least {LEAST_REDRIVEN_M} m driven again", figures["redriven_m"] >= LEAST_REDRIVEN_M, after)
        _expect("a robot that is still on the stage", not after.fallen, after)

        show.step = "reading the figures"
        _measure_presenter(show, presenter)
        _measure_relay(show, presenter, rig)
        show.step = "the end"


async def _clear(staff: Presenter) -> None:
    await staff.until("a robot that says it stands", lambda: staff.state is RobotState.STOPPED)
    outcome = await staff.reset()
    if outcome.verdict is Verdict.REFUSED:
        raise StepFailed(f"the robot refuses the reset: {outcome.refusal.value if outcome.refusal else 'no reason'}")


async def _drive(show: Show, presenter: Presenter, rig: Rig, leg: Leg) -> None:
    """Drive a leg to its end as a person does: when the robot holds, let go, and take hold again."""
    start = await rig.stage.truth()
    presenter.hold(leg.twist)
    deadline = time.monotonic() + LEG_S
    while not _is_done(leg, start, now := await rig.stage.truth()):
        if time.monotonic() > deadline:
            raise StepFailed(f"expected {leg} within {LEG_S:g} s, saw {now.pose}; {presenter.last_seen()}")
        if presenter.state is RobotState.HOLD:
            show.context["holds"] = [*cast("list[str]", show.context.get("holds", [])), _reason(presenter)]
            await presenter.rearm()
            presenter.hold(leg.twist)
        await asyncio.sleep(0.01)
    presenter.let_go()
    await until_at_rest(rig.stage)


def _is_done(leg: Leg, start: Truth, now: Truth) -> bool:
    turned_rad = abs(now.pose.heading_rad - start.pose.heading_rad)
    return now.path_m - start.path_m >= leg.way_m and turned_rad >= leg.turn_rad


def _reason(presenter: Presenter) -> str:
    return "?" if presenter.limit is None else presenter.limit.value


async def _stop(staff: Presenter, rig: Rig, figures: dict[str, float]) -> None:
    """Stop the robot as staff: stop_ms until the robot's word that it is latched, rest_ms until the plant stands."""
    sent_ns = time.monotonic_ns()
    await staff.stop("the check stops it")
    figures["stop_ms"] = to_ms(time.monotonic_ns() - sent_ns)
    at_rest = await until_at_rest(rig.stage)
    figures["rest_ms"] = to_ms(rested_ns(at_rest) - sent_ns)


def _expect(what: str, true: bool, truth: Truth) -> None:  # noqa: FBT001 -- reads as a sentence
    if not true:
        raise StepFailed(f"expected {what}; the plant is at {truth.pose}, having gone {truth.path_m:.2f} m")


def _measure_presenter(show: Show, presenter: Presenter) -> None:
    show.figures["frames"] = presenter.frames
    delay_ms = presenter.loop_delay_ms()
    if delay_ms is None:
        raise StepFailed("expected the robot to report its loop delay while it was driven")
    show.figures["loop_delay_ms"] = delay_ms
    status = presenter.session.status
    if status is not None:
        show.context["accepted"] = status.accepted
        show.context["refused"] = status.refused


def _measure_relay(show: Show, presenter: Presenter, rig: Rig) -> None:
    """From the presenter's call to send to the motion process's reading, over the bridge alone."""
    trace = read_trace(rig.folder.motion_trace)
    sent = presenter.drives_sent_ns
    ages_ms = sorted(
        to_ms(each.received_ns - sent[each.seq])
        for each in trace.arrivals
        if each.road == Road.BRIDGE.value and each.peer == presenter.id and each.seq in sent
    )
    if len(ages_ms) < FEWEST_COMMANDS:
        raise StepFailed(f"expected at least {FEWEST_COMMANDS} commands over the bridge, saw {len(ages_ms)}")
    show.figures["relay_p99_ms"] = ages_ms[math.ceil(0.99 * len(ages_ms)) - 1]
    show.context["relay_p50_ms"] = round(statistics.median(ages_ms), 2)
    show.context["relay_commands"] = len(ages_ms)


def _machine(options: RigOptions) -> dict[str, object]:
    return {
        "robot": options.robot,
        "base": options.base,
        "seed": options.seed,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def _give_up(show: Show, *, as_json: bool) -> None:
    show.failure = f"{show.step}: did not end within {DEADLINE_S - 1:g} s"
    _tell(show, as_json=as_json)
    os._exit(1)  # the kernel ends the children with us


def _tell(show: Show, *, as_json: bool) -> None:
    figures = {name: round(value, 2) for name, value in show.figures.items()}
    if as_json:
        answer: dict[str, object] = {"figures": figures, "goals": show.goals, "context": show.context}
        if show.failure is not None:
            answer["failure"] = show.failure
        say.machine(answer)
        return
    table = Table("figure", "value", "goal", title=f"The show, with the {show.context['robot']} robot")
    for name, value in figures.items():
        goal = show.goals.get(name)
        verdict = (
            "" if goal is None else ("[green]✓[/]" if goal["holds"] else "[red]✗[/]") + f" below {goal['bound']:g}"
        )
        table.add_row(name, f"{value:g}", verdict)
    say.people.print(table)
    if show.failure is not None:
        say.people.print(f"[bold red]✗[/] {escape(show.failure)}", soft_wrap=True)
    elif show.holds:
        say.people.print("[green]✓[/] all of it happened; nothing left running")
    else:
        say.people.print("[bold red]✗[/] all of it happened, but not every goal holds")
