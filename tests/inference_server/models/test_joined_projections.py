from pathlib import Path

import pytest
import torch
from torch import nn

from inference_server.models.fp8 import quantize_linears
from inference_server.models.fp8_layers import Fp8Linear, Fp8RMSNorm
from inference_server.models.joined_projections import join_projections
from inference_server.models.nemotron_h import AttentionMixer
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.ops.quantized.quantize import quantize_rows
from tests.inference_server.models.fp8_checkpoint import write_fp8_checkpoint
from tests.inference_server.models.whole import load, logits_of
from tests.inference_server.relative_error import relative_error

TOKEN_IDS = torch.arange(40, 100)


def attention(model: NemotronNanoVL) -> AttentionMixer:
    return next(module for module in model.modules() if isinstance(module, AttentionMixer))


@pytest.mark.parametrize("is_fp8", [False, True])
def test_one_product_says_what_three_did(checkpoint: Path, is_fp8: bool) -> None:
    model = load(checkpoint, is_fp8=is_fp8)
    num_weights = sum(parameter.numel() for parameter in model.parameters())
    expected = logits_of(model, TOKEN_IDS)
    join_projections(model)
    (projection,) = attention(model).projections
    assert isinstance(projection, Fp8Linear) == is_fp8
    assert sum(parameter.numel() for parameter in model.parameters()) == num_weights
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert relative_error(logits_of(model, TOKEN_IDS), expected) < 1e-5
    join_projections(model)
    assert attention(model).projections == [projection]


def test_calibrated_layers_round_by_the_largest_of_their_scales(
    tmp_path: Path, checkpoint: Path
) -> None:
    model = load(write_fp8_checkpoint(tmp_path, source=checkpoint))
    parts = attention(model).projections
    scales = [part.input_scale for part in parts if isinstance(part, Fp8Linear)]
    largest = max(float(scale) for scale in scales if scale is not None)
    join_projections(model)
    (joined,) = attention(model).projections
    assert isinstance(joined, Fp8Linear)
    assert joined.input_scale is not None
    assert float(joined.input_scale) == largest


def test_layers_of_two_kinds_stay_apart(checkpoint: Path) -> None:
    model = load(checkpoint)
    mixer = attention(model)
    assert isinstance(mixer.k_proj, nn.Linear)
    rows = quantize_rows(mixer.k_proj.weight)
    mixer.k_proj = Fp8Linear(rows.values, rows.scales.flatten())
    expected = logits_of(model, TOKEN_IDS)
    join_projections(model)
    assert len(mixer.projections) == 3
    assert torch.equal(logits_of(model, TOKEN_IDS), expected)


def test_joined_model_can_be_rounded(checkpoint: Path) -> None:
    apart, joined = load(checkpoint), load(checkpoint)
    join_projections(joined)
    for model in (apart, joined):
        quantize_linears(model)
    (projection,) = attention(joined).projections
    assert isinstance(projection, Fp8Linear)
    norms = [module for module in joined.modules() if isinstance(module, Fp8RMSNorm)]
    assert len(norms) == len(joined.language_model.layers)
    assert relative_error(logits_of(joined, TOKEN_IDS), logits_of(apart, TOKEN_IDS)) < 1e-5
