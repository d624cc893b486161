"""A plan as tensors: the model's Batch, and where in it rows end. Decodes first, then chunks."""

from collections.abc import Iterator, Sequence

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
    ends = np.cumsum([row.length for row in rows], dtype=np.int32)
    is_sampled = np.array([row.is_sampled for row in rows], dtype=np.bool_)
    arrays = [
        *row_arrays(rows, block_size),
        np.concatenate(
            [decode_positions(plan.decodes, block_size), *_chunk_positions(plan.chunks, block_size)]
        ),
        _token_ids(plan),
        (ends[is_sampled] - 1).astype(np.int64),
        np.concatenate([[0], ends[num_decodes:] - num_decodes], dtype=np.int32),
    ]
    num_computed, slots, table, kv_positions, token_ids, sampled, bounds = upload(arrays, device)
    token_ids[:num_decodes] = last_tokens[slots[:num_decodes]]
    batch = Batch(
        token_ids=token_ids,
        num_decodes=num_decodes,
        chunk_lengths=tuple(row.length for row in plan.chunks),
        chunk_starts=tuple(row.start for row in plan.chunks),
        chunk_bounds=bounds,
        num_computed=num_computed,
        slots=slots,
        block_table=table,
        kv_positions=kv_positions,
    )
    return batch, sampled


def row_arrays(rows: Sequence[Row], block_size: int) -> list[np.ndarray]:
    """num_computed, slots and block_table of a Batch."""
    return [
        np.array([row.start for row in rows], dtype=np.int32),
        np.array([row.sequence.slot for row in rows], dtype=np.int64),
        _block_table(rows, block_size),
    ]


def decode_positions(rows: Sequence[Row], block_size: int) -> np.ndarray:
    """kv_positions of rows of one token each."""
    starts = np.array([row.start for row in rows], dtype=np.int64)
    blocks = [row.sequence.blocks[row.start // block_size] for row in rows]
    return np.array(blocks, dtype=np.int64) * block_size + starts % block_size


def _chunk_positions(rows: Sequence[Row], block_size: int) -> Iterator[np.ndarray]:
    for row in rows:
        positions = np.arange(row.start, row.end)
        blocks = row.sequence.blocks[positions // block_size].astype(np.int64)
        yield blocks * block_size + positions % block_size


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
