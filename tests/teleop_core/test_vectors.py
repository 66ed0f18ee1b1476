"""The golden messages of `tests/vectors/messages.json`, which the page's tests read as well."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
import pytest

from teleop_core.errors import WireError, WireFault
from teleop_core.wire import codec
from teleop_core.wire import messages as m

Direction = Literal["hello", "from_person", "at_bridge", "on_road", "to_person", "from_robot", "to_robot"]


class Vector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One frame; `canonical` is how the message reads when we write it, where that differs from `text`."""

    name: str
    direction: Direction
    text: str
    valid: bool
    fault: WireFault | None
    canonical: str | None = None


VECTORS: Final = msgspec.json.decode(
    (Path(__file__).parents[1] / "vectors" / "messages.json").read_bytes(), type=list[Vector]
)
DECODERS: Final[dict[Direction, Callable[[bytes | str], m.Message]]] = {
    "hello": codec.decode_hello,
    "from_person": codec.decode_from_person,
    "at_bridge": codec.decode_at_bridge,
    "on_road": codec.decode_on_road,
    "to_person": codec.decode_to_person,
    "from_robot": codec.decode_from_robot,
    "to_robot": codec.decode_to_robot,
}
KINDS: Final[dict[Direction, tuple[type[m.Message], ...]]] = {
    "hello": (m.Hello, m.RobotHello),
    "from_person": get_args(m.FromPerson),
    "at_bridge": get_args(m.AtBridge),
    "on_road": get_args(m.OnRoad),
    "to_person": get_args(m.ToPerson),
    "from_robot": get_args(m.FromRobot),
    "to_robot": get_args(m.ToRobot),
}


def _ids(vector: Vector) -> str:
    return f"{vector.direction}: {vector.name}"


@pytest.mark.parametrize("vector", [each for each in VECTORS if each.valid], ids=_ids)
def test_a_good_frame_becomes_a_message_and_the_same_bytes_again(vector: Vector) -> None:
    from_text = DECODERS[vector.direction](vector.text)
    from_bytes = DECODERS[vector.direction](vector.text.encode())

    canonical = vector.canonical or vector.text
    assert codec.encode(from_text) == codec.encode(from_bytes) == canonical.encode()
    assert vector.fault is None


@pytest.mark.parametrize("vector", [each for each in VECTORS if not each.valid], ids=_ids)
def test_a_bad_frame_is_refused_for_its_fault(vector: Vector) -> None:
    for frame in (vector.text, vector.text.encode()):
        with pytest.raises(WireError) as refused:
            DECODERS[vector.direction](frame)
        assert refused.value.fault is vector.fault


@pytest.mark.parametrize("direction", list(DECODERS))
def test_every_message_has_a_good_vector_in_every_direction_it_travels(direction: Direction) -> None:
    shown = {
        type(DECODERS[each.direction](each.text)) for each in VECTORS if each.valid and each.direction == direction
    }

    assert shown == set(KINDS[direction])


def test_every_word_of_the_wire_appears_in_a_good_vector() -> None:
    texts = "".join(each.text for each in VECTORS if each.valid)
    words = [word.value for kind in (m.Role, m.Lane, m.RobotState, m.Limit, m.Refusal) for word in kind]
    words += [
        word.value for kind in (m.Verdict, m.StopCause, m.StopLevel, m.EventKind, m.EchoWay, m.Health) for word in kind
    ]

    assert [word for word in words if f'"{word}"' not in texts] == []


def test_every_fault_has_bad_vectors_from_both_sides() -> None:
    shown = {(each.direction, each.fault) for each in VECTORS if not each.valid}

    assert shown >= {(side, fault) for side in ("from_person", "to_person") for fault in WireFault}


def test_names_are_unique() -> None:
    assert len({each.name for each in VECTORS}) == len(VECTORS)
