"""Makes one product of an attention layer's three: fewer launches, and for few rows a wide one.

The keys' and the values' weights, of few heads, are too narrow to keep a GPU's memory busy alone.
"""

from collections.abc import Sequence

import torch
from torch import nn

from inference_server.models.fp8_layers import Fp8Linear, common_input_scale
from inference_server.models.layers import Linear
from inference_server.models.nemotron_h import AttentionMixer


def join_projections(model: nn.Module) -> None:
    """Replaces the q_proj, k_proj and v_proj of a loaded model by qkv_proj, for inference.

    Its parameters no longer go by their released names. Layers of which a calibration rounded some
    projections and others not keep them apart.
    """
    for mixer in [module for module in model.modules() if isinstance(module, AttentionMixer)]:
        if mixer.qkv_proj is None and (joined := _joined(mixer.projections)):
            mixer.q_proj = mixer.k_proj = mixer.v_proj = None
            mixer.qkv_proj = joined


def _joined(parts: Sequence[nn.Module]) -> nn.Module | None:
    plain = [part for part in parts if isinstance(part, Linear)]
    rounded = [part for part in parts if isinstance(part, Fp8Linear)]
    if len(plain) == len(parts):
        return Linear.holding(torch.cat([part.weight for part in plain]))
    if len(rounded) == len(parts):
        return Fp8Linear(
            torch.cat([part.weight for part in rounded]),
            torch.cat([part.weight_scale for part in rounded]),
            common_input_scale(rounded),
        )
    return None
