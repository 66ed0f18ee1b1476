"""The doctor: a line for each thing, with its reason and cure, red only where something does not work."""

import json
import socket
from pathlib import Path

import pytest

from robot_agent.media.voice import speex
from stagebridge import examinations
from stagebridge.command_line import run
from stagebridge.finding import Finding
from teleop_core.wire.messages import Health

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def findings(capsys: Captured, *flags: str) -> dict[str, dict[str, str]]:
    run(["doctor", "--json", *flags])
    answer = json.loads(capsys.readouterr().out)
    return {each["name"]: each for each in answer["findings"]}


def test_it_looks_at_everything(capsys: Captured) -> None:
    assert set(findings(capsys)) == {
        "Python",
        "Node",
        "pages",
        "video encoder",
        "browser",
        "clock",
        "CPU head-room",
        "configuration [bridge]",
        "configuration [robot]",
        "configuration [sim]",
        "port",
    }


def test_the_encoder_truly_encodes(capsys: Captured) -> None:
    assert findings(capsys)["video encoder"]["seen"].startswith("30 of 30 pictures")


def test_a_port_in_use_is_red_with_a_cure(capsys: Captured, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "stagebridge.toml").write_text(f"[bridge]\nport = {port}\n")

        seen = findings(capsys)["port"]

    assert seen["health"] == "red"
    assert str(port) in seen["seen"]
    assert "--port" in seen["cure"]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[bridge", "configuration", "expected TOML"),
        ("[bridge]\nprot = 1\n", "configuration [bridge]", "did you mean bridge.port?"),
        ('[robot]\nname = "a"\n', "configuration [robot]", "is missing"),
    ],
)
def test_a_wrong_configuration_is_red(capsys: Captured, folder: Path, text: str, name: str, said: str) -> None:
    (folder / "stagebridge.toml").write_text(text)

    seen = findings(capsys)[name]

    assert seen["health"] == "red"
    assert said in seen["seen"]


def configure_robot(folder: Path, *more: str) -> None:
    (folder / "stagebridge.toml").write_text(
        f"""
        [robot]
        name = "stage-1"
        bridge_url = "ws://127.0.0.1:9/ws"
        key = "0123456789abcdef"
        state_dir = "{folder}"
        driver = {{ kind = "sim", socket = "{folder}/nobody.sock" }}
        camera = {{ kind = "sim", socket = "{folder}/nobody.sock" }}
        """
        + "\n".join(more)
    )


def test_a_configured_robot_is_tried(capsys: Captured, folder: Path) -> None:
    configure_robot(folder)

    seen = findings(capsys)

    assert seen["bridge"]["health"] == "red"
    assert "http://127.0.0.1:9 does not answer" in seen["bridge"]["seen"]
    assert seen["driver"]["health"] == "red"
    assert "nobody.sock" in seen["driver"]["seen"]


def test_a_robots_sound_is_tried(capsys: Captured, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure_robot(folder, "[robot.voice]", "sound = " + '{ kind = "sim" }')
    assert findings(capsys)["sound"]["seen"].startswith("opens")

    monkeypatch.setattr(speex, "_NAMES", ())
    speex.library.cache_clear()
    seen = findings(capsys)["sound"]
    assert seen["health"] == "amber"
    assert "apt-get install libspeexdsp1" in seen["cure"]

    configure_robot(folder, "[robot.voice]", "sound = " + '{ kind = "smi" }')
    seen = findings(capsys)["sound"]
    assert seen["health"] == "red"
    assert "did you mean 'sim'?" in seen["seen"]


@pytest.mark.parametrize(("health", "status"), [(Health.GREEN, 0), (Health.AMBER, 0), (Health.RED, 1)])
def test_only_red_fails(monkeypatch: pytest.MonkeyPatch, capsys: Captured, health: Health, status: int) -> None:
    async def examine(file: Path | None, *, soak_s: float) -> list[Finding]:
        return [Finding("Python", Health.GREEN, "3.11"), Finding("thing [x]", health, "seen so", "do this")]

    monkeypatch.setattr("stagebridge.doctor.examine", examine)

    assert run(["doctor"]) == status

    said = capsys.readouterr().err
    assert "thing [x]" in said
    assert "do this" in said


def test_an_old_node_is_amber_because_only_building_needs_it(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(examinations, "_version_of", lambda program: "v18.1.0" if program == "node" else None)

    seen = findings(capsys)

    assert seen["Node"]["health"] == "amber"
    assert seen["browser"]["health"] == "amber"
