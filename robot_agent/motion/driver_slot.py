"""The place of the robot's driver in the motion loop: open, failed, or being opened again; never waited for."""

import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import structlog

from teleop_core.bearing import AHEAD, Bearing
from teleop_core.errors import ConfigError, DriverError, GestureError
from teleop_core.geometry import STILL, Twist
from teleop_core.gestures import Wanted
from teleop_core.ports import Capabilities, DriverState, RobotDriver
from teleop_core.timebase import ms, seconds
from teleop_core.wire.messages import StopLevel

FIRST_RETRY_NS: Final = ms(200)
LONGEST_RETRY_NS: Final = seconds(5)


class Errand(Protocol):
    """Work that is being done elsewhere; what is used of `threading.Thread`."""

    def is_alive(self) -> bool:
        """Return whether it is still being done."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait until it is done, for at most `timeout` seconds."""
        ...


def start_thread(work: Callable[[], None]) -> Errand:
    """Have `work` done by a thread of its own, which holds up nobody at the end."""
    thread = threading.Thread(target=work, name="driver-open", daemon=True)
    thread.start()
    return thread


class Unperformed(NamedTuple):
    """Why a gesture was not begun or not broken off; `is_fault` when the driver failed with it."""

    detail: str
    is_fault: bool


class DriverSlot:
    """Opens the driver in a thread of its own and hands every failure on as words; none of its methods raises.

    A driver that failed is closed and opened again, after 0.2 s at first and 5 s at most. While there is none, `poll`
    reports a fault, which latches the robot. One that was just opened is told to stand until it was asked to: the rest
    of a ramp that began before it was lost must not set it moving again.
    """

    def __init__(
        self,
        open_driver: Callable[[], RobotDriver],
        *,
        start: Callable[[Callable[[], None]], Errand] = start_thread,
    ) -> None:
        self._open_driver = open_driver
        self._start = start
        self._driver: RobotDriver | None = None
        self._opening: _Opening | None = None
        self._retry_ns = 0
        self._delay_ns = FIRST_RETRY_NS
        self._must_rest = True
        self._carries = AHEAD
        self._performs: int | None = None  # the number of the gesture that it was told to begin last
        self._fault = "the driver is not open yet"
        self._log = structlog.get_logger("driver")
        self.capabilities: Capabilities | None = None  # of the driver that was open last
        self.config_error: ConfigError | None = None  # the settings can never work

    @property
    def is_open(self) -> bool:
        """Whether there is a driver now."""
        return self._driver is not None

    def poll(self, *, now_ns: int) -> DriverState:
        """Return what the robot says of itself, or the fault that there is no driver."""
        if self._driver is None:
            self._try_to_open(now_ns=now_ns)
        if self._driver is not None:
            try:
                return self._driver.poll(now_ns=now_ns)
            except DriverError as exc:
                self._give_up(exc, now_ns=now_ns)
        return DriverState(faults=(self._fault,))

    def set_velocity(self, twist: Twist, *, ttl_ms: int, now_ns: int) -> str | None:
        """Pass the velocity on; return in words why that failed, None when it did not or there is no driver."""
        if self._driver is None:
            return None
        self._must_rest = self._must_rest and not twist.is_still()
        try:
            self._driver.set_velocity(STILL if self._must_rest else twist, ttl_ms=ttl_ms)
        except DriverError as exc:
            self._give_up(exc, now_ns=now_ns)
            return self._fault
        return None

    def perform(self, wanted: Wanted, *, now_ns: int) -> Unperformed | None:
        """Have the driver do what is `wanted`, unless it was told before; return why that failed, if it did."""
        told = None if wanted.name is None else wanted.run
        if self._driver is None or told == self._performs:
            return None
        self._performs = told
        try:
            if wanted.name is None:
                self._driver.cancel_gesture(wanted.why)
            else:
                self._begin(self._driver, wanted.name, wanted.run)
        except GestureError as exc:
            return Unperformed(str(exc), is_fault=False)
        except DriverError as exc:
            self._give_up(exc, now_ns=now_ns)
            return Unperformed(self._fault, is_fault=True)
        return None

    def carry(self, bearing: Bearing, *, now_ns: int) -> str | None:
        """Have the driver carry the body so, unless it was told before; return in words why that failed."""
        if self._driver is None or bearing == self._carries:
            return None
        self._carries = bearing
        try:
            self._driver.carry(bearing)
        except DriverError as exc:
            self._give_up(exc, now_ns=now_ns)
            return self._fault
        return None

    def _begin(self, driver: RobotDriver, name: str, run: int) -> None:
        try:
            driver.begin_gesture(name, run=run)
        except (DriverError, GestureError):
            raise
        except Exception as exc:
            self._log.exception("driver.gesture_raised", gesture=name)
            raise GestureError(f"{type(exc).__name__}: {exc}") from exc

    def stop_hard(self, level: StopLevel, *, reason: str, now_ns: int) -> str | None:
        """Pass the stop on; return in words why that failed, None when it did not or there is no driver."""
        if self._driver is None:
            return None
        self._must_rest = True
        try:
            self._driver.stop_hard(level, reason=reason)
        except DriverError as exc:
            self._give_up(exc, now_ns=now_ns)
            return self._fault
        return None

    def wait_until_tried(self, *, timeout_s: float, now_ns: int) -> None:
        """Wait until the first attempt to open the driver ended, for at most `timeout_s`."""
        self._try_to_open(now_ns=now_ns)
        if self._opening is not None:
            self._opening.errand.join(timeout_s)
        self._try_to_open(now_ns=now_ns)

    def close(self) -> None:
        """Stop the robot and let go of it; a driver that is still being opened is closed by the thread that does it."""
        if self._opening is not None:
            self._opening.abandon()
            self._opening = None
        if self._driver is not None:
            try:
                self._driver.stop_hard(StopLevel.SETTLE, reason="the motion process ends")
            except DriverError as exc:
                self._log.warning("driver.stop_failed", reason=str(exc))
            self._driver.close()
            self._driver = None

    def _try_to_open(self, *, now_ns: int) -> None:
        if self._opening is None:
            if self._driver is None and now_ns >= self._retry_ns:
                self._opening = _Opening(self._open_driver, self._start)
            return
        if self._opening.errand.is_alive():
            return
        opening, self._opening = self._opening, None
        if opening.driver is not None:
            self._driver = opening.driver
            self._must_rest = True
            self.capabilities = opening.driver.capabilities
            self._delay_ns = FIRST_RETRY_NS
            self._log.info("driver.open", model=self.capabilities.model)
            return
        if isinstance(opening.failure, ConfigError):
            self.config_error = opening.failure
        self._fail(str(opening.failure), now_ns=now_ns)

    def _give_up(self, error: DriverError, *, now_ns: int) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        self._performs = None
        self._carries = AHEAD
        self._fail(str(error), now_ns=now_ns)

    def _fail(self, reason: str, *, now_ns: int) -> None:
        self._fault = f"driver: {reason}"[:300]
        self._retry_ns = now_ns + self._delay_ns
        self._log.warning("driver.failed", reason=reason, retry_in_ms=self._delay_ns // 1_000_000)
        self._delay_ns = min(self._delay_ns * 2, LONGEST_RETRY_NS)


class _Opening:
    """One attempt to open the driver, in a thread."""

    def __init__(self, open_driver: Callable[[], RobotDriver], start: Callable[[Callable[[], None]], Errand]) -> None:
        self.driver: RobotDriver | None = None
        self.failure: Exception | None = None
        self._open_driver = open_driver
        self._handover = threading.Lock()
        self._is_abandoned = False
        self.errand = start(self._run)

    def abandon(self) -> None:
        """Close the driver if it is open by now, or as soon as it is."""
        with self._handover:
            self._is_abandoned = True
            if self.driver is not None:
                self.driver.close()

    def _run(self) -> None:
        try:
            driver = self._open_driver()
        except Exception as exc:  # noqa: BLE001 -- the root of a thread; a plug-in may raise anything, and is shown
            self.failure = exc
            return
        with self._handover:
            self.driver = driver
            if self._is_abandoned:
                driver.close()
