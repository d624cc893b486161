"""Turns a plan into the tensors of a Batch: decode rows first, then chunks."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.transfer import upload
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.models.batch import Batch


def build_batch(plan: Plan, last_tokens: Tensor, *, block_size: int, device: torch.device) -> Batch:
    """The Batch of a plan that has rows.

    last_tokens [slots] holds the newest token of each sequence, which the host may not know yet.
    """
    return batch_of(
        upload(batch_arrays(plan.decodes, plan.chunks, block_size), device),
        last_tokens,
        num_decodes=len(plan.decodes),
        chunk_lengths=tuple(row.length for row in plan.chunks),
    )


def batch_of(
    tensors: Sequence[Tensor],
    last_tokens: Tensor,
    *,
    num_decodes: int,
    chunk_lengths: tuple[int, ...],
) -> Batch:
    """Assembles a Batch from the arrays of batch_arrays, already on the device."""
    num_computed, slots, block_table, kv_positions, chunk_ids, bounds, sampled = tensors
    return Batch(
        token_ids=torch.cat([last_tokens[slots[:num_decodes]], chunk_ids]),
        num_decodes=num_decodes,
        chunk_lengths=chunk_lengths,
        chunk_bounds=bounds,
        num_computed=num_computed,
        slots=slots,
        block_table=block_table,
        kv_positions=kv_positions,
        # A decode row is always sampled from.
        sampled=sampled if chunk_lengths else None,
    )


def batch_arrays(
    decodes: Sequence[Row], chunks: Sequence[Row], block_size: int
) -> list[np.ndarray]:
    """The fields of a Batch as host arrays.

    In this order: num_computed, slots, block_table, kv_positions, the token ids of the chunks,
    chunk_bounds, and the positions of the tokens to sample from.
    """
    rows = [*decodes, *chunks]
    ends = np.cumsum([row.length for row in rows], dtype=np.int32)
    is_sampled = np.array([row.is_sampled for row in rows], dtype=np.bool_)
    chunk_ids = [row.sequence.token_ids(row.start, row.end) for row in chunks]
    return [
        np.array([row.start for row in rows], dtype=np.int32),
        np.array([row.sequence.slot for row in rows], dtype=np.int64),
        _block_table(rows, block_size),
        np.concatenate(
            [_decode_positions(decodes, block_size), *_chunk_positions(chunks, block_size)]
        ),
        np.concatenate([np.empty(0, np.int64), *chunk_ids], dtype=np.int64),
        np.concatenate([[0], ends[len(decodes) :] - len(decodes)], dtype=np.int32),
        (ends[is_sampled] - 1).astype(np.int64),
    ]


def _decode_positions(rows: Sequence[Row], block_size: int) -> np.ndarray:
    """The kv_positions of rows of one token each."""
    starts = np.array([row.start for row in rows], dtype=np.int64)
    blocks = [row.sequence.blocks[row.start // block_size] for row in rows]
    return np.array(blocks, dtype=np.int64) * block_size + starts % block_size


def _chunk_positions(rows: Sequence[Row], block_size: int) -> Iterator[np.ndarray]:
    for row in rows:
        positions = np.arange(row.start, row.end)
        blocks = row.sequence.blocks[positions // block_size].astype(np.int64)
        yield blocks * block_size + positions % block_size


def _block_table(rows: Sequence[Row], block_size: int) -> np.ndarray:
    """The blocks that hold each row's context, padded with block 0."""
    used = [row.sequence.blocks[: -(-row.end // block_size)] for row in rows]
    table = np.zeros((len(rows), max(len(blocks) for blocks in used)), dtype=np.int32)
    for line, blocks in zip(table, used, strict=True):
        line[: len(blocks)] = blocks
    return table
