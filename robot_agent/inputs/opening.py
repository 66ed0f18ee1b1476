"""Makes the panel of wired stops that the configuration asks for."""

import functools
from collections.abc import Mapping, Sequence

from robot_agent.drivers import registry
from robot_agent.inputs.watch import StopInput, StopPanel


def open_panel(tables: Sequence[Mapping[str, object]]) -> StopPanel:
    """Begin to watch one input for each table of `[[robot.stop_inputs]]`; whoever calls closes the panel.

    Raises:
        ConfigError: a kind is unknown.

    """
    openers = [registry.find_stop_input(table) for table in tables]
    inputs = [
        StopInput(functools.partial(open_it, settings), label=_label(number, of=len(tables), kind=str(table["kind"])))
        for number, ((open_it, settings), table) in enumerate(zip(openers, tables, strict=True), start=1)
    ]
    return StopPanel(inputs)


def _label(number: int, *, of: int, kind: str) -> str:
    return f"the stop wired to the robot ({kind})" if of == 1 else f"stop {number} wired to the robot ({kind})"
