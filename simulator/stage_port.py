"""A connection to the stage for code without an event loop: the driver, the camera, the blocking client.

Light on purpose: the motion process imports it.
"""

import select
import socket
import time
from typing import Final

import msgspec

from simulator import stage_link as link
from teleop_core.errors import DriverLost

_READ_BYTES: Final = 64 * 1024


class StagePort:
    """A connection to the stage that never waits, for code without an event loop.

    Every method raises `DriverLost` once the stage is gone. What the socket does not take at once stays in a buffer
    that holds at most one unfinished message and the urgent ones: `send` refuses the rest instead of queueing it.
    """

    def __init__(self, path: str, part: link.Part, *, patience_s: float = 1.0) -> None:
        """Connect to the stage at `path` and wait for its welcome, at most `patience_s`.

        Raises:
            DriverLost: nobody listens there, or does not answer in time, or refuses.

        """
        self._path = path
        self._deframer = link.Deframer(link.from_stage.decode)
        self._unsent = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._early: list[link.FromStage] = []
        try:
            self._socket.settimeout(patience_s)
            self._socket.connect(path)
            self._socket.settimeout(0.0)
            self.send(link.Attach(part))
            self.welcome = self._greeting(patience_s=patience_s)
        except OSError as exc:
            self._socket.close()
            raise DriverLost(f"expected a simulated stage at {path}: {exc.strerror or exc}") from exc
        except DriverLost:
            self._socket.close()
            raise

    def send(self, message: link.ToStage, *, urgent: bool = False) -> bool:
        """Send `message` and return True, or return False when an earlier one is still unfinished and it can wait."""
        if self._unsent and not urgent:
            self._flush()
            if self._unsent:
                return False
        self._unsent += link.framed(message)
        self._flush()
        return True

    def receive(self) -> list[link.FromStage]:
        """Return what has come, oldest first."""
        messages, self._early = self._early, []
        while True:
            try:
                chunk = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return messages
            except OSError as exc:
                if messages:
                    return messages  # its last words first
                raise DriverLost(f"the simulated stage at {self._path} is gone: {exc.strerror or exc}") from exc
            if not chunk:
                if messages:
                    return messages
                raise DriverLost(f"the simulated stage at {self._path} closed the connection")
            try:
                messages += self._deframer.feed(chunk)
            except msgspec.DecodeError as exc:
                raise DriverLost(f"expected messages of a simulated stage at {self._path}: {exc}") from exc

    def wait(self, *, timeout_s: float) -> bool:
        """Wait until something can be received, at most `timeout_s`; return whether it can."""
        if self._early:
            return True
        try:
            ready, _, _ = select.select([self._socket], [], [], max(0.0, timeout_s))
        except (OSError, ValueError) as exc:
            raise DriverLost(f"the simulated stage at {self._path} is gone: {exc}") from exc
        return bool(ready)

    def close(self) -> None:
        """Hang up. Never raises."""
        self._socket.close()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError as exc:
            raise DriverLost(f"the simulated stage at {self._path} is gone: {exc.strerror or exc}") from exc

    def _greeting(self, *, patience_s: float) -> link.Welcome:
        deadline = time.monotonic() + patience_s
        while self.wait(timeout_s=deadline - time.monotonic()):
            match self.receive():
                case []:
                    continue
                case [link.Welcome() as welcome, *rest]:
                    self._early = rest
                    return welcome
                case [link.Refused(reason=reason), *_]:
                    raise DriverLost(f"the simulated stage at {self._path} refuses: {reason}")
                case [other, *_]:
                    raise DriverLost(f"expected a welcome from {self._path}, got {type(other).__name__}")
        raise DriverLost(f"the simulated stage at {self._path} did not answer within {patience_s} s")
