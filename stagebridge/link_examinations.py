"""What the doctor looks at on the way between a robot and the rest of the world, for as long as it is told to."""

import asyncio
import math
import secrets
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, WebSocketException

from robot_agent.config import AgentConfig, UplinkSettings
from robot_agent.dialling import Connection, dial
from robot_agent.local_stop.server import LINK_FILE
from robot_agent.media.turn.probe import Answered, ProbeFailed, probe_stun, probe_turn
from robot_agent.media.turn.seams import system_trust
from robot_agent.media.turn.servers import Servers, StunServer, Transport, TurnServer, servers_of
from robot_agent.media.turn.soak import Soaked, soak
from robot_agent.readiness import CLOCK_OFF_MS, CLOCK_WRONG_MS, POOR_RTT_MS
from stagebridge.finding import Finding
from teleop_core.errors import ConfigError, WireError
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_robot, encode
from teleop_core.wire.messages import Health

GOOD_RTT_MS: Final = 80.0  # of which the loop delay is made; beyond the second the robot crawls
GOOD_LOSS: Final = 0.02
POOR_LOSS: Final = 0.10
GOOD_JITTER_MS: Final = 15.0
GAP_MS: Final = 400.0  # of silence on the socket: the robot holds
CERTIFICATE_DAYS: Final = 7.0
PROBE_WITHIN_S: Final = 3.0
PING_EVERY_S: Final = 0.05
WELCOME_WITHIN_S: Final = 5.0
SHARE_OF_RATE: Final = 0.95
OVERHEAD: Final = 1.2  # repairs and voices beside the picture

_NO_UDP: Final = "ask the venue to let UDP out, at least to the TURN server; TCP is slower when packets are lost"


async def examine_link(robot: AgentConfig, *, soak_s: float) -> list[Finding]:
    """Come in as the robot and measure: the bridge's socket, the servers for media, and a stream through one."""
    if _agent_runs(robot):
        seen = "not looked at: the robot's agent runs, and a second one would take its place on the bridge"
        return [Finding("link", Health.AMBER, seen, "end the agent, and look again")]
    socket_findings, told = await _examine_sockets(robot, soak_s=soak_s)
    try:
        servers = servers_of((*robot.ice_servers, *told))
    except ConfigError as exc:
        return [
            *socket_findings,
            Finding("TURN", Health.RED, str(exc), "correct the bridge's or the robot's ice_servers"),
        ]
    return [*socket_findings, *await _examine_media(servers, soak_s=soak_s, rate_bps=_rate_of(robot))]


def _rate_of(robot: AgentConfig) -> float:
    return robot.video.high.ceiling_bps * OVERHEAD


def _agent_runs(robot: AgentConfig) -> bool:
    """Return whether this robot's STOP page answers on this machine."""
    try:
        url = urlsplit((Path(robot.state_dir) / LINK_FILE).read_text(encoding="utf-8").strip())
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=1.0):
            return True
    except (OSError, ValueError):
        return False


@dataclass
class _Pinged:
    """The round trips over the bridge's socket, and the longest time without an answer."""

    rtts_ms: list[float] = field(default_factory=list)
    longest_gap_ms: float = 0.0


async def _examine_sockets(robot: AgentConfig, *, soak_s: float) -> tuple[list[Finding], Sequence[m.IceServer]]:
    """Look at all uplinks at the same time."""
    boot = secrets.token_hex(16)
    uplinks = robot.read_uplinks()
    seen = await asyncio.gather(*(_examine_socket(robot, each, boot, soak_s=soak_s) for each in uplinks))
    findings = [
        finding if len(uplinks) == 1 else replace(finding, name=f"{finding.name}, {uplink.name}")
        for uplink, (of_uplink, _) in zip(uplinks, seen, strict=True)
        for finding in of_uplink
    ]
    return findings, next((servers for _, servers in seen if servers), ())


async def _examine_socket(
    robot: AgentConfig, uplink: UplinkSettings, boot: str, *, soak_s: float
) -> tuple[list[Finding], Sequence[m.IceServer]]:
    cure = "look at the robot's network, and at robot.bridge_url"
    try:
        connection = await dial(robot.bridge_url, uplink)
    except ssl.SSLError as exc:
        return [Finding("TLS", Health.RED, str(exc), "renew the certificate of the bridge, or set this clock")], ()
    except (OSError, WebSocketException) as exc:
        return [Finding("bridge socket", Health.RED, f"{robot.bridge_url}: {str(exc) or type(exc).__name__}", cure)], ()
    async with connection:
        try:
            welcome, clock_off_s = await _come_in(connection, robot, uplink, boot)
            pinged = await _ping(connection, for_s=soak_s)
        except ConnectionClosed as exc:
            said = f"the bridge sent it off: {exc.rcvd.code} {exc.rcvd.reason}" if exc.rcvd else "it was cut"
            return [Finding("bridge socket", Health.RED, said, "correct robot.name and robot.key")], ()
        except (ConfigError, OSError, WireError) as exc:
            return [Finding("bridge socket", Health.RED, str(exc) or "no welcome in time", cure)], ()
        findings = [
            _tls(connection, robot.bridge_url),
            _clocks(clock_off_s),
            judged_socket(pinged.rtts_ms, pinged.longest_gap_ms),
        ]
    return findings, welcome.ice_servers


async def _come_in(
    connection: Connection, robot: AgentConfig, uplink: UplinkSettings, boot: str
) -> tuple[m.Welcome, float]:
    """Return the welcome, and by how many seconds the bridge's clock is ahead, as well as one round trip tells."""
    profile = m.RobotProfile(model="the doctor", max_speed_mps=0.0, max_turn_radps=0.0, holonomic=False)
    hello = m.RobotHello(
        version=m.PROTOCOL_VERSION,
        robot=robot.name,
        key=robot.read_key(),
        profile=profile,
        boot=boot,
        uplink=uplink.name,
    )
    sent_s = time.time()
    await connection.send(encode(hello), text=True)
    async with asyncio.timeout(WELCOME_WITHIN_S):
        welcome = decode_to_robot(await connection.recv(decode=False))
    if not isinstance(welcome, m.Welcome):
        raise OSError(f"expected a welcome first, got {type(welcome).__name__}")
    return welcome, welcome.server_unix_ms / 1000 - (sent_s + time.time()) / 2


async def _ping(connection: Connection, *, for_s: float) -> _Pinged:
    pinged = _Pinged()
    sent_ns: dict[str, int] = {}
    began_ns = heard_ns = time.monotonic_ns()
    until_ns = began_ns + round(for_s * 1e9)
    while (now_ns := time.monotonic_ns()) < until_ns:
        name = f"d{len(sent_ns)}"
        sent_ns[name] = now_ns
        await connection.send(encode(m.Ping(id=name)), text=True)
        next_ns = now_ns + round(PING_EVERY_S * 1e9)
        while (left_s := (next_ns - time.monotonic_ns()) / 1e9) > 0:
            try:
                async with asyncio.timeout(left_s):
                    message = decode_to_robot(await connection.recv(decode=False))
            except TimeoutError:
                break
            if isinstance(message, m.Pong) and message.id in sent_ns:
                now_ns = time.monotonic_ns()
                pinged.rtts_ms.append((now_ns - sent_ns[message.id]) / NS_PER_MS)
                pinged.longest_gap_ms = max(pinged.longest_gap_ms, (now_ns - heard_ns) / NS_PER_MS)
                heard_ns = now_ns
    pinged.longest_gap_ms = max(pinged.longest_gap_ms, (time.monotonic_ns() - heard_ns) / NS_PER_MS)
    return pinged


def _tls(connection: Connection, url: str) -> Finding:
    sealed = cast("asyncio.Transport", connection.transport).get_extra_info("ssl_object")
    if sealed is None:
        cure = "use wss:// and a certificate, unless bridge and robot are on one trusted network"
        return Finding("TLS", Health.AMBER, f"{urlsplit(url).scheme}:// is not encrypted", cure)
    ends_s = ssl.cert_time_to_seconds(sealed.getpeercert()["notAfter"])
    days = (ends_s - time.time()) / 86_400
    seen = f"{sealed.version()}, the certificate ends in {days:.0f} days"
    if days < CERTIFICATE_DAYS:
        return Finding("TLS", Health.AMBER, seen, "renew the certificate of the bridge")
    return Finding("TLS", Health.GREEN, seen)


def _clocks(off_s: float) -> Finding:
    seen = f"{abs(off_s):.1f} s {'behind' if off_s > 0 else 'ahead of'} the bridge's"
    if abs(off_s) * 1000 < CLOCK_OFF_MS:
        return Finding("clock against the bridge", Health.GREEN, seen)
    cure = "start an NTP client on both; invites and TURN credentials expire by the clock"
    return Finding(
        "clock against the bridge", Health.AMBER if abs(off_s) * 1000 < CLOCK_WRONG_MS else Health.RED, seen, cure
    )


def judged_socket(rtts_ms: Sequence[float], longest_gap_ms: float) -> Finding:
    """Return how the bridge's socket fared."""
    name = "bridge socket"
    if not rtts_ms:
        return Finding(name, Health.RED, "no ping was answered", "look at the robot's network")
    ordered = sorted(rtts_ms)
    p50_ms, p95_ms = ordered[len(ordered) // 2], ordered[math.ceil(0.95 * len(ordered)) - 1]
    seen = f"round trip {p50_ms:.0f} ms, 95 of 100 within {p95_ms:.0f} ms, longest silence {longest_gap_ms:.0f} ms"
    if p95_ms > POOR_RTT_MS or longest_gap_ms > GAP_MS:
        return Finding(
            name, Health.AMBER, seen, "a cable instead of Wi-Fi, or another uplink: the robot slows, and holds"
        )
    return Finding(name, Health.GREEN, seen)


async def _examine_media(servers: Servers, *, soak_s: float, rate_bps: float) -> list[Finding]:
    tls = await system_trust() if servers.over(Transport.TLS) else None
    answers: dict[TurnServer, Answered | str] = {}
    findings = [await _stun(server) for server in servers.stun]
    for server in servers.turn:
        try:
            answers[server] = await probe_turn(server, within_s=PROBE_WITHIN_S, tls=tls)
        except ProbeFailed as exc:
            answers[server] = str(exc)
    findings += judged_turn(answers)
    best = next((each for way in Transport for each in servers.over(way) if isinstance(answers[each], Answered)), None)
    if best is None:
        return findings
    try:
        soaked = await soak(best, for_s=soak_s, rate_bps=rate_bps, tls=tls)
    except ProbeFailed as exc:
        cure = "let the TURN server relay to its own address, see deploy/coturn/README.md"
        return [*findings, Finding("media road", Health.AMBER, f"not measured: {exc}", cure)]
    return [*findings, judged_soak(soaked, best, rate_bps=rate_bps)]


async def _stun(server: StunServer) -> Finding:
    try:
        seen = await probe_stun(server, within_s=PROBE_WITHIN_S)
    except ProbeFailed as exc:
        return Finding(f"{server}", Health.AMBER, str(exc), _NO_UDP)
    return Finding(f"{server}", Health.GREEN, f"UDP works; seen from outside as {seen.address}")


def judged_turn(answers: dict[TurnServer, Answered | str]) -> list[Finding]:
    """Return a line for each way to a TURN server; red when none is left."""
    if not answers:
        cure = "set up a TURN server, see deploy/coturn/README.md; without one both sides need an open network"
        return [Finding("TURN", Health.AMBER, "no server is configured", cure)]
    if not any(isinstance(answer, Answered) for answer in answers.values()):
        reasons = "; ".join(f"{server}: {answer}" for server, answer in answers.items())
        return [Finding("TURN", Health.RED, reasons, "look at the server, its secret, and the venue's firewall")]
    findings = []
    for server, answer in answers.items():
        if isinstance(answer, Answered):
            findings.append(Finding(f"{server}", Health.GREEN, f"relays, after {answer.took_ms:.0f} ms"))
        else:
            findings.append(Finding(f"{server}", Health.AMBER, answer, _cure_of(server, answer)))
    return findings


def _cure_of(server: TurnServer, reason: str) -> str:
    if "credential" in reason:
        return "compare the server's static-auth-secret with bridge.turn.secret, and the clocks of the two"
    if "certificate" in reason:
        return "give the server a certificate for this very name, or name its authority in SSL_CERT_FILE"
    return _NO_UDP if server.transport is Transport.UDP else "look at the server and the venue's firewall"


def judged_soak(soaked: Soaked, server: TurnServer, *, rate_bps: float) -> Finding:
    """Return how the stream fared, up to the server and down again."""
    seen = (
        f"{server}: {soaked.up_bps / 1e6:.1f} Mbit/s up and {soaked.down_bps / 1e6:.1f} down "
        f"for {soaked.seconds:.0f} s, {soaked.loss:.1%} lost, round trip {soaked.rtt_ms(0.5):.0f} ms, "
        f"95 of 100 within {soaked.rtt_ms(0.95):.0f} ms, jitter {soaked.jitter_ms:.0f} ms"
    )
    name = "media road"
    if soaked.loss > POOR_LOSS or soaked.rtt_ms(0.95) > POOR_RTT_MS * 2:
        return Finding(name, Health.RED, seen, "another uplink, or a cable: this one carries no show")
    cures = {
        "lower robot.video.high.ceiling_bps to what it carries": soaked.up_bps < SHARE_OF_RATE * rate_bps,
        "a cable instead of Wi-Fi, or another uplink": soaked.loss > GOOD_LOSS or soaked.jitter_ms > GOOD_JITTER_MS,
        "a TURN server nearer to the robot": soaked.rtt_ms(0.5) > GOOD_RTT_MS,
    }
    wanted = [cure for cure, is_wanted in cures.items() if is_wanted]
    return Finding(name, Health.AMBER if wanted else Health.GREEN, seen, "; ".join(wanted))
