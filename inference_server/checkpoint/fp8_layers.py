"""Finds the layers that a checkpoint holds in FP8."""

from collections.abc import Mapping
from dataclasses import dataclass

from inference_server.checkpoint.names import parameter_of
from inference_server.checkpoint.stored_tensor import StoredTensor
from inference_server.ops.quantized_rows import E4M3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fp8Layers:
    """Layers by the model's names.

    stored      those whose weights are in FP8, a fused one if all its parts are; with the released
                name of a weight
    calibrated  those that have an input scale, a fused one if any of its parts has
    """

    stored: Mapping[str, str]
    calibrated: frozenset[str]


def fp8_layers(stored: Mapping[str, StoredTensor]) -> Fp8Layers:
    """Finds them among a checkpoint's tensors, which go by the names of the model's parts."""
    tensors_by_parameter: dict[str, list[StoredTensor]] = {}
    for part, tensor in stored.items():
        tensors_by_parameter.setdefault(parameter_of(part), []).append(tensor)
    return Fp8Layers(
        stored={
            parameter.removesuffix(".weight"): tensors[0].name
            for parameter, tensors in tensors_by_parameter.items()
            if all(tensor.dtype == E4M3 for tensor in tensors)
        },
        calibrated=frozenset(
            parameter.removesuffix(".input_scale")
            for parameter in tensors_by_parameter
            if parameter.endswith(".input_scale")
        ),
    )
