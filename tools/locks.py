"""Check that the lock files install the same everywhere: every artefact by its hash, none by where it came from."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

_A_PLACE = re.compile(r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b|(?:^|[\s=@])/\w")
_PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==\S+", re.IGNORECASE)
_ASKED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)", re.IGNORECASE)


def python_lock_faults(lock: str) -> Iterator[str]:
    """Yield what is wrong with the text of a requirements/*.txt."""
    for number, line in enumerate(lock.splitlines(), start=1):
        if not line.lstrip().startswith("#") and _A_PLACE.search(line):
            yield f"line {number} names a place: {line.strip()}"
    for entry in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", lock)):
        requirement = entry.strip()
        if not requirement:
            continue
        if not _PINNED.match(requirement):
            yield f"not pinned to one version: {requirement.splitlines()[0]}"
        elif "--hash=sha256:" not in requirement:
            yield f"no hash: {requirement.splitlines()[0]}"


def forgotten(asked: str, lock: str) -> Iterator[str]:
    """Yield each package that a requirements/*.in asks for and its lock does not hold."""
    held = {_normal(match["name"]) for line in lock.splitlines() if (match := _PINNED.match(line))}
    for line in asked.splitlines():
        if (match := _ASKED.match(line)) and _normal(match["name"]) not in held:
            yield f"{match['name']} is asked for and not locked: run make lock"


def npm_lock_faults(lock: str) -> Iterator[str]:
    """Yield what is wrong with the text of a package-lock.json."""
    packages = json.loads(lock)["packages"]
    locked = {path.rpartition("node_modules/")[2] for path in packages}
    for path, package in packages.items():
        for other_system in package.get("optionalDependencies", ()):
            if other_system not in locked:
                yield f"{path} wants {other_system}, which is not locked, so that npm ci refuses: take another version"
        if path == "" or package.get("link"):
            continue
        if "resolved" in package:
            yield f"{path} names a place: {package['resolved']} (set omit-lockfile-registry-resolved=true in .npmrc)"
        if "integrity" not in package:
            yield f"{path} has no integrity hash"


def faults(root: Path) -> Iterator[str]:
    """Yield every fault of every lock file of the checkout, beginning with the file's name."""
    for asked in sorted(root.glob("requirements/*.in")):
        locked = asked.with_suffix(".txt")
        name = locked.relative_to(root)
        if not locked.exists():
            yield f"{name}: missing: run make lock"
            continue
        lock = locked.read_text()
        yield from (f"{name}: {fault}" for fault in (*python_lock_faults(lock), *forgotten(asked.read_text(), lock)))
    for npm in sorted(root.glob("*/package-lock.json")):
        yield from (f"{npm.relative_to(root)}: {fault}" for fault in npm_lock_faults(npm.read_text()))


def main() -> int:
    """Print the faults; return 1 when there are any."""
    found = list(faults(ROOT))
    for fault in found:
        print(fault)
    if not found:
        print("Lock files name hashes, and no place.")
    return 1 if found else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
