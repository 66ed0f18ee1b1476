"""What a laboratory and its switch say to each other: a JSON line each, one order after another."""

from typing import Final

import msgspec
from msgspec import Struct

from simulator.lab.lateness import RunReport
from simulator.network.way import Weather


class Cable(Struct, frozen=True):
    """One link, by the numbers of the switch's open files: both TUN devices, both ends of the reference flow."""

    robot_tun: int
    presenter_tun: int
    robot_socket: int
    presenter_socket: int
    robot_address: str
    port: int


class Plan(Struct, frozen=True, tag="plan"):
    """First of all: the links."""

    cables: tuple[Cable, ...]
    seed: int


class SetWeather(Struct, frozen=True, tag="weather"):
    """From now on a link is so."""

    link: int
    to_robot: Weather
    from_robot: Weather


class BlackOut(Struct, frozen=True, tag="black_out"):
    """Nothing gets through a link until then, on the host's monotonic clock; it is lost, or waits for the light."""

    link: int
    until_ns: int
    holds: bool


class Report(Struct, frozen=True, tag="report"):
    """Say what was since the last report, and begin anew."""


Order = Plan | SetWeather | BlackOut | Report


class Answer(Struct, frozen=True):
    """An order was carried out, at that instant."""

    at_ns: int
    report: RunReport | None = None


order_decoder: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)
answer_decoder: Final[msgspec.json.Decoder[Answer]] = msgspec.json.Decoder(Answer)


def line(words: Order | Answer) -> bytes:
    """Return `words` as a line."""
    return msgspec.json.encode(words) + b"\n"
