"""Epoch, fence and latch on the disk: whole or not at all, and never trusted when in doubt."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from robot_agent.motion import memory
from robot_agent.motion.memory import FILE_NAME, MAX_FENCE, UNKNOWN_CAP_MPS, FileDisk, MemoryKeeper
from teleop_core.session import Memory
from teleop_core.timebase import seconds
from teleop_core.wire.messages import StopLevel

KEPT = Memory(epoch="abc", fence=7, latched=False)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[MemoryKeeper]:
    made = MemoryKeeper(FileDisk(tmp_path))
    yield made
    made.close(timeout_s=5)


def wait(keeper: MemoryKeeper, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        keeper.wait(timeout_s=0.05)


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    memory.store(tmp_path, KEPT)

    assert memory.load(tmp_path, unix_s=1) == (KEPT, None)
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b'{"epoch":"abc","fence":7}',
        b'{"epoch":"abc","fence":7,"latched":false,"more":1}',
        b'{"epoch":"abc","fence":-1,"latched":false}',
        b'{"epoch":"abc","fence":1e400,"latched":false}',
        b'{"epoch":"a c","fence":7,"latched":false}',
        b'{"epoch":"abc","fence":7,"latched":false,"speed_cap_mps":-0.1}',
        b'{"epoch":"abc","fence":7,"latched":true,"level":"limp"}',
        b'{"epoch":"abc","fence":7,"latched":true,"gestures_allowed":1}',
        f'{{"epoch":"abc","fence":{MAX_FENCE + 1},"latched":false}}'.encode(),
        b"\x00" * 4096,
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_what_is_wrong_counts_as_latched_with_a_fence_of_the_time(tmp_path: Path, text: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(text)

    loaded, problem = memory.load(tmp_path, unix_s=1_800_000_000)

    assert loaded == Memory(
        epoch="", fence=1_800_000_000, latched=True, speed_cap_mps=UNKNOWN_CAP_MPS, gestures_allowed=False
    )
    assert problem is not None
    assert FILE_NAME in problem


def test_a_robot_that_has_no_memory_yet_is_not_capped(tmp_path: Path) -> None:
    loaded, problem = memory.load(tmp_path, unix_s=1_800_000_000)

    assert loaded == Memory(epoch="", fence=1_800_000_000, latched=True)
    assert problem is not None
    assert FILE_NAME in problem


def test_a_cap_is_kept_and_a_file_from_before_there_were_caps_has_none(tmp_path: Path) -> None:
    capped = Memory(epoch="abc", fence=8, latched=True, speed_cap_mps=0.2)
    memory.store(tmp_path, capped)
    assert memory.load(tmp_path, unix_s=1) == (capped, None)

    (tmp_path / FILE_NAME).write_bytes(b'{"epoch":"abc","fence":8,"latched":true}')
    assert memory.load(tmp_path, unix_s=1) == (Memory(epoch="abc", fence=8, latched=True), None)


def test_gestures_that_are_off_stay_off_and_a_file_from_before_there_were_any_allows_them(tmp_path: Path) -> None:
    strict = Memory(epoch="abc", fence=8, latched=True, gestures_allowed=False)
    memory.store(tmp_path, strict)
    assert memory.load(tmp_path, unix_s=1) == (strict, None)

    (tmp_path / FILE_NAME).write_bytes(b'{"epoch":"abc","fence":8,"latched":true}')
    assert memory.load(tmp_path, unix_s=1)[0].gestures_allowed


def test_a_level_is_kept_and_a_file_from_before_there_were_levels_settles(tmp_path: Path) -> None:
    cut = Memory(epoch="abc", fence=8, latched=True, level=StopLevel.CUT)
    memory.store(tmp_path, cut)
    assert memory.load(tmp_path, unix_s=1) == (cut, None)

    (tmp_path / FILE_NAME).write_bytes(b'{"epoch":"abc","fence":8,"latched":true}')
    assert memory.load(tmp_path, unix_s=1)[0].level is StopLevel.SETTLE


def test_a_store_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.store(tmp_path, KEPT)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        memory.store(tmp_path, Memory(epoch="abc", fence=8, latched=True))

    assert memory.load(tmp_path, unix_s=1) == (KEPT, None)
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


def test_the_keeper_settles_once_it_is_on_the_disk(keeper: MemoryKeeper, tmp_path: Path) -> None:
    assert keeper.is_settled

    keeper.keep(KEPT, now_ns=0)
    wait(keeper, lambda: keeper.is_settled)

    assert keeper.fault(now_ns=0) is None
    assert memory.load(tmp_path, unix_s=1) == (KEPT, None)


def test_of_many_memories_the_newest_is_kept(keeper: MemoryKeeper, tmp_path: Path) -> None:
    for fence in range(100):
        keeper.keep(Memory(epoch="abc", fence=fence, latched=False), now_ns=fence)
    wait(keeper, lambda: keeper.is_settled)

    assert memory.load(tmp_path, unix_s=1)[0].fence == 99


def test_a_disk_that_fails_is_a_fault_until_a_retry_succeeds(keeper: MemoryKeeper, tmp_path: Path) -> None:
    in_the_way = tmp_path / FILE_NAME
    in_the_way.mkdir()
    (in_the_way / "full").touch()

    keeper.keep(KEPT, now_ns=0)
    wait(keeper, lambda: keeper.fault(now_ns=0) is not None)
    assert not keeper.is_settled
    assert "cannot write" in str(keeper.fault(now_ns=0))

    (in_the_way / "full").unlink()
    in_the_way.rmdir()
    keeper.keep(KEPT, now_ns=seconds(0.9))
    assert keeper.fault(now_ns=seconds(0.9)) is not None
    keeper.keep(KEPT, now_ns=seconds(1))
    wait(keeper, lambda: keeper.is_settled)
    assert keeper.fault(now_ns=seconds(1)) is None


def test_a_disk_that_does_not_answer_is_a_fault_after_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = True

    def store(state_dir: Path, kept: Memory) -> None:
        while stuck:
            time.sleep(0.01)

    monkeypatch.setattr(memory, "store", store)
    keeper = MemoryKeeper(FileDisk(tmp_path))
    keeper.keep(KEPT, now_ns=0)

    assert keeper.fault(now_ns=seconds(1)) is None
    assert keeper.fault(now_ns=seconds(1) + 1) == "the disk does not answer"

    stuck = False
    wait(keeper, lambda: keeper.is_settled)
    keeper.close(timeout_s=5)
