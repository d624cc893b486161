import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.errors import CheckpointError

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def edited(tmp_path: Path, checkpoint: Path) -> Callable[[Edit], Path]:
    """Makes a folder with an edit of its config.json."""

    def edit_config(edit: Edit) -> Path:
        for name in ("config.json", "preprocessor_config.json", "tokenizer.json"):
            shutil.copy(checkpoint / name, tmp_path / name)
        values = json.loads((tmp_path / "config.json").read_text())
        edit(values)
        (tmp_path / "config.json").write_text(json.dumps(values))
        return tmp_path

    return edit_config


RELEASED_LLM = {
    "vocab_size": 132096,
    "hidden_size": 5120,
    "hybrid_override_pattern": "M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M-",
    "intermediate_size": 20480,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "attention_head_dim": 128,
    "mamba_num_heads": 128,
    "mamba_head_dim": 80,
    "n_groups": 8,
    "ssm_state_size": 128,
    "chunk_size": 128,
}


def test_sizes_that_the_released_files_leave_out_come_from_the_encoders_name(
    edited: Callable[[Edit], Path],
) -> None:
    def release(values: dict[str, Any]) -> None:
        values |= {"force_image_size": 512, "projector_hidden_size": 20480}
        values["llm_config"] |= RELEASED_LLM
        args = values["vision_config"]["args"]
        for key in ("embed_dim", "depth", "num_heads", "mlp_hidden"):
            del args[key]
        args |= {"model": "vit_huge_patch16_224", "cpe_max_size": 2048, "in_chans": None}

    config = ModelConfig.load(edited(release))
    vision, llm = config.vision, config.language
    assert (vision.hidden_size, vision.depth, vision.num_heads) == (1280, 32, 16)
    assert (vision.mlp_size, vision.num_prefix_tokens, vision.position_grid) == (5120, 16, 128)
    assert (llm.d_inner, llm.conv_dim, llm.head_dim) == (10240, 12288, 128)
    assert config.tokens_per_tile == 256
    assert config.max_tiles == 12


def test_infinity_is_accepted(checkpoint: Path) -> None:
    assert "Infinity" in (checkpoint / "config.json").read_text()
    assert ModelConfig.load(checkpoint).language.time_step_limit == (0.0, float("inf"))


def test_folder_without_preprocessor_file_gets_its_released_limits(
    edited: Callable[[Edit], Path],
) -> None:
    path = edited(lambda _: None)
    (path / "preprocessor_config.json").unlink()
    assert ModelConfig.load(path).max_tiles == 12


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.update(sound_config={}), "sound encoder"),
        (lambda v: v["llm_config"].update(n_routed_experts=128), "mixture of experts"),
        (lambda v: v["llm_config"].update(hybrid_override_pattern="MEM*"), "mixture of experts"),
        (lambda v: v["vision_config"]["args"].update(min_num_patches=4), "dynamic resolution"),
        (lambda v: v["vision_config"].update(video_temporal_patch_size=2), "join video frames"),
        (lambda v: v.update(video_target_num_patches=4), "join video frames"),
        (
            lambda v: v.update(quantization_config={"quant_algo": "NVFP4"}),
            "Quantization NVFP4 is not supported",
        ),
        (lambda v: v.update(architectures=["LlamaForCausalLM"]), "LlamaForCausalLM"),
        (lambda v: v.update(ps_version="v1"), "ps_version = 'v1'"),
        (lambda v: v.update(downsample_ratio=0.25), "downsample_ratio is 0.25"),
        (lambda v: v["vision_config"]["args"].update(model_norm=True), "model_norm = True"),
        (lambda v: v["llm_config"].update(mlp_hidden_act="silu"), "mlp_hidden_act = 'silu'"),
        (lambda v: v["llm_config"].update(tie_word_embeddings=True), "tie_word_embeddings = True"),
        (lambda v: v["llm_config"].pop("ssm_state_size"), "llm_config has no ssm_state_size"),
        (lambda v: v.pop("vision_config"), "config.json has no vision_config"),
        (lambda v: v["llm_config"].update(n_groups="2"), "n_groups = '2', which is not a number"),
        (lambda v: v["llm_config"].update(n_groups=2.5), "n_groups = 2.5, which is not an integer"),
        (lambda v: v.update(norm_mean=[0.5]), "not 3 numbers"),
        (lambda v: v["llm_config"].update(n_groups=3), "Mamba heads / groups is 8 / 3"),
        (lambda v: v["llm_config"].update(n_groups=0), "n_groups = 0, which is less than 1"),
        (lambda v: v["llm_config"].update(hybrid_override_pattern="M-X"), "'M-X'"),
        (lambda v: v["llm_config"].update(hybrid_override_pattern="M-M-"), "lacks M or *"),
        (lambda v: v["llm_config"].update(hybrid_override_pattern="*-"), "lacks M or *"),
        (lambda v: v["llm_config"].update(hybrid_override_pattern=7), "which is not a string"),
        (lambda v: v["llm_config"].update(time_step_limit=[0.0]), "not 2 numbers"),
        (lambda v: v.update(torch_dtype="float8_e4m3fn"), "torch_dtype 'float8_e4m3fn'"),
        (lambda v: v["vision_config"]["args"].pop("embed_dim"), "'vit_random_patch16_224'"),
    ],
)
def test_unsupported_values_are_refused_by_name(
    edited: Callable[[Edit], Path], edit: Edit, message: str
) -> None:
    with pytest.raises(CheckpointError) as refusal:
        ModelConfig.load(edited(edit))
    assert message in str(refusal.value)


def test_quantization_may_be_in_a_file_of_its_own(edited: Callable[[Edit], Path]) -> None:
    path = edited(lambda v: v.update(quantization_config={"quant_algo": "FP8"}))
    told = {"quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}}
    (path / "hf_quant_config.json").write_text(json.dumps(told))
    ModelConfig.load(path)
    told["quantization"]["quant_algo"] = "W4A16_AWQ"
    (path / "hf_quant_config.json").write_text(json.dumps(told))
    with pytest.raises(CheckpointError, match="Quantization W4A16_AWQ is not supported"):
        ModelConfig.load(path)


def test_tokenizer_of_another_model_is_refused(edited: Callable[[Edit], Path]) -> None:
    path = edited(lambda _: None)
    added = {"added_tokens": [{"id": 18, "content": "<image>"}]}
    (path / "tokenizer.json").write_text(json.dumps(added))
    with pytest.raises(CheckpointError, match="the tokenizer's <image> is token 18"):
        ModelConfig.load(path)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        ModelConfig.load(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json is not JSON"):
        ModelConfig.load(tmp_path)
