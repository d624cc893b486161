"""The served model: as the server describes it, and as entries of GET /v1/models."""

from collections.abc import Iterator
from typing import Any

import grpc
import orjson
from aiohttp import web
from nemotron_vl.v1 import model_pb2

from http_gateway.backend import BACKEND
from http_gateway.edge.requests import call_metadata
from http_gateway.translation.rpc_errors import from_rpc

_TIMEOUT_S = 5.0


async def list_models(request: web.Request) -> web.Response:
    """GET /v1/models."""
    try:
        response = await request.app[BACKEND].models.ListModels(
            model_pb2.ListModelsRequest(), timeout=_TIMEOUT_S, metadata=call_metadata(request)
        )
    except grpc.RpcError as error:
        raise from_rpc(error) from None
    entries = [entry for model in response.models for entry in _entries(model)]
    return _json({"object": "list", "data": entries})


async def get_model(request: web.Request) -> web.Response:
    """GET /v1/models/{model}."""
    name = request.match_info["model"]
    model = await look_up(request, name)
    entries = {entry["id"]: entry for entry in _entries(model)}
    return _json(entries.get(name, entries[model.name]))


async def look_up(request: web.Request, name: str | None = None) -> model_pb2.Model:
    """The model of this name, or the one that is served. Raises ApiError."""
    try:
        response = await request.app[BACKEND].models.GetModel(
            model_pb2.GetModelRequest(name=name),
            timeout=_TIMEOUT_S,
            metadata=call_metadata(request),
        )
    except grpc.RpcError as error:
        raise from_rpc(error) from None
    return response.model


def _entries(model: model_pb2.Model) -> Iterator[dict[str, Any]]:
    """One entry for each name. Only the first is its own root, and so tells clients which model is
    behind the names.
    """
    for name in (model.name, *model.aliases):
        yield {
            "id": name,
            "object": "model",
            "created": model.create_time.seconds,
            "owned_by": "system",
            "root": model.name,
            "parent": None,
            "max_model_len": model.limits.max_model_len,
            "permission": [_permission(name, model.create_time.seconds)],
        }


def _permission(name: str, created: int) -> dict[str, Any]:
    return {
        "id": f"modelperm-{name}",
        "object": "model_permission",
        "created": created,
        "allow_create_engine": False,
        "allow_sampling": True,
        "allow_logprobs": True,
        "allow_search_indices": False,
        "allow_view": True,
        "allow_fine_tuning": False,
        "organization": "*",
        "group": None,
        "is_blocking": False,
    }


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_bytes_response(body, dumps=orjson.dumps)
