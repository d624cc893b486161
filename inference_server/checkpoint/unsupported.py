"""Refuses models that were released under similar names but need other code.

Looks only at the files.
"""

from pathlib import Path

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.json_file import JsonObject, read_json

_ARCHITECTURE = "NemotronH_Nano_VL_V2"


def refuse_unsupported(path: Path, root: JsonObject) -> None:
    """Raises CheckpointError unless the folder holds our model. `root` is its config.json."""
    _refuse_architecture(root)
    _refuse_omni(root)
    _refuse_quantization(path, root)
    _refuse_tokenizer(path, root.integer("img_context_token_id"))


def _refuse_architecture(root: JsonObject) -> None:
    if root.get("architectures", [_ARCHITECTURE]) != [_ARCHITECTURE]:
        raise CheckpointError(
            f"The checkpoint's architecture is {root['architectures']!r}, not {_ARCHITECTURE}."
        )


def _refuse_omni(root: JsonObject) -> None:
    """Early releases of the Omni model have our architecture's name."""
    if root.get("sound_config") is not None:
        raise CheckpointError("Checkpoints with a sound encoder (Omni) are not supported.")
    llm, vision = root.section("llm_config"), root.section("vision_config")
    if llm.get("n_routed_experts") is not None or "E" in llm.text("hybrid_override_pattern"):
        raise CheckpointError("Checkpoints with a mixture of experts (Omni) are not supported.")
    places = (root, vision, vision.section("args"))
    if any(place.get("min_num_patches") is not None for place in places):
        raise CheckpointError("Checkpoints with dynamic resolution (Omni) are not supported.")
    if any(place.get("video_target_num_patches") is not None for place in places) or any(
        place.integer("video_temporal_patch_size", 1) > 1 for place in places
    ):
        raise CheckpointError("Checkpoints that join video frames (Omni) are not supported.")


def _refuse_quantization(path: Path, root: JsonObject) -> None:
    """ModelOpt names its algorithm in one or two files. Each tensor's dtype tells the rest."""
    file = path / "hf_quant_config.json"
    places = [read_json(file).section("quantization")] if file.exists() else []
    if root.get("quantization_config") is not None:
        places.append(root.section("quantization_config"))
    for algorithm in (place.get("quant_algo") for place in places):
        if algorithm != "FP8":
            raise CheckpointError(
                f"Quantization {algorithm} is not supported, except FP8 made by ModelOpt. "
                "Use the BF16 or the FP8 checkpoint."
            )


def _refuse_tokenizer(path: Path, image_token_id: int) -> None:
    """The tokenizers of other models give <image> another id."""
    file = path / "tokenizer.json"
    added = read_json(file).get("added_tokens", []) if file.exists() else []
    id_by_token = {token["content"]: token["id"] for token in added}
    if id_by_token.get("<image>", image_token_id) != image_token_id:
        raise CheckpointError(
            f"config.json has img_context_token_id = {image_token_id}, but the tokenizer's <image> "
            f"is token {id_by_token['<image>']}."
        )
