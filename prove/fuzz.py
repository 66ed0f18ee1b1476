"""Feeds every parser that takes bytes from outside: what is documented comes out, or the input is kept and named.

Inputs are the golden vectors and the corpus, mutated, and bytes thrown by a seed. `python -m prove.fuzz --seconds 20`
fuzzes for so long; an input that breaks a parser is added to its file in `prove/corpus/` (base64, a line an input), and
is tried first from then on.
"""

import argparse
import base64
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prove.parsers import Parser, parsers

CORPUS: Final = Path(__file__).with_name("corpus")
LONGEST: Final = 20_000
SPICE: Final = (
    b"\x00",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b"[",
    b"\\u0000",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"1e999",
    b"-0",
    b"9007199254740993",
    b"NaN",
    b"null",
    b"[" * 200,
    b'{"a":' * 200,
    b"\r\n",
    b"= [[",
    b"\xc1",
    b"\x93",
    b"\xdf\xff\xff\xff\xff",
)


@dataclass(frozen=True, slots=True)
class Broken:
    """An input that made a parser raise what it must not."""

    parser: str
    body: bytes
    raised: str

    def __str__(self) -> str:
        return f"{self.parser}: {self.raised}; kept in prove/corpus/{self.parser}.b64, which prove.fuzz tries first"


def mutated(seed_inputs: tuple[bytes, ...], rng: random.Random) -> bytes:
    """Return one of the inputs with a few changes, a piece of another in it, or bytes that are none of theirs."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(200))
    body = bytearray(rng.choice(seed_inputs))
    for _ in range(1 + int(rng.expovariate(0.7))):
        at = rng.randrange(len(body) + 1)
        match rng.randrange(6):
            case 0:
                body[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del body[at : at + rng.randrange(1, 20)]
            case 2:
                body[at:at] = rng.choice(SPICE)
            case 3:
                other = rng.choice(seed_inputs)
                start = rng.randrange(len(other) + 1)
                body[at:at] = other[start : start + rng.randrange(1, 60)]
            case 4:
                piece = bytes(body[at : at + rng.randrange(1, 40)])
                body[at:at] = piece * rng.choice((1, 2, 50))
            case _:
                _change_number(body, rng)
    return bytes(body[:LONGEST])


def _change_number(body: bytearray, rng: random.Random) -> None:
    digits = [at for at, byte in enumerate(body) if 48 <= byte <= 57]
    if digits:
        at = rng.choice(digits)
        body[at : at + 1] = rng.choice((b"0", b"-1", b"1e308", b"1.5", b"4294967296", b"true", b'"7"'))


def try_one(parser: Parser, body: bytes) -> Broken | None:
    """Parse; return what came out that must not."""
    try:
        parser.parse(body)
    except Exception as exc:  # noqa: BLE001 - anything but what the parser documents is a finding
        return Broken(parser.name, body, f"{type(exc).__name__}: {exc}"[:200])
    return None


def collect(*, seed: int, within_s: float, most: int = 24) -> int:
    """Add to the corpus an input for each answer that a parser gives and no input of its corpus gets; return how many.

    A parser keeps the shortest of what it met, and `most` at most.
    """
    rng, ends, everything = random.Random(f"collect {seed}"), time.monotonic() + within_s, parsers()
    met = {parser.name: {parser.parse(body): body for body in _corpus_of(parser.name)} for parser in everything}
    old = {name: len(inputs) for name, inputs in met.items()}
    while time.monotonic() < ends:
        for parser in everything:
            known = met[parser.name]
            body = mutated(parser.seeds, rng)
            outcome = parser.parse(body)
            if outcome in known or len(known) < most:
                known[outcome] = min(body, known.get(outcome, body), key=len)
    for name, inputs in met.items():
        lines = sorted(base64.b64encode(body).decode() + "\n" for body in inputs.values())
        _corpus_file(name).write_text("".join(lines))
    return sum(len(inputs) - old[name] for name, inputs in met.items())


def run(*, seed: int, within_s: float, keep: bool = True) -> tuple[int, list[Broken]]:
    """Try the corpus, then fuzz all parsers in turn for so long; return how many inputs there were, and what broke."""
    ends = time.monotonic() + within_s
    rng = random.Random(f"fuzz {seed}")
    inputs, broken = 0, []
    everything = parsers()
    for parser in everything:
        for body in (*parser.seeds, *_corpus_of(parser.name)):
            inputs += 1
            broken.append(try_one(parser, body))
    pools = {parser.name: (*parser.seeds, *_corpus_of(parser.name)) for parser in everything}
    while time.monotonic() < ends:
        for parser in everything:
            for _ in range(1 if parser.name in {"memory", "toml", "ipc-motion", "ipc-agent", "twcc"} else 20):
                inputs += 1
                broken.append(try_one(parser, mutated(pools[parser.name], rng)))
    found = list({(each.parser, each.raised): each for each in broken if each is not None}.values())
    for each in found if keep else ():
        with _corpus_file(each.parser).open("a") as file:
            file.write(base64.b64encode(each.body).decode() + "\n")
    return inputs, found


def _corpus_of(name: str) -> Iterator[bytes]:
    """Yield what broke a parser once, and other inputs worth beginning from."""
    file = _corpus_file(name)
    for line in file.read_text().splitlines() if file.exists() else ():
        yield base64.b64decode(line)


def _corpus_file(name: str) -> Path:
    return CORPUS / f"{name}.b64"


def main() -> int:
    """Fuzz for some time."""
    parser = argparse.ArgumentParser(prog="python -m prove.fuzz", description="Fuzz every parser of outside bytes.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--collect", action="store_true", help="look for inputs that belong into the corpus")
    wanted = parser.parse_args()
    if wanted.collect:
        print(f"fuzz: {collect(seed=wanted.seed, within_s=wanted.seconds)} inputs added to the corpus")
        return 0
    inputs, broken = run(seed=wanted.seed, within_s=wanted.seconds)
    for each in broken:
        print(each)
    print(f"fuzz: {len(parsers())} parsers, {inputs} inputs, {len(broken)} violations")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
