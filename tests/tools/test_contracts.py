"""The import contracts of pyproject.toml, each shown to bite on a small house of the same plan."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLAN = (
    "teleop_core/__init__",
    "teleop_core/wire/__init__",
    "teleop_core/wire/codec",
    "bridge/__init__",
    "bridge/room",
    "robot_agent/__init__",
    "robot_agent/agent",
    "robot_agent/media/__init__",
    "robot_agent/media/peer",
    "robot_agent/motion/__init__",
    "robot_agent/motion/loop",
    "robot_agent/inputs/__init__",
    "robot_agent/inputs/gpio",
    "robot_agent/drivers/__init__",
    "robot_agent/drivers/serial_base",
    "robot_agent/drivers/serial_protocol",
    "robot_agent/drivers/humanoid",
    "simulator/__init__",
    "simulator/stage",
    "stagebridge/__init__",
    "prove/__init__",
    "bench/__init__",
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for module in PLAN:
        file = tmp_path / f"{module}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (tmp_path / "robot_agent/drivers/serial_base.py").write_text("import robot_agent.drivers.serial_protocol\n")
    return tmp_path


def kept(house: Path, contract: str) -> bool:
    lint = str(Path(sys.executable).with_name("lint-imports"))
    command = [lint, "--config", str(ROOT / "pyproject.toml"), "--contract", contract, "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=30, check=False)
    assert ("1 kept, 0 broken" in done.stdout) is (done.returncode == 0), done.stdout + done.stderr
    assert "1 kept" in done.stdout or "1 broken" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(
    ("module", "imports", "contract"),
    [
        ("teleop_core/wire/codec", "bridge.room", "layers"),
        ("bridge/room", "robot_agent.agent", "layers"),
        ("robot_agent/agent", "bridge.room", "layers"),
        ("robot_agent/agent", "simulator.stage", "layers"),
        ("simulator/stage", "stagebridge", "layers"),
        ("stagebridge/__init__", "bench", "layers"),
        ("prove/__init__", "bench", "layers"),
        ("teleop_core/wire/codec", "time", "pure-core"),
        ("teleop_core/wire/codec", "asyncio", "pure-core"),
        ("teleop_core/__init__", "concurrent.futures", "pure-core"),
        ("bridge/room", "numpy", "bridge-carries-no-media"),
        ("robot_agent/motion/loop", "av", "small-safety-kernel"),
        ("robot_agent/drivers/serial_base", "uvicorn", "small-safety-kernel"),
        ("robot_agent/inputs/gpio", "websockets", "small-safety-kernel"),
        ("robot_agent/agent", "cv2", "media-in-one-room"),
        ("robot_agent/drivers/serial_base", "robot_agent.drivers.humanoid", "drivers-apart"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(house: Path, module: str, imports: str, contract: str) -> None:
    assert kept(house, contract)

    with (house / f"{module}.py").open("a") as file:
        file.write(f"import {imports}\n")

    assert not kept(house, contract)


def test_the_safety_kernel_cannot_reach_media_by_a_detour(house: Path) -> None:
    (house / "robot_agent/media/peer.py").write_text("import aiortc\n")
    (house / "robot_agent/motion/loop.py").write_text("import robot_agent.media.peer\n")

    assert not kept(house, "small-safety-kernel")


def test_the_agent_may_use_the_media_that_it_must_not_name(house: Path) -> None:
    (house / "robot_agent/media/peer.py").write_text("import aiortc\nimport av\nimport cv2\n")
    (house / "robot_agent/agent.py").write_text("import robot_agent.media.peer\n")

    assert kept(house, "media-in-one-room")
