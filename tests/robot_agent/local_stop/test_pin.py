"""The PIN: kept, private, and not to be guessed."""

import stat
from pathlib import Path

import pytest

from robot_agent.local_stop import pin
from robot_agent.local_stop.pin import FREE_TRIES, MAX_ADDRESSES, TRY_PERIOD_NS, PinGuard, kept_pin, whole_seconds
from teleop_core.timebase import ms, seconds

RIGHT = "12345678"
PHONE = "192.168.1.20"
STRANGER = "192.168.1.66"


@pytest.fixture
def guard() -> PinGuard:
    return PinGuard(RIGHT)


def test_the_first_start_makes_one_and_later_ones_keep_it(tmp_path: Path) -> None:
    made = kept_pin(tmp_path / "state")

    assert made.isdecimal()
    assert len(made) == 8
    assert kept_pin(tmp_path / "state") == made


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    kept_pin(tmp_path)

    assert stat.S_IMODE((tmp_path / pin.PIN_FILE).stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [pin.PIN_FILE]


@pytest.mark.parametrize("spoilt", [b"", b"123", b"\xff\xfe", b"1234 5678", b"1" * 33], ids=repr)
def test_a_spoilt_file_gets_a_new_one(tmp_path: Path, spoilt: bytes) -> None:
    (tmp_path / pin.PIN_FILE).write_bytes(spoilt)

    made = kept_pin(tmp_path)

    assert len(made) == 8
    assert kept_pin(tmp_path) == made


def test_a_directory_that_keeps_nothing_still_gives_one(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    assert len(kept_pin(tmp_path / "state")) == 8


def test_five_wrong_ones_are_free_and_the_sixth_has_to_wait(guard: PinGuard) -> None:
    for _ in range(FREE_TRIES):
        assert guard.wait_ns(STRANGER, now_ns=0) == 0
        assert not guard.is_right("000000", STRANGER, now_ns=0)

    assert guard.wait_ns(STRANGER, now_ns=0) == TRY_PERIOD_NS
    assert guard.wait_ns(STRANGER, now_ns=TRY_PERIOD_NS - 1) == 1
    assert guard.wait_ns(STRANGER, now_ns=TRY_PERIOD_NS) == 0


def test_somebody_who_guesses_locks_out_nobody_else(guard: PinGuard) -> None:
    for _ in range(100):
        guard.is_right("000000", STRANGER, now_ns=0)

    assert guard.wait_ns(PHONE, now_ns=0) == 0
    assert guard.is_right(RIGHT, PHONE, now_ns=0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("fe80::1%wlan0", "fe80::2%wlan1"),
        ("2001:db8::1", "2001:db8::ffff:1"),
        ("::ffff:192.168.1.66", "192.168.1.66"),
        ("unknown", "unknown"),
    ],
)
def test_one_machine_is_one_guesser_whatever_its_addresses(guard: PinGuard, first: str, second: str) -> None:
    for _ in range(FREE_TRIES):
        guard.is_right("000000", first, now_ns=0)

    assert guard.wait_ns(second, now_ns=0) > 0


def test_the_memory_of_guessers_is_bounded(guard: PinGuard) -> None:
    for number in range(2 * MAX_ADDRESSES):
        guard.is_right("000000", f"10.0.{number // 256}.{number % 256}", now_ns=0)

    assert len(guard._forgiven_ns) == MAX_ADDRESSES


@pytest.mark.parametrize("given", ["", "1234567", "123456789", "\ud800", "１２３４５６７８"], ids=ascii)
def test_anything_else_is_wrong(guard: PinGuard, given: str) -> None:
    assert not guard.is_right(given, PHONE, now_ns=0)


def test_a_wait_is_told_in_whole_seconds_and_never_too_short() -> None:
    assert [whole_seconds(each) for each in (0, 1, ms(999), seconds(1), seconds(1) + 1)] == [0, 1, 1, 1, 2]
