"""The driver of kind "serial": a wheeled base on a serial port that speaks `serial_protocol`.

Nothing here waits except `open_driver`, which gives the base 1 s to say who it is. Reopening after a loss is the motion
loop's business: it closes this driver and opens another.
"""

import contextlib
import os
import select
import termios
import time
from collections import deque
from typing import Annotated, Final

import msgspec
import serial
from msgspec import Meta

from robot_agent.drivers import serial_protocol as wire
from teleop_core.bearing import Bearing
from teleop_core.errors import ConfigError, DriverError, DriverLost, GestureError
from teleop_core.geometry import Twist
from teleop_core.ports import Capabilities, DriverState
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import StopLevel

SILENCE_NS: Final = 300 * NS_PER_MS  # of the base, or of its acknowledgements
GREETING_S: Final = 1.0
_ASK_AGAIN_S: Final = 0.2
_READ_BYTES: Final = 4096
_MAX_UNSENT_BYTES: Final = 1024
_MAX_UNACKED: Final = 256

_FAULT_WORDS: Final = {
    wire.BaseFault.MOTOR: "motor fault",
    wire.BaseFault.TIPPED: "tipped over",
    wire.BaseFault.BATTERY: "battery empty",
    wire.BaseFault.ENCODER: "encoder fault",
    wire.BaseFault.OVERHEATED: "overheated",
}


class SerialDriverSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.driver]` table of kind "serial"."""

    port: str
    baud: Annotated[int, Meta(ge=9600, le=4_000_000)] = 115_200


def open_driver(settings: dict[str, object]) -> "SerialDriver":
    """Open the port, greet the base and return its driver, stopped.

    Raises:
        ConfigError: the settings are wrong.
        DriverLost: there is no such port, it is in use, or no base answers on it within 1 s.
        DriverError: the base speaks another version.

    """
    try:
        wanted = msgspec.convert(settings, SerialDriverSettings)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.driver (serial): {exc}") from exc
    return SerialDriver(_Line(wanted))


class SerialDriver:
    """The base as a `RobotDriver`."""

    def __init__(self, line: "_Line") -> None:
        self._line = line
        self._seq = 0
        self._unacked: deque[tuple[int, int | None]] = deque(
            maxlen=_MAX_UNACKED
        )  # (seq, when; None until the next poll)
        self._state = DriverState()
        self._heard_ns: int | None = None
        try:
            self._base = self._greet()
            self.stop_hard(StopLevel.SETTLE, reason="opening")
        except DriverError:
            line.close()
            raise
        self._capabilities = Capabilities(
            model=self._base.model,
            max_vx_mps=self._base.max_vx_mps,
            max_vy_mps=self._base.max_vy_mps,
            max_wz_radps=self._base.max_wz_radps,
            max_accel_mps2=self._base.max_accel_mps2,
            max_accel_radps2=self._base.max_accel_radps2,
            native_time_limit=True,
            stop_levels=(StopLevel.SETTLE, StopLevel.CUT),
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def refused(self) -> wire.Refused:
        """What came over the line and was thrown away, counted by cause."""
        return self._line.refused

    def set_velocity(self, twist: Twist, *, ttl_ms: int) -> None:
        if not twist.is_finite:
            self.stop_hard(StopLevel.SETTLE, reason="not a number")
            raise DriverError(f"expected a finite twist, got {twist}")
        limits = self._capabilities
        held = Twist(
            max(-limits.max_vx_mps, min(limits.max_vx_mps, twist.vx_mps)),
            max(-limits.max_vy_mps, min(limits.max_vy_mps, twist.vy_mps)),
            max(-limits.max_wz_radps, min(limits.max_wz_radps, twist.wz_radps)),
        )
        self._command(wire.Velocity(held, max(0, min(ttl_ms, wire.MAX_WATCHDOG_MS))), urgent=False)

    def poll(self, *, now_ns: int) -> DriverState:
        if self._heard_ns is None:
            self._heard_ns = now_ns
        for _, message in self._line.receive():
            if isinstance(message, wire.BaseState):
                self._hear(message, now_ns=now_ns)
        if now_ns - self._heard_ns > SILENCE_NS:
            raise DriverLost(f"the base has said nothing for {(now_ns - self._heard_ns) // NS_PER_MS} ms")
        self._watch_acks(now_ns=now_ns)
        return self._state

    def stop_hard(self, level: StopLevel, *, reason: str) -> None:
        del reason  # the base keeps none
        self._command(wire.Stop(level), urgent=True)

    def begin_gesture(self, name: str, *, run: int) -> None:  # noqa: ARG002 - it would be the same for any
        raise GestureError(f"a base on wheels performs no {name!r}")

    def cancel_gesture(self, reason: str) -> None:
        """Do nothing: none runs."""

    def carry(self, bearing: Bearing) -> None:
        """Do nothing: a base on wheels has no head and no arms."""

    def close(self) -> None:
        with contextlib.suppress(DriverLost):  # nobody is left to be told; the base's watchdog stops it
            self.stop_hard(StopLevel.SETTLE, reason="closing")
        self._line.close()

    def _command(self, message: wire.Velocity | wire.Stop, *, urgent: bool) -> None:
        seq = (self._seq + 1) % wire.SEQ_MODULUS
        if self._line.send(wire.encode(message, seq=seq), urgent=urgent):
            self._seq = seq
            self._unacked.append((seq, None))

    def _hear(self, state: wire.BaseState, *, now_ns: int) -> None:
        if state.boot_id != self._base.boot_id:
            raise DriverLost(f"the base restarted (boot {self._base.boot_id:#x}, now {state.boot_id:#x})")
        self._heard_ns = now_ns
        while self._unacked and (state.acked - self._unacked[0][0]) % wire.SEQ_MODULUS < wire.SEQ_MODULUS // 2:
            self._unacked.popleft()
        self._state = DriverState(
            stamp_ns=now_ns,
            pose=state.pose,
            twist=state.twist,
            battery=state.battery,
            faults=_words(state.faults),
            stop_input=state.stop_pressed,
        )

    def _watch_acks(self, *, now_ns: int) -> None:
        """Raise `DriverLost` when the oldest command has waited too long, counted from the first poll after it."""
        for index, (seq, sent_ns) in enumerate(self._unacked):
            if sent_ns is None:
                self._unacked[index] = (seq, now_ns)
            elif now_ns - sent_ns > SILENCE_NS:
                waited_ms = (now_ns - sent_ns) // NS_PER_MS
                raise DriverLost(f"the base has acknowledged no command for {waited_ms} ms")

    def _greet(self) -> wire.BaseHello:
        deadline = time.monotonic() + GREETING_S
        while (left_s := deadline - time.monotonic()) > 0.0:
            self._line.send(b"\0" + wire.encode(wire.Hello(), seq=self._seq), urgent=True)
            wait_until = time.monotonic() + min(left_s, _ASK_AGAIN_S)
            while self._line.wait(timeout_s=wait_until - time.monotonic()):
                for _, message in self._line.receive():
                    if isinstance(message, wire.BaseHello):
                        return _of_our_version(message)
        raise DriverLost(f"expected a base on {self._line.name}, which said nothing for {GREETING_S} s")


class _Line:
    """The port: bytes in and out without waiting. Every failure is `DriverLost`."""

    def __init__(self, settings: SerialDriverSettings) -> None:
        self.name = settings.port
        self._decoder = wire.Decoder()
        self._unsent = bytearray()
        try:
            self._port = serial.Serial(settings.port, settings.baud, timeout=0, write_timeout=0, exclusive=True)
        except (OSError, termios.error) as exc:
            raise DriverLost(f"expected a serial port at {settings.port}: {exc}") from exc

    @property
    def refused(self) -> wire.Refused:
        return self._decoder.refused

    def send(self, frame: bytes, *, urgent: bool) -> bool:
        """Send `frame` and return True; return False when an earlier one is unfinished and this one can wait."""
        if self._unsent:
            self._flush()
            if self._unsent and not urgent:
                return False
        if len(self._unsent) + len(frame) > _MAX_UNSENT_BYTES:
            raise DriverLost(f"{self.name} takes no more bytes")
        self._unsent += frame
        self._flush()
        return True

    def receive(self) -> list[tuple[int, wire.Message]]:
        """Return the messages that have come."""
        try:
            return self._decoder.feed(self._port.read(_READ_BYTES))
        except (OSError, termios.error) as exc:
            raise DriverLost(f"{self.name} is gone: {exc}") from exc

    def wait(self, *, timeout_s: float) -> bool:
        """Wait for bytes, at most `timeout_s`; return whether some came."""
        if timeout_s <= 0.0:
            return False
        try:
            return bool(select.select([self._port.fileno()], [], [], timeout_s)[0])
        except OSError as exc:
            raise DriverLost(f"{self.name} is gone: {exc}") from exc

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            self._port.close()

    def _flush(self) -> None:
        try:
            # Not Serial.write(): with write_timeout=0 it spins for ever while the port takes nothing.
            while self._unsent:
                del self._unsent[: os.write(self._port.fileno(), self._unsent)]
        except BlockingIOError:
            return
        except (OSError, termios.error) as exc:
            raise DriverLost(f"{self.name} is gone: {exc}") from exc


def _of_our_version(hello: wire.BaseHello) -> wire.BaseHello:
    if hello.version != wire.PROTOCOL_VERSION:
        raise DriverError(f"expected a base that speaks version {wire.PROTOCOL_VERSION}, got version {hello.version}")
    return hello


def _words(faults: wire.BaseFault) -> tuple[str, ...]:
    """Return what is wrong in plain words; a bit that this version does not know is named by its number."""
    named = [word for bit, word in _FAULT_WORDS.items() if faults & bit]
    unknown = [
        f"fault bit {n}" for n in range(16) if int(faults) >> n & 1 and wire.BaseFault(1 << n) not in _FAULT_WORDS
    ]
    return tuple(named + unknown)
