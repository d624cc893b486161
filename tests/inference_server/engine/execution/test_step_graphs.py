"""Graphs of steps without a GPU: the recorder runs the work again where a GPU would replay it."""

from collections import Counter
from collections.abc import Callable

import pytest
import torch

from inference_server.engine.execution.step_graphs import (
    StepShape,
    decode_sizes,
    largest_shapes,
    step_shapes,
)
from inference_server.engine.scheduling.plan import Plan
from inference_server.engine.types import Prompt, Sampling
from tests.inference_server.engine.loop import Loop
from tests.inference_server.engine.prompts import image, prompt_of, video, words
from tests.inference_server.engine.recorder import Recorder

MakeLoop = Callable[..., Loop]

SAMPLINGS = [
    Sampling(max_tokens=14, temperature=0.0),
    Sampling(max_tokens=3, seed=5, top_p=0.9),
    Sampling(max_tokens=9, seed=6, presence_penalty=0.5, top_logprobs=2),
]


def prompts() -> list[Prompt]:
    texts = [prompt_of([words(4 + 7 * index, seed=index)]) for index in range(5)]
    media = prompt_of([words(6), (b"image", image(1)), (b"video", video(2)), words(3)])
    return [*texts, media]


def answers(loop: Loop) -> list[list[int]]:
    for index, prompt in enumerate(prompts()):
        loop.submit(prompt, SAMPLINGS[index % 3])
        loop.step()
    loop.run()
    return [answer.token_ids for answer in loop.answers.values()]


# The largest first, as they are recorded.
SHAPES = [
    StepShape(num_decodes=4, num_chunk_tokens=40),
    StepShape(num_decodes=0, num_chunk_tokens=12),
    StepShape(num_decodes=8),
    StepShape(num_decodes=4),
    StepShape(num_decodes=2),
]


def shape_index(plan: Plan) -> int | None:
    """The index of the smallest of SHAPES that a plan fits into."""
    num_decodes, num_tokens = len(plan.decodes), sum(row.length for row in plan.chunks)
    touched = (
        span
        for row in plan.chunks
        for span in row.sequence.prompt.spans
        if span.start < row.end and row.start < span.end
    )
    if not plan.rows or any(touched):
        return None
    fitting = [
        index
        for index, shape in enumerate(SHAPES)
        if num_decodes <= shape.num_decodes and num_tokens <= shape.num_chunk_tokens
    ]
    return fitting[-1] if fitting else None


def test_tokens_are_those_of_a_loop_without_graphs(make_loop: MakeLoop) -> None:
    expected, loop = make_loop(), make_loop()
    steps, vision = Recorder(), Recorder()
    loop.runner.capture_vision(vision, (1, 3))
    loop.runner.capture_steps(steps, SHAPES, max_model_len=loop.limits.max_model_len)
    assert answers(loop) == answers(expected)
    for sequence_id in loop.answers:
        torch.testing.assert_close(
            loop.logits(sequence_id), expected.logits(sequence_id), atol=1e-4, rtol=0
        )
    assert len(vision.num_replays) == 2
    assert all(vision.num_replays)
    indices = Counter(shape_index(plan) for plan in loop.runner.plans)
    assert steps.num_replays == [indices[index] for index in range(len(SHAPES))]
    assert sum(count > 0 for count in steps.num_replays) >= 4
    assert indices[None]


@pytest.mark.parametrize("shape", [StepShape(num_decodes=1), SHAPES[1]], ids=str)
def test_a_step_that_fits_in_no_graph_runs_without_one(
    make_loop: MakeLoop, shape: StepShape
) -> None:
    expected, loop, steps = make_loop(), make_loop(), Recorder()
    loop.runner.capture_steps(steps, [shape], max_model_len=loop.limits.max_model_len)
    assert answers(loop) == answers(expected)
    assert 0 < steps.num_replays[0] < len(loop.runner.plans)


def test_many_short_chunks_fit_as_far_as_there_is_room(make_loop: MakeLoop) -> None:
    """Eight that come at once go into a graph together, nine into none."""
    expected, loop = make_loop(max_num_seqs=12), make_loop(max_num_seqs=12)
    shape = StepShape(num_decodes=12, num_chunk_tokens=40)
    steps = Recorder()
    loop.runner.capture_steps(steps, [shape], max_model_len=loop.limits.max_model_len)
    most = shape.max_chunks
    for count in (most, most + 1):
        for one in (expected, loop):
            for index in range(count):
                prompt = prompt_of([words(2 + index % 3, seed=index)])
                one.submit(prompt, Sampling(max_tokens=3, seed=index))
            one.run()
    for sequence_id, answer in loop.answers.items():
        assert answer.token_ids == expected.answers[sequence_id].token_ids
    at_once = [len(plan.chunks) for plan in loop.runner.plans if len(plan.chunks) >= most]
    assert at_once == [most, most + 1]
    assert sum(steps.num_replays) == len(loop.runner.plans) - 1


@pytest.mark.parametrize(
    "shapes",
    [[StepShape(num_decodes=8)], [StepShape(num_decodes=8, num_chunk_tokens=32)]],
    ids=["decodes", "chunks"],
)
def test_padding_touches_no_sequence(make_loop: MakeLoop, shapes: list[StepShape]) -> None:
    """A graph that is mostly padding, again and again, beside a sequence that waits in between."""
    expected, loop = make_loop(), make_loop()
    loop.runner.capture_steps(Recorder(), shapes, max_model_len=loop.limits.max_model_len)
    prompt = prompt_of([words(30, seed=9)])
    long = Sampling(max_tokens=30, seed=1)
    for one in (expected, loop):
        one.submit(prompt, long)
        one.step()
        one.submit(prompt_of([words(3)]), Sampling(max_tokens=2, seed=2))
        one.run()
    assert loop.answers[0].token_ids == expected.answers[0].token_ids


@pytest.mark.parametrize("most", [1, 7, 64, 300, 500, 512, 600])
def test_the_largest_shapes_have_the_most_of_everything(most: int) -> None:
    shapes = step_shapes(most)
    largest = largest_shapes(shapes)
    assert len(set(shapes) - set(largest)) == len(shapes) - 2
    for shape in shapes:
        of_kind = next(one for one in largest if one.max_chunks == shape.max_chunks)
        assert shape.num_rows <= of_kind.num_rows
        assert shape.num_tokens <= of_kind.num_tokens
        assert shape.num_chunk_tokens <= of_kind.num_chunk_tokens


def test_the_padding_chunk_may_be_longer_than_any_sequence(make_loop: MakeLoop) -> None:
    """Four blocks of four tokens hold the longest sequence, and 32 tokens are left of the graph."""
    expected, loop = make_loop(num_blocks=5), make_loop(num_blocks=5)
    shape = StepShape(num_decodes=2, num_chunk_tokens=32)
    steps = Recorder()
    loop.runner.capture_steps(steps, [shape], max_model_len=loop.limits.max_model_len)
    for one in (expected, loop):
        one.submit(prompt_of([words(5)]), Sampling(max_tokens=4, temperature=0.0))
        one.run()
    assert loop.answers[0].token_ids == expected.answers[0].token_ids
    assert steps.num_replays[0] == len(loop.runner.plans)


def test_sizes_end_at_the_most_that_can_run() -> None:
    for most in (1, 8, 64, 600):
        beside = [shape for shape in step_shapes(most) if shape.num_chunk_tokens]
        assert max(shape.num_decodes for shape in beside) == min(most, 256)
        assert len(set(step_shapes(most))) == len(step_shapes(most))
    assert decode_sizes(1) == [1]
    assert decode_sizes(3) == [1, 2, 3]
    assert decode_sizes(64) == [1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64]
    assert decode_sizes(70)[-2:] == [64, 70]
    assert decode_sizes(4096)[-2:] == [480, 512]


@pytest.mark.parametrize("num_rows", [3, 5, 9, 17, 65, 100, 257, 300])
def test_little_of_a_step_is_padding(num_rows: int) -> None:
    size = next(size for size in decode_sizes(512) if size >= num_rows)
    assert size < 2 * num_rows
    assert size - num_rows < 32
