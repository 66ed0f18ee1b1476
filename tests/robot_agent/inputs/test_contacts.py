"""The contacts that come with it: a GPIO line and a serial port's control line, on fakes of their devices."""

import enum
import os
import pty
import sys
import termios
import types
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import serial

from robot_agent.inputs import gpio, serial_line
from robot_agent.inputs.opening import open_panel
from teleop_core.errors import ConfigError, DriverError, DriverLost
from teleop_core.wire.messages import StopLevel

# --- GPIO: the names are those of the gpiod package, 2.x ---


class Value(enum.Enum):
    INACTIVE = 0
    ACTIVE = 1


class Bias(enum.Enum):
    PULL_UP = 4
    PULL_DOWN = 5


class Direction(enum.Enum):
    INPUT = 2


@dataclass
class LineSettings:
    direction: Direction
    bias: Bias


@dataclass
class FakeLine:
    """A line with a contact at it, and the pull that the host asked for."""

    connects_to: Value | None = None  # None: the contact is open, or the wire cut
    is_gone: bool = False
    is_released: bool = False
    asked: dict[int, LineSettings] = field(default_factory=dict)

    def request_lines(self, path: str, *, consumer: str, config: dict[int, LineSettings]) -> "FakeLine":
        if path != "/dev/gpiochip0":
            raise FileNotFoundError(path)
        self.asked = config
        return self

    def get_value(self, line: int) -> Value:
        if self.is_gone:
            raise OSError("no such device")
        if self.connects_to is not None:
            return self.connects_to
        return Value.ACTIVE if self.asked[line].bias is Bias.PULL_UP else Value.INACTIVE

    def release(self) -> None:
        self.is_released = True


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> FakeLine:
    made = FakeLine()
    package, names = types.ModuleType("gpiod"), types.ModuleType("gpiod.line")
    vars(package).update(request_lines=made.request_lines, LineSettings=LineSettings, line=names)
    vars(names).update(Bias=Bias, Direction=Direction, Value=Value)
    monkeypatch.setitem(sys.modules, "gpiod", package)
    monkeypatch.setitem(sys.modules, "gpiod.line", names)
    return made


@pytest.mark.parametrize(("closed_to", "level"), [("ground", Value.INACTIVE), ("supply", Value.ACTIVE)])
def test_a_line_whose_contact_opens_or_whose_wire_is_cut_reads_as_pressed(
    line: FakeLine, closed_to: str, level: Value
) -> None:
    contact = gpio.open_contact({"line": 17, "closed_to": closed_to})

    line.connects_to = level
    assert not contact.is_open()
    line.connects_to = None
    assert contact.is_open()


def test_a_line_that_goes_away_is_lost(line: FakeLine) -> None:
    contact = gpio.open_contact({"line": 17})
    line.is_gone = True

    with pytest.raises(DriverLost, match="line 17 of /dev/gpiochip0 is gone"):
        contact.is_open()
    contact.close()
    assert line.is_released


@pytest.mark.usefixtures("line")
def test_a_chip_that_is_not_there_is_an_error_of_the_device() -> None:
    with pytest.raises(DriverError, match="/dev/gpiochip9"):
        gpio.open_contact({"chip": "/dev/gpiochip9", "line": 17})


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)

    with pytest.raises(ConfigError, match=r"stagebridge\[gpio\]"):
        gpio.open_contact({"line": 17})


@pytest.mark.parametrize(
    "settings", [{}, {"line": -1}, {"line": 1, "closed_to": "x"}, {"line": 1, "pull": 1}], ids=repr
)
def test_gpio_settings_that_cannot_be_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.stop_inputs"):
        gpio.open_contact(settings)


# --- A serial port's control line ---


@dataclass
class FakePort:
    newest: ClassVar["FakePort"]

    port: str
    timeout: float
    write_timeout: float
    exclusive: bool
    dtr: bool = False
    rts: bool = False
    closed_at: str | None = "cts"  # where the loop, fed by DTR and RTS, comes back
    is_gone: bool = False
    is_closed: bool = False

    def __post_init__(self) -> None:
        FakePort.newest = self

    def _asserted(self, name: str) -> bool:
        if self.is_gone:
            raise OSError("Input/output error")
        return self.rts and self.dtr and self.closed_at == name

    cts = property(lambda self: self._asserted("cts"))
    dsr = property(lambda self: self._asserted("dsr"))
    cd = property(lambda self: self._asserted("dcd"))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial, "Serial", FakePort)


@pytest.mark.usefixtures("ports")
@pytest.mark.parametrize("name", ["cts", "dsr", "dcd"])
def test_a_loop_that_opens_reads_as_pressed(name: str) -> None:
    contact = serial_line.open_contact({"port": "/dev/ttyUSB0", "line": name})
    FakePort.newest.closed_at = name
    assert not contact.is_open()

    FakePort.newest.closed_at = None
    assert contact.is_open()


@pytest.mark.usefixtures("ports")
def test_an_adapter_that_was_pulled_out_is_lost() -> None:
    contact = serial_line.open_contact({"port": "/dev/ttyUSB0"})
    FakePort.newest.is_gone = True

    with pytest.raises(DriverLost, match="CTS of /dev/ttyUSB0 is gone"):
        contact.is_open()
    contact.close()
    assert FakePort.newest.is_closed


def test_a_port_that_is_not_there_is_lost() -> None:
    with pytest.raises(DriverLost, match="/dev/no-such-port"):
        serial_line.open_contact({"port": "/dev/no-such-port"})


def test_a_port_without_control_lines_is_lost_and_never_taken_for_closed() -> None:
    ours, theirs = pty.openpty()  # a pseudo-terminal has none
    try:
        with pytest.raises(DriverLost):
            serial_line.open_contact({"port": os.ttyname(theirs)}).is_open()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("settings", [{}, {"port": "x", "line": "ri"}, {"port": "x", "baud": 9600}], ids=repr)
def test_serial_settings_that_cannot_be_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.stop_inputs"):
        serial_line.open_contact(settings)


def test_a_terminal_error_is_a_lost_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(serial, "Serial", refuse)

    with pytest.raises(DriverLost):
        serial_line.open_contact({"port": "/dev/ttyUSB0"})


# --- The panel ---


def test_a_kind_that_is_unknown_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'serial_line'"):
        open_panel([{"kind": "serial_lime"}])


@pytest.mark.usefixtures("ports")
def test_each_table_is_one_input_and_all_of_them_count() -> None:
    panel = open_panel(
        [{"kind": "serial_line", "port": "/dev/ttyUSB0"}, {"kind": "serial_line", "port": "/dev/ttyUSB1"}]
    )
    panel.wait_until_tried(timeout_s=10)
    try:
        assert panel.is_wired
        assert [each._label for each in panel._inputs] == [
            "stop 1 wired to the robot (serial_line)",
            "stop 2 wired to the robot (serial_line)",
        ]
    finally:
        panel.close()


@pytest.mark.usefixtures("ports")
def test_a_table_may_say_how_sternly_its_press_stops() -> None:
    panel = open_panel(
        [
            {"kind": "serial_line", "port": "/dev/ttyUSB0"},
            {"kind": "serial_line", "port": "/dev/ttyUSB1", "level": "cut"},
        ]
    )
    try:
        assert [each._level for each in panel._inputs] == [StopLevel.SETTLE, StopLevel.CUT]
    finally:
        panel.close()


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"stop_inputs\.level: expected one of 'settle', 'damp', 'cut'; got 'hard'"):
        open_panel([{"kind": "serial_line", "port": "/dev/ttyUSB0", "level": "hard"}])
