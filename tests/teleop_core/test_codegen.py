"""What is generated for others says the same as the decoders, and is up to date."""

import enum
import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from msgspec import inspect as mi

from teleop_core.errors import WireFault
from teleop_core.wire import codegen
from teleop_core.wire import messages as m
from tests.teleop_core.test_vectors import KINDS, VECTORS, Direction, Vector

ALL_MESSAGES = sorted({kind for kinds in KINDS.values() for kind in kinds}, key=lambda kind: kind.__name__)


def tag(kind: type[m.Message]) -> str:
    return str(kind.__struct_config__.tag)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    parsed = json.loads(codegen.json_schema())
    assert isinstance(parsed, dict)
    jsonschema.Draft202012Validator.check_schema(parsed)
    return parsed


def validators(schema: dict[str, Any]) -> dict[Direction, jsonschema.Draft202012Validator]:
    """One validator a direction: the schema as published, narrowed to what may travel there."""
    return {
        direction: jsonschema.Draft202012Validator(
            {**schema, "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds]}
        )
        for direction, kinds in KINDS.items()
    }


def test_the_files_in_the_checkout_are_up_to_date() -> None:
    assert codegen.outdated() == []


def test_a_file_that_is_missing_or_differs_is_named(tmp_path: Path) -> None:
    first, *others = codegen.OUTPUTS
    for path in others:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(codegen.OUTPUTS[path](), encoding="utf-8")
    assert codegen.outdated(tmp_path) == [first]

    (tmp_path / others[0]).write_text("by hand", encoding="utf-8")
    assert codegen.outdated(tmp_path) == [first, others[0]]


def test_checking_says_what_is_out_of_date_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(codegen, "_ROOT", tmp_path)
    monkeypatch.setattr(codegen.outdated, "__defaults__", (tmp_path,))

    assert codegen.main(["--check"]) == 1
    assert capsys.readouterr().err.count("is out of date: run `make gen`") == len(codegen.OUTPUTS)
    assert codegen.main([]) == 0
    assert capsys.readouterr().out.count("wrote ") == len(codegen.OUTPUTS)
    assert codegen.main(["--check"]) == 0
    assert codegen.main([]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag)
def test_typescript_has_every_message_with_every_field(kind: type[m.Message]) -> None:
    body = re.search(rf"export interface {kind.__name__} \{{\n(.*?)\n\}}", codegen.typescript(), re.DOTALL)

    assert body is not None
    assert f'readonly type: "{tag(kind)}";' in body[1]
    fields = re.findall(r"^  readonly (\w+)(\??): ", body[1], re.MULTILINE)
    expected = [(f.encode_name, "" if f.required else "?") for f in msgspec.structs.fields(kind)]
    assert fields == [("type", ""), *expected]


def test_typescript_knows_what_travels_in_each_direction() -> None:
    text = codegen.typescript()

    def listed(name: str) -> list[str]:
        found = re.search(rf"export const {name}: readonly string\[\] = (\[.*?\]);", text)
        assert found is not None
        return list(json.loads(found[1]))

    assert listed("FROM_PERSON") == [tag(kind) for kind in get_args(m.FromPerson)]
    assert listed("TO_PERSON") == [tag(kind) for kind in get_args(m.ToPerson)]
    assert f"export const PROTOCOL_VERSION = {m.PROTOCOL_VERSION};" in text


@pytest.mark.parametrize(
    "kind",
    [m.Role, m.Lane, m.Road, m.RobotState, m.Limit, m.Refusal, m.Verdict, m.StopCause, m.EventKind],
    ids=lambda kind: kind.__name__,
)
def test_typescript_and_the_page_have_every_word(kind: type[enum.Enum]) -> None:
    union = " | ".join(f'"{word.value}"' for word in kind)

    assert f"export type {kind.__name__} = {union};" in codegen.typescript()
    page = codegen.reference_page()
    assert f"### {kind.__name__}\n" in page
    assert all(f"`{word.value}`" in page for word in kind)


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag)
def test_the_page_has_every_message_with_every_field(kind: type[m.Message]) -> None:
    section = re.search(rf"^### {kind.__name__}\n(.*?)(?=^##)", codegen.reference_page(), re.DOTALL | re.MULTILINE)

    assert section is not None
    rows = re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE)
    assert rows == ["type", *(f.encode_name for f in msgspec.structs.fields(kind))]


def test_the_page_has_every_close_code() -> None:
    page = codegen.reference_page()

    assert all(f"| {code.value} |" in page for code in m.CloseCode)


def test_it_runs_as_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["codegen", "--check"])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(codegen.__file__, run_name="__main__")
    assert ended.value.code == 0


def test_a_type_with_words_of_its_own_is_translated_as_the_type() -> None:
    described = mi.Metadata(type=mi.BoolType(), extra_json_schema={"description": "any"})

    assert codegen._ts_type(described) == "boolean"
    assert codegen._shape(described) == {"k": "bool"}
    assert codegen._md_type(described) == "boolean"


def test_a_kind_of_field_that_nobody_translates_is_an_error() -> None:
    strange = mi.type_info(complex)

    with pytest.raises(TypeError, match="no TypeScript for"):
        codegen._ts_type(strange)
    with pytest.raises(TypeError, match="no shape for"):
        codegen._shape(strange)
    with pytest.raises(TypeError, match="no TypeScript for"):
        codegen._md_type(strange)


def test_every_part_is_generated() -> None:
    assert set(codegen._parts()) == set(m.Part.__subclasses__())


def test_the_schema_accepts_the_good_vectors(schema: dict[str, Any]) -> None:
    by_direction = validators(schema)
    refused = [v.name for v in VECTORS if v.valid and not by_direction[v.direction].is_valid(json.loads(v.text))]

    assert refused == []


def test_the_schema_refuses_the_bad_vectors(schema: dict[str, Any]) -> None:
    by_direction = validators(schema)
    accepted = [
        v.name
        for v in VECTORS
        if not v.valid and (value := _parsed(v)) is not _NOT_JSON and by_direction[v.direction].is_valid(value)
    ]

    assert accepted == []


_NOT_JSON = object()


def _parsed(vector: Vector) -> object:
    """Return the JSON value of a bad vector, where the fault is one that a schema can see."""
    if vector.fault not in {WireFault.BAD_FIELD, WireFault.UNKNOWN_TYPE} or "1e999" in vector.text:
        return _NOT_JSON  # Python's parser makes an infinity of 1e999, which no JSON parser of a schema would
    try:
        value: object = json.loads(vector.text)
    except RecursionError:
        return _NOT_JSON
    return value
