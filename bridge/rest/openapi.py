"""The OpenAPI document, made from the operations, so that it cannot say anything else than the routes do."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final

import msgspec

from bridge.rest.callers import Who
from bridge.rest.desk import Operation
from bridge.rest.problems import Problem

OPENAPI_VERSION: Final = "3.1.0"

_REF: Final = "#/components/schemas/{name}"


def openapi_document(operations: Sequence[Operation], *, version: str) -> dict[str, object]:
    """Return the document as plain values, ready to be encoded."""
    kinds = sorted(set(_kinds(operations)), key=lambda kind: kind.__name__)
    references, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = dict(zip(kinds, references, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "Stagebridge bridge",
            "version": version,
            "description": "Invites and robots. People and robots themselves come in over the WebSocket at /ws.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The bridge's admin key, or the token of a staff invite.",
                }
            },
        },
    }


def problems_of(operation: Operation) -> tuple[int, ...]:
    """Return every status with which `operation` may fail."""
    statuses = {*operation.problems}
    if operation.who is not Who.ANYONE:
        statuses |= {401, 503}
    if operation.takes is not None:
        statuses |= {400, 408, 413}
    return tuple(sorted(statuses))


def _kinds(operations: Iterable[Operation]) -> Iterable[type[msgspec.Struct]]:
    yield Problem
    for operation in operations:
        if operation.takes is not None:
            yield operation.takes
        if not isinstance(operation.gives, str):
            yield operation.gives


def _described(operation: Operation, schemas: dict[type[msgspec.Struct], dict[str, object]]) -> dict[str, object]:
    responses: dict[str, object] = {
        str(operation.status): {
            "description": HTTPStatus(operation.status).phrase,
            "content": _content(operation, schemas),
        }
    }
    for status in problems_of(operation):
        content = {"application/json": {"schema": schemas[Problem]}}
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    described: dict[str, object] = {"summary": operation.summary, "responses": responses}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.takes is not None:
        content = {"application/json": {"schema": schemas[operation.takes]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.who is not Who.ANYONE:
        described["security"] = [{"bearer": []}]
        described["description"] = f"For {'the admin' if operation.who is Who.ADMIN else 'staff and the admin'}."
    return described


def _content(operation: Operation, schemas: dict[type[msgspec.Struct], dict[str, object]]) -> dict[str, object]:
    if isinstance(operation.gives, str):
        return {operation.gives: {"schema": {}}}
    return {"application/json": {"schema": schemas[operation.gives]}}
