"""A real coturn with the very configuration that deploy/ gives, on ports of the test's own."""

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest

from bridge.turn import mint
from teleop_core.wire.messages import IceServer

CONFIGURATION: Final = Path(__file__).parents[1] / "deploy" / "coturn" / "turnserver.conf"
SECRET: Final = "the-secret-of-bridge-and-coturn"
REALM: Final = "turn.test"
START_S: Final = 20.0
_UP: Final = b"IO method (admin thread)"  # the last that it says before it serves


def cannot_run(reason: str) -> NoReturn:
    """Skip the test where a developer's machine lacks something, and say so; in CI, fail it."""
    if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        pytest.fail(reason)
    pytest.skip(reason)


def program() -> str:
    """Return the path of coturn."""
    found = os.environ.get("STAGEBRIDGE_TURNSERVER") or shutil.which("turnserver")
    return found or cannot_run("no coturn: apt-get install coturn")


@dataclass(frozen=True)
class Coturn:
    """Where it listens, and what it asks for; `certificate` is what its TLS is trusted by."""

    address: str
    port: int
    tls_port: int
    certificate: Path

    @property
    def udp(self) -> str:
        return f"turn:{self.address}:{self.port}"

    @property
    def tcp(self) -> str:
        return f"turn:{self.address}:{self.port}?transport=tcp"

    @property
    def tls(self) -> str:
        return f"turns:{self.address}:{self.tls_port}?transport=tcp"

    def server(self, *urls: str, peer: str = "stage-1", good_for_s: int = 600) -> IceServer:
        """Return these URLs with a credential as the bridge makes them; one that has expired, for a negative time."""
        username, credential = mint(SECRET, peer, expires_unix_s=int(time.time()) + good_for_s)
        return IceServer(urls=urls, username=username, credential=credential)

    def trust(self) -> ssl.SSLContext:
        """Return the TLS context of a machine that trusts its certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextlib.asynccontextmanager
async def running_coturn(
    folder: Path,
    address: str = "127.0.0.1",
    port: int = 34780,
    *,
    listens: tuple[str, ...] = (),
    relays: tuple[str, ...] = ("127.0.0.1", "::1"),
    before: tuple[str, ...] = (),
    denied: tuple[str, ...] = (),
    allowed: tuple[str, ...] = (),
) -> AsyncIterator[Coturn]:
    """Run one at `address`, and where else it `listens`, on `port` and, for TLS, the next.

    `before` stands before its command line. To the peers `denied` it does not relay, beside those of the configuration;
    to those `allowed` it does, even where they are on this host.
    """
    coturn = Coturn(address, port, port + 1, folder / "certificate.pem")
    await asyncio.to_thread(_make_certificate, folder, address)
    command = [
        *before,
        program(),
        "-c",
        str(CONFIGURATION),
        f"--static-auth-secret={SECRET}",
        f"--realm={REALM}",
        f"--cert={coturn.certificate}",
        f"--pkey={folder / 'key.pem'}",
        *(f"--listening-ip={each}" for each in (address, *listens)),
        *(f"--relay-ip={relay}" for relay in relays),
        *(f"--denied-peer-ip={peer}" for peer in denied),
        *(f"--allowed-peer-ip={peer}" for peer in allowed),
        *(("--allow-loopback-peers",) if allowed else ()),
        f"--listening-port={port}",
        f"--tls-listening-port={coturn.tls_port}",
        f"--pidfile={folder / 'pid'}",
        f"--userdb={folder / 'users'}",
        "--log-file=stdout",
        "--simple-log",
    ]
    log = folder / "coturn.log"
    with _started(command, log) as process:
        deadline = time.monotonic() + START_S
        while _UP not in await asyncio.to_thread(log.read_bytes):
            assert process.poll() is None, f"coturn ended: {log.read_text()[-500:]}"
            assert time.monotonic() < deadline, f"coturn does not come up: {log.read_text()[-500:]}"
            await asyncio.sleep(0.05)
        yield coturn


@contextlib.contextmanager
def _started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()


def _make_certificate(folder: Path, address: str) -> None:
    names = f"subjectAltName=DNS:{REALM},IP:{address}"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={REALM}", "-addext", names]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
