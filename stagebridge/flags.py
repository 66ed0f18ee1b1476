"""The flags that several commands share."""

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

ConfigFile = Annotated[
    Path | None,
    Parameter(name=["--config", "-c"], help="A TOML file; ./stagebridge.toml when there is one."),
]
Switch = partial(Parameter, negative=(), show_default=False)
AsJson = Annotated[bool, Switch(help="Print one JSON object for machines.")]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]
