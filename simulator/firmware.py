"""The firmware of a wheeled base, emulated: the far end of `robot_agent.drivers.serial_protocol`, on a simulated stage.

Pure: bytes and stage time come in, bytes come out. The watchdog cannot be switched off: no command lives longer than
`serial_protocol.MAX_WATCHDOG_MS`, whatever its ttl says.
"""

from typing import Final

from robot_agent.drivers import serial_protocol as wire
from simulator.stage import Stage
from teleop_core.geometry import STILL
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import StopLevel

REPORT_NS: Final = 20 * NS_PER_MS
HOST_GONE_NS: Final = 2_000 * NS_PER_MS  # then the base falls silent again

_FAULT_BITS: Final = {
    "motor fault": wire.BaseFault.MOTOR,
    "tipped over": wire.BaseFault.TIPPED,
    "battery empty": wire.BaseFault.BATTERY,
}


class Firmware:
    """One start of the base."""

    def __init__(self, stage: Stage, *, boot_id: int, version: int = wire.PROTOCOL_VERSION) -> None:
        self._stage = stage
        self._boot_id = boot_id
        self._version = version
        self._booted_ns = stage.now_ns
        self._decoder = wire.Decoder()
        self._watchdog = wire.Watchdog.IDLE
        self._until_ns = 0
        self._acked = 0
        self._seq = 0
        self._heard_ns: int | None = None
        self._next_report_ns = 0
        stage.set_velocity(STILL, ttl_ms=0)

    @property
    def refused(self) -> wire.Refused:
        """The frames that the base threw away."""
        return self._decoder.refused

    @property
    def is_driven(self) -> bool:
        """Whether a host is there."""
        return self._heard_ns is not None

    def receive(self, chunk: bytes) -> bytes:
        """Take in what came over the line and return the answer."""
        answer = b""
        for seq, message in self._decoder.feed(chunk):
            self._heard_ns = self._stage.now_ns
            match message:
                case wire.Hello():
                    answer += self._frame(self._hello())
                    self._next_report_ns = self._stage.now_ns
                case wire.Velocity():
                    self._acked = seq
                    self._drive(message)
                case wire.Stop(level=level):
                    self._acked = seq
                    self._stop(level)
                    answer += self._frame(self._state())
                case wire.StateRequest():
                    answer += self._frame(self._state())
                case wire.BaseHello() | wire.BaseState():
                    self._decoder.refused.unknown += 1  # another base on the same line?
        return answer

    def tick(self) -> bytes:
        """Watch the time; return the report when one is due."""
        now_ns = self._stage.now_ns
        if self._watchdog is wire.Watchdog.RUNNING and now_ns >= self._until_ns:
            self._watchdog = wire.Watchdog.TRIPPED
            self._stage.halt(StopLevel.SETTLE)
        if self._heard_ns is None:
            return b""
        if now_ns - self._heard_ns > HOST_GONE_NS:
            self._heard_ns = None
            return b""
        if now_ns < self._next_report_ns:
            return b""
        self._next_report_ns = now_ns + REPORT_NS
        return self._frame(self._state())

    def _drive(self, command: wire.Velocity) -> None:
        ttl_ms = min(command.ttl_ms, wire.MAX_WATCHDOG_MS)
        self._watchdog = wire.Watchdog.RUNNING
        self._until_ns = self._stage.now_ns + ttl_ms * NS_PER_MS
        self._stage.set_velocity(command.twist, ttl_ms=ttl_ms)

    def _stop(self, level: StopLevel) -> None:
        self._watchdog = wire.Watchdog.IDLE
        self._stage.halt(level)

    def _hello(self) -> wire.BaseHello:
        limits = self._stage.capabilities
        return wire.BaseHello(
            version=self._version,
            boot_id=self._boot_id,
            max_vx_mps=limits.max_vx_mps,
            max_vy_mps=limits.max_vy_mps,
            max_wz_radps=limits.max_wz_radps,
            max_accel_mps2=limits.max_accel_mps2,
            max_accel_radps2=limits.max_accel_radps2,
            watchdog_ms=wire.MAX_WATCHDOG_MS,
            model="emulated serial base",
        )

    def _state(self) -> wire.BaseState:
        plant = self._stage.plant
        faults = wire.BaseFault(0)
        for word in self._stage.base_faults:
            faults |= _FAULT_BITS[word]
        if plant.is_tipped:  # this base measures no angle
            faults |= wire.BaseFault.TIPPED
        return wire.BaseState(
            boot_id=self._boot_id,
            uptime_ms=(self._stage.now_ns - self._booted_ns) // NS_PER_MS,
            pose=plant.odometry,
            twist=plant.twist,
            battery=plant.battery,
            faults=faults,
            stop_pressed=plant.stop_pressed,
            watchdog=self._watchdog,
            acked=self._acked,
        )

    def _frame(self, message: wire.Message) -> bytes:
        self._seq = (self._seq + 1) % wire.SEQ_MODULUS
        return wire.encode(message, seq=self._seq)
