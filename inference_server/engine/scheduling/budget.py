"""The most tokens and tiles that one step may process."""

from dataclasses import dataclass

from inference_server.config import EngineConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of one step; the last two apply to chunks in a step that also has decodes."""

    max_num_tokens: int
    max_num_tiles: int
    max_tokens_beside_decodes: int
    max_tiles_beside_decodes: int


def choose_budget(config: EngineConfig, device_type: str) -> Budget:
    """Defaults for what is not set: enough to keep a GPU busy, less on a "cpu"."""
    num_tokens, num_tiles = (2048, 16) if device_type == "cpu" else (8192, 26)
    return Budget(
        max_num_tokens=config.max_num_batched_tokens or num_tokens,
        max_num_tiles=config.max_tiles_per_step or num_tiles,
        max_tokens_beside_decodes=config.max_tokens_beside_decodes,
        max_tiles_beside_decodes=config.max_tiles_beside_decodes,
    )
