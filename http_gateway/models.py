"""A Model of the contract as entries of GET /v1/models."""

from collections.abc import Iterator
from typing import Any

from nemotron_vl.v1 import model_pb2


def model_entries(model: model_pb2.Model) -> Iterator[dict[str, Any]]:
    """One entry for each name. Only the first has itself as its root, and so is found by those
    who look for the model behind the names.
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
