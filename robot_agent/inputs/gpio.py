"""A stop contact on a GPIO line, through the kernel's character device (libgpiod, the `gpiod` package).

`closed_to` says what the normally closed contact connects the line to. The line is biased to the other side, so that
an open contact, a cut wire and a pulled plug all read the same: pressed.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from robot_agent.inputs.contact import Contact
from teleop_core.errors import ConfigError, DriverError, DriverLost

CONSUMER: Final = "stagebridge-stop"


class GpioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[robot.stop_inputs]]` of kind "gpio"."""

    chip: str = "/dev/gpiochip0"
    line: Annotated[int, Meta(ge=0, le=1023)]
    closed_to: Literal["ground", "supply"] = "ground"


def open_contact(settings: dict[str, object]) -> Contact:
    """Take the line as an input.

    Raises:
        ConfigError: the settings are wrong, or the `gpiod` package is not installed.
        DriverError: there is no such chip or line, or somebody else has it.

    """
    try:
        wanted = msgspec.convert(settings, GpioSettings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.stop_inputs (gpio): {exc}") from exc
    return GpioContact(wanted)


class GpioContact:
    """The line as a `Contact`."""

    def __init__(self, settings: GpioSettings) -> None:
        try:
            import gpiod  # noqa: PLC0415 -- an extra, which only robots with such a line need
            from gpiod.line import Bias, Direction, Value  # noqa: PLC0415 -- the same
        except ImportError as exc:
            raise ConfigError(
                "robot.stop_inputs (gpio): expected the gpiod package: pip install 'stagebridge[gpio]'"
            ) from exc
        is_grounded = settings.closed_to == "ground"
        self.name = f"line {settings.line} of {settings.chip}"
        self._line = settings.line
        self._open_value = Value.ACTIVE if is_grounded else Value.INACTIVE  # active is high: never inverted here
        bias = Bias.PULL_UP if is_grounded else Bias.PULL_DOWN
        try:
            self._request = gpiod.request_lines(
                settings.chip,
                consumer=CONSUMER,
                config={settings.line: gpiod.LineSettings(direction=Direction.INPUT, bias=bias)},
            )
        except (OSError, ValueError) as exc:
            raise DriverError(f"expected to read {self.name}: {exc}") from exc

    def is_open(self) -> bool:
        try:
            return bool(self._request.get_value(self._line) == self._open_value)
        except (OSError, ValueError) as exc:
            raise DriverLost(f"{self.name} is gone: {exc}") from exc

    def close(self) -> None:
        self._request.release()
