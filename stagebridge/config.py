"""One configuration for all commands: a TOML file, the environment on top of it, the flags on top of both.

Tables are `[bridge]`, `[robot]` and `[sim]`; each package owns the Struct of its own table. Environment variables are
`STAGEBRIDGE_<TABLE>__<KEY>`, with `__` between the levels: `STAGEBRIDGE_ROBOT__DRIVER__KIND=serial`.
Unknown keys are refused with the nearest known one; a wrong value says what was expected, what was seen and where.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar, cast

import msgspec
from msgspec import inspect

from teleop_core.errors import ConfigError

DEFAULT_FILE: Final = Path("stagebridge.toml")
ENV_PREFIX: Final = "STAGEBRIDGE_"
TABLES: Final = ("bridge", "robot", "sim")

Table = dict[str, object]
KeyPath = tuple[str, ...]
StructT = TypeVar("StructT", bound=msgspec.Struct)


class Settings:
    """What file, environment and flags say together, before it is given types; remembers where each value came from."""

    def __init__(self, tables: Table, sources: dict[KeyPath, str]) -> None:
        self._tables = tables
        self._sources = sources

    def has(self, *path: str) -> bool:
        """Return whether anything was said about the key or table `path`."""
        return _find(self._tables, path) is not None

    def get(self, *path: str) -> object | None:
        """Return what was said about the key `path`, as it was said; None when nothing was."""
        return _find(self._tables, path)

    def read(self, name: str, struct: type[StructT]) -> StructT:
        """Return the table `name` as a `struct`.

        Raises:
            ConfigError: a key is unknown, missing, or has a wrong value.

        """
        table = self._tables.get(name, {})
        typed = self._typed(table, inspect.type_info(struct), (name,))
        try:
            return msgspec.convert(typed, struct)
        except msgspec.ValidationError as exc:
            raise self._wrong_value(str(exc), typed, name) from exc

    def _typed(self, value: object, wanted: inspect.Type, path: KeyPath) -> object:
        """Return `value` with texts from the environment or a flag turned into what `wanted` says, all keys checked."""
        wanted = _without_none(wanted, value)
        if isinstance(value, _Text):
            return self._from_text(str(value), wanted, path)
        if isinstance(wanted, inspect.StructType) and isinstance(value, dict):
            fields = {field.encode_name: field for field in wanted.fields}
            self._refuse_unknown(value, fields, path)
            return {key: self._typed(entry, fields[key].type, (*path, key)) for key, entry in value.items()}
        if isinstance(value, dict):
            inner = wanted.value_type if isinstance(wanted, inspect.DictType) else inspect.AnyType()
            return {key: self._typed(entry, inner, (*path, key)) for key, entry in value.items()}
        return value

    def _refuse_unknown(self, table: Mapping[str, object], known: Iterable[str], path: KeyPath) -> None:
        for key in table:
            if key not in known:
                raise _unknown_key((*path, key), known, where=self._where((*path, key)))

    def _from_text(self, text: str, wanted: inspect.Type, path: KeyPath) -> object:
        if isinstance(wanted, inspect.StrType):
            return text
        parsed = _as_toml(text)
        simple = (inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.ListType, inspect.VarTupleType)
        if isinstance(wanted, simple) and isinstance(parsed, str):
            expected = _WORDS[type(wanted)]
            raise ConfigError(f"{'.'.join(path)}: expected {expected}, got {text!r} ({self._where(path)})")
        return parsed

    def _wrong_value(self, reason: str, table: object, name: str) -> ConfigError:
        what, _, at = reason.partition(" - at `$")
        path = (name, *(part for part in at.rstrip("`").split("[")[0].split(".") if part))
        if what.startswith("Object missing required field"):
            key = what.split("`")[1]
            full = (*path, key)
            return ConfigError(
                f"{'.'.join(full)} is missing: set it in the [{'.'.join(path)}] table of the configuration file, "
                f"or as {env_name(full)}"
            )
        seen = _find({name: table}, path)
        is_secret = "key" in path[-1] or path[-1] in {"pin", "secret"}
        shown = f": {seen!r}" if seen is not None and not is_secret else ""
        expected = what[0].lower() + what[1:].replace("`", "")
        return ConfigError(f"{'.'.join(path)}: {expected}{shown} ({self._where(path)})")

    def _where(self, path: KeyPath) -> str:
        for length in range(len(path), 0, -1):
            if source := self._sources.get(path[:length]):
                return f"from {source}"
        return "a default"


class _Text(str):
    """A value that came as text and takes the type of its key."""

    __slots__ = ()


def load(
    file: Path | None = None, *, environ: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None
) -> Settings:
    """Merge `file` (./stagebridge.toml when there is one), `environ` (the process's own) and `flags`.

    `flags` maps dotted keys ("bridge.port") to values of the right type; None means that the flag was not given.

    Raises:
        ConfigError: the file is missing or not TOML, or names an unknown table.

    """
    tables: Table = {}
    sources: dict[KeyPath, str] = {}
    for path, value in _file_values(file):
        _put(tables, path, value)
        sources[path] = str(file or DEFAULT_FILE)
    for name, text in sorted((os.environ if environ is None else environ).items()):
        if name.startswith(ENV_PREFIX) and "__" in name:
            path = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
            _check_table(path[0], where=f"from {name}")
            _put(tables, path, _Text(text), where=name)
            sources[path] = name
    for dotted, value in (flags or {}).items():
        if value is not None:
            path = tuple(dotted.split("."))
            _put(tables, path, str(value) if isinstance(value, Path) else value)
            sources[path] = "the command line"
    return Settings(tables, sources)


def env_name(path: KeyPath) -> str:
    """Return the environment variable of the key `path`."""
    return ENV_PREFIX + "__".join(part.upper() for part in path)


def _file_values(file: Path | None) -> Iterator[tuple[KeyPath, object]]:
    chosen = file or DEFAULT_FILE
    if file is None and not chosen.exists():
        return
    try:
        content = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"{chosen}: cannot read the configuration file: {exc.strerror}") from exc
    except (ValueError, RecursionError) as exc:  # nested too deeply, or a number too long, is no TOMLDecodeError
        raise ConfigError(f"{chosen}: expected TOML: {exc}") from exc
    for name, table in content.items():
        _check_table(name, where=f"from {chosen}")
        if not isinstance(table, dict):
            raise ConfigError(f"{name}: expected a table, [{name}], got {table!r} (from {chosen})")
        yield from _leaves((name,), table)


def _leaves(path: KeyPath, table: Table) -> Iterator[tuple[KeyPath, object]]:
    yield path, {}
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves((*path, key), value)
        else:
            yield (*path, key), value


def _check_table(name: str, *, where: str) -> None:
    if name not in TABLES:
        raise _unknown_key((name,), TABLES, where=where)


def _unknown_key(path: KeyPath, known: Iterable[str], *, where: str) -> ConfigError:
    names = sorted(known)
    near = difflib.get_close_matches(path[-1], names, n=1, cutoff=0.5)
    hint = f"did you mean {'.'.join((*path[:-1], near[0]))}?" if near else f"known here: {', '.join(names)}"
    return ConfigError(f"{'.'.join(path)}: unknown key ({where}); {hint}")


def _put(tables: Table, path: KeyPath, value: object, *, where: str = "") -> None:
    table = tables
    for depth, part in enumerate(path[:-1], start=1):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{'.'.join(path[:depth])}: is a value, not a table, so {where} cannot set a key in it")
        table = cast("Table", inner)
    if value == {} and isinstance(table.get(path[-1]), dict):
        return
    table[path[-1]] = value


def _find(tables: object, path: KeyPath) -> object | None:
    found: object | None = tables
    for part in path:
        if not isinstance(found, dict):
            return None
        found = cast("Table", found).get(part)
    return found


def _as_toml(text: str) -> object:
    try:
        return cast("object", tomllib.loads(f"value = {text}")["value"])
    except (ValueError, RecursionError):
        return text


def _without_none(wanted: inspect.Type, value: object) -> inspect.Type:
    """Return the one type that `wanted` allows besides None and fits a table or a plain `value`, or `wanted` itself."""
    if not isinstance(wanted, inspect.UnionType):
        return wanted
    others = [each for each in wanted.types if not isinstance(each, inspect.NoneType)]
    wants_table = isinstance(value, dict)
    fitting = (each for each in others if isinstance(each, inspect.StructType | inspect.DictType) is wants_table)
    return next(fitting, others[0])


_WORDS: Final = {
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list, such as [1, 2]",
    inspect.VarTupleType: "a list, such as [1, 2]",
}
