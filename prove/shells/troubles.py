"""Everything that befalls a house, each with what ends it again: freezes, deaths, breaks, a full disk, a lost robot."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prove.shells.body import WRITE_S
from prove.shells.house import House
from prove.shells.tabs import Tab
from teleop_core.timebase import seconds
from teleop_core.wire.messages import StopLevel

Cure = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that begins, lasts from `shortest_s` to `longest_s`, and ends; `weight` says how often it comes."""

    name: str
    begin: Callable[[House], Cure]
    shortest_s: float
    longest_s: float
    weight: int = 1


def _nothing() -> None:
    """Do nothing: it is over by itself."""


def _some_tab(house: House) -> Tab:
    return house.tabs[int(house.rng.random() * len(house.tabs))]


# --- Tabs and their roads ---


def _tab_freezes(house: House) -> Cure:
    process = _some_tab(house).process
    process.freeze()
    return process.thaw


def _tab_goes_dark(house: House) -> Cure:
    line = _some_tab(house).line
    if line is not None:
        line.go_dark(house.rng.random() * 2.5)
    return _nothing


def _tab_breaks(house: House) -> Cure:
    line = _some_tab(house).line
    if line is not None:
        line.snap()
    return _nothing


def _invite_is_revoked(house: House) -> Cure:
    drivers = [tab for tab in house.tabs if tab.part.drives]
    invite = drivers[int(house.rng.random() * len(drivers))].part.invite
    house.directory.revoke(invite)
    if house.rng.random() < 0.7:  # by this bridge itself, and not by another process
        house.bridge.send_off(invite)
    return _nothing


def _channels_go_dark(house: House) -> Cure:
    ways = [way for tab in house.tabs for way in tab.person.ways]
    for way in ways:
        way.is_cut = True

    def end() -> None:
        for way in ways:
            way.is_cut = False
            way.lose_all()

    return end


# --- The robot's link ---


def _link_goes_dark(house: House) -> Cure:
    for_s = house.rng.random() * 3.5
    house.agent.network_until_s = house.loop.time() + for_s
    if house.agent.line is not None:
        house.agent.line.go_dark(for_s)
    return _nothing


def _link_breaks(house: House) -> Cure:
    if house.agent.line is not None:
        house.agent.line.snap()
    return _nothing


def _link_breaks_behind(house: House) -> Cure:
    if house.agent.line is not None:
        house.agent.line.snap_behind()
    return _nothing


# --- The bridge ---


def _bridge_freezes(house: House) -> Cure:
    process = house.bridge.process
    if process is None:
        return _nothing
    process.freeze()
    return lambda: None if process.is_dead else process.thaw()


def _bridge_dies(house: House) -> Cure:
    house.bridge.kill()
    return lambda: None if house.bridge.is_listening else house.bridge.start()


def _bridge_drains(house: House) -> Cure:
    drained = house.bridge.process
    house.bridge.drain()

    def end() -> None:
        if house.bridge.process in {drained, None}:
            house.bridge.kill()
            house.bridge.start()

    return end


# --- The agent ---


def _agent_freezes(house: House) -> Cure:
    house.agent.freeze()
    return house.agent.thaw


def _agent_dies(house: House) -> Cure:
    house.agent.kill()
    return house.agent.start_again


def _agent_is_asked_to_end(house: House) -> Cure:
    house.agent.end()
    return _nothing


def _key_is_pressed(house: House) -> Cure:
    if house.agent.switchboard is not None and house.agent.runs:
        house.agent.switchboard.key_pressed()
    return _nothing


def _stop_in_hall(house: House) -> Cure:
    house.agent.press_in_hall()
    return _nothing


def _power_is_cut(house: House) -> Cure:
    """Have somebody beside the robot ask for more than a ramp, and take it back."""
    house.agent.press_in_hall(StopLevel.CUT)
    return house.agent.release_in_hall


def _camera_freezes(house: House) -> Cure:
    house.agent.camera_alive = False

    def end() -> None:
        house.agent.camera_alive = True

    return end


# --- The motion process ---


def _motion_freezes(house: House) -> Cure:
    motion = house.agent.motion
    if motion is None or not motion.is_alive:
        return _nothing
    motion.freeze()
    return motion.thaw


def _motion_hangs(house: House) -> Cure:
    motion = house.agent.motion
    if motion is None or not motion.is_alive:
        return _nothing
    motion.hang()
    return motion.thaw


def _motion_dies(house: House) -> Cure:
    house.kill_motion()
    return _nothing


def _motion_forgets(house: House) -> Cure:
    house.kill_motion()
    house.forget()
    return _nothing


def _motion_is_asked_to_end(house: House) -> Cure:
    motion = house.agent.motion
    if motion is not None and motion.is_alive and motion.work is not None:
        motion.work.ask_to_end("the motion process was told to end")
    return _nothing


def _machine_sleeps(house: House) -> Cure:
    house.agent.cabin.sleep(seconds(0.3 + 5 * house.rng.random()))
    return _nothing


# --- Its disk and its robot ---


def _disk_is_full(house: House) -> Cure:
    platter = house.agent.cabin.platter
    platter.is_full = True

    def end() -> None:
        platter.is_full = False

    return end


def _disk_is_slow(house: House) -> Cure:
    platter = house.agent.cabin.platter
    platter.write_s = 0.02 + 1.5 * house.rng.random()

    def end() -> None:
        platter.write_s = WRITE_S

    return end


def _robot_is_lost(house: House) -> Cure:
    body = house.agent.cabin.body
    body.is_broken = True
    body.opening_s = 0.01 + 0.2 * house.rng.random()

    def end() -> None:
        body.is_broken = False

    return end


def _robot_falls_silent(house: House) -> Cure:
    body = house.agent.cabin.body
    body.fall_silent()
    return body.speak_again


def _stop_is_pressed(house: House) -> Cure:
    body = house.agent.cabin.body
    body.stop_pressed = True

    def end() -> None:
        body.stop_pressed = False

    return end


TROUBLES: Final = (
    Trouble("a tab freezes", _tab_freezes, 0.1, 1.5, weight=2),
    Trouble("a tab's line goes dark", _tab_goes_dark, 0.0, 0.1, weight=3),
    Trouble("a tab's line breaks", _tab_breaks, 0.0, 0.1, weight=2),
    Trouble("an invite is revoked", _invite_is_revoked, 0.0, 0.1, weight=2),
    Trouble("all data channels and pictures go dark", _channels_go_dark, 0.05, 1.0, weight=2),
    Trouble("the robot's link goes dark", _link_goes_dark, 0.0, 0.1, weight=3),
    Trouble("the robot's link breaks", _link_breaks, 0.0, 0.1, weight=4),
    Trouble("the robot's link breaks behind the bridge's back", _link_breaks_behind, 0.0, 0.1),
    Trouble("the bridge freezes", _bridge_freezes, 0.1, 1.5, weight=2),
    Trouble("the bridge dies", _bridge_dies, 0.1, 1.5, weight=3),
    Trouble("the bridge is away for long", _bridge_dies, 2.0, 6.0),
    Trouble("the bridge drains", _bridge_drains, 1.1, 1.5),
    Trouble("the agent stalls", _agent_freezes, 0.03, 0.3, weight=3),
    Trouble("the agent freezes", _agent_freezes, 0.3, 1.5, weight=3),
    Trouble("the agent dies", _agent_dies, 0.1, 1.0, weight=3),
    Trouble("the agent is asked to end", _agent_is_asked_to_end, 0.0, 0.1),
    Trouble("a key is pressed on the robot", _key_is_pressed, 0.0, 0.1),
    Trouble("STOP in the hall", _stop_in_hall, 0.0, 0.1),
    Trouble("the power is cut on site", _power_is_cut, 0.1, 1.0),
    Trouble("the camera freezes", _camera_freezes, 0.2, 1.2),
    Trouble("a tick is late", _motion_freezes, 0.02, 0.2, weight=4),
    Trouble("the motion process is stopped for a moment", _motion_freezes, 0.5, 1.9, weight=2),
    Trouble("the motion process is stopped", _motion_freezes, 2.0, 4.0),
    Trouble("the motion process hangs", _motion_hangs, 0.3, 3.0),
    Trouble("the motion process dies", _motion_dies, 0.0, 0.1, weight=4),
    Trouble("the motion process dies and its memory is lost", _motion_forgets, 0.0, 0.1),
    Trouble("the motion process is asked to end", _motion_is_asked_to_end, 0.0, 0.1),
    Trouble("the machine is suspended", _machine_sleeps, 0.0, 0.1, weight=2),
    Trouble("the disk is full", _disk_is_full, 0.5, 4.0, weight=5),
    Trouble("the disk is slow", _disk_is_slow, 0.5, 2.0, weight=3),
    Trouble("the robot is lost for a moment", _robot_is_lost, 0.02, 0.25, weight=4),
    Trouble("the robot is lost", _robot_is_lost, 0.3, 1.0),
    Trouble("the robot falls silent", _robot_falls_silent, 0.2, 1.0),
    Trouble("the stop on the robot is pressed", _stop_is_pressed, 0.02, 0.5),
)
_WEIGHTS: Final = tuple(each.weight for each in TROUBLES)


def some_trouble(rng: random.Random) -> Trouble:
    """Draw one."""
    return rng.choices(TROUBLES, _WEIGHTS)[0]
