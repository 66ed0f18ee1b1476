"""All that strangers meet: the gate, the pages and the REST interface."""

import asyncio
from pathlib import Path

from starlette.types import ASGIApp

from bridge.app import build_app
from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.directory import Directory
from bridge.gate import Gate, Inside
from bridge.metrics import BridgeMetrics
from bridge.pages import read_pages
from bridge.rest.callers import Doorman
from bridge.rest.desk import Desk
from bridge.rooms import Rooms


async def build_front(
    config: BridgeConfig,
    *,
    url: str,
    directory: Directory,
    inside: Inside,
    rooms: Rooms,
    metrics: BridgeMetrics,
    audit: AuditLog,
) -> tuple[Gate, ASGIApp]:
    """Return the gate, and the application with it in it; `url` is where the bridge listens."""
    gate = Gate(config, directory=directory, inside=inside, metrics=metrics, audit=audit)
    pages = await asyncio.to_thread(read_pages, Path(config.pages))
    if not pages.built:
        audit.note("pages_missing", expected=f"the built pages in {config.pages}", cure="run `make setup`")
    app = build_app(
        gate=gate,
        desk=Desk(directory=directory, rooms=rooms, audit=audit, public_url=config.public_url or url),
        doorman=Doorman(directory, admin_key=config.admin_key),
        pages=pages,
        rooms=rooms,
    )
    return gate, app
