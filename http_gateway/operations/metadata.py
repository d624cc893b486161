"""Describes the software: version, license, and the model under the names that charts read."""

import hashlib
from importlib import metadata
from typing import Any

import orjson
from aiohttp import web

from http_gateway.operations.models import look_up

_DISTRIBUTION = "nemotron-vl"
_API_VERSION = "1.0.0"


async def version(_request: web.Request) -> web.Response:
    """GET /v1/version."""
    return _json({"release": metadata.version(_DISTRIBUTION), "api": _API_VERSION})


async def license_text(_request: web.Request) -> web.Response:
    """GET /v1/license."""
    return _json(_license())


async def describe(request: web.Request) -> web.Response:
    """GET /v1/metadata."""
    model = await look_up(request)
    release = metadata.version(_DISTRIBUTION)
    return _json(
        {
            "version": release,
            "modelInfo": [{"shortName": f"{model.name}:{release}", "modelUrl": model.checkpoint}],
            "assetInfo": [],
            "licenseInfo": _license(),
            "repository_override": "",
            "selectedModelProfileId": "",
        }
    )


def _license() -> dict[str, Any]:
    text = metadata.distribution(_DISTRIBUTION).read_text("licenses/LICENSE") or ""
    return {
        "name": "Apache License 2.0",
        "path": "/LICENSE",
        "sha": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        "size": len(text),
        "url": "https://www.apache.org/licenses/LICENSE-2.0.txt",
        "type": "file",
        "content": text,
    }


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_bytes_response(body, dumps=orjson.dumps)
