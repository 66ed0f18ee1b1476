"""What waits for one destination: STOP first, nothing lossless lost, one motion command at most, all of it bounded."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleop_core.outbox import MAX_EVENTS_PER_SENDER, MAX_URGENT_PER_SENDER, Outbox, Put
from teleop_core.wire.messages import CloseCode


def ignore() -> None:
    pass


def outbox(*, max_events: int = 512, max_event_bytes: int = 1 << 20, wake: Callable[[], None] = ignore) -> Outbox:
    return Outbox(wake=wake, max_events=max_events, max_event_bytes=max_event_bytes)


def everything_in(box: Outbox) -> list[bytes]:
    taken = []
    while (frame := box.take()) is not None:
        taken.append(frame)
    return taken


def test_urgent_leaves_before_events_and_events_before_states() -> None:
    box = outbox()

    box.put_state("drive", b"drive")
    box.put_event(b"lease")
    box.put_urgent("stop", b"stop")

    assert everything_in(box) == [b"stop", b"lease", b"drive"]
    assert box.take() is None


def test_it_holds_only_states_while_nothing_waits_that_must_not_be_lost() -> None:
    box = outbox()
    told = [box.holds_only_states]

    for change in (
        lambda: box.put_state("drive", b"drive"),
        lambda: box.put_event(b"lease"),
        lambda: box.put_urgent("stop", b"stop"),
        box.take,
        box.take,
    ):
        change()
        told.append(box.holds_only_states)

    assert told == [True, True, False, False, False, True]


def test_a_newer_state_replaces_the_older_one() -> None:
    box = outbox()

    box.put_state("drive", b"old")
    box.put_state("status", b"status")
    box.put_state("drive", b"new")

    assert everything_in(box) == [b"new", b"status"]


def test_a_repeated_stop_waits_once() -> None:
    box = outbox()

    box.put_urgent("stop-1", b"first copy", sender="anna")
    box.put_urgent("stop-2", b"another", sender="anna")
    box.put_urgent("stop-1", b"second copy", sender="anna")

    assert everything_in(box) == [b"second copy", b"another"]


def test_a_flood_of_stops_crowds_out_only_its_sender() -> None:
    box = outbox()
    for number in range(MAX_URGENT_PER_SENDER):
        assert box.put_urgent(number, b"flood", sender="mallory") is Put.TAKEN

    assert box.put_urgent("one more", b"flood", sender="mallory") is Put.CROWDED
    assert box.put_urgent("stop", b"stop", sender="anna") is Put.TAKEN
    assert box.take() == b"flood"
    assert box.put_urgent("one more", b"flood", sender="mallory") is Put.TAKEN


def test_a_flood_of_events_crowds_out_only_its_sender() -> None:
    box = outbox()
    for _ in range(MAX_EVENTS_PER_SENDER):
        assert box.put_event(b"flood", sender="mallory") is Put.TAKEN

    assert box.put_event(b"flood", sender="mallory") is Put.CROWDED
    assert box.put_event(b"lease", sender="anna") is Put.TAKEN
    assert box.ending is None


@pytest.mark.parametrize(("max_events", "max_event_bytes"), [(3, 1000), (1000, 3)], ids=["by number", "by size"])
def test_an_outbox_that_would_lose_an_event_ends_instead(max_events: int, max_event_bytes: int) -> None:
    box = outbox(max_events=max_events, max_event_bytes=max_event_bytes)
    for _ in range(3):
        assert box.put_event(b"e") is Put.TAKEN

    assert box.put_event(b"e") is Put.ENDED
    assert box.ending is not None
    assert box.ending.code is CloseCode.TOO_SLOW


def test_an_ended_outbox_holds_nothing_and_takes_nothing() -> None:
    box = outbox()
    box.put_event(b"lease")
    box.put_urgent("stop", b"stop")
    box.put_state("drive", b"drive")

    box.end(CloseCode.REPLACED, "another came")
    box.end(CloseCode.TOO_SLOW, "later")

    assert box.ending is not None
    assert box.ending.code is CloseCode.REPLACED
    assert [box.put_event(b"e"), box.put_urgent("s", b"s"), box.put_state("d", b"d")] == [Put.ENDED] * 3
    assert everything_in(box) == []


def test_dropped_states_are_gone_and_others_stay() -> None:
    box = outbox()
    box.put_state(("anna", "drive"), b"anna")
    box.put_state(("bo", "drive"), b"bo")

    box.drop_states((("anna", "drive"), ("anna", "renew")))

    assert everything_in(box) == [b"bo"]


def test_it_wakes_its_reader_for_every_frame_and_for_the_end() -> None:
    calls: list[None] = []
    box = outbox(wake=lambda: calls.append(None))

    box.put_event(b"e")
    box.put_state("s", b"s")
    box.put_urgent("u", b"u")
    assert len(calls) == 3

    box.end(CloseCode.GOING_AWAY, "bye")
    assert len(calls) == 4


SENDERS = st.sampled_from(["anna", "bo"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("drive"), SENDERS),
        st.tuples(st.just("renew"), SENDERS),
        st.tuples(st.just("event"), SENDERS),
        st.tuples(st.just("stop"), SENDERS),
        st.tuples(st.just("take"), st.just("")),
    ),
    max_size=60,
)


@given(ACTIONS)
def test_whatever_comes_no_two_motion_commands_wait_stop_is_first_and_events_keep_their_order(
    actions: list[tuple[str, str]],
) -> None:
    box = outbox()
    events: list[bytes] = []
    stops: list[bytes] = []
    newest: dict[tuple[str, str], bytes] = {}

    for number, (action, sender) in enumerate(actions):
        frame = f"{action} {sender} {number}".encode()
        match action:
            case "drive" | "renew":
                box.put_state((sender, action), frame)
                newest[sender, action] = frame
            case "event":
                if box.put_event(frame, sender=sender) is Put.TAKEN:
                    events.append(frame)
            case "stop":
                if box.put_urgent((sender, number), frame, sender=sender) is Put.TAKEN:
                    stops.append(frame)
            case _:
                taken = box.take()
                if stops:
                    assert taken == stops.pop(0)
                elif events:
                    assert taken == events.pop(0)
                elif newest:
                    assert taken in newest.values()
                    newest = {key: waiting for key, waiting in newest.items() if waiting != taken}
                else:
                    assert taken is None

    assert len(box) == len(stops) + len(events) + len(newest)
    rest = everything_in(box)
    assert rest[: len(stops) + len(events)] == stops + events
    assert sorted(rest[len(stops) + len(events) :]) == sorted(newest.values())


def test_whoever_emptied_it_is_told_nothing_more_once_they_have_gone() -> None:
    woken: list[None] = []
    outbox = Outbox(wake=lambda: woken.append(None))
    outbox.put_event(b"first")
    outbox.wake_nobody()
    outbox.put_event(b"second")

    assert len(woken) == 1
