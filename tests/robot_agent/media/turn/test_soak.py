"""What a soak says of its stream; the streams themselves are in tests/system, through a real coturn."""

import math

import pytest

from robot_agent.media.turn.soak import PACKET_BYTES, Soaked


def soaked(*rtts_ms: float, sent: int | None = None, seconds: float = 2.0) -> Soaked:
    return Soaked(sent=len(rtts_ms) if sent is None else sent, rtts_ms=rtts_ms, seconds=seconds)


def test_loss_is_what_never_came_back() -> None:
    assert soaked(1.0, 1.0, 1.0, sent=4).loss == pytest.approx(0.25)
    assert soaked(sent=0).loss == 1.0


def test_jitter_is_how_much_neighbours_differ() -> None:
    assert soaked(10.0, 12.0, 9.0).jitter_ms == pytest.approx(2.5)
    assert soaked(10.0).jitter_ms == 0.0


def test_rates_count_what_was_sent_and_what_came() -> None:
    measured = soaked(*[1.0] * 100, sent=200)

    assert measured.up_bps == pytest.approx(200 * PACKET_BYTES * 8 / 2)
    assert measured.down_bps == pytest.approx(measured.up_bps / 2)


def test_a_round_trip_by_its_share() -> None:
    measured = soaked(*(float(each) for each in range(100, 0, -1)))

    assert (measured.rtt_ms(0.5), measured.rtt_ms(0.95), measured.rtt_ms(1.0)) == (50.0, 95.0, 100.0)
    assert soaked().rtt_ms(0.5) == math.inf
