"""The language model: a stack of Mamba2, attention and MLP layers in the order of a pattern.

Every layer is a norm and a mixer; the next norm adds the mixer's output to the residual. Positions
are encoded nowhere: the Mamba layers carry the order. A step's decode rows come before its chunks,
so each mixer that looks at other tokens splits once. What follows the last of those mixers is
computed only for the tokens that are sampled from, since nothing else reads it.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.layers import Linear, RMSNorm, SquaredRelu
from inference_server.models.mamba import MambaMixer
from inference_server.ops.attention.kv_store import store_kv
from inference_server.ops.attention.paged_attention import chunk_attention, decode_attention
from inference_server.ops.attention.paged_context import PagedContext


class NemotronH(nn.Module):
    """Embeddings, layers, final norm and output head."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        # Not initialized: normal numbers on the meta device would import all of torch's compiler.
        table = torch.empty(config.vocab_size, config.hidden_size)
        self.embeddings = nn.Embedding.from_pretrained(table, freeze=False)
        self.layers = nn.ModuleList(
            Layer(config, kind, index=config.pattern[:position].count(kind))
            for position, kind in enumerate(config.pattern)
        )
        self.norm_f = RMSNorm(config.hidden_size, config.norm_eps)
        self._last_mixing = max(config.pattern.rfind("M"), config.pattern.rfind("*"))
        self.lm_head = Linear(config.hidden_size, config.vocab_size)

    def forward(self, x: Tensor, batch: Batch, cache: Cache) -> Tensor:
        """Embedded tokens x [T, C] -> hidden [R, C] of the tokens batch.sampled, or of all.

        Writes what the step adds to the cache.
        """
        first, *norms = self.norms
        normed = first(x)
        for position, (mixer, norm) in enumerate(zip(self.mixers, norms, strict=True)):
            rows = batch.sampled if position == self._last_mixing else None
            mixed = mixer(normed, batch, cache, rows)
            normed, x = norm.add(mixed, x if rows is None else x[rows])
        return normed

    @property
    def mixers(self) -> list[nn.Module]:
        return [layer.mixer for layer in cast("Iterable[Layer]", self.layers)]

    @property
    def norms(self) -> list[RMSNorm]:
        """The norm before each mixer, and the last."""
        return [*(layer.norm for layer in cast("Iterable[Layer]", self.layers)), self.norm_f]

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [R, C] -> [R, V] float32"""
        return self.lm_head(hidden).float()


class Layer(nn.Module):
    """A mixer and the norm before it. `index` counts the layers of the same kind before it.

    A mixer takes x [T, C], the batch, the cache and `rows` [R] or None, and returns [T, C], or
    [R, C] for those rows. Only a mixer that looks at other tokens is given rows.
    """

    def __init__(self, config: LanguageConfig, kind: str, *, index: int) -> None:
        super().__init__()
        self.norm = RMSNorm(config.hidden_size, config.norm_eps)
        self.mixer: nn.Module
        match kind:
            case "M":
                self.mixer = MambaMixer(config, index)
            case "*":
                self.mixer = AttentionMixer(config, index)
            case _:
                self.mixer = MLPMixer(config)


class MLPMixer(nn.Module):
    """Two projections without bias around relu(x)². Looks at no other token."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.up_proj = Linear(config.hidden_size, config.intermediate_size)
        self.activation = SquaredRelu()
        self.down_proj = Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor, _batch: Batch, _cache: Cache, _rows: Tensor | None) -> Tensor:
        """x [T, C] -> [T, C]"""
        return self.down_proj(self.activation(self.up_proj(x)))


class AttentionMixer(nn.Module):
    """Causal grouped-query attention."""

    def __init__(self, config: LanguageConfig, index: int) -> None:
        super().__init__()
        self.index = index
        self.head_dim = config.head_dim
        self.sizes = config.qkv_sizes
        # One product: alone, the few heads of keys and of values cannot keep a GPU's memory busy.
        self.qkv_proj = Linear(config.hidden_size, sum(self.sizes))
        self.o_proj = Linear(self.sizes[0], config.hidden_size)

    def forward(self, x: Tensor, batch: Batch, cache: Cache, rows: Tensor | None) -> Tensor:
        """x [T, C] -> [T, C], or [R, C] for `rows`"""
        y = self._attend_cached(*self.project(x), batch, cache).flatten(1)
        return self.o_proj(y if rows is None else y[rows])

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x [T, C] -> queries [T, H, D], keys and values [T, kv heads, D]"""
        parts = self.qkv_proj(x).split(self.sizes, dim=-1)
        q, k, v = (part.unflatten(-1, (-1, self.head_dim)) for part in parts)
        return q, k, v

    def _attend_cached(self, q: Tensor, k: Tensor, v: Tensor, batch: Batch, cache: Cache) -> Tensor:
        keys, values = cache.keys[self.index], cache.values[self.index]
        store_kv(k, v, keys=keys, values=values, positions=batch.kv_positions)
        n = batch.num_decodes
        outputs: list[Tensor] = []
        if n:
            context = PagedContext(keys, values, batch.block_table[:n], batch.num_computed[:n])
            outputs.append(decode_attention(q[:n], context))
        if batch.chunk_lengths:
            context = PagedContext(keys, values, batch.block_table[n:], batch.num_computed[n:])
            longest = max(batch.chunk_lengths)
            chunks = chunk_attention(q[n:], context, bounds=batch.chunk_bounds, max_length=longest)
            outputs.append(chunks)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)
