"""Drivers and cameras are found by name; what is not there is named, with what is near."""

import sys
from pathlib import Path

import pytest

from robot_agent.drivers import registry
from teleop_core.errors import ConfigError
from tests.robot_agent.stand import plug_in_path


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in_path(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


def test_a_plug_in_of_another_package_is_found_and_gets_its_settings(tmp_path: Path) -> None:
    driver = registry.open_driver({"kind": "recorder", "record": str(tmp_path / "record")})

    assert driver.capabilities.model == "recorder"
    driver.close()


def test_settings_that_the_driver_does_not_know_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown field `baud`"):
        registry.open_driver({"kind": "recorder", "record": str(tmp_path / "record"), "baud": 9600})


def test_an_unknown_kind_is_answered_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(ConfigError) as refused:
        registry.open_driver({"kind": "recoder"})

    assert "robot.driver.kind" in str(refused.value)
    assert "recorder, serial, sim" in str(refused.value)
    assert "did you mean 'recorder'?" in str(refused.value)


@pytest.mark.parametrize("table", [{}, {"kind": None}, {"kind": 7}])
def test_a_kind_must_be_given(table: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"robot\.camera\.kind: expected a name"):
        registry.open_camera(table)


def test_a_plug_in_that_does_not_load_says_where_it_comes_from(tmp_path: Path) -> None:
    entries = tmp_path / "recording_robot-1.0.dist-info" / "entry_points.txt"
    entries.write_text("[stagebridge.drivers]\nbroken = no.such.module:open_driver\n")

    with pytest.raises(ConfigError, match=r"'broken' is installed as no\.such\.module:open_driver"):
        registry.open_driver({"kind": "broken"})
