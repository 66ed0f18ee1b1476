"""Signals to the light desk and the slides, as any OSC receiver hears them."""

import threading
from collections.abc import Iterator

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from robot_agent.show.signals import SignalDesk
from teleop_core.errors import ConfigError


class Desk:
    """A receiver on loopback."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, tuple[object, ...]]] = []
        self.news = threading.Event()
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(self._hear)
        self.server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)

    def _hear(self, address: str, *words: object) -> None:
        self.heard.append((address, words))
        if len(self.heard) == 2:
            self.news.set()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    serving = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    yield made
    made.server.shutdown()
    serving.join()
    made.server.server_close()


def test_signals_are_heard_by_the_desk(desk: Desk) -> None:
    signals = SignalDesk(f"127.0.0.1:{desk.server.server_address[1]}")
    signals.send("light", "house-down")
    signals.send("slide", "next")

    assert desk.news.wait(5)
    assert desk.heard == [("/stagebridge/light", ("house-down",)), ("/stagebridge/slide", ("next",))]
    signals.close()


def test_without_an_address_a_signal_is_a_line_in_the_log() -> None:
    signals = SignalDesk(None)
    signals.send("light", "up")
    signals.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [("127.0.0.1:0", "expected a port"), ("127.0.0.1:70000", "got 70000"), ("no.such.host.invalid:9", "no host")],
)
def test_an_address_that_can_never_work_is_refused(address: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SignalDesk(address)


def test_a_desk_that_is_away_stops_nothing() -> None:
    signals = SignalDesk("127.0.0.1:9")
    for _ in range(3):
        signals.send("light", "up")
    signals.close()
    signals.send("light", "up")
