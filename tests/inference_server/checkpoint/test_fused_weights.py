"""Queries, keys and values are stored apart and computed as one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.weights import released_tensors, unfused
from inference_server.models.fp8_layers import Fp8Linear
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3
from tests.inference_server.models.fp8_checkpoint import write_fp8_checkpoint
from tests.inference_server.models.whole import load, logits_of

STORED = "language_model.backbone.layers.3.mixer"
OURS = "language_model.layers.3.mixer.qkv_proj"
PARTS = [f"{STORED}.{part}_proj" for part in "qkv"]
TOKEN_IDS = torch.arange(40, 100)
Tensors = dict[str, Tensor]
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def fp8_checkpoint(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return write_fp8_checkpoint(tmp_path_factory.mktemp("fp8"), source=checkpoint)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes tensors beside the configuration of another checkpoint, `first` of them in a file."""

    def write_tensors(source: Path, tensors: Tensors, *, first: tuple[str, ...] = ()) -> Path:
        for file in source.glob("*.json"):
            (tmp_path / file.name).symlink_to(file)
        last = [name for name in tensors if name not in first]
        weight_map: dict[str, str] = {}
        for file, names in (("1.safetensors", list(first)), ("2.safetensors", last)):
            save_file({name: tensors[name] for name in names}, tmp_path / file)
            weight_map |= dict.fromkeys(names, file)
        index = json.dumps({"weight_map": weight_map})
        (tmp_path / "model.safetensors.index.json").write_text(index)
        return tmp_path

    return write_tensors


def read(path: Path) -> Tensors:
    return load_file(path / "model.safetensors")


def leave_in_bfloat16(tensors: Tensors, exact: Tensors, part: str) -> None:
    """Imitates a calibration that passes over one of the three projections."""
    tensors[f"{part}.weight"] = exact[f"{part}.weight"]
    del tensors[f"{part}.weight_scale"], tensors[f"{part}.input_scale"]


def test_fused_rows_are_those_of_the_parts_in_their_order(checkpoint: Path) -> None:
    stored = read(checkpoint)
    expected = torch.cat([stored[f"{part}.weight"] for part in PARTS])
    assert torch.equal(load(checkpoint).get_parameter(f"{OURS}.weight"), expected.float())


@pytest.mark.parametrize("first", ["q", "k", "v", "vk", "qv"])
@pytest.mark.parametrize("is_fp8", [False, True])
def test_parts_may_come_in_any_order_from_any_file(
    checkpoint: Path, write: Write, first: str, is_fp8: bool
) -> None:
    names = tuple(f"{STORED}.{part}_proj.weight" for part in first)
    path = write(checkpoint, read(checkpoint), first=names)
    expected = dict(load(checkpoint, is_fp8=is_fp8).named_parameters())
    found = dict(load(path, is_fp8=is_fp8).named_parameters())
    assert found.keys() == expected.keys()
    for name, parameter in found.items():
        assert torch.equal(parameter.float(), expected[name].float()), name


def test_each_part_is_quantized_as_if_it_were_alone(checkpoint: Path) -> None:
    layer = load(checkpoint, is_fp8=True).get_submodule(OURS)
    assert isinstance(layer, Fp8Linear)
    rows = [quantize_rows(read(checkpoint)[f"{part}.weight"]) for part in PARTS]
    expected = torch.cat([part.values.float() for part in rows])
    assert torch.equal(layer.weight.float(), expected)
    assert torch.equal(layer.weight_scale, torch.cat([part.scales.flatten() for part in rows]))
    assert layer.input_scale is None


def test_calibrated_parts_keep_their_weights_and_share_the_largest_input_scale(
    fp8_checkpoint: Path, write: Write
) -> None:
    stored = read(fp8_checkpoint)
    for part, scale in zip(PARTS, (0.25, 0.75, 0.5), strict=True):
        stored[f"{part}.input_scale"] = torch.tensor(scale)
    model = load(write(fp8_checkpoint, stored))
    layer = model.get_submodule(OURS)
    assert isinstance(layer, Fp8Linear)
    weights = torch.cat([stored[f"{part}.weight"].float() for part in PARTS])
    assert torch.equal(layer.weight.float(), weights)
    scales = torch.cat([stored[f"{part}.weight_scale"].view(1) for part in PARTS])
    expected = scales.repeat_interleave(torch.tensor(model.config.language.qkv_sizes))
    assert torch.equal(layer.weight_scale, expected)
    assert layer.input_scale is not None
    assert layer.input_scale.tolist() == [0.75]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("is_scale_first", [False, True])
def test_a_layer_partly_in_fp8_is_dequantized(
    checkpoint: Path, fp8_checkpoint: Path, write: Write, part: str, is_scale_first: bool
) -> None:
    stored, exact = read(fp8_checkpoint), read(checkpoint)
    leave_in_bfloat16(stored, exact, part)
    scales = tuple(f"{other}.weight_scale" for other in PARTS if other != part)
    model = load(write(fp8_checkpoint, stored, first=scales if is_scale_first else ()))
    layer = model.get_submodule(OURS)
    assert isinstance(layer, nn.Linear)
    expected = [
        stored[f"{name}.weight"].float() * stored.get(f"{name}.weight_scale", torch.ones(()))
        for name in PARTS
    ]
    assert layer.weight.dtype == torch.float32
    assert torch.equal(layer.weight, torch.cat(expected))
    assert isinstance(model.get_submodule(OURS.replace("qkv", "o")), Fp8Linear)
    assert logits_of(model, TOKEN_IDS).isfinite().all()


def test_dequantized_weights_are_of_the_models_dtype(
    checkpoint: Path, fp8_checkpoint: Path, write: Write
) -> None:
    stored = read(fp8_checkpoint)
    leave_in_bfloat16(stored, read(checkpoint), PARTS[0])
    path = write(fp8_checkpoint, stored)
    model = load(path, dtype=torch.bfloat16)
    exact = load(path).get_parameter(f"{OURS}.weight")
    assert torch.equal(model.get_parameter(f"{OURS}.weight"), exact.bfloat16())


def test_a_layer_partly_in_fp8_is_quantized_where_fp8_is_asked_for(
    checkpoint: Path, fp8_checkpoint: Path, write: Write
) -> None:
    stored, exact = read(fp8_checkpoint), read(checkpoint)
    leave_in_bfloat16(stored, exact, PARTS[1])
    layer = load(write(fp8_checkpoint, stored), is_fp8=True).get_submodule(OURS)
    assert isinstance(layer, Fp8Linear)
    k = quantize_rows(exact[f"{PARTS[1]}.weight"])
    rows = slice(64, 64 + len(k.values))
    assert torch.equal(layer.weight[rows].float(), k.values.float())
    assert torch.equal(layer.weight_scale[rows], k.scales.flatten())
    assert layer.input_scale is not None
    assert layer.input_scale == stored[f"{PARTS[0]}.input_scale"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda t: t.pop(f"{PARTS[0]}.weight"),
            r"lacks .*backbone\.layers\.3.*\.q_proj\.weight",
        ),
        (
            lambda t: t.update({f"{PARTS[2]}.weight": torch.ones(3, 64)}),
            r"backbone\.layers\.3\.mixer\.v_proj\.weight has shape \[3, 64\], not \[32, 64\]",
        ),
        (
            lambda t: t.update({f"{STORED}.qkv_proj.weight": torch.ones(128, 64)}),
            r"no place for .*qkv_proj\.weight",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(
    checkpoint: Path, write: Write, edit: Callable[[Tensors], object], message: str
) -> None:
    tensors = read(checkpoint)
    edit(tensors)
    with pytest.raises(CheckpointError, match=message):
        load(write(checkpoint, tensors))


def test_a_part_in_fp8_needs_its_scale(
    checkpoint: Path, fp8_checkpoint: Path, write: Write
) -> None:
    stored = read(fp8_checkpoint)
    leave_in_bfloat16(stored, read(checkpoint), PARTS[0])
    del stored[f"{PARTS[1]}.weight_scale"]
    with pytest.raises(CheckpointError, match=r"lacks .*k_proj\.weight_scale"):
        load(write(fp8_checkpoint, stored))


def test_quantized_parts_go_back_under_their_released_names(fp8_checkpoint: Path) -> None:
    model, stored = load(fp8_checkpoint), read(fp8_checkpoint)
    written = dict(released_tensors(model, model.config.language))
    for part in PARTS:
        assert written[f"{part}.weight"].dtype == E4M3
        assert torch.equal(written[f"{part}.weight"].float(), stored[f"{part}.weight"].float())


def test_a_step_on_each_part_is_a_step_on_the_fused_parameter(checkpoint: Path) -> None:
    """Some trainers update each matrix on its own."""
    model = load(checkpoint)
    fused = model.get_parameter(f"{OURS}.weight")
    before = fused.detach().clone()
    fused.grad = torch.arange(float(fused.numel())).view_as(fused)
    language: LanguageConfig = model.config.language
    parts = dict(unfused([(f"{OURS}.weight", fused.detach())], language))
    gradients = dict(unfused([(f"{OURS}.weight", fused.grad)], language))
    assert list(parts) == [name.replace("backbone.", "") + ".weight" for name in PARTS]
    for name, part in parts.items():
        part.sub_(gradients[name])
    assert torch.equal(fused, before - fused.grad)
