"""A camera that is there again when it can be, whatever its driver does."""

import time
from collections.abc import Callable

import structlog

from robot_agent.media.faults import DEVICE_RETRIES_S, Backoff, reason_of
from robot_agent.media.frames import check
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera, Frame

_log = structlog.get_logger(__name__)


class SteadyCamera:
    """Opens a camera with its first `read`; when it fails, closes it, and opens it anew after a while.

    A camera's driver is code of others: whatever it raises, and a picture that is none, costs this camera and nothing
    else. All methods belong to one thread; any may look at `fault`.
    """

    def __init__(
        self,
        name: str,
        open_camera: Callable[[], Camera],
        *,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.fault = ""  # why it is out of order; empty while it is not
        self._name = name
        self._open_camera = open_camera
        self._clock_ns = clock_ns
        self._sleep = sleep
        self._backoff = Backoff(DEVICE_RETRIES_S)
        self._camera: Camera | None = None

    def read(self, *, timeout_s: float) -> Frame | None:
        """Wait for the next picture; None when none came, or while the camera is out of order.

        Raises:
            ConfigError: its settings can never work.
        """
        if not self._backoff.is_due(now_ns=self._clock_ns()):
            self._sleep(timeout_s)
            return None
        try:
            frame = self._read(timeout_s)
        except ConfigError:
            raise
        except Exception as exc:  # noqa: BLE001 - the root of what others wrote: one camera never ends the agent
            self._failed(reason_of(exc))
            return None
        if frame is not None and self.fault:
            _log.info("camera.back", camera=self._name)
            self.fault = ""
        if frame is not None:
            self._backoff.worked()
        return frame

    def close(self) -> None:
        """Let go of the device."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        try:
            camera.close()
        except Exception as exc:  # noqa: BLE001 - as above
            _log.warning("camera.close_failed", camera=self._name, reason=reason_of(exc))

    def _read(self, timeout_s: float) -> Frame | None:
        if self._camera is None:
            self._camera = self._open_camera()
        frame = self._camera.read(timeout_s=timeout_s)
        if frame is not None:
            check(frame)
        return frame

    def _failed(self, reason: str) -> None:
        self.close()
        if reason != self.fault:
            _log.warning("camera.failed", camera=self._name, reason=reason, retry_in_s=self._backoff.retry_s)
        self.fault = reason
        self._backoff.failed(now_ns=self._clock_ns())
