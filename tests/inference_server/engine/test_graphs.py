"""All of graphs but the recording: here each work is done anew where a GPU would replay it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from inference_server.engine.graphs import VisionGraphs, Work, decode_sizes, tile_sizes
from inference_server.engine.types import Prompt, Sampling
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop
from tests.inference_server.engine.prompts import clip, picture, prompt_of, words

MakeLoop = Callable[..., Loop]

SAMPLINGS = [
    Sampling(max_tokens=14, temperature=0.0),
    Sampling(max_tokens=3, seed=5, top_p=0.9),
    Sampling(max_tokens=9, seed=6, presence_penalty=0.5, top_logprobs=2),
]


class Recorder:
    """Counts how often each work is done, after the first time."""

    def __init__(self) -> None:
        self.num_replays: list[int] = []

    def __call__(self, work: Work) -> Work:
        work()
        index = len(self.num_replays)
        self.num_replays.append(0)

        def replay() -> None:
            self.num_replays[index] += 1
            work()

        return replay


def prompts() -> list[Prompt]:
    texts = [prompt_of([words(4 + 7 * index, seed=index)]) for index in range(5)]
    media = prompt_of([words(6), (b"picture", picture(1)), (b"clip", clip(2)), words(3)])
    return [*texts, media]


def answers(loop: Loop) -> list[list[int]]:
    for index, prompt in enumerate(prompts()):
        loop.submit(prompt, SAMPLINGS[index % 3])
        loop.step()
    loop.run()
    return [answer.token_ids for answer in loop.answers.values()]


def test_tokens_are_those_of_a_loop_without_graphs(make_loop: MakeLoop) -> None:
    expected, loop = make_loop(), make_loop()
    decode, vision = Recorder(), Recorder()
    loop.runner.capture_vision(vision, (1, 3))
    loop.runner.capture_decode(decode, (2, 4, 8), max_model_len=loop.limits.max_model_len)
    assert answers(loop) == answers(expected)
    for sequence_id in loop.answers:
        torch.testing.assert_close(
            loop.logits(sequence_id), expected.logits(sequence_id), atol=1e-4, rtol=0
        )
    assert len(vision.num_replays) == 2
    assert all(vision.num_replays)
    only_decode = [plan for plan in loop.runner.plans if plan.decodes and not plan.chunks]
    # Largest first: for 8, 4 and 2 rows.
    assert decode.num_replays == [
        sum(least <= len(plan.decodes) <= most for plan in only_decode)
        for least, most in ((5, 8), (3, 4), (1, 2))
    ]
    assert sum(count > 0 for count in decode.num_replays) >= 2


def test_more_decodes_than_the_largest_graph_holds_run_without(make_loop: MakeLoop) -> None:
    expected, loop, decode = make_loop(), make_loop(), Recorder()
    loop.runner.capture_decode(decode, (1,), max_model_len=loop.limits.max_model_len)
    assert answers(loop) == answers(expected)
    only_decode = [plan for plan in loop.runner.plans if plan.decodes and not plan.chunks]
    assert decode.num_replays == [sum(len(plan.decodes) == 1 for plan in only_decode)]
    assert 0 < decode.num_replays[0] < len(only_decode)


def test_padding_touches_no_sequence(make_loop: MakeLoop) -> None:
    """A graph that is mostly padding, again and again, beside a sequence that waits in between."""
    expected, loop = make_loop(), make_loop()
    loop.runner.capture_decode(Recorder(), (8,), max_model_len=loop.limits.max_model_len)
    prompt = prompt_of([words(30, seed=9)])
    long = Sampling(max_tokens=30, seed=1)
    for one in (expected, loop):
        one.submit(prompt, long)
        one.step()
        one.submit(prompt_of([words(3)]), Sampling(max_tokens=2, seed=2))
        one.run()
    assert loop.answers[0].token_ids == expected.answers[0].token_ids


@pytest.mark.parametrize(("count", "replays"), [(1, [0, 0, 1]), (7, [1, 1, 1]), (10, [2, 1, 0])])
@torch.inference_mode()
def test_tiles_are_cut_into_sizes_that_add_up(
    model: NemotronNanoVL, count: int, replays: list[int]
) -> None:
    recorder = Recorder()
    graphs = VisionGraphs(model, sizes=(1, 2, 4), capture=recorder)
    tiles: Tensor = torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    features = graphs.encode_images(tiles)
    torch.testing.assert_close(features, model.encode_images(tiles), atol=1e-5, rtol=1e-4)
    assert recorder.num_replays == replays
    graphs.encode_images(tiles.flip(0))
    torch.testing.assert_close(features, model.encode_images(tiles), atol=1e-5, rtol=1e-4)


def test_sizes_end_at_what_may_run() -> None:
    assert decode_sizes(1) == [1]
    assert decode_sizes(3) == [1, 2, 3]
    assert decode_sizes(64) == [1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64]
    assert decode_sizes(70)[-2:] == [64, 70]
    assert decode_sizes(4096)[-2:] == [480, 512]
    assert tile_sizes(1) == [1]
    assert tile_sizes(16) == [1, 2, 4, 6, 8, 13, 16]


@pytest.mark.parametrize("num_rows", [3, 5, 9, 17, 65, 100, 257, 300])
def test_little_of_a_step_is_padding(num_rows: int) -> None:
    size = next(size for size in decode_sizes(512) if size >= num_rows)
    assert size < 2 * num_rows
    assert size - num_rows < 32
