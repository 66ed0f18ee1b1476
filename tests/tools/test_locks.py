import json
from pathlib import Path

import pytest

from tools import locks

HASH = "--hash=sha256:" + "0" * 64
GOOD = f"""\
# by make lock
msgspec==0.22.0 \\
    {HASH} \\
    {HASH}
    # via -r run.in
uvloop==0.23.0 ; sys_platform != 'win32' \\
    {HASH}
"""


def npm_lock(**package: object) -> str:
    return json.dumps({"packages": {"": {"name": "pages"}, "node_modules/preact": package}})


def test_the_lock_files_of_this_checkout_are_sound() -> None:
    assert list(locks.faults(locks.ROOT)) == []


def test_a_lock_of_pins_and_hashes_is_sound() -> None:
    assert list(locks.python_lock_faults(GOOD)) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "-i mirror",
        "--find-links /srv/wheels",
        "--extra-index-url=mirror",
        "--trusted-host packages.example",
        f"msgspec @ file:///srv/msgspec.whl {HASH}",
        f"msgspec @ https://packages.example/msgspec.whl {HASH}",
        "/srv/wheels/msgspec-0.22.0.whl",
    ],
)
def test_a_line_that_names_a_place_is_a_fault(line: str) -> None:
    assert any("names a place" in fault for fault in locks.python_lock_faults(GOOD + line + "\n"))


def test_a_requirement_without_a_hash_is_a_fault() -> None:
    assert list(locks.python_lock_faults("msgspec==0.22.0\n")) == ["no hash: msgspec==0.22.0"]


def test_a_requirement_that_leaves_a_choice_is_a_fault() -> None:
    assert list(locks.python_lock_faults(f"msgspec>=0.22 {HASH}\n")) == [
        f"not pinned to one version: msgspec>=0.22 {HASH}"
    ]


def test_a_package_that_was_asked_for_and_never_locked_is_a_fault() -> None:
    asked = "# why\n-r run.in\nmsgspec\nPyTest_Asyncio>=1.5  # why\n"

    assert list(locks.forgotten(asked, GOOD)) == ["PyTest_Asyncio is asked for and not locked: run make lock"]
    assert list(locks.forgotten(asked, f"{GOOD}pytest-asyncio==1.5.0 {HASH}\n")) == []


def test_an_npm_lock_says_what_and_not_where() -> None:
    assert list(locks.npm_lock_faults(npm_lock(integrity="sha512-0"))) == []

    placed = npm_lock(integrity="sha512-0", resolved="https://packages.example/preact.tgz")
    (fault,) = locks.npm_lock_faults(placed)
    assert fault.startswith("node_modules/preact names a place: https://packages.example/preact.tgz")


def test_an_npm_package_without_a_hash_is_a_fault() -> None:
    assert list(locks.npm_lock_faults(npm_lock(version="11.2.0"))) == ["node_modules/preact has no integrity hash"]


def test_an_npm_lock_for_one_system_only_is_a_fault() -> None:
    (fault,) = locks.npm_lock_faults(
        npm_lock(integrity="sha512-0", optionalDependencies={"cli-darwin": "1", "preact": "1"})
    )
    assert fault.startswith("node_modules/preact wants cli-darwin, which is not locked")


def test_a_list_without_its_lock_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.in").write_text("msgspec\n")

    assert list(locks.faults(tmp_path)) == ["requirements/run.txt: missing: run make lock"]
