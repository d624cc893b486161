"""A plan as tensors: the model's Batch, and where in it rows end. Decodes first, then chunks."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.plan import Plan, Row
from inference_server.engine.transfer import upload
from inference_server.models.batch import Batch


def build_batch(
    plan: Plan, last_tokens: Tensor, *, block_size: int, device: torch.device
) -> tuple[Batch, Tensor]:
    """The Batch of a plan that has rows, and the positions [R] in it of those to be sampled.

    last_tokens [slots] holds the newest token of each sequence, which the host may not know yet.
    """
    rows, num_decodes = plan.rows, len(plan.decodes)
    lengths = np.array([row.length for row in rows], dtype=np.int32)
    ends = np.cumsum(lengths, dtype=np.int32)
    is_sampled = np.array([row.is_sampled for row in rows], dtype=np.bool_)
    arrays = [
        _token_ids(plan),
        np.array([row.start for row in rows], dtype=np.int32),
        np.array([row.sequence.slot for row in rows], dtype=np.int64),
        _block_table(rows, block_size),
        _kv_positions(rows, block_size),
        (ends[is_sampled] - 1).astype(np.int64),
        np.concatenate([[0], ends[num_decodes:] - num_decodes], dtype=np.int32),
    ]
    uploaded = upload(arrays, device)
    token_ids, num_computed, slots, block_table, kv_positions, sampled, chunk_bounds = uploaded
    token_ids[:num_decodes] = last_tokens[slots[:num_decodes]]
    batch = Batch(
        token_ids=token_ids,
        num_decodes=num_decodes,
        chunk_lengths=tuple(row.length for row in plan.chunks),
        chunk_starts=tuple(row.start for row in plan.chunks),
        chunk_bounds=chunk_bounds,
        max_decoded=max((row.end for row in plan.decodes), default=0),
        num_computed=num_computed,
        slots=slots,
        block_table=block_table,
        kv_positions=kv_positions,
    )
    return batch, sampled


def _token_ids(plan: Plan) -> np.ndarray:
    unknown = np.zeros(len(plan.decodes), dtype=np.int64)
    chunks = [row.sequence.token_ids(row.start, row.end) for row in plan.chunks]
    return np.concatenate([unknown, *chunks], dtype=np.int64)


def _block_table(rows: Sequence[Row], block_size: int) -> np.ndarray:
    """The blocks that hold each row's context, filled up with the padding block."""
    used = [row.sequence.blocks[: -(-row.end // block_size)] for row in rows]
    table = np.zeros((len(rows), max(len(blocks) for blocks in used)), dtype=np.int32)
    for line, blocks in zip(table, used, strict=True):
        line[: len(blocks)] = blocks
    return table


def _kv_positions(rows: Sequence[Row], block_size: int) -> np.ndarray:
    pieces = []
    for row in rows:
        positions = np.arange(row.start, row.end)
        blocks = row.sequence.blocks[positions // block_size].astype(np.int64)
        pieces.append(blocks * block_size + positions % block_size)
    return np.concatenate(pieces)
