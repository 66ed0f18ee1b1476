"""The command line: help that a newcomer understands, one clear sentence for each fault, JSON for machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stagebridge.command_line import run

COMMANDS = [
    ["demo"],
    ["bridge"],
    ["bridge", "enrol"],
    ["robot"],
    ["sim"],
    ["invite"],
    ["invite", "list"],
    ["invite", "revoke"],
    ["doctor"],
]

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_explains_itself_with_an_example(command: list[str], capsys: Captured) -> None:
    assert run([*command, "--help"]) == 0

    said = capsys.readouterr().out
    assert "Usage: stagebridge " + " ".join(command) in said
    assert "Example: stagebridge " + " ".join(command) in said
    assert "--no-" not in said


def test_without_a_command_it_says_what_there_is(capsys: Captured) -> None:
    assert run([]) == 0

    said = capsys.readouterr().out
    assert {command[0] for command in COMMANDS} <= set(said.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dmeo"], 'Unknown command "dmeo"'),
        (["demo", "--prot", "1"], "--prot"),
        (["demo", "--robot", "dog"], "dog"),
        (["demo", "--port", "http"], "http"),
        (["demo", "--link", "4g"], "expected a link of fibre, hangzhou-chongqing"),
        (["demo", "--link", "5g", "--check"], "leave out --link or --check"),
        (["demo", "--port", "99999"], "Must be <= 65535"),
        (["bridge", "enrol"], "NAME"),
        (["invite", "--expires", "soon"], "expected a duration such as 90s, 30m, 8h or 2d"),
        (["invite", "--url", "ftp://x"], "--url: expected http:// or https://, got 'ftp://x'"),
        (["invite", "--url", "https://x"], "STAGEBRIDGE_ADMIN_KEY"),
        (["invite"], "bridge.database: expected the file of a bridge on this machine"),
        (["bridge", "enrol", "Stage 1"], "lower-case letters, digits and dashes, got 'Stage 1'"),
        (["sim", "--clock", "fast"], 'clock: expected "real", "lockstep" or "xN"'),
        (["robot"], "robot.name is missing"),
        (["bridge", "--config", "nowhere.toml"], "nowhere.toml: cannot read the configuration file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_fault_is_one_line_and_exit_status_2(words: list[str], said: str, capsys: Captured) -> None:
    assert run(words) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert said in line


def test_machines_get_the_fault_as_json(capsys: Captured) -> None:
    assert run(["invite", "list", "--json"]) == 2

    assert "bridge.database" in json.loads(capsys.readouterr().out)["error"]


def test_a_robots_key_is_printed_ready_for_its_table(empty_folder: Path, capsys: Captured) -> None:
    assert run(["bridge", "enrol", "stage-1", "--database", "b.sqlite3"]) == 0

    name, key = capsys.readouterr().out.splitlines()
    assert name == 'name = "stage-1"'
    assert len(key.split('"')[1]) >= 32


def test_a_name_is_enrolled_once_unless_it_is_replaced(capsys: Captured) -> None:
    words = ["bridge", "enrol", "stage-1", "--database", "b.sqlite3", "--json"]
    run(words)
    first = json.loads(capsys.readouterr().out)["key"]

    assert run(words) == 2
    assert "--replace" in json.loads(capsys.readouterr().out)["error"]

    assert run([*words, "--replace"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] != first


@pytest.mark.parametrize(("role", "page"), [("presenter", "presenter"), ("staff", "staff"), ("observer", "staff")])
def test_an_invite_is_a_link_to_the_roles_page(role: str, page: str, capsys: Captured) -> None:
    run(["bridge", "enrol", "stage-1", "--database", "b.sqlite3"])
    capsys.readouterr()

    assert run(["invite", "--role", role, "--name", "Ada", "--database", "b.sqlite3", "--json"]) == 0

    made = json.loads(capsys.readouterr().out)
    assert made["url"] == f"http://127.0.0.1:8080/{page}#{made['token']}"
    assert (made["role"], made["robot"], made["name"]) == (role, "stage-1", "Ada")


def test_people_get_the_link_alone_on_standard_output_and_a_code_to_scan(capsys: Captured) -> None:
    run(["bridge", "enrol", "stage-1", "--database", "b.sqlite3"])
    capsys.readouterr()

    assert run(["invite", "--database", "b.sqlite3"]) == 0

    captured = capsys.readouterr()
    (link,) = captured.out.splitlines()
    assert link.startswith("http://127.0.0.1:8080/presenter#")
    assert "▄" in captured.err


def test_invites_are_listed_without_tokens_and_revoked_by_id(capsys: Captured) -> None:
    run(["bridge", "enrol", "stage-1", "--database", "b.sqlite3"])
    capsys.readouterr()
    run(["invite", "--database", "b.sqlite3", "--json"])
    made = json.loads(capsys.readouterr().out)

    assert run(["invite", "revoke", made["id"], "--database", "b.sqlite3"]) == 0
    capsys.readouterr()
    assert run(["invite", "list", "--database", "b.sqlite3", "--json"]) == 0

    listed = capsys.readouterr().out
    assert made["token"] not in listed
    (invite,) = json.loads(listed)["invites"]
    assert invite["id"] == made["id"]
    assert invite["revoked_unix_ms"] is not None


def test_an_invite_for_a_robot_that_nobody_enrolled_is_refused(capsys: Captured) -> None:
    run(["bridge", "enrol", "stage-1", "--database", "b.sqlite3"])
    capsys.readouterr()

    assert run(["invite", "--robot", "stage-2", "--database", "b.sqlite3"]) == 2

    assert "expected an enrolled robot, got stage-2; known: stage-1" in capsys.readouterr().err


def test_a_bridge_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("STAGEBRIDGE_ADMIN_KEY", "0123456789abcdef")

    assert run(["invite", "list", "--url", "http://127.0.0.1:9"]) == 2

    assert "http://127.0.0.1:9 does not answer" in capsys.readouterr().err


def test_help_comes_without_loading_what_only_a_running_part_needs() -> None:
    program = (
        "import sys; from stagebridge.command_line import run; run(['--help']); "
        "heavy = {'aiortc', 'cv2', 'uvicorn', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )

    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_the_links_are_listed_in_words(capsys: Captured) -> None:
    assert run(["demo", "--link", "list"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert len(said) >= 6
    assert any(line.startswith("hangzhou-chongqing") and "32 ms there and back" in line for line in said)
