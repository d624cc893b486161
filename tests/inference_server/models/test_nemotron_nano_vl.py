"""The main property: the same tokens whatever the steps, the chunks and the other sequences."""

from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from unittest.mock import create_autospec

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from inference_server.checkpoint.config import ModelConfig
from inference_server.engine.startup.load_model import load_model
from inference_server.models import mamba, nemotron_h
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.evs import embed_video
from inference_server.models.fp8 import quantize_linears
from inference_server.models.nemotron_nano_vl import NemotronNanoVL, pixel_shuffle
from tests.inference_server.models.whole import logits_of

BLOCK = 4
MAX_BLOCKS = 8


class Stepper:
    """Runs sequences step by step, sequence k in slot k + 1 and in blocks of its own."""

    def __init__(self, model: NemotronNanoVL, config: ModelConfig, num_sequences: int) -> None:
        self.model = model
        self.cache = Cache.allocate(
            config.language,
            num_blocks=1 + num_sequences * MAX_BLOCKS,
            block_size=BLOCK,
            num_slots=1 + num_sequences,
            device=torch.device("cpu"),
            dtype=torch.float32,
            ssm_dtype=torch.float32,
        )
        for kind in (self.cache.conv, self.cache.ssm):
            for states in kind:
                states.fill_(torch.nan)
        scattered = torch.randperm(num_sequences * MAX_BLOCKS).int() + 1
        self.blocks = scattered.view(num_sequences, MAX_BLOCKS)
        self.num_computed = [0] * num_sequences

    def step(self, pieces: dict[int, Tensor], num_decodes: int = 0) -> dict[int, Tensor]:
        """Logits of each sequence's new tokens. The first num_decodes pieces are decode rows."""
        logits = self.logits(pieces, num_decodes)
        lengths = [len(ids) for ids in pieces.values()]
        return dict(zip(pieces, logits.split(lengths), strict=True))

    def logits(
        self, pieces: dict[int, Tensor], num_decodes: int = 0, sampled: Tensor | None = None
    ) -> Tensor:
        """Like step, for the tokens `sampled` of the packed ones, or for all."""
        with torch.inference_mode():
            batch = self._batch(pieces, num_decodes, sampled)
            hidden = self.model(self.model.embed(batch.token_ids), batch, self.cache)
            logits = self.model.logits(hidden)
        for sequence, ids in pieces.items():
            self.num_computed[sequence] += len(ids)
        return logits

    def _batch(self, pieces: dict[int, Tensor], num_decodes: int, sampled: Tensor | None) -> Batch:
        rows = list(pieces)
        chunk_lengths = tuple(len(ids) for ids in pieces.values())[num_decodes:]
        computed = [self.num_computed[row] for row in rows]
        positions = [
            self.blocks[row][place // BLOCK] * BLOCK + place % BLOCK
            for row, before in zip(rows, computed, strict=True)
            for place in range(before, before + len(pieces[row]))
        ]
        return Batch(
            token_ids=torch.cat(list(pieces.values())),
            num_decodes=num_decodes,
            chunk_lengths=chunk_lengths,
            chunk_bounds=torch.tensor([0, *accumulate(chunk_lengths)], dtype=torch.int32),
            num_computed=torch.tensor(computed, dtype=torch.int32),
            slots=torch.tensor(rows) + 1,
            block_table=self.blocks[rows],
            kv_positions=torch.tensor(positions, dtype=torch.int64),
            sampled=sampled,
        )


def token_ids(length: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 100, (length,), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("lengths", [(20,), (1, 19), (2, 1, 17), (8, 8, 4), (1,) * 20, (3, 13, 4)])
def test_chunks_make_the_whole(
    model: NemotronNanoVL, config: ModelConfig, lengths: tuple[int, ...]
) -> None:
    ids, stepper = token_ids(20), Stepper(model, config, 1)
    logits = torch.cat([stepper.step({0: piece})[0] for piece in ids.split(lengths)])
    torch.testing.assert_close(logits, logits_of(model, ids), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("prefill", [0, 1, 2, 9])
def test_decode_rows_continue_the_prompt(
    model: NemotronNanoVL, config: ModelConfig, prefill: int
) -> None:
    ids, stepper = token_ids(14), Stepper(model, config, 1)
    parts = [stepper.step({0: ids[:prefill]})[0]] if prefill else []
    parts += [stepper.step({0: ids[k : k + 1]}, num_decodes=1)[0] for k in range(prefill, 14)]
    torch.testing.assert_close(torch.cat(parts), logits_of(model, ids), atol=1e-4, rtol=1e-4)


def test_decodes_and_chunks_of_one_step_do_not_mix(
    model: NemotronNanoVL, config: ModelConfig
) -> None:
    sequences = {row: token_ids(length, seed=row) for row, length in enumerate((9, 17, 5, 24))}
    stepper = Stepper(model, config, 4)
    parts: dict[int, list[Tensor]] = {row: [] for row in sequences}
    for cuts, num_decodes in (
        ({0: (0, 7), 1: (0, 3)}, 0),
        ({0: (7, 8), 1: (3, 16), 3: (0, 11)}, 1),
        ({1: (16, 17), 0: (8, 9), 2: (0, 5), 3: (11, 12)}, 2),
        ({3: (12, 24)}, 0),
    ):
        pieces = {row: sequences[row][start:end] for row, (start, end) in cuts.items()}
        for row, logits in stepper.step(pieces, num_decodes).items():
            parts[row].append(logits)
    for row, ids in sequences.items():
        torch.testing.assert_close(
            torch.cat(parts[row]), logits_of(model, ids), atol=1e-4, rtol=1e-4
        )


@pytest.mark.parametrize("pattern", ["M-M*-M-", "M-M*--", "*-M-M*", "*-M-M"])
@pytest.mark.parametrize("is_fp8", [False, True])
def test_after_the_last_mixer_only_the_sampled_tokens_are_computed(
    config: ModelConfig, pattern: str, is_fp8: bool
) -> None:
    config = replace(config, language=replace(config.language, pattern=pattern))
    torch.manual_seed(0)
    model = NemotronNanoVL(config).eval()
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.1)
    if is_fp8:
        quantize_linears(model)
    last = model.language_model.mixers[-1]
    seen: list[int] = []
    last.register_forward_hook(lambda _layer, _given, made: seen.append(len(made)))
    ids = token_ids(30)
    for sampled in ([0], [], [3, 11, 22], [0, 1]):
        every, some = (Stepper(model, config, 3) for _ in range(2))
        for stepper in (every, some):
            stepper.step({0: ids[:4], 1: ids[4:9]})
        pieces = {0: ids[9:10], 1: ids[10:11], 2: ids[9:]}
        expected = every.logits(pieces, num_decodes=2)[sampled]
        wanted = torch.tensor(sampled, dtype=torch.int64)
        assert torch.allclose(some.logits(pieces, 2, wanted), expected, atol=1e-5)
        assert seen[-1] == len(sampled)
        nexts = {row: token_ids(3, seed=row) for row in range(3)}
        assert torch.allclose(some.logits(nexts), every.logits(nexts), atol=1e-5)


def test_stale_slots_and_blocks_have_no_effect(model: NemotronNanoVL, config: ModelConfig) -> None:
    stepper = Stepper(model, config, 1)
    stepper.step({0: token_ids(20, seed=5)})
    stepper.num_computed[0] = 0
    ids = token_ids(12)
    torch.testing.assert_close(
        stepper.step({0: ids})[0], logits_of(model, ids), atol=1e-4, rtol=1e-4
    )


def test_a_step_is_queued_without_looking_at_a_tensor(
    config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the meta device no value can be read; and torch.tensor, a copy from the host, is removed.

    Only the references of these ops read the chunks' bounds on the host.
    """
    for op in (mamba.chunk_conv1d, mamba.chunk_scan):
        monkeypatch.setattr(mamba, op.__name__, create_autospec(op, return_value=None))
    attend = create_autospec(
        nemotron_h.chunk_attention, side_effect=lambda q, *_, **__: torch.empty_like(q)
    )
    monkeypatch.setattr(nemotron_h, "chunk_attention", attend)
    with torch.device("meta"), torch.inference_mode():
        model = NemotronNanoVL(config)
        batch = Batch(
            token_ids=torch.empty(26, dtype=torch.int64),
            num_decodes=2,
            chunk_lengths=(5, 12, 7),
            chunk_bounds=torch.empty(4, dtype=torch.int32),
            num_computed=torch.empty(5, dtype=torch.int32),
            slots=torch.empty(5, dtype=torch.int64),
            block_table=torch.empty(5, MAX_BLOCKS, dtype=torch.int32),
            kv_positions=torch.empty(26, dtype=torch.int64),
        )
        cache = Cache.allocate(
            config.language,
            num_blocks=50,
            block_size=BLOCK,
            num_slots=6,
            device=torch.device("meta"),
            dtype=torch.float32,
            ssm_dtype=torch.float32,
        )
        features = torch.empty(4, 6, 8)
        separators, lengths = torch.empty(9, 8), torch.empty(5, dtype=torch.int64)
        tiles = torch.empty(2, 3, 64, 64)
        monkeypatch.delattr(torch, "tensor")
        hidden = model(model.embed(batch.token_ids), batch, cache)
        rows = model.encode_images(tiles)
        video = embed_video(features, separators=separators, separator_lengths=lengths, length=20)
        assert model.logits(hidden).shape == (26, config.language.vocab_size)
        assert rows.shape == (2, config.tokens_per_tile, config.language.hidden_size)
        assert video.shape == (20, 8)


def test_bfloat16_stays_near_float32(
    model: NemotronNanoVL, checkpoint: Path, config: ModelConfig
) -> None:
    device = torch.device("cpu")
    half = load_model(checkpoint, config, device=device, dtype=torch.bfloat16)
    ids = token_ids(24)
    exact, near = logits_of(model, ids), logits_of(half, ids)
    assert near.dtype == torch.float32
    assert cosine_similarity(exact, near, dim=-1).min() > 0.99


def test_tiles_are_encoded_apart(model: NemotronNanoVL, config: ModelConfig) -> None:
    tiles = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        together = model.encode_images(tiles)
        apart = torch.cat([model.encode_images(tile[None]) for tile in tiles])
    assert together.shape == (3, config.tokens_per_tile, config.language.hidden_size)
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=1e-5)


def test_pixel_shuffle_joins_squares_row_by_row() -> None:
    y, x = torch.meshgrid(torch.arange(4), torch.arange(6), indexing="ij")
    joined = pixel_shuffle(torch.stack([y, x], dim=-1)[None])
    assert joined.shape == (1, 2, 3, 8)
    assert joined[0, 0, 0].tolist() == [0, 0, 0, 1, 1, 0, 1, 1]
    assert joined[0, 1, 2].tolist() == [2, 4, 2, 5, 3, 4, 3, 5]
