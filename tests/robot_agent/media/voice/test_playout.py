"""The playout buffer, in virtual time: it never grows for good, whatever the line does."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robot_agent.media.voice.pcm import RATE_HZ, TURN_SAMPLES
from robot_agent.media.voice.playout import MAX_WAITING, PlayoutBuffer
from simulator.voices import rms
from tests.robot_agent.media.voice.voice_line import Delay, VoiceLine, clean, jittery, lossy, packets


def test_on_a_clean_line_a_voice_waits_for_one_packet_and_nothing_is_made_up() -> None:
    line = VoiceLine().run(5)

    assert 18 <= line.wait_ms <= 35
    assert (line.buffer.counts.concealed, line.buffer.counts.recovered, line.buffer.counts.late) == (0, 0, 0)
    assert rms(line.pcm) > 500


@pytest.mark.parametrize(
    ("delay", "most_made_up"),
    [(clean, 0.0), (lossy(0.01), 0.02), (lossy(0.05), 0.08), (lossy(0.05, jittery(40)), 0.15)],
    ids=["clean", "1 % lost", "5 % lost", "5 % lost, 0-40 ms late"],
)
def test_a_minute_later_a_voice_waits_as_long_as_at_its_beginning(delay: Delay, most_made_up: float) -> None:
    line = VoiceLine(delay).run(10)
    began_ms = line.wait_ms

    line.run(62)

    assert abs(line.wait_ms - began_ms) <= 20
    counts = line.buffer.counts
    assert line.share(counts.concealed + counts.recovered) <= most_made_up
    assert line.wait_ms <= 75


def test_after_a_minute_of_loss_a_clean_line_is_as_quick_as_ever() -> None:
    line = VoiceLine().run(5)
    began_ms = line.wait_ms

    line.delay = lossy(0.05, jittery(40))
    line.run(60)
    line.delay = clean
    line.run(20)

    assert abs(line.wait_ms - began_ms) <= 12


def test_a_single_lost_packet_comes_back_from_the_next_one() -> None:
    line = VoiceLine(lambda number, _: None if number % 20 == 7 else 0.0).run(10)

    assert line.buffer.counts.recovered > 0
    assert line.buffer.counts.concealed == 0


def test_what_is_lost_in_a_row_is_concealed_and_costs_no_time() -> None:
    line = VoiceLine(lambda number, _: None if number % 50 in {20, 21, 22} else 0.0).run(10)

    assert 0 < line.share(line.buffer.counts.concealed) < 0.06
    assert line.wait_ms <= 40


@pytest.mark.parametrize("lost", [4, 6, 10])
def test_a_burst_of_loss_is_over_when_it_is_over(lost: int) -> None:
    line = VoiceLine(lambda number, _: None if 250 <= number < 250 + lost else 0.0).run(5)
    began_ms = line.wait_ms

    line.run(0.1 + lost * 0.02)
    played = line.buffer.counts.played
    line.run(0.5)

    waits = [wait for wait in line.waits_ms[-45:] if wait is not None]
    assert max(waits) <= began_ms + 15
    assert line.buffer.counts.played - played >= 0.48 * RATE_HZ


def test_jitter_that_begins_leaves_no_hole_in_the_speech() -> None:
    line = VoiceLine().run(5)
    silent = sum(wait is None for wait in line.waits_ms)

    line.delay = jittery(40)
    line.run(10)

    assert sum(wait is None for wait in line.waits_ms) - silent <= 3
    assert line.share(line.buffer.counts.concealed) < 0.03


def test_jitter_is_waited_for_and_forgotten() -> None:
    line = VoiceLine(jittery(60)).run(20)

    assert 50 <= line.wait_ms <= 90
    assert line.share(line.buffer.counts.concealed) < 0.03

    line.delay = clean
    line.run(20)

    assert line.wait_ms <= 40


@pytest.mark.parametrize("stall_ms", [100.0, 300.0, 1000.0, 3000.0])
def test_a_stall_is_made_up_for(stall_ms: float) -> None:
    line = VoiceLine().run(5)
    began_ms = line.wait_ms
    freed_ms = line.now_ms + stall_ms

    line.delay = lambda _, __: max(0.0, freed_ms - line.now_ms)  # all of it comes at once
    line.run(stall_ms / 1000 + 3)

    assert abs(line.wait_ms - began_ms) <= 15


def test_a_line_that_became_longer_is_believed() -> None:
    line = VoiceLine().run(5)

    line.base_ms += 400
    line.run(10)

    assert line.wait_ms <= 40
    assert rms(line.pcm[-TURN_SAMPLES * 200 :]) > 500


def test_a_drifting_clock_costs_no_time() -> None:
    line = VoiceLine(lambda number, _: number * 0.01)  # 500 ppm, five times what sound cards do
    line.run(60)

    assert line.wait_ms <= 45


def test_packets_that_overtake_one_another_are_put_in_order() -> None:
    line = VoiceLine(lambda number, _: 25.0 if number % 2 else 0.0).run(10)
    at_first = line.buffer.counts.concealed

    line.run(10)

    assert line.buffer.counts.concealed == at_first


def test_a_packet_that_comes_twice_is_heard_once() -> None:
    once, twice = VoiceLine(), VoiceLine()
    once.run(4)
    add = twice.buffer.add

    def doubled(payload: bytes, *, rtp_time: int, now_ms: float) -> None:
        add(payload, rtp_time=rtp_time, now_ms=now_ms)
        add(payload, rtp_time=rtp_time, now_ms=now_ms)

    twice.buffer.add = doubled  # type: ignore[method-assign] # the line hands everything over twice
    twice.run(4)

    assert np.array_equal(once.pcm, twice.pcm)


def test_a_pause_of_the_sender_is_silent_and_what_follows_is_prompt() -> None:
    line = VoiceLine().run(3)
    line.pause(4000)
    tail = np.concatenate(line.played[-300:])

    line.run(2)

    assert rms(tail) < 1
    assert line.wait_ms <= 40


@pytest.mark.parametrize("delay", [clean, jittery(40)], ids=["clean", "0-40 ms late"])
@pytest.mark.parametrize("pause_ms", [400.0, 1500.0, 6000.0])
def test_push_to_talk_is_prompt_where_the_sender_s_clock_stood_still(delay: Delay, pause_ms: float) -> None:
    line = VoiceLine(delay).run(8)
    began_ms, made_up = line.wait_ms, line.buffer.counts.concealed

    line.listen(pause_ms)
    line.run(2)

    assert abs(line.wait_ms - began_ms) <= 20
    assert (line.buffer.counts.concealed - made_up) / (2 * RATE_HZ) <= 0.06
    assert rms(line.pcm[-TURN_SAMPLES * 150 :]) > 200


def test_rtp_time_may_wrap() -> None:
    line = VoiceLine(first_rtp=2**32 - 100 * 960).run(5)

    assert line.buffer.counts.concealed == 0
    assert rms(line.pcm[-TURN_SAMPLES * 100 :]) > 200


def test_a_sender_that_counts_time_anew_is_heard_at_once() -> None:
    line = VoiceLine().run(3)

    line.first_rtp += 90_000_000
    line.run(2)

    assert rms(line.pcm[-TURN_SAMPLES * 100 :]) > 200
    assert line.wait_ms <= 40


def test_before_anything_comes_there_is_silence() -> None:
    buffer = PlayoutBuffer()

    assert rms(buffer.pull(now_ms=0.0)) == 0
    assert buffer.wait_ms is None


HOSTILE = st.one_of(
    st.builds(lambda at: (packets()[at % 500], at * 960), st.integers(0, 2000)),
    st.tuples(st.binary(max_size=60), st.integers(0, 2**32 - 1)),
    st.tuples(st.sampled_from(packets()), st.integers(0, 2**32 - 1)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrivals=st.lists(st.tuples(HOSTILE, st.integers(0, 4)), max_size=80))
def test_hostile_packets_cost_neither_memory_nor_the_beat(arrivals: list[tuple[tuple[bytes, int], int]]) -> None:
    buffer = PlayoutBuffer()
    now_ms = 0.0
    for (payload, rtp_time), turns in arrivals:
        buffer.add(payload, rtp_time=rtp_time, now_ms=now_ms)
        for _ in range(turns):
            assert len(buffer.pull(now_ms=now_ms)) == TURN_SAMPLES
            now_ms += 10.0
        assert len(buffer._packets) <= MAX_WAITING
        assert len(buffer._ready) <= 3 * 5760


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.2), most_ms=st.floats(0, 80))
def test_whatever_the_line_a_voice_never_waits_for_long(seed: int, share: float, most_ms: float) -> None:
    line = VoiceLine(lossy(share, jittery(most_ms)), seed=seed).run(12)

    assert line.wait_ms <= most_ms + 55
    assert rms(line.pcm[-TURN_SAMPLES * 300 :]) > 100
