"""The language model: a stack of Mamba2, attention and MLP layers in the order of a pattern.

Every layer is a norm and a mixer; the next norm adds what the mixer made to the residual. Positions
are nowhere encoded: the Mamba layers carry the order. A step's decode rows stand before its chunks,
so each mixer that looks at other tokens splits once. What follows the last of those is computed for
the tokens alone that are sampled from: of a prompt nobody else reads it. Without a cache each chunk
is a whole sequence, nothing is written, and everything is differentiable.
"""

import torch
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.layers import Linear, RMSNorm, SquaredReluMLP
from inference_server.models.mamba import MambaMixer
from inference_server.ops.attention.kv_store import store_kv
from inference_server.ops.attention.paged_attention import (
    chunk_attention,
    decode_attention,
    fresh_attention,
)


class NemotronH(nn.Module):
    """Embeddings, layers, final norm and output head."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        # Not drawn: normal numbers on the meta device would import all of torch's compiler.
        table = torch.empty(config.vocab_size, config.hidden_size)
        self.embeddings = nn.Embedding.from_pretrained(table, freeze=False)
        self.layers = nn.ModuleList(
            Layer(config, kind, index=config.pattern[:position].count(kind))
            for position, kind in enumerate(config.pattern)
        )
        self.norm_f = RMSNorm(config.hidden_size, config.norm_eps)
        self._last_mixing = max(config.pattern.rfind("M"), config.pattern.rfind("*"))
        self.lm_head = Linear(config.hidden_size, config.vocab_size)

    def forward(self, x: Tensor, batch: Batch, cache: Cache | None) -> Tensor:
        """Embedded tokens x [T, C] -> hidden [R, C] of those of batch.sampled, or of all.

        Writes to the cache what the step adds.
        """
        norms = [*(layer.norm for layer in self.layers), self.norm_f]
        normed = norms[0](x)
        for position, (layer, norm) in enumerate(zip(self.layers, norms[1:], strict=True)):
            rows = batch.sampled if position == self._last_mixing else None
            mixed = layer(normed, batch, cache, rows)
            normed, x = norm.add(mixed, x if rows is None else x[rows])
        return normed

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [R, C] -> [R, V] float32"""
        return self.lm_head(hidden).float()


class Layer(nn.Module):
    """A mixer and the norm before it. `index` counts the layers of the same kind before it."""

    def __init__(self, config: LanguageConfig, kind: str, *, index: int) -> None:
        super().__init__()
        width = config.hidden_size
        self.norm = RMSNorm(width, config.norm_eps)
        self.mixer: nn.Module
        match kind:
            case "M":
                self.mixer = MambaMixer(config, index)
            case "*":
                self.mixer = AttentionMixer(config, index)
            case _:
                self.mixer = SquaredReluMLP(width, config.intermediate_size, width)

    def forward(self, x: Tensor, batch: Batch, cache: Cache | None, rows: Tensor | None) -> Tensor:
        """x [T, C], normed -> what the mixer makes of it [T, C]

        Of a mixer that looks at other tokens, those of `rows` alone [R, C] where they are given.
        """
        if isinstance(self.mixer, SquaredReluMLP):
            return self.mixer(x)
        return self.mixer(x, batch, cache, rows)


class AttentionMixer(nn.Module):
    """Causal grouped-query attention."""

    def __init__(self, config: LanguageConfig, index: int) -> None:
        super().__init__()
        self.index = index
        self.head_dim = config.head_dim
        query_size = config.num_attention_heads * config.head_dim
        kv_size = config.num_key_value_heads * config.head_dim
        self.sizes = (query_size, kv_size, kv_size)
        self.q_proj: nn.Module | None = Linear(config.hidden_size, query_size)
        self.k_proj: nn.Module | None = Linear(config.hidden_size, kv_size)
        self.v_proj: nn.Module | None = Linear(config.hidden_size, kv_size)
        # In place of the three: models/joined_projections.py
        self.qkv_proj: nn.Module | None = None
        self.o_proj = Linear(query_size, config.hidden_size)

    def forward(self, x: Tensor, batch: Batch, cache: Cache | None, rows: Tensor | None) -> Tensor:
        """x [T, C] -> [T, C], or those of `rows` [R, C]"""
        projected = [project(x) for project in self.projections]
        if self.qkv_proj is not None:
            projected = projected[0].split(self.sizes, dim=-1)
        q, k, v = (part.unflatten(-1, (-1, self.head_dim)) for part in projected)
        if cache is None:
            y = fresh_attention(q, k, v, lengths=batch.chunk_lengths)
        else:
            y = self._attend_cached(q, k, v, batch, cache)
        y = y.flatten(1)
        return self.o_proj(y if rows is None else y[rows])

    @property
    def projections(self) -> list[nn.Module]:
        """What makes queries, keys and values of x: three layers or one."""
        layers = (self.q_proj, self.k_proj, self.v_proj, self.qkv_proj)
        return [layer for layer in layers if layer is not None]

    def _attend_cached(self, q: Tensor, k: Tensor, v: Tensor, batch: Batch, cache: Cache) -> Tensor:
        keys, values = cache.keys[self.index], cache.values[self.index]
        store_kv(k, v, keys=keys, values=values, positions=batch.kv_positions)
        n = batch.num_decodes
        outputs: list[Tensor] = []
        if n:
            decoded = decode_attention(
                q[:n],
                keys=keys,
                values=values,
                block_table=batch.block_table[:n],
                num_computed=batch.num_computed[:n],
            )
            outputs.append(decoded)
        if batch.chunk_lengths:
            chunks = chunk_attention(
                q[n:],
                keys=keys,
                values=values,
                block_table=batch.block_table[n:],
                num_computed=batch.num_computed[n:],
                bounds=batch.chunk_bounds,
                max_length=max(batch.chunk_lengths),
            )
            outputs.append(chunks)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)
