"""The Mamba2 mixer: one step of the recurrence for decode rows, a scan for chunks."""

import torch
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.layers import Linear
from inference_server.ops.mamba.conv1d import chunk_conv1d, conv1d_update
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.ssd import chunk_scan
from inference_server.ops.mamba.state_update import state_update
from inference_server.ops.norms.gated_norm import gated_group_norm
from inference_server.ops.slots import SlotStates


class MambaMixer(nn.Module):
    """Mamba2: a short convolution, a state-space scan and a gated norm between two projections."""

    def __init__(self, config: LanguageConfig, index: int) -> None:
        super().__init__()
        self.index = index
        self.config = config
        heads, inner = config.mamba_num_heads, config.d_inner
        self.in_proj = Linear(config.hidden_size, inner + config.conv_dim + heads)
        self.conv1d = ConvWeights(config)
        self.A_log = nn.Parameter(torch.zeros(heads))
        self.D = nn.Parameter(torch.ones(heads))
        self.dt_bias = nn.Parameter(torch.zeros(heads))
        self.norm = GatedGroupNorm(config)
        self.out_proj = Linear(inner, config.hidden_size)

    def forward(self, x: Tensor, batch: Batch, cache: Cache, rows: Tensor | None) -> Tensor:
        """x [T, C] -> [T, C], or [R, C] for `rows`"""
        gate, xbc, dt = self.project(x)
        y = self._scan_cached(self._convolve_cached(xbc, batch, cache), dt, batch, cache).flatten(1)
        if rows is not None:
            y, gate = y[rows], gate[rows]
        return self.out_proj(self.norm(y, gate))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x [T, C] -> gate [T, d_inner], xbc [T, conv channels], dt [T, H]"""
        config = self.config
        sizes = [config.d_inner, config.conv_dim, config.mamba_num_heads]
        gate, xbc, dt = self.in_proj(x).split(sizes, dim=-1)
        return gate, xbc, dt

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(
            a_log=self.A_log,
            d=self.D,
            dt_bias=self.dt_bias,
            time_step_limit=self.config.time_step_limit,
        )

    def _convolve_cached(self, xbc: Tensor, batch: Batch, cache: Cache) -> Tensor:
        """[T, conv channels] -> [T, conv channels]; decode rows and chunks fill one tensor."""
        n, pool = batch.num_decodes, cache.conv[self.index]
        taps, bias = self.conv1d.taps, self.conv1d.bias
        convolved = xbc.new_empty(xbc.shape)
        if n:
            states = SlotStates(pool, batch.slots[:n], batch.num_computed[:n])
            conv1d_update(xbc[:n], taps, bias, states=states, y=convolved[:n])
        if batch.chunk_lengths:
            chunk_conv1d(
                xbc[n:],
                taps,
                bias,
                bounds=batch.chunk_bounds,
                states=SlotStates(pool, batch.slots[n:], batch.num_computed[n:]),
                y=convolved[n:],
            )
        return convolved

    def _scan_cached(self, xbc: Tensor, dt: Tensor, batch: Batch, cache: Cache) -> Tensor:
        """xbc [T, conv channels], dt [T, H] -> [T, H, P]; as above, one tensor for both."""
        n, pool, recurrence = batch.num_decodes, cache.ssm[self.index], self.recurrence
        x, b, c = split_convolved(xbc, self.config)
        y = x.new_empty(x.shape)
        if n:
            state_update(
                x[:n],
                dt[:n],
                b[:n],
                c[:n],
                recurrence,
                states=SlotStates(pool, batch.slots[:n], batch.num_computed[:n]),
                y=y[:n],
            )
        if batch.chunk_lengths:
            chunk_scan(
                x[n:],
                dt[n:],
                b[n:],
                c[n:],
                recurrence,
                bounds=batch.chunk_bounds,
                states=SlotStates(pool, batch.slots[n:], batch.num_computed[n:]),
                chunk_size=self.config.chunk_size,
                y=y[n:],
            )
        return y


class ConvWeights(nn.Module):
    """The convolution's weights in the released shape."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(config.conv_dim, 1, config.conv_kernel))
        self.bias = nn.Parameter(torch.zeros(config.conv_dim))

    @property
    def taps(self) -> Tensor:
        """[channels, K], the oldest input's weight first."""
        return self.weight.squeeze(1)


class GatedGroupNorm(nn.Module):
    """The norm after the scan, over each group of channels."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.d_inner))
        self.num_groups = config.n_groups
        self.eps = config.norm_eps

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        """x [T, C], gate [T, C] -> [T, C]"""
        return gated_group_norm(x, gate, self.weight, num_groups=self.num_groups, eps=self.eps)


def split_convolved(xbc: Tensor, config: LanguageConfig) -> tuple[Tensor, Tensor, Tensor]:
    """[..., conv channels] -> x [..., H, P], b and c [..., G, N]"""
    group_size = config.n_groups * config.ssm_state_size
    x, b, c = xbc.split([config.d_inner, group_size, group_size], dim=-1)
    return (
        x.unflatten(-1, (config.mamba_num_heads, -1)),
        b.unflatten(-1, (config.n_groups, -1)),
        c.unflatten(-1, (config.n_groups, -1)),
    )
