"""The memory of running sequences: keys and values in blocks, Mamba states in slots."""

from dataclasses import dataclass

import torch
from torch import Tensor

from inference_server.checkpoint.config import LanguageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """One entry for each layer of a kind, in layer order. Block 0 and slot 0 are for padding rows.

    keys, values  [num_blocks, block_size, kv heads, D]
    conv          [num_slots, K - 1, conv channels], the last inputs of each convolution
    ssm           [num_slots, H, P, N]
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    conv: tuple[Tensor, ...]
    ssm: tuple[Tensor, ...]

    @property
    def block_size(self) -> int:
        return self.keys[0].shape[1]

    @classmethod
    def allocate(
        cls,
        config: LanguageConfig,
        *,
        num_blocks: int,
        block_size: int,
        num_slots: int,
        device: torch.device,
        dtype: torch.dtype,
        ssm_dtype: torch.dtype,
    ) -> "Cache":
        """Zeroed memory for blocks and slots, including those for padding rows."""
        kv = (num_blocks, block_size, config.num_key_value_heads, config.head_dim)
        conv = (num_slots, config.conv_kernel - 1, config.conv_dim)
        ssm = (num_slots, config.mamba_num_heads, config.mamba_head_dim, config.ssm_state_size)
        num_attention, num_mamba = config.pattern.count("*"), config.pattern.count("M")

        def zeros(shape: tuple[int, ...], dtype: torch.dtype, count: int) -> tuple[Tensor, ...]:
            return tuple(torch.zeros(shape, device=device, dtype=dtype) for _ in range(count))

        return cls(
            keys=zeros(kv, dtype, num_attention),
            values=zeros(kv, dtype, num_attention),
            conv=zeros(conv, dtype, num_mamba),
            ssm=zeros(ssm, ssm_dtype, num_mamba),
        )
