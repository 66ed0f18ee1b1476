"""The fuzzer: its corpus passes, it does find what is wrong, and it keeps what it found."""

from pathlib import Path

import pytest

from prove import fuzz
from prove.parsers import Parser, parsers
from stagebridge import config
from teleop_core.errors import ConfigError


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_a_parser_answers_everything_that_was_ever_kept(parser: Parser) -> None:
    for body in (*parser.seeds, *fuzz._corpus_of(parser.name)):
        assert fuzz.try_one(parser, body) is None


def test_every_parser_has_a_corpus() -> None:
    assert all(any(True for _ in fuzz._corpus_of(parser.name)) for parser in parsers())


def test_a_second_of_fuzzing_breaks_nothing() -> None:
    inputs, broken = fuzz.run(seed=1, within_s=1.0, keep=False)

    assert broken == []
    assert inputs > 1000


def test_a_parser_that_raises_what_it_must_not_is_named_with_its_input() -> None:
    def parse(body: bytes) -> str:
        return str(body[0])

    broken = fuzz.try_one(Parser("careless", parse, ()), b"")

    assert broken is not None
    assert str(broken).startswith("careless: IndexError: ")


def test_what_broke_a_parser_is_kept_and_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(body: bytes) -> str:
        return str(int(body))

    monkeypatch.setattr(fuzz, "CORPUS", tmp_path)
    monkeypatch.setattr(fuzz, "parsers", lambda: (Parser("careless", parse, (b"x",)),))

    _, broken = fuzz.run(seed=1, within_s=0.0)

    assert [each.body for each in broken] == [b"x"]
    assert list(fuzz._corpus_of("careless")) == [b"x"]


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000], ids=["nested deeply", "a long number"])
def test_toml_that_the_library_cannot_take_is_a_configuration_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "stagebridge.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match="expected TOML"):
        config.load(file, environ={})
