"""Tells this model from those that were released under the same names and need other code.

Refuses each in one sentence. Knows the files, not what they become.
"""

from pathlib import Path

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.json_file import JsonObject, read_json

_ARCHITECTURE = "NemotronH_Nano_VL_V2"


def refuse_relatives(path: Path, root: JsonObject) -> None:
    """Raises CheckpointError unless the folder, whose config.json is root, holds our model."""
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
    """Early builds of the later model bear our architecture's name."""
    if root.get("sound_config") is not None:
        raise CheckpointError("Checkpoints with a sound encoder (Omni) are not implemented.")
    llm, vision = root.section("llm_config"), root.section("vision_config")
    if llm.get("n_routed_experts") is not None or "E" in llm.text("hybrid_override_pattern"):
        raise CheckpointError("Checkpoints with a mixture of experts (Omni) are not implemented.")
    places = (root, vision, vision.section("args"))
    if any(place.get("min_num_patches") is not None for place in places):
        raise CheckpointError("Checkpoints of dynamic resolution (Omni) are not implemented.")
    if any(place.get("video_target_num_patches") is not None for place in places) or any(
        place.integer("video_temporal_patch_size", 1) > 1 for place in places
    ):
        raise CheckpointError("Checkpoints that join video frames (Omni) are not implemented.")


def _refuse_quantization(path: Path, root: JsonObject) -> None:
    """ModelOpt says in one file or two what it did; which tensors it rounded, they say."""
    file = path / "hf_quant_config.json"
    places = [read_json(file).section("quantization")] if file.exists() else []
    if root.get("quantization_config") is not None:
        places.append(root.section("quantization_config"))
    for algorithm in (place.get("quant_algo") for place in places):
        if algorithm != "FP8":
            raise CheckpointError(
                f"Quantised checkpoints ({algorithm}) are not implemented, save FP8 by ModelOpt; "
                "use the BF16 or the FP8 one."
            )


def _refuse_tokenizer(path: Path, image_token_id: int) -> None:
    """The relatives' tokenizers have <image> in another place."""
    file = path / "tokenizer.json"
    added = read_json(file).get("added_tokens", []) if file.exists() else []
    id_by_token = {token["content"]: token["id"] for token in added}
    if id_by_token.get("<image>", image_token_id) != image_token_id:
        raise CheckpointError(
            f"config.json has img_context_token_id = {image_token_id}, but the tokenizer's <image> "
            f"is {id_by_token['<image>']}."
        )
