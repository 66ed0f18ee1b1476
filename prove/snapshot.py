"""Worlds brought to a phase once and copied for each life, so that a short life costs what it is long.

A snapshot depends on its stage and phase alone, never on a life's seed; so a life that is replayed from the beginning,
with everything told, is the same life.
"""

import io
import pickle
import random
from collections.abc import Callable
from typing import Final

from prove.phases import Phase, bring_to
from prove.world import Stage, World

_taken: Final[dict[tuple[Stage, Phase], bytes]] = {}
_DICE: Final = "dice"


class _Packer(pickle.Pickler):
    """Leaves the dice out: each life brings its own."""

    def persistent_id(self, obj: object) -> str | None:
        return _DICE if isinstance(obj, random.Random) else None


class _Unpacker(pickle.Unpickler):
    """Puts a life's own dice in."""

    def __init__(self, file: io.BytesIO, rng: random.Random) -> None:
        super().__init__(file)
        self._rng = rng

    def persistent_load(self, pid: object) -> random.Random:
        del pid
        return self._rng


def world_in(phase: Phase, stage: Stage, rng: random.Random, *, tell: Callable[[str], None] | None = None) -> World:
    """Return a world in `phase` whose further life is thrown by `rng`; with `tell`, tell how it came there."""
    if tell is not None:
        world = _brought(stage, phase, tell=tell)
        world.throw_with(rng)
        return world
    packed = _taken.get((stage, phase))
    if packed is None:
        file = io.BytesIO()
        _Packer(file, protocol=pickle.HIGHEST_PROTOCOL).dump(_brought(stage, phase, tell=None))
        packed = _taken[stage, phase] = file.getvalue()
    copied = _Unpacker(io.BytesIO(packed), rng).load()
    if not isinstance(copied, World):
        raise TypeError(f"expected a World, got {type(copied)}")
    return copied


def _brought(stage: Stage, phase: Phase, *, tell: Callable[[str], None] | None) -> World:
    world = World(random.Random(phase.value), stage, tell=tell)
    bring_to(world, phase, speed_mps=stage.profile.limits.accel_mps2 * 0.2)
    return world


def forget() -> None:
    """Forget all snapshots: the rules were changed, as planted bugs do."""
    _taken.clear()
