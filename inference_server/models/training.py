"""The forward that training needs: differentiable, of whole sequences, without a cache.

The server itself never imports it. The ops that only this forward uses are fresh_attention,
conv1d_alike and scan_alike; the others are differentiable where gradients are on.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.models.mamba import MambaMixer, split_convolved
from inference_server.models.nemotron_h import AttentionMixer, MLPMixer
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.ops.attention.paged_attention import fresh_attention
from inference_server.ops.mamba.conv1d import conv1d_alike
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.ssd import scan_alike


class WholeSequences(nn.Module):
    """Computes a model's hidden states by its own modules, but without a cache."""

    def __init__(self, model: NemotronNanoVL) -> None:
        super().__init__()
        self.model = model
        self.scan = FreshScan(model.config.language)

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """Embedded tokens x [T, C] of packed sequences of these lengths -> hidden [T, C]"""
        language_model = self.model.language_model
        first, *norms = language_model.norms
        normed = first(x)
        for mixer, norm in zip(language_model.mixers, norms, strict=True):
            normed, x = norm.add(self._mix(mixer, normed, lengths), x)
        return normed

    def _mix(self, mixer: nn.Module, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """[T, C] -> [T, C]"""
        match mixer:
            case MambaMixer():
                gate, xbc, dt = mixer.project(x)
                y = self._scan(mixer, xbc, dt, lengths)
                return mixer.out_proj(mixer.norm(y.flatten(1), gate))
            case AttentionMixer():
                y = fresh_attention(*mixer.project(x), lengths=lengths)
                return mixer.o_proj(y.flatten(1))
            case MLPMixer():
                return mixer.down_proj(mixer.activation(mixer.up_proj(x)))
        raise TypeError(f"{type(mixer).__name__} is no mixer")

    def _scan(self, mixer: MambaMixer, xbc: Tensor, dt: Tensor, lengths: Sequence[int]) -> Tensor:
        """xbc [T, conv channels], dt [T, H] -> [T, H, P]"""
        weights = mixer.conv1d.taps, mixer.conv1d.bias, mixer.recurrence
        if len(set(lengths)) == 1:
            alike = (t.unflatten(0, (len(lengths), -1)) for t in (xbc, dt))
            return self.scan(*alike, *weights).flatten(0, 1)
        pieces = zip(*(t.split(list(lengths)) for t in (xbc, dt)), strict=True)
        alone = ((piece.unsqueeze(0) for piece in pair) for pair in pieces)
        return torch.cat([self.scan(*pair, *weights)[0] for pair in alone])


class FreshScan(nn.Module):
    """Convolution and scan of whole sequences of one length.

    Training spends most of its time here: a module without weights, so that it can be compiled.
    """

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.config = config

    def forward(
        self, xbc: Tensor, dt: Tensor, taps: Tensor, bias: Tensor, recurrence: Recurrence
    ) -> Tensor:
        """xbc [S, tokens, conv channels], dt [S, tokens, H], taps [conv channels, K]
        -> [S, tokens, H, P]
        """
        x, b, c = split_convolved(conv1d_alike(xbc, taps, bias), self.config)
        return scan_alike(
            x,
            recurrence.time_steps(dt),
            recurrence.a,
            b,
            c,
            recurrence.d,
            chunk_size=self.config.chunk_size,
        )
