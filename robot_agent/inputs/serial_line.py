"""A stop contact on a control line of a serial port: a loop from DTR or RTS, over the contact, to CTS, DSR or DCD.

The host asserts DTR and RTS, which feed the loop. The input is asserted while the contact is closed; an open contact,
a cut wire and an adapter that was pulled out all read as pressed. On many adapters a reading is a transfer over USB,
which may hang: the caller reads it in a thread.
"""

import contextlib
import termios
from typing import Literal

import msgspec
import serial

from robot_agent.inputs.contact import Contact
from teleop_core.errors import ConfigError, DriverLost


class SerialLineSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[robot.stop_inputs]]` of kind "serial_line"."""

    port: str
    line: Literal["cts", "dsr", "dcd"] = "cts"


def open_contact(settings: dict[str, object]) -> Contact:
    """Open the port and feed the loop.

    Raises:
        ConfigError: the settings are wrong.
        DriverLost: there is no such port, or somebody else has it.

    """
    try:
        wanted = msgspec.convert(settings, SerialLineSettings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.stop_inputs (serial_line): {exc}") from exc
    return SerialLineContact(wanted)


class SerialLineContact:
    """The control line as a `Contact`."""

    def __init__(self, settings: SerialLineSettings) -> None:
        self.name = f"{settings.line.upper()} of {settings.port}"
        self._line = settings.line
        try:
            self._port = serial.Serial(settings.port, timeout=0, write_timeout=0, exclusive=True)
            self._port.dtr = True
            self._port.rts = True
        except (OSError, termios.error) as exc:
            raise DriverLost(f"expected a serial port with control lines at {settings.port}: {exc}") from exc

    def is_open(self) -> bool:
        try:
            match self._line:
                case "cts":
                    return not self._port.cts
                case "dsr":
                    return not self._port.dsr
                case "dcd":
                    return not self._port.cd
        except (OSError, termios.error) as exc:
            raise DriverLost(f"{self.name} is gone: {exc}") from exc

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            self._port.close()
