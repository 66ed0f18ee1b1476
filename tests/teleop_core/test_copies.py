"""Of each frame the first copy counts, whichever line brings it; of each state the newest."""

import random

from teleop_core.copies import MAX_SLOTS, WINDOW, Copies


def test_a_number_is_first_once() -> None:
    copies = Copies()

    assert [copies.is_first(number) for number in (0, 1, 1, 0, 2)] == [True, True, False, False, True]


def test_what_was_overtaken_is_still_first() -> None:
    copies = Copies()
    copies.is_first(10)
    copies.is_first(13)

    assert [copies.is_first(number) for number in (11, 12, 10, 13, 11)] == [True, True, False, False, False]


def test_a_number_that_the_window_does_not_reach_counts_as_heard() -> None:
    copies = Copies()
    copies.is_first(1)
    copies.is_first(WINDOW + 10)

    assert copies.is_first(11)
    assert not copies.is_first(11)
    assert not copies.is_first(10)
    assert copies.is_first(12)


def test_a_number_at_the_far_end_of_the_window_is_known_until_it_leaves() -> None:
    copies = Copies()
    copies.is_first(1)
    copies.is_first(WINDOW)
    assert not copies.is_first(1)

    assert copies.is_first(2)
    copies.is_first(WINDOW + 1)
    assert not copies.is_first(2)
    assert not copies.is_first(1)


def test_only_what_was_heard_for_certain_is_had() -> None:
    copies = Copies()
    assert not copies.has(0)
    copies.is_first(1)
    copies.is_first(3)

    assert [copies.has(number) for number in (0, 1, 2, 3, 4)] == [False, True, False, True, False]
    copies.is_first(WINDOW)
    assert copies.has(1)
    copies.is_first(WINDOW + 1)
    assert not copies.has(1)
    assert copies.has(3)


def test_a_leap_forgets_all_and_costs_no_more_than_a_step() -> None:
    copies = Copies()
    copies.is_first(5)
    assert copies.is_first(2**53)

    assert copies.is_first(2**53 - 1)
    assert copies.is_first(2**53 - WINDOW + 1)
    assert not copies.is_first(2**53 - WINDOW)


def test_two_lines_of_any_delay_bring_each_frame_once() -> None:
    rng = random.Random(5)
    copies = Copies()
    frames = [(number + rng.uniform(0, lag), number) for lag in (3, 200) for number in range(3000)]

    firsts = [number for _, number in sorted(frames) if copies.is_first(number)]

    assert sorted(firsts) == list(range(3000))


def test_a_state_is_outdated_once_a_newer_one_of_its_slot_came() -> None:
    copies = Copies()

    assert copies.is_newest("a", 5)
    assert copies.is_newest("a", 5)
    assert not copies.is_newest("a", 4)
    assert not copies.is_newest("a", 4)
    assert copies.is_newest("b", 4)
    assert copies.is_newest("b", 0) is False
    assert copies.is_newest("a", 6)


def test_the_slot_that_was_silent_for_the_longest_is_forgotten() -> None:
    copies = Copies()
    for slot in range(MAX_SLOTS):
        copies.is_newest(slot, 9)
    copies.is_newest(0, 9)
    assert not copies.is_newest(1, 8)  # heard: now it is 2 that was silent for the longest

    copies.is_newest("one too many", 9)

    assert not copies.is_newest(0, 8)
    assert not copies.is_newest(1, 8)
    assert not copies.is_newest(3, 8)
    assert copies.is_newest(2, 8)
