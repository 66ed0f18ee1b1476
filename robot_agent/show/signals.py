"""Signals of a show to the light desk and the slides: Open Sound Control over UDP, which both understand."""

import socket
from typing import Final

import structlog
from pythonosc.udp_client import SimpleUDPClient

from teleop_core.errors import ConfigError

MAX_PORT: Final = 65_535

_log = structlog.get_logger(__name__)


class SignalDesk:
    """Sends ``/stagebridge/light`` and ``/stagebridge/slide``, each with the signal's name.

    Raises:
        ConfigError: the address is none.

    """

    def __init__(self, address: str | None) -> None:
        self._client: SimpleUDPClient | None = None
        if address is None:
            return
        host, _, port = address.rpartition(":")
        if not 1 <= int(port) <= MAX_PORT:
            raise ConfigError(f"robot.show.osc: expected a port of 1 to {MAX_PORT}, got {port}")
        try:
            self._client = SimpleUDPClient(host, int(port))
        except socket.gaierror as exc:
            raise ConfigError(f"robot.show.osc: there is no host {host!r}: {exc.strerror}") from exc

    def send(self, desk: str, name: str) -> None:
        """Send a signal; one that does not leave is a line in the log."""
        if self._client is None:
            _log.info("show.signal_unsent", desk=desk, signal=name, cure="set robot.show.osc")
            return
        try:
            self._client.send_message(f"/stagebridge/{desk}", name)
        except OSError as exc:
            _log.warning("show.signal_failed", desk=desk, signal=name, reason=str(exc))

    def close(self) -> None:
        """Let go of the socket."""
        if self._client is not None:
            self._client._sock.close()  # noqa: SLF001 - it has no way of its own to be closed
            self._client = None
