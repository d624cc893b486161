"""The Mamba2 mixer: for decode rows one step of its recurrence, for chunks a scan."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu, softplus

from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.config import LanguageConfig
from inference_server.ops.conv1d import causal_conv1d, conv1d_update
from inference_server.ops.norm import gated_group_norm
from inference_server.ops.slots import read_slots, write_slots
from inference_server.ops.ssd import ssd_scan
from inference_server.ops.state_update import state_update


class MambaMixer(nn.Module):
    """Mamba2: a short convolution, a state-space scan and a gated norm between two projections."""

    def __init__(self, config: LanguageConfig, index: int) -> None:
        super().__init__()
        self.index = index
        self.config = config
        heads, inner = config.mamba_num_heads, config.d_inner
        self.in_proj = nn.Linear(config.hidden_size, inner + config.conv_dim + heads, bias=False)
        self.conv1d = ConvWeights(config)
        self.A_log = nn.Parameter(torch.zeros(heads))
        self.D = nn.Parameter(torch.ones(heads))
        self.dt_bias = nn.Parameter(torch.zeros(heads))
        self.norm = GatedGroupNorm(config)
        self.out_proj = nn.Linear(inner, config.hidden_size, bias=False)

    def forward(self, x: Tensor, batch: Batch, cache: Cache | None) -> Tensor:
        """x [T, C] -> [T, C]"""
        config, n = self.config, batch.num_decodes
        gate, xbc, dt = self.in_proj(x).split(
            [config.d_inner, config.conv_dim, config.mamba_num_heads], dim=-1
        )
        dt = softplus(dt.float() + self.dt_bias.float()).clamp(*config.time_step_limit)
        outputs: list[Tensor] = []
        if n:
            assert cache is not None, "a decode row continues what a cache holds"
            outputs.append(self._decode(xbc[:n], dt[:n], batch, cache))
        if batch.chunk_lengths:
            outputs.append(self._scan(xbc[n:], dt[n:], batch, cache))
        y = torch.cat(outputs).flatten(1)
        return self.out_proj(self.norm(y, gate))

    def _decode(self, xbc: Tensor, dt: Tensor, batch: Batch, cache: Cache) -> Tensor:
        """One token a sequence: xbc [R, conv channels], dt [R, H] -> [R, H, P]"""
        conv, ssm = cache.conv[self.index], cache.ssm[self.index]
        slots = batch.slots[: len(xbc)]
        num_computed = batch.num_computed[: len(xbc)]
        xbc, new_conv = conv1d_update(
            xbc,
            self.conv1d.taps,
            self.conv1d.bias,
            states=read_slots(conv, slots, num_computed),
        )
        x, b, c = self._split(xbc)
        states = read_slots(ssm, slots, num_computed).float()
        y, new_ssm = state_update(x, dt, self._a(), b, c, self.D, states=states)
        write_slots(conv, slots, new_conv)
        write_slots(ssm, slots, new_ssm)
        return y

    def _scan(self, xbc: Tensor, dt: Tensor, batch: Batch, cache: Cache | None) -> Tensor:
        """Packed chunks: xbc [T, conv channels], dt [T, H] -> [T, H, P]"""
        conv_states, ssm_states = self._chunk_states(xbc, batch, cache)
        lengths = batch.chunk_lengths
        xbc, new_conv = causal_conv1d(
            xbc, self.conv1d.taps, self.conv1d.bias, lengths=lengths, states=conv_states
        )
        x, b, c = self._split(xbc)
        y, new_ssm = ssd_scan(
            x,
            dt,
            self._a(),
            b,
            c,
            self.D,
            lengths=lengths,
            states=ssm_states,
            chunk_size=self.config.chunk_size,
        )
        if cache is not None:
            slots = batch.slots[batch.num_decodes :]
            write_slots(cache.conv[self.index], slots, new_conv)
            write_slots(cache.ssm[self.index], slots, new_ssm)
        return y

    def _chunk_states(
        self, xbc: Tensor, batch: Batch, cache: Cache | None
    ) -> tuple[Tensor, Tensor]:
        """What the chunks' sequences left behind: [S, channels, K - 1] and [S, H, P, N]"""
        if cache is None:
            c, num_chunks = self.config, len(batch.chunk_lengths)
            conv = xbc.new_zeros(num_chunks, c.conv_dim, c.conv_kernel - 1)
            ssm = (num_chunks, c.mamba_num_heads, c.mamba_head_dim, c.ssm_state_size)
            return conv, torch.zeros(ssm, device=xbc.device)
        slots = batch.slots[batch.num_decodes :]
        num_computed = batch.num_computed[batch.num_decodes :]
        return (
            read_slots(cache.conv[self.index], slots, num_computed),
            read_slots(cache.ssm[self.index], slots, num_computed).float(),
        )

    def _split(self, xbc: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[T, conv channels] -> x [T, H, P], b and c [T, G, N]"""
        config = self.config
        group_size = config.n_groups * config.ssm_state_size
        x, b, c = silu(xbc).split([config.d_inner, group_size, group_size], dim=-1)
        return (
            x.unflatten(-1, (config.mamba_num_heads, -1)),
            b.unflatten(-1, (config.n_groups, -1)),
            c.unflatten(-1, (config.n_groups, -1)),
        )

    def _a(self) -> Tensor:
        return -self.A_log.float().exp()


class ConvWeights(nn.Module):
    """Holds the convolution's weights in the released shape."""

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
