"""What the doctor says of a robot's link: judged line by line, and once against a real bridge."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig, UplinkSettings
from robot_agent.local_stop.server import LINK_FILE
from robot_agent.media.turn.probe import Answered
from robot_agent.media.turn.servers import Transport, TurnServer
from robot_agent.media.turn.soak import PACKET_BYTES, Soaked
from stagebridge.finding import Finding
from stagebridge.link_examinations import examine_link, judged_soak, judged_socket, judged_turn
from teleop_core.wire.messages import Health
from tests.bridge.hall import open_hall

UDP = TurnServer(Transport.UDP, "turn.example", 3478, "u", "hidden")
TLS = TurnServer(Transport.TLS, "turn.example", 443, "u", "hidden")
ANSWERED = Answered("198.51.100.1", 50_000, 12.0)
RATE_BPS = 1_000_000.0


def soaked(*, rtt_ms: float = 40.0, lost: float = 0.0, share: float = 1.0, jitter_ms: float = 0.0) -> Soaked:
    sent = round(share * RATE_BPS * 10 / 8 / PACKET_BYTES)
    came = round(sent * (1 - lost))
    return Soaked(sent=sent, rtts_ms=tuple(rtt_ms + jitter_ms * (each % 2) for each in range(came)), seconds=10.0)


@pytest.mark.parametrize(
    ("measured", "health", "cure"),
    [
        (soaked(), Health.GREEN, ""),
        (soaked(lost=0.03), Health.AMBER, "a cable"),
        (soaked(jitter_ms=30.0), Health.AMBER, "a cable"),
        (soaked(rtt_ms=120.0), Health.AMBER, "nearer"),
        (soaked(share=0.5), Health.AMBER, "ceiling_bps"),
        (soaked(lost=0.2), Health.RED, "another uplink"),
        (soaked(rtt_ms=900.0), Health.RED, "another uplink"),
        (soaked(lost=1.0), Health.RED, "another uplink"),
    ],
)
def test_a_stream_is_judged_by_loss_jitter_round_trip_and_rate(measured: Soaked, health: Health, cure: str) -> None:
    finding = judged_soak(measured, UDP, rate_bps=RATE_BPS)

    assert finding.health is health
    assert cure in finding.cure
    assert "hidden" not in finding.seen


@pytest.mark.parametrize(
    ("rtts_ms", "gap_ms", "health"),
    [
        ([30.0] * 20, 80.0, Health.GREEN),
        ([30.0] * 20, 900.0, Health.AMBER),
        ([300.0] * 20, 80.0, Health.AMBER),
        ([], 1.0, Health.RED),
    ],
)
def test_the_socket_is_judged_by_round_trip_and_silence(rtts_ms: list[float], gap_ms: float, health: Health) -> None:
    assert judged_socket(rtts_ms, gap_ms).health is health


def test_each_way_to_a_turn_server_has_its_line() -> None:
    lines = judged_turn({UDP: "no answer within 3 s", TLS: ANSWERED})

    assert [line.health for line in lines] == [Health.AMBER, Health.GREEN]
    assert "ask the venue to let UDP out" in lines[0].cure
    assert "turn over tls at turn.example:443" in lines[1].name


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("it refuses the credential: expired, or made with another secret", "static-auth-secret"),
        ("SSLCertVerificationError: certificate verify failed", "SSL_CERT_FILE"),
        ("no answer within 3 s", "the venue's firewall"),
    ],
)
def test_a_way_that_is_closed_has_the_cure_of_its_reason(reason: str, cure: str) -> None:
    assert cure in judged_turn({UDP: ANSWERED, TLS: reason})[1].cure


def test_without_any_way_left_turn_is_red_and_without_a_server_amber() -> None:
    (red,) = judged_turn({UDP: "no answer within 3 s", TLS: "it refuses the credential"})
    (amber,) = judged_turn({})

    assert (red.health, amber.health) == (Health.RED, Health.AMBER)
    assert "it refuses the credential" in red.seen


def robot(folder: Path, url: str, key: str) -> AgentConfig:
    table = {"name": "stage-1", "bridge_url": url, "key": key, "state_dir": str(folder), "driver": {}, "camera": {}}
    return msgspec.convert(table, AgentConfig)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {each.name: each for each in findings}


@pytest.mark.asyncio
async def test_a_real_bridge_is_come_into_and_measured(tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall:
        url = f"ws{hall.url.removeprefix('http')}/ws"

        found = by_name(await examine_link(robot(tmp_path, url, hall.robot_key), soak_s=0.5))
        wrong = by_name(await examine_link(robot(tmp_path, url, "another-key-of-16-chars"), soak_s=0.5))

    assert list(found) == ["TLS", "clock against the bridge", "bridge socket", "TURN"]
    assert found["TLS"].health is Health.AMBER
    assert found["clock against the bridge"].health is Health.GREEN
    assert "round trip" in found["bridge socket"].seen
    assert wrong["bridge socket"].health is Health.RED
    assert "4401" in wrong["bridge socket"].seen


@pytest.mark.asyncio
async def test_each_uplink_has_its_lines(tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall:
        settings = msgspec.structs.replace(
            robot(tmp_path, f"ws{hall.url.removeprefix('http')}/ws", hall.robot_key),
            uplinks=(UplinkSettings(name="venue", source="127.0.0.1"), UplinkSettings(name="5G", source="192.0.2.1")),
        )

        found = by_name(await examine_link(settings, soak_s=0.5))

    assert "round trip" in found["bridge socket, venue"].seen
    assert found["bridge socket, 5G"].health is Health.RED


@pytest.mark.asyncio
async def test_a_bridge_that_is_not_there_is_red(tmp_path: Path) -> None:
    found = by_name(await examine_link(robot(tmp_path, "ws://127.0.0.1:9/ws", "k" * 16), soak_s=0.5))

    assert found["bridge socket"].health is Health.RED


@pytest.mark.asyncio
async def test_a_running_agent_is_not_pushed_off_the_bridge(tmp_path: Path) -> None:
    page = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with page:
        port = page.sockets[0].getsockname()[1]
        (tmp_path / LINK_FILE).write_text(f"http://127.0.0.1:{port}/#1234\n", encoding="utf-8")

        (only,) = await examine_link(robot(tmp_path, "ws://127.0.0.1:9/ws", "k" * 16), soak_s=0.5)

    assert only.health is Health.AMBER
    assert "the robot's agent runs" in only.seen
