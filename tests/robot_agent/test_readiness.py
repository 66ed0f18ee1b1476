"""What a running robot says of its own fitness for a show, line by line."""

import pytest

from robot_agent.readiness import Outlook, Relays, Witnessed, readiness
from robot_agent.readiness_desk import ReadinessDesk
from teleop_core.timebase import NS_PER_S, ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from tests.robot_words import status, telemetry

STILL = m.WireTwist(vx_mps=0, vy_mps=0, wz_radps=0)
NOW_UNIX_MS = 1_795_000_000_000
NOW_NS = 100 * NS_PER_S
GOOD = Outlook(
    round_trip_ms=30.0, relays=Relays(known=True, chosen="turn over udp at turn.example:3478"), has_voice=True
)


def cameras(*states: tuple[str, bool, m.CameraHealth]) -> m.Cameras:
    told = tuple(m.CameraState(name=name, drive=drive, health=health) for name, drive, health in states)
    return m.Cameras(at_unix_ms=NOW_UNIX_MS, main=states[0][0], cameras=told)


def sound(missing: str = "") -> m.Sound:
    return m.Sound(
        at_unix_ms=NOW_UNIX_MS,
        hall_dbfs=None,
        speaker_dbfs=None,
        heard=(),
        waits_ms=None,
        concealed=0.0,
        echo=m.EchoWay.OFF,
        missing=missing,
    )


def seen_all(*, battery: float | None = None, late_ms: float = 0.0) -> Witnessed:
    """Return what an agent has heard whose robot is well, its later beacons `late_ms` behind."""
    seen = Witnessed()
    for tick in range(100):
        at_ns = NOW_NS - ms(50) * (100 - tick) + (ms(late_ms) if tick > 50 else 0)
        seen.hear_telemetry(telemetry(tick=tick, battery=battery), now_ns=at_ns)
    seen.status = status()
    seen.hear_cameras(cameras(("front", True, m.CameraHealth.LIVE)), now_ns=NOW_NS)
    seen.hear_sound(sound(), now_ns=NOW_NS)
    seen.bridge_clock = (NOW_UNIX_MS - 5_000, NOW_NS - 5 * NS_PER_S)
    return seen


def told(seen: Witnessed, outlook: Outlook = GOOD, *, after_s: int = 0) -> dict[str, str]:
    now_ns = NOW_NS + after_s * NS_PER_S
    said = readiness(seen, outlook, now_ns=now_ns, now_unix_ms=NOW_UNIX_MS + after_s * 1000)
    assert decode_to_person(encode(said)) == said
    return {f"{each.check} {each.about}".strip(): f"{each.health.value} {each.seen}" for each in said.lines}


def test_a_robot_that_is_well_says_so_line_by_line() -> None:
    assert told(seen_all(battery=0.2)) == {
        "driver": "green healthy",
        "loop": "green prompt",
        "battery": "green good",
        "eye front": "green live",
        "sound": "green works",
        "uplink": "green quick",
        "relay turn over udp at turn.example:3478": "green chosen",
        "clock": "green right",
    }


def test_a_motion_process_that_is_silent_is_red() -> None:
    assert told(Witnessed())["driver"] == told(Witnessed())["loop"] == "red silent"
    assert told(seen_all(), after_s=3)["driver"] == "red silent"
    assert told(seen_all(), after_s=2)["driver"] == "green healthy"


def test_each_fault_of_the_driver_is_named_once() -> None:
    seen = seen_all()
    seen.status = status(faults=("motor 3 is hot", "motor 3 is hot", "x" * 200, "c", "d", "e"))

    lines = [key for key, value in told(seen).items() if value == "red fault"]

    assert lines == ["driver motor 3 is hot", f"driver {'x' * 60}", "driver c", "driver d"]


@pytest.mark.parametrize(
    ("late_ms", "expected"),
    [(10.0, "green prompt"), (14.9, "green prompt"), (15.0, "amber late"), (29.9, "amber late"), (30.0, "red tooLate")],
)
def test_beacons_that_come_late_show_a_loop_that_does(late_ms: float, expected: str) -> None:
    assert told(seen_all(late_ms=late_ms))["loop"] == expected


def test_beacons_of_an_earlier_boot_say_nothing_of_this_one() -> None:
    seen = seen_all()
    for tick in range(3):
        seen.hear_telemetry(telemetry(tick=tick, epoch="e2"), now_ns=NOW_NS + ms(50) * tick)

    assert told(seen)["loop"] == "green prompt"


def test_a_low_battery_is_amber_and_one_that_is_not_told_is_no_line() -> None:
    assert told(seen_all(battery=0.19))["battery"] == "amber low"
    assert "battery" not in told(seen_all())


def test_a_camera_is_red_where_the_driver_steers_by_it() -> None:
    seen = seen_all()
    seen.hear_cameras(
        cameras(("front", True, m.CameraHealth.FROZEN), ("hall", False, m.CameraHealth.ABSENT)), now_ns=NOW_NS
    )

    assert told(seen)["eye front"] == "red frozen"
    assert told(seen)["eye hall"] == "amber absent"
    assert told(seen, after_s=4)["eye"] == "red none"


def test_sound_is_a_line_only_where_there_is_a_sound_device() -> None:
    seen = seen_all()
    assert told(seen, after_s=4)["sound"] == "red silent"

    seen.hear_sound(sound("no such device"), now_ns=NOW_NS)
    assert told(seen)["sound no such device"] == "red missing"

    voiceless = Outlook(round_trip_ms=30.0, relays=None, has_voice=False)
    assert [key for key in told(seen, voiceless) if key.startswith("sound")] == []


def test_the_links_are_told_as_they_are() -> None:
    def outlook(round_trip_ms: float | None, relays: Relays | None) -> Outlook:
        return Outlook(round_trip_ms=round_trip_ms, relays=relays, has_voice=False)

    assert told(seen_all(), outlook(250.0, None))["uplink"] == "green quick"
    assert told(seen_all(), outlook(250.1, None))["uplink"] == "amber slow"
    assert told(seen_all(), outlook(None, None))["uplink"] == "amber unknown"
    assert told(seen_all(), outlook(1.0, None))["relay"] == "amber unknown"
    assert told(seen_all(), outlook(1.0, Relays(known=False, chosen=None)))["relay"] == "amber none"
    assert told(seen_all(), outlook(1.0, Relays(known=True, chosen=None)))["relay"] == "red silent"


@pytest.mark.parametrize(
    ("off_ms", "expected"),
    [(2_029, "green right"), (2_030, "amber off"), (-60_029, "amber off"), (-60_030, "red wrong")],
)
def test_the_clock_is_off_where_the_round_trip_cannot_explain_it(off_ms: int, expected: str) -> None:
    seen = seen_all()
    seen.bridge_clock = (NOW_UNIX_MS - 5_000 - off_ms, NOW_NS - 5 * NS_PER_S)

    assert told(seen)["clock"] == expected


def test_a_clock_that_nobody_compared_is_not_known() -> None:
    seen = seen_all()
    seen.bridge_clock = None

    assert told(seen)["clock"] == "amber unknown"


def test_the_desk_tells_every_five_seconds_what_passed_by() -> None:
    now_ns = NOW_NS
    desk = ReadinessDesk(clock=lambda: now_ns, has_voice=False)
    desk.relays = lambda: Relays(known=False, chosen=None)
    desk.hear_telemetry(encode(telemetry()))
    desk.hear_telemetry(b"no message")
    desk.hear_status(encode(status(faults=("hot",))))
    desk.hear_cameras(cameras(("front", True, m.CameraHealth.LIVE)))
    desk.hear_bridge_clock(0)

    first = desk.due(round_trip_ms=2.0)
    assert desk.due(round_trip_ms=2.0) is None
    now_ns += 5 * NS_PER_S - 1
    assert desk.due(round_trip_ms=2.0) is None
    now_ns += 1
    assert desk.due(round_trip_ms=2.0) is not None

    assert first is not None
    said = decode_to_person(first)
    assert isinstance(said, m.Readiness)
    assert {each.check: each.seen for each in said.lines} == {
        "driver": "fault",
        "loop": "prompt",
        "eye": "live",
        "uplink": "quick",
        "relay": "none",
        "clock": "wrong",
    }
