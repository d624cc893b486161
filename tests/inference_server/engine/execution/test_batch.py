import numpy as np
import torch

from inference_server.engine.execution.batch import build_batch
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Sampling
from tests.inference_server.engine.prompts import prompt_of


def row_of(
    sequence_id: int, token_ids: list[int], blocks: list[int], *, start: int, is_sampled: bool
) -> Row:
    """All tokens from start on, at most one past the prompt."""
    prompt = prompt_of([token_ids])
    sequence = Sequence(sequence_id, prompt, Sampling(max_tokens=9))
    sequence.slot = 10 + sequence_id
    sequence.blocks = np.array(blocks, dtype=np.int32)
    return Row(
        sequence=sequence,
        start=start,
        length=max(1, len(token_ids) - start),
        is_sampled=is_sampled,
        output_index=0,
    )


def test_lays_out_decodes_then_chunks() -> None:
    plan = Plan(
        decodes=(
            row_of(0, [1, 2, 3, 4], [5, 2], start=4, is_sampled=True),
            row_of(1, [1, 2], [3, 9], start=2, is_sampled=True),
        ),
        chunks=(
            row_of(2, [21, 22, 23, 24, 25], [8, 1, 4], start=2, is_sampled=False),
            row_of(3, [31], [6], start=0, is_sampled=True),
        ),
        encodes=(),
        evicted=(),
    )
    last_tokens = torch.arange(100, 120)
    batch = build_batch(plan, last_tokens, block_size=4, device=torch.device("cpu"))
    assert batch.token_ids.tolist() == [110, 111, 23, 24, 25, 31]
    assert batch.num_decodes == 2
    assert batch.chunk_lengths == (3, 1)
    assert batch.chunk_bounds.tolist() == [0, 3, 4]
    assert batch.num_computed.tolist() == [4, 2, 2, 0]
    assert batch.slots.tolist() == [10, 11, 12, 13]
    assert batch.block_table.tolist() == [[5, 2], [3, 0], [8, 1], [6, 0]]
    assert batch.kv_positions.tolist() == [2 * 4, 3 * 4 + 2, 8 * 4 + 2, 8 * 4 + 3, 1 * 4, 6 * 4]
    assert batch.sampled is not None
    assert batch.sampled.tolist() == [0, 1, 5]


def test_has_the_types_that_the_model_wants() -> None:
    plan = Plan(
        decodes=(),
        chunks=(row_of(0, [1, 2], [1], start=0, is_sampled=True),),
        encodes=(),
        evicted=(),
    )
    last_tokens = torch.zeros(20, dtype=torch.int64)
    batch = build_batch(plan, last_tokens, block_size=4, device=torch.device("cpu"))
    assert batch.sampled is not None
    wide = (batch.token_ids, batch.slots, batch.kv_positions, batch.sampled)
    narrow = (batch.num_computed, batch.block_table, batch.chunk_bounds)
    assert {tensor.dtype for tensor in wide} == {torch.int64}
    assert {tensor.dtype for tensor in narrow} == {torch.int32}
