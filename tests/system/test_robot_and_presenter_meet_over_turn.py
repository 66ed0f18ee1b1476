"""A robot and a presenter whose networks cannot reach each other meet over a real coturn, whatever way is left."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription

from robot_agent.media.cameras import MountedCamera
from robot_agent.media.plane import MediaPlane
from robot_agent.media.settings import VideoSettings
from robot_agent.media.turn.probe import ProbeFailed, probe_stun, probe_turn
from robot_agent.media.turn.servers import servers_of
from robot_agent.media.turn.soak import PACKET_BYTES, Soaked, soak
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.coturn import Coturn, running_coturn
from tests.namespaces import PATIENCE_S, Place, ip, namespaces
from tests.robot_agent.media.scene import NoisyScene

ROBOT, TURN, PERSON = "sb-robot", "sb-turn", "sb-person"
# Addresses of the public internet, for the configuration refuses to relay to others; nobody outside sees them.
SERVER, SERVER6 = "5.3.0.1", "2400:5::1"  # all that robot and presenter reach, as from behind a strict firewall
RELAY, MUTE_RELAY = "5.4.0.1", "5.6.0.1"
DEAD = "5.9.9.9"  # swallows everything


@dataclass
class Theatre:
    """Two cities, and two TURN servers between them: `mute` grants all, and relays nothing to the other."""

    robot: Place
    person: Place
    coturn: Coturn
    mute: Coturn

    @property
    def dead_udp(self) -> str:
        return f"turn:{DEAD}:3478"

    @property
    def dead_tcp(self) -> str:
        return f"turn:{DEAD}:3478?transport=tcp"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("coturn")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as places:
        places.enter_context(namespaces(ROBOT, TURN, PERSON))
        _lay_lines()
        between = places.enter_context(Place(TURN))
        inside = ("ip", "netns", "exec", TURN)
        coturn = _serve(
            places,
            between,
            running_coturn(_made(folder / "well"), SERVER, 3478, listens=(SERVER6,), relays=(RELAY,), before=inside),
        )
        mute = _serve(
            places,
            between,
            running_coturn(_made(folder / "mute"), SERVER, 3500, relays=(MUTE_RELAY,), before=inside, denied=(RELAY,)),
        )
        patch.setenv("SSL_CERT_FILE", str(coturn.certificate))
        robot, person = places.enter_context(Place(ROBOT)), places.enter_context(Place(PERSON))
        yield Theatre(robot, person, coturn, mute)


def _serve(
    places: contextlib.ExitStack, where: Place, serving: contextlib.AbstractAsyncContextManager[Coturn]
) -> Coturn:
    coturn = where.run(serving.__aenter__())
    places.callback(lambda: where.run(serving.__aexit__(None, None, None)))
    return coturn


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _lay_lines() -> None:
    for count, name in enumerate((ROBOT, PERSON), start=1):
        near, far = f"{name}0", f"{name}1"
        ip("link", "add", near, "netns", name, "type", "veth", "peer", "name", far, "netns", TURN)
        for where, link, end in ((name, near, 2), (TURN, far, 1)):
            ip("-n", where, "address", "add", f"5.{count}.0.{end}/24", "dev", link)
            ip("-n", where, "address", "add", f"2400:{count}::{end}/64", "dev", link, "nodad")
            ip("-n", where, "link", "set", link, "up")
        ip("-n", name, "route", "add", SERVER, "via", f"5.{count}.0.1")
        ip("-n", name, "route", "add", DEAD, "via", f"5.{count}.0.1")
        ip("-n", name, "route", "add", SERVER6, "via", f"2400:{count}::1")
    for address in (f"{SERVER}/32", f"{RELAY}/32", f"{MUTE_RELAY}/32", f"{SERVER6}/128"):
        ip("-n", TURN, "address", "add", address, "dev", "lo")


@contextlib.asynccontextmanager
async def robot_with(*servers: m.IceServer) -> AsyncIterator[MediaPlane]:
    """Run a real media plane that the bridge told of these servers."""
    plane = MediaPlane(
        cameras=[MountedCamera(name="head", open_camera=NoisyScene)],
        settings=VideoSettings(),
        ice_servers=(),
        on_message=lambda peer, frame: plane.send(peer, m.Lane.EVENT, frame),  # says everything back
        on_captured=lambda _rtp, _captured: None,
        on_cameras=lambda _: None,
    )
    plane.hear_ice_servers(servers)
    running = asyncio.create_task(plane.run())
    try:
        yield plane
    finally:
        await plane.close()
        with contextlib.suppress(asyncio.CancelledError):
            await running


class Presenter:
    """A presenter's end: one connection with the motion channel, over what `servers` relay."""

    def __init__(self, servers: m.IceServer) -> None:
        self.connection = RTCPeerConnection(
            RTCConfiguration([RTCIceServer(list(servers.urls), servers.username, servers.credential)])
        )
        self._channel = self.connection.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self._opened = asyncio.Event()
        self._heard = asyncio.Event()
        self._channel.on("open", self._opened.set)
        self._channel.on("message", lambda _: self._heard.set())

    async def offer(self, session: str) -> m.RtcOffer:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return m.RtcOffer(id=session, sdp=self.connection.localDescription.sdp)

    async def hear_itself(self, answer: m.RtcAnswer, *, within_s: float) -> bool:
        """Take the answer; return whether a frame went to the robot and came back."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        frame = codec.encode(m.Stop(id="s-1")).decode()
        try:
            async with asyncio.timeout(within_s):
                await self._opened.wait()
                while not self._heard.is_set():
                    self._channel.send(frame)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return False
        return True


def meet(theatre: Theatre, *servers: m.IceServer, within_s: float = 15.0, after: tuple[m.IceServer, ...] = ()) -> bool:
    """Return whether a robot with these servers, and then with those `after`, and a presenter hear each other."""
    house = robot_with(*servers)
    plane = theatre.robot.run(house.__aenter__())
    try:
        if after:
            theatre.robot.run(_tell(plane, after))
        return call(theatre, plane, within_s=within_s)
    finally:
        theatre.robot.run(house.__aexit__(None, None, None))


async def _tell(plane: MediaPlane, servers: tuple[m.IceServer, ...]) -> None:
    await asyncio.sleep(0.5)  # the robot has looked at what it was told first
    plane.hear_ice_servers(servers)
    await asyncio.sleep(1.0)


def call(theatre: Theatre, plane: MediaPlane, *, session: str = "rtc-1", within_s: float = 15.0) -> bool:
    """Return whether a new presenter and the robot hear each other."""

    async def _come() -> Presenter:
        return Presenter(theatre.coturn.server(theatre.coturn.udp, peer=f"presenter-{session}"))

    presenter = theatre.person.run(_come())
    try:
        offer = theatre.person.run(presenter.offer(session))
        answer = theatre.robot.run(plane.receive("presenter", m.Role.PRESENTER, offer))
        assert isinstance(answer, m.RtcAnswer), answer
        return theatre.person.run(presenter.hear_itself(answer, within_s=within_s))
    finally:
        theatre.person.run(presenter.connection.close())


def test_without_a_relay_they_do_not_meet(theatre: Theatre) -> None:
    """What makes the other tests mean something."""
    assert not meet(theatre, within_s=4.0)


@pytest.mark.parametrize("way", ["udp", "tcp", "tls", "ipv6"])
def test_they_meet_over_each_way_to_the_server(theatre: Theatre, way: str) -> None:
    coturn = theatre.coturn
    urls = {"udp": coturn.udp, "tcp": coturn.tcp, "tls": coturn.tls, "ipv6": f"turn:[{SERVER6}]:{coturn.port}"}

    assert meet(theatre, coturn.server(urls[way]))


def test_where_udp_and_plain_tcp_are_swallowed_tls_is_found(theatre: Theatre) -> None:
    assert meet(theatre, theatre.coturn.server(theatre.dead_udp, theatre.dead_tcp, theatre.coturn.tls))


def test_with_the_first_server_dead_they_meet_each_time(theatre: Theatre) -> None:
    house = robot_with(theatre.coturn.server(theatre.dead_udp, theatre.coturn.udp))
    plane = theatre.robot.run(house.__aenter__())
    took_s = []
    try:
        for count in range(10):
            began_s = time.monotonic()
            assert call(theatre, plane, session=f"rtc-{count}"), f"the {count + 1}. of ten"
            took_s.append(time.monotonic() - began_s)
    finally:
        theatre.robot.run(house.__aexit__(None, None, None))
    print(f"connected after {', '.join(f'{each:.2f}' for each in took_s)} s")  # noqa: T201 - shown with -s, for whoever measures
    assert max(took_s) < PATIENCE_S


def test_after_a_server_that_grants_and_does_not_relay_the_next_call_takes_another(theatre: Theatre) -> None:
    house = robot_with(theatre.mute.server(theatre.mute.udp), theatre.coturn.server(theatre.coturn.tcp))
    plane = theatre.robot.run(house.__aenter__())
    try:
        assert not call(theatre, plane, session="rtc-in-vain", within_s=7.0)
        assert call(theatre, plane, session="rtc-again")
    finally:
        theatre.robot.run(house.__aexit__(None, None, None))


def test_an_expired_credential_is_found_out_and_a_new_one_is_used_at_once(theatre: Theatre) -> None:
    expired = theatre.coturn.server(theatre.coturn.udp, good_for_s=-60)

    assert not meet(theatre, expired, within_s=4.0)
    assert meet(theatre, expired, after=(theatre.coturn.server(theatre.coturn.udp),))


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("expired", "it refuses the credential"),
        ("dead", "no answer within 1 s"),
        ("refused", "Connect|refused"),
        ("strange certificate", "certificate verify failed"),
    ],
)
def test_a_probe_says_why_a_server_is_of_no_use(theatre: Theatre, way: str, reason: str) -> None:
    coturn = theatre.coturn
    named = {
        "expired": coturn.server(coturn.udp, good_for_s=-60),
        "dead": coturn.server(theatre.dead_udp),
        "refused": coturn.server(f"turn:{SERVER}:9?transport=tcp"),
        "strange certificate": coturn.server(coturn.tls),
    }
    (server,) = servers_of([named[way]]).turn
    trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    with pytest.raises(ProbeFailed, match=reason):
        theatre.robot.run(probe_turn(server, within_s=1.0, tls=trusts_nobody))


def test_a_probe_gives_back_what_it_was_given(theatre: Theatre) -> None:
    """The quota is 40; coturn takes a moment to count down."""
    (server,) = servers_of([theatre.coturn.server(theatre.coturn.udp, peer="prober")]).turn

    async def probe_often() -> list[str]:
        seen = []
        for _ in range(3):
            seen += [(await probe_turn(server, within_s=5.0)).address for _ in range(20)]
            await asyncio.sleep(3)
        return seen

    assert theatre.robot.run(probe_often()) == [RELAY] * 60


def test_a_stun_probe_tells_the_address_that_is_seen(theatre: Theatre) -> None:
    (server,) = servers_of([m.IceServer(urls=(f"stun:{SERVER}:{theatre.coturn.port}",))]).stun

    assert theatre.robot.run(probe_stun(server, within_s=5.0)).address == "5.1.0.2"


@pytest.mark.parametrize("way", ["udp", "tls"])
def test_a_soak_measures_a_stream_up_and_down(theatre: Theatre, way: str) -> None:
    coturn = theatre.coturn
    (server,) = servers_of([coturn.server({"udp": coturn.udp, "tls": coturn.tls}[way], peer=f"soaker-{way}")]).turn

    async def measure() -> Soaked:
        return await soak(server, for_s=2.0, rate_bps=1_000_000, tls=coturn.trust())

    measured = theatre.robot.run(measure())

    assert measured.sent == pytest.approx(2.0 * 1_000_000 / 8 / PACKET_BYTES, rel=0.2)
    assert len(measured.rtts_ms) > measured.sent / 2
    assert 0.0 < measured.rtt_ms(0.5) < 1000.0


def test_a_soak_with_an_expired_credential_says_so(theatre: Theatre) -> None:
    (server,) = servers_of([theatre.coturn.server(theatre.coturn.udp, good_for_s=-60)]).turn

    with pytest.raises(ProbeFailed, match="it refuses the credential"):
        theatre.robot.run(soak(server, for_s=1.0, rate_bps=1_000_000))
