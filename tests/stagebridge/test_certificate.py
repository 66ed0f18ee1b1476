"""Go or no-go, told in words and marks, for people and for machines."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stagebridge import certificate
from stagebridge.finding import Finding
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import Health

AT = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
GREEN = Finding("Python", Health.GREEN, "3.11.7")
AMBER = Finding("TURN <1>", Health.AMBER, "no answer & nothing", "ask the venue")
RED = Finding("camera", Health.RED, "no picture within 5 s", "plug it in")


@pytest.mark.parametrize(
    ("findings", "verdict", "word"),
    [([GREEN], "go", "● GO"), ([GREEN, AMBER], "go_with_care", "▲ GO, with care"), ([RED, AMBER], "no_go", "■ NO-GO")],
)
def test_one_red_line_is_no_go(findings: list[Finding], verdict: str, word: str) -> None:
    page = certificate.as_page(findings, robot="stage-1", soak_s=30, at=AT)

    assert certificate.verdict_of(findings) == verdict
    assert f">{word}<" in page


def test_the_page_says_every_line_by_word_mark_and_cure_and_escapes_them() -> None:
    page = certificate.as_page([GREEN, AMBER, RED], robot="stage-1", soak_s=30, at=AT)

    for text in ("● green", "▲ amber", "■ red", "TURN &lt;1&gt;", "no answer &amp; nothing", "→ ask the venue"):
        assert text in page
    assert "is stage-1 ready" in page
    assert "measured for 30 s" in page
    assert "<script" not in page
    assert "http" not in page  # prints without a network


def test_the_json_says_the_same(tmp_path: Path) -> None:
    beside = certificate.write(tmp_path / "show.html", [GREEN, AMBER], robot="stage-1", soak_s=30, at=AT)

    told = json.loads(beside.read_text(encoding="utf-8"))
    assert beside == tmp_path / "show.json"
    assert (told["verdict"], told["healthy"], told["soak_s"]) == ("go_with_care", True, 30)
    assert told["examined_at"] == "2026-11-26T18:30:00+00:00"
    assert told["findings"][1] == {
        "name": "TURN <1>",
        "health": "amber",
        "seen": "no answer & nothing",
        "cure": "ask the venue",
    }
    assert (tmp_path / "show.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["show.json", "no/such/folder/show.html"])
def test_a_page_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--certificate"):
        certificate.write(tmp_path / name, [GREEN], robot="stage-1", soak_s=0, at=AT)
