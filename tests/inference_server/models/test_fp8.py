"""FP8 layers, from a checkpoint with FP8 weights and from one without."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.locate import DEMO_MODEL
from inference_server.engine.execution.cuda_graphs import CudaCapture
from inference_server.engine.startup import load_model as load_model_module
from inference_server.engine.startup.load_model import load_model
from inference_server.models.fp8 import quantize_linears
from inference_server.models.fp8_layers import (
    Fp8GatedGroupNorm,
    Fp8Linear,
    Fp8RMSNorm,
    Fp8SquaredRelu,
)
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.ops.linear.skinny_matmul import can_multiply
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3, E4M3_MAX
from inference_server.prompt.tokenizer import Tokenizer
from tests.inference_server.models.fp8_checkpoint import write_fp8_checkpoint
from tests.inference_server.models.whole import load, logits_of
from tests.inference_server.relative_error import relative_error
from tests.inference_server.rendered import encode_rendered

CPU = torch.device("cpu")
IN_PROJ = "language_model.backbone.layers.0.mixer.in_proj"
OURS = "language_model.layers.0.mixer.in_proj"
PROJECTIONS = {"in_proj", "out_proj", "up_proj", "down_proj"}
PROJECTIONS |= {"qkv_proj", "o_proj"}

# Quantizing to three bits changes a number by about 2.6 %. In some fourteen products in a row both
# factors are quantized, one independently of another, which changes the logits by at most 28**0.5
# times as much; twice that is a bug. A wrong scale changes them by as much as they are.
QUANTIZED = 2 * 28**0.5 * 0.026


@pytest.fixture(scope="session")
def fp8_checkpoint(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return write_fp8_checkpoint(tmp_path_factory.mktemp("fp8"), source=checkpoint)


def random_ids(config: ModelConfig, length: int = 200) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, config.language.vocab_size, (length,), generator=random)


def test_only_the_mixers_projections_are_quantized(checkpoint: Path) -> None:
    model = load(checkpoint, is_fp8=True)
    in_fp8 = [name for name, module in model.named_modules() if isinstance(module, Fp8Linear)]
    assert {name.rpartition(".")[2] for name in in_fp8} == PROJECTIONS
    assert all(name.startswith("language_model.layers.") for name in in_fp8)
    left = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    assert "language_model.lm_head" in left
    assert not any(name.startswith("language_model.layers.") for name in left)


def test_each_output_channel_has_its_scale(checkpoint: Path, model: NemotronNanoVL) -> None:
    layer = load(checkpoint, is_fp8=True).get_submodule(OURS)
    assert isinstance(layer, Fp8Linear)
    assert layer.weight.dtype == E4M3
    assert layer.weight_scale.dtype == torch.float32
    weight = model.get_parameter(f"{OURS}.weight")
    restored = layer.weight.float() * layer.weight_scale[:, None]
    assert (
        (restored - weight).abs() <= weight.abs() / 16 + layer.weight_scale[:, None] / 512
    ).all()
    assert torch.allclose(layer.weight_scale * 448, weight.abs().amax(1))


def test_quantized_model_stays_near_the_original(
    checkpoint: Path, config: ModelConfig, model: NemotronNanoVL
) -> None:
    token_ids = random_ids(config)
    expected = logits_of(model, token_ids)
    found = logits_of(load(checkpoint, is_fp8=True), token_ids)
    assert relative_error(found, expected) < QUANTIZED
    assert (found.argmax(1) == expected.argmax(1)).float().mean() > 0.65


def test_quantized_demo_model_says_the_same() -> None:
    tokenizer = Tokenizer.load(DEMO_MODEL)
    # It was trained to answer this word for word: no two tokens are about equally likely.
    question = {"role": "user", "content": "Who are you?"}
    token_ids = encode_rendered(tokenizer, tokenizer.render([question], None))
    exact, quantized = load(DEMO_MODEL), load(DEMO_MODEL, is_fp8=True)
    for _ in range(12):
        token_ids.append(int(logits_of(exact, torch.tensor(token_ids))[-1].argmax()))
    expected, found = (logits_of(model, torch.tensor(token_ids)) for model in (exact, quantized))
    # Nothing random here. The bound is twice what is seen, to allow sums in another order.
    assert relative_error(found, expected) < 0.11
    assert torch.equal(found[-13:].argmax(1), expected[-13:].argmax(1))


@pytest.mark.parametrize("is_calibrated", [False, True])
def test_quantizing_in_the_layer_before_changes_next_to_nothing(
    checkpoint: Path,
    fp8_checkpoint: Path,
    config: ModelConfig,
    is_calibrated: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = fp8_checkpoint if is_calibrated else checkpoint
    fused = load(path, is_fp8=True)
    kinds = {type(module) for module in fused.modules()}
    assert kinds >= {Fp8RMSNorm, Fp8GatedGroupNorm, Fp8SquaredRelu}
    monkeypatch.setattr(load_model_module, "fuse_quantization", lambda model: None)
    apart = load(path, is_fp8=True)
    assert Fp8RMSNorm not in {type(module) for module in apart.modules()}
    token_ids = random_ids(config, 50)
    assert relative_error(logits_of(fused, token_ids), logits_of(apart, token_ids)) < 1e-3


def test_loaded_model_can_be_quantized_too(
    checkpoint: Path, config: ModelConfig, model: NemotronNanoVL
) -> None:
    quantized = load(checkpoint)
    quantize_linears(quantized)
    token_ids = random_ids(config, 20)
    assert torch.equal(
        logits_of(quantized, token_ids), logits_of(load(checkpoint, is_fp8=True), token_ids)
    )


def test_other_rows_change_no_bit_of_a_quantized_row() -> None:
    rows = quantize_rows(torch.randn(48, 64))
    layer = Fp8Linear(rows.values, rows.scales.flatten())
    x = torch.randn(5, 64)
    loud = torch.cat([x[:1], 1e4 * x[1:]])
    assert torch.equal(layer(x)[0], layer(loud)[0])


def test_calibrated_checkpoint_keeps_its_weights_and_scales(
    fp8_checkpoint: Path, config: ModelConfig, model: NemotronNanoVL
) -> None:
    stored = load_file(fp8_checkpoint / "model.safetensors")
    calibrated = load(fp8_checkpoint)
    layer = calibrated.get_submodule(OURS)
    assert isinstance(layer, Fp8Linear)
    assert torch.equal(layer.weight.float(), stored[f"{IN_PROJ}.weight"].float())
    assert layer.weight_scale.unique() == stored[f"{IN_PROJ}.weight_scale"]
    assert layer.input_scale is not None
    assert layer.input_scale == stored[f"{IN_PROJ}.input_scale"]
    token_ids = random_ids(config)
    assert relative_error(logits_of(calibrated, token_ids), logits_of(model, token_ids)) < QUANTIZED


def test_telling_a_calibrated_checkpoint_to_be_fp8_changes_nothing(
    fp8_checkpoint: Path, config: ModelConfig
) -> None:
    told, untold = load(fp8_checkpoint, is_fp8=True), load(fp8_checkpoint)
    token_ids = random_ids(config, 20)
    assert torch.equal(logits_of(told, token_ids), logits_of(untold, token_ids))


@pytest.fixture
def edited(tmp_path: Path, fp8_checkpoint: Path) -> Callable[[Callable[[dict], object]], Path]:
    """Makes a calibrated checkpoint with an edit of its weights."""

    def edit_weights(edit: Callable[[dict], object]) -> Path:
        for file in fp8_checkpoint.iterdir():
            if file.suffix == ".json":
                (tmp_path / file.name).symlink_to(file)
        tensors = load_file(fp8_checkpoint / "model.safetensors")
        edit(tensors)
        save_file(tensors, tmp_path / "model.safetensors")
        return tmp_path

    return edit_weights


def test_scales_of_a_quantized_cache_are_ignored(
    edited: Callable[[Callable[[dict], object]], Path],
) -> None:
    attention = "language_model.backbone.layers.3.mixer"
    scales = {f"{attention}.{kv}_proj.{kv}_scale": torch.ones(()) for kv in "kv"}
    load(edited(lambda tensors: tensors.update(scales)))


def test_layers_that_are_not_calibrated_stay_in_bfloat16(
    edited: Callable[[Callable[[dict], object]], Path],
) -> None:
    def leave(tensors: dict) -> None:
        tensors[f"{IN_PROJ}.weight"] = tensors[f"{IN_PROJ}.weight"].bfloat16()
        del tensors[f"{IN_PROJ}.weight_scale"], tensors[f"{IN_PROJ}.input_scale"]

    model = load(edited(leave))
    assert isinstance(model.get_submodule(OURS), nn.Linear)
    assert isinstance(model.get_submodule(OURS.replace("in_", "out_")), Fp8Linear)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.pop(f"{IN_PROJ}.weight_scale"), "lacks .*in_proj.weight_scale"),
        (
            lambda t: t.update({f"{IN_PROJ}.weight_scale": torch.ones(3)}),
            r"in_proj.weight_scale has shape \[3\], not \[328\]",
        ),
        (
            lambda t: t.update({"mlp1.1.weight": t["mlp1.1.weight"].to(E4M3)}),
            r"mlp1\.1\.weight is in FP8",
        ),
    ],
)
def test_fp8_that_does_not_fit_is_refused_by_name(
    edited: Callable[[Callable[[dict], object]], Path],
    edit: Callable[[dict], object],
    message: str,
) -> None:
    with pytest.raises(CheckpointError, match=message):
        load(edited(edit))


@pytest.mark.gpu
def test_device_and_reference_agree(checkpoint: Path, config: ModelConfig) -> None:
    """Sums differ in their last bits, which may round a value to the next step of e4m3."""
    cuda = torch.device("cuda")
    model = load_model(checkpoint, config, device=cuda, dtype=torch.float32, is_fp8=True)
    token_ids = random_ids(config)
    expected = logits_of(load(checkpoint, is_fp8=True), token_ids)
    assert relative_error(logits_of(model, token_ids.cuda()).cpu(), expected) < 0.05


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("num_rows", [1, 17, 64])
@pytest.mark.parametrize("is_calibrated", [False, True])
def test_replayed_layer_gives_the_bits_of_an_eager_one(num_rows: int, is_calibrated: bool) -> None:
    cuda = torch.device("cuda")
    rows = quantize_rows(torch.randn(80, 512, device=cuda))
    # A calibration up to three: more than one value in a thousand is clipped.
    scale = torch.full((1,), 3.0 / E4M3_MAX, device=cuda) if is_calibrated else None
    layer = Fp8Linear(rows.values, rows.scales.flatten(), scale)
    x = torch.randn(num_rows, 512, device=cuda, dtype=torch.bfloat16)
    y = torch.empty(num_rows, 80, device=cuda, dtype=torch.bfloat16)
    assert can_multiply(x)

    def work() -> None:
        y.copy_(layer(x))

    replay = CudaCapture()(work)
    for _ in range(2):
        x.normal_()
        y.fill_(torch.nan)
        replay()
        assert torch.equal(y, layer(x))
