"""Makes the panel of wired stops that the configuration asks for."""

import functools
from collections.abc import Mapping, Sequence

from robot_agent.drivers import registry
from robot_agent.inputs.watch import StopInput, StopPanel
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import StopLevel


def open_panel(tables: Sequence[Mapping[str, object]]) -> StopPanel:
    """Begin to watch one input for each table of `[[robot.stop_inputs]]`; whoever calls closes the panel.

    Raises:
        ConfigError: a kind or a level is unknown.

    """
    levels = [_level(table) for table in tables]
    openers = [registry.find_stop_input({k: v for k, v in table.items() if k != "level"}) for table in tables]
    inputs = [
        StopInput(
            functools.partial(open_it, settings),
            label=_label(number, of=len(tables), kind=str(table["kind"])),
            level=level,
        )
        for number, ((open_it, settings), table, level) in enumerate(zip(openers, tables, levels, strict=True), start=1)
    ]
    return StopPanel(inputs)


def _level(table: Mapping[str, object]) -> StopLevel:
    """Return how sternly a press stops the robot; a level that the robot does not have becomes the next milder one."""
    asked = table.get("level", StopLevel.SETTLE.value)
    try:
        return StopLevel(asked)
    except ValueError as exc:
        names = ", ".join(repr(level.value) for level in StopLevel)
        raise ConfigError(f"robot.stop_inputs.level: expected one of {names}; got {asked!r}") from exc


def _label(number: int, *, of: int, kind: str) -> str:
    return f"the stop wired to the robot ({kind})" if of == 1 else f"stop {number} wired to the robot ({kind})"
