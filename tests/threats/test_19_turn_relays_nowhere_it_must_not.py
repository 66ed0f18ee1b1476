"""Threat 19: TURN relays to where it must not, or for whom it must not.

Somebody with a good credential has the server send datagrams to itself, to its neighbours, to a cloud's metadata
service, under IPv4's and IPv6's many names for them; somebody else has a credential that is forged or has expired.

Expected: the configuration that deploy/coturn gives refuses each of these and still relays to the public internet; a
credential is good for its owner and its hour only; relays are UDP, and a peer's share of them is bounded.
"""

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from bridge.turn import mint
from tests.coturn import SECRET, Coturn, running_coturn

pytestmark = pytest.mark.asyncio(loop_scope="module")

IPV6 = 0x02000000
TCP = 0x06000000
FORBIDDEN = 403
UNAUTHORIZED = 401
UNSUPPORTED_TRANSPORT = 442
QUOTA_REACHED = 486
CHANNEL = 0x4000

FORBIDDEN_V4 = (
    "0.0.0.0",  # noqa: S104 - a peer's address; Linux takes it for the host itself
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "255.255.255.255",
)
FORBIDDEN_V6 = (
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC_V4 = ("8.8.8.8", "9.255.255.255", "172.32.0.1", "100.128.0.1", "223.5.5.5")
PUBLIC_V6 = ("2400:3200::1", "2606:4700:4700::1111")


def _family(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _family_of(data: bytes) -> int:
    return int.from_bytes(data, "big")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def coturn(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Coturn]:
    async with running_coturn(tmp_path_factory.mktemp("coturn")) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _knows_ipv6_relays() -> None:
    """aioice never asks for one; an attacker would (RFC 8656, 18.8)."""
    entry = (0x0017, "REQUESTED-ADDRESS-FAMILY", _family, _family_of)
    stun.ATTRIBUTES_BY_TYPE[entry[0]] = entry
    stun.ATTRIBUTES_BY_NAME[entry[1]] = entry


@contextlib.asynccontextmanager
async def client(coturn: Coturn, username: str | None, credential: str | None) -> AsyncIterator[TurnClientUdpProtocol]:
    server = (coturn.address, coturn.port)
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: TurnClientUdpProtocol(server, username, credential, lifetime=600, channel_refresh_time=500),
        remote_addr=server,
    )
    try:
        yield protocol
    finally:
        transport.close()


async def allocate(protocol: TurnClientUdpProtocol, **attributes: int) -> None:
    request = stun.Message(message_method=stun.Method.ALLOCATE, message_class=stun.Class.REQUEST)
    request.attributes["LIFETIME"] = 600
    request.attributes["REQUESTED-TRANSPORT"] = attributes.pop("transport", 0x11000000)
    if "family" in attributes:
        request.attributes["REQUESTED-ADDRESS-FAMILY"] = attributes["family"]
    await protocol.request_with_retry(request)


async def permit(protocol: TurnClientUdpProtocol, address: str) -> None:
    request = stun.Message(message_method=stun.Method.CREATE_PERMISSION, message_class=stun.Class.REQUEST)
    request.attributes["XOR-PEER-ADDRESS"] = (address, 53)
    await protocol.request_with_retry(request)


async def answer_to(request: "asyncio.Future[None] | asyncio.Task[None]") -> int | None:
    """Return the error code of the server's answer, None when it did what was asked."""
    try:
        await request
    except stun.TransactionFailed as refused:
        return int(refused.response.attributes["ERROR-CODE"][0])
    return None


async def answers(coturn: Coturn, addresses: tuple[str, ...]) -> dict[str, set[int | None]]:
    """Return what a client with a good credential hears when it wants to relay to each, both ways there are."""
    heard: dict[str, set[int | None]] = {}
    good = mint(SECRET, f"anna-{addresses[0]}", expires_unix_s=int(time.time()) + 600)
    async with client(coturn, *good) as protocol:
        if ipaddress.ip_address(addresses[0]).version == 6:
            await allocate(protocol, family=IPV6)
        else:
            await allocate(protocol)
        for count, address in enumerate(addresses):
            permission = await answer_to(asyncio.ensure_future(permit(protocol, address)))
            bound = protocol.channel_bind(CHANNEL + count, (address, 53))
            heard[address] = {permission, await answer_to(asyncio.ensure_future(bound))}
    return heard


@pytest.mark.parametrize("addresses", [FORBIDDEN_V4, FORBIDDEN_V6], ids=["IPv4", "IPv6"])
async def test_it_relays_to_no_forbidden_address(coturn: Coturn, addresses: tuple[str, ...]) -> None:
    assert await answers(coturn, addresses) == {address: {FORBIDDEN} for address in addresses}


@pytest.mark.parametrize("addresses", [PUBLIC_V4, PUBLIC_V6], ids=["IPv4", "IPv6"])
async def test_it_relays_to_the_public_internet(coturn: Coturn, addresses: tuple[str, ...]) -> None:
    assert await answers(coturn, addresses) == {address: {None} for address in addresses}


async def test_a_relay_of_ipv4_takes_no_peer_of_ipv6(coturn: Coturn) -> None:
    """Whichever the answer is: that the v4-mapped name of an address opens nothing."""
    good = mint(SECRET, "anna-mapped", expires_unix_s=int(time.time()) + 600)
    async with client(coturn, *good) as protocol:
        await allocate(protocol)
        for address in FORBIDDEN_V6:
            assert await answer_to(asyncio.ensure_future(permit(protocol, address))) is not None


@pytest.mark.parametrize("wrong", ["expired", "forged", "of somebody else", "without one"])
async def test_it_relays_for_nobody_without_a_good_credential(coturn: Coturn, wrong: str) -> None:
    now_s = int(time.time())
    username, credential = mint(SECRET, "anna", expires_unix_s=now_s + 600)
    pairs: dict[str, tuple[str | None, str | None]] = {
        "expired": mint(SECRET, "anna", expires_unix_s=now_s - 60),
        "forged": mint("another secret altogether", "anna", expires_unix_s=now_s + 600),
        "of somebody else": (username.replace("anna", "bo"), credential),
        "without one": (None, None),
    }
    async with client(coturn, *pairs[wrong]) as protocol:
        assert await answer_to(asyncio.ensure_future(allocate(protocol))) == UNAUTHORIZED


async def test_it_opens_no_connections_for_anybody(coturn: Coturn) -> None:
    good = mint(SECRET, "anna", expires_unix_s=int(time.time()) + 600)
    async with client(coturn, *good) as protocol:
        refusal = await answer_to(asyncio.ensure_future(allocate(protocol, transport=TCP)))
    assert refusal is not None


async def test_one_peer_has_so_many_relays_and_leaves_some_to_others(coturn: Coturn) -> None:
    greedy = mint(SECRET, "greedy", expires_unix_s=int(time.time()) + 600)
    another = mint(SECRET, "another", expires_unix_s=int(time.time()) + 600)
    async with contextlib.AsyncExitStack() as clients:
        outcomes = []
        for _ in range(41):
            protocol = await clients.enter_async_context(client(coturn, *greedy))
            outcomes.append(await answer_to(asyncio.ensure_future(allocate(protocol))))
        later = mint(SECRET, "greedy", expires_unix_s=int(time.time()) + 900)  # another hour, the same peer
        protocol = await clients.enter_async_context(client(coturn, *later))
        outcomes.append(await answer_to(asyncio.ensure_future(allocate(protocol))))
        protocol = await clients.enter_async_context(client(coturn, *another))
        outcomes.append(await answer_to(asyncio.ensure_future(allocate(protocol))))

    assert outcomes == [None] * 40 + [QUOTA_REACHED, QUOTA_REACHED, None]


async def test_the_configuration_holds_no_secret_and_no_other_door() -> None:
    lines = (Path(__file__).parents[2] / "deploy/coturn/turnserver.conf").read_text(encoding="utf-8").splitlines()

    assert {"use-auth-secret", "no-cli", "no-multicast-peers", "no-tcp-relay"} <= set(lines)
    assert not [line for line in lines if line.startswith(("static-auth-secret", "user=", "allow-loopback", "no-auth"))]
