import os
from pathlib import Path

import pytest

from tools import browser


@pytest.fixture(autouse=True)
def in_an_empty_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the log, and whatever browser this machine has, out of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STAGEBRIDGE_BROWSER", raising=False)
    monkeypatch.setattr(browser, "ON_A_MAC", ())
    monkeypatch.setattr(browser, "_playwrights_path", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def ran(monkeypatch: pytest.MonkeyPatch, *, gives: str | None = None) -> list[str]:
    """Record the installers that are called; the one whose command line has `gives` in it puts Chromium on PATH."""
    called: list[str] = []

    def run(command: list[str], env: dict[str, str] | None = None) -> bool:
        called.append(" ".join(command))
        if gives and gives in called[-1]:
            program(Path("bin/chromium"), "echo Chromium 156")
        return gives is None or gives in called[-1]

    monkeypatch.setattr(browser, "_ran", run)
    return called


def test_the_users_own_browser_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    called = ran(monkeypatch)
    program(Path("bin/google-chrome"), "echo Chrome 159")

    assert browser.find_or_install() == str(Path("bin/google-chrome").resolve())
    assert called == []


def test_a_browser_that_does_not_start_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ran(monkeypatch)
    program(Path("bin/chromium-browser"), "echo 'requires the chromium snap' >&2; exit 1")
    program(Path("bin/google-chrome"), "echo Chrome 159")

    assert browser.find_or_install() == str(Path("bin/google-chrome").resolve())


def test_the_named_browser_is_taken_before_any_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(Path("bin/chromium"), "echo Chromium 156")
    mine = program(tmp_path / "mine", "echo Mine 1")
    monkeypatch.setenv("STAGEBRIDGE_BROWSER", mine)

    assert browser.find_or_install() == mine


def test_a_named_browser_that_does_not_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    program(Path("bin/chromium"), "echo Chromium 156")
    monkeypatch.setenv("STAGEBRIDGE_BROWSER", "/nowhere/chrome")

    with pytest.raises(browser.NoBrowserError, match="/nowhere/chrome does not start"):
        browser.find_or_install()


def test_playwright_is_asked_when_the_user_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = ran(monkeypatch)
    downloaded = program(tmp_path / "playwrights", "echo Chrome 159")
    monkeypatch.setattr(browser, "_playwrights_path", lambda: downloaded if called else None)

    assert browser.find_or_install() == downloaded
    assert len(called) == 1


def test_root_on_debian_gets_the_systems_package_and_chinese_type(monkeypatch: pytest.MonkeyPatch) -> None:
    called = ran(monkeypatch, gives="apt-get install")
    program(Path("bin/apt-get"), "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert browser.find_or_install() == str(Path("bin/chromium").resolve())
    assert called[-2:] == ["apt-get update", "apt-get install -y --no-install-recommends chromium fonts-noto-cjk"]


def test_nobody_else_installs_system_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    called = ran(monkeypatch, gives="apt-get install")
    program(Path("bin/apt-get"), "")

    with pytest.raises(browser.NoBrowserError, match="install Chromium, or name a browser"):
        browser.find_or_install()
    assert not any("apt-get" in command for command in called)
