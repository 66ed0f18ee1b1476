from pathlib import Path

import pytest

from tools import browser, coturn


def program(path: Path, *, exits_with: int) -> str:
    path.write_text(f"#!/bin/sh\nexit {exits_with}\n")
    path.chmod(0o755)
    return str(path)


def test_the_one_that_is_named_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(tmp_path / "turnserver", exits_with=0)
    monkeypatch.setenv("STAGEBRIDGE_TURNSERVER", own)

    assert coturn.find_or_install() == own


def test_one_that_is_named_and_does_not_start_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEBRIDGE_TURNSERVER", program(tmp_path / "turnserver", exits_with=1))

    with pytest.raises(coturn.NoCoturnError, match="does not start"):
        coturn.find_or_install()


def test_the_one_on_path_is_taken_before_anything_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(tmp_path / "turnserver", exits_with=0)
    monkeypatch.delenv("STAGEBRIDGE_TURNSERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert coturn.find_or_install() == own


def test_without_any_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def refuses(*packages: str) -> bool:
        asked.append(packages)
        return False

    monkeypatch.delenv("STAGEBRIDGE_TURNSERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "install_packages", refuses)

    with pytest.raises(coturn.NoCoturnError, match="apt-get install coturn"):
        coturn.find_or_install()
    assert asked == [("coturn",)]
