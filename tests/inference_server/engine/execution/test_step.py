"""One property above all: the same request, the same tokens, whatever steps it meets."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference_server.engine.types import FinishReason, Prompt, Sampling
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop
from tests.inference_server.engine.prompts import image, prompt_of, video, words

MakeLoop = Callable[..., Loop]

# 17 words, 12 rows of an image, 18 words: 47 tokens.
PROMPT = prompt_of([words(17, seed=1), (b"image", image(1)), words(18, seed=2)])
TALK = prompt_of([words(5)])
LONG = Sampling(max_tokens=55, seed=1)
GREEDY = Sampling(max_tokens=12, temperature=0.0)
SEEDED = Sampling(
    max_tokens=12,
    temperature=1.3,
    top_p=0.9,
    top_k=50,
    seed=7,
    frequency_penalty=0.5,
    repetition_penalty=1.2,
    top_logprobs=3,
)


def answer(loop: Loop, prompt: Prompt, sampling: Sampling) -> tuple[list[int], torch.Tensor]:
    sequence_id = loop.submit(prompt, sampling)
    loop.run()
    return loop.answers[sequence_id].token_ids, loop.logits(sequence_id)


@pytest.fixture(scope="module", params=[GREEDY, SEEDED], ids=["greedy", "seeded"])
def sampling(request: pytest.FixtureRequest) -> Sampling:
    return request.param


@pytest.fixture(scope="module")
def whole(make_loop: MakeLoop, sampling: Sampling) -> tuple[list[int], torch.Tensor]:
    """The prompt in one step, alone."""
    return answer(make_loop(), PROMPT, sampling)


@pytest.fixture(scope="module")
def talk(make_loop: MakeLoop) -> list[int]:
    """The long answer to a short prompt, alone."""
    return answer(make_loop(), TALK, LONG)[0]


def assert_same(loop: Loop, sequence_id: int, whole: tuple[list[int], torch.Tensor]) -> None:
    token_ids, logits = whole
    assert loop.answers[sequence_id].token_ids == token_ids
    torch.testing.assert_close(loop.logits(sequence_id), logits, atol=1e-4, rtol=0)


def test_an_image_changes_the_tokens(make_loop: MakeLoop) -> None:
    other = prompt_of([words(17, seed=1), (b"other", image(2)), words(18, seed=2)])
    loop = make_loop()
    _, logits = answer(loop, PROMPT, GREEDY)
    _, other_logits = answer(loop, other, GREEDY)
    assert (logits[0] - other_logits[0]).abs().max() > 0.01


@pytest.mark.parametrize("num_tokens", range(1, len(PROMPT)))
def test_chunks_of_any_length_give_the_same_tokens(
    make_loop: MakeLoop,
    sampling: Sampling,
    whole: tuple[list[int], torch.Tensor],
    num_tokens: int,
) -> None:
    loop = make_loop(max_num_seqs=1, max_num_batched_tokens=num_tokens, max_tiles_per_step=2)
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert loop.records[0].num_tokens <= num_tokens
    assert_same(loop, sequence_id, whole)


def test_strangers_in_the_batch_change_nothing(
    make_loop: MakeLoop, sampling: Sampling, whole: tuple[list[int], torch.Tensor]
) -> None:
    loop = make_loop(max_num_batched_tokens=29)
    for index in range(5):
        stranger = prompt_of([words(9 * index + 1, seed=index), (b"%d" % index, image(index))])
        loop.submit(stranger, Sampling(max_tokens=30, seed=index, presence_penalty=1.0))
        loop.step()
    sequence_id = loop.submit(PROMPT, sampling)
    loop.step()
    loop.submit(PROMPT, Sampling(max_tokens=9, seed=5))
    loop.run()
    assert max(record.num_decodes for record in loop.records) >= 6
    assert any(record.num_decodes and record.num_chunks for record in loop.records)
    assert_same(loop, sequence_id, whole)


@pytest.mark.parametrize("num_blocks", range(17, 30))
def test_a_preempted_sequence_resumes_with_the_same_tokens(
    make_loop: MakeLoop,
    sampling: Sampling,
    whole: tuple[list[int], torch.Tensor],
    talk: list[int],
    num_blocks: int,
) -> None:
    # The older sequence grows to 15 blocks; the younger is in its way sooner or later.
    loop = make_loop(num_blocks=num_blocks, max_num_batched_tokens=40)
    older = loop.submit(TALK, LONG)
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert_same(loop, sequence_id, whole)
    assert loop.answers[older].token_ids == talk


def test_preemption_happens_before_and_after_the_first_token(make_loop: MakeLoop) -> None:
    """The test above relies on it."""
    num_outputs_when_preempted: set[int] = set()
    for num_blocks in range(17, 30):
        loop = make_loop(num_blocks=num_blocks, max_num_batched_tokens=40)
        loop.submit(TALK, LONG)
        sequence_id = loop.submit(PROMPT, GREEDY)
        while loop.records == [] or not loop.records[-1].num_preempted:
            if loop.is_idle:
                break
            loop.step()
        else:
            num_outputs_when_preempted.add(len(loop.answers[sequence_id].token_ids))
        loop.run()
    assert len(num_outputs_when_preempted) >= 3


def test_a_pruned_video_gives_the_same_tokens_in_chunks(make_loop: MakeLoop) -> None:
    prompt = prompt_of([words(5), (b"video", video(1, num_frames=7)), words(6)])
    whole = answer(make_loop(max_tiles_per_step=7), prompt, SEEDED)
    for num_tokens in (1, 3, 8, 20):
        loop = make_loop(max_num_seqs=1, max_num_batched_tokens=num_tokens, max_tiles_per_step=2)
        sequence_id = loop.submit(prompt, SEEDED)
        loop.run()
        assert_same(loop, sequence_id, whole)


def test_seen_media_are_not_encoded_again(
    make_loop: MakeLoop, sampling: Sampling, whole: tuple[list[int], torch.Tensor]
) -> None:
    loop = make_loop()
    answer(loop, PROMPT, sampling)
    num_tiles = loop.num_encoded_tiles
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert loop.num_encoded_tiles == num_tiles == 3
    assert_same(loop, sequence_id, whole)


def test_evicted_media_are_encoded_again(
    make_loop: MakeLoop, sampling: Sampling, whole: tuple[list[int], torch.Tensor]
) -> None:
    loop = make_loop(max_vision_rows=12)
    answer(loop, PROMPT, sampling)
    answer(loop, prompt_of([(b"other", image(2))]), sampling)
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert loop.num_encoded_tiles == 9
    assert_same(loop, sequence_id, whole)


def test_equal_media_in_flight_are_encoded_once(make_loop: MakeLoop) -> None:
    loop = make_loop(max_tiles_per_step=2)
    for _ in range(6):
        loop.submit(PROMPT, GREEDY)
    loop.run()
    assert loop.num_encoded_tiles == 3
    assert len({tuple(answer.token_ids) for answer in loop.answers.values()}) == 1


def test_a_large_image_holds_up_no_other_sequence(make_loop: MakeLoop) -> None:
    loop = make_loop(max_tiles_per_step=2)
    talker = loop.submit(prompt_of([words(5)]), Sampling(max_tokens=40, temperature=0.0))
    loop.step()
    large = prompt_of([words(3), (b"large", image(3, columns=4, rows=3)), words(3)])
    looker = loop.submit(large, GREEDY)
    while not loop.answers[looker].outputs:
        loop.step()
    encoding = [record for record in loop.records if record.num_tiles]
    assert [record.num_tiles for record in encoding] == [2] * 6 + [1]
    assert all(record.num_decodes == 1 for record in encoding)
    assert len(loop.answers[talker].token_ids) >= 7
    loop.run()


def test_a_stop_token_is_the_last_one(make_loop: MakeLoop) -> None:
    token_ids, _ = answer(make_loop(), PROMPT, GREEDY)
    stop = token_ids[5]
    assert stop not in token_ids[:5]
    loop = make_loop()
    sampling = Sampling(max_tokens=12, temperature=0.0, stop_token_ids=frozenset([stop]))
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert loop.answers[sequence_id].token_ids == token_ids[:6]
    assert [output.finish for output in loop.answers[sequence_id].outputs] == [
        *[None] * 5,
        FinishReason.STOP,
    ]
    # The step after it was on its way already, and its token is thrown away.
    assert (sequence_id, 6) in loop.runner.logits


def test_stop_tokens_are_held_back_until_min_tokens(make_loop: MakeLoop) -> None:
    token_ids, _ = answer(make_loop(), PROMPT, GREEDY)
    sampling = Sampling(
        max_tokens=12, min_tokens=6, temperature=0.0, stop_token_ids=frozenset([token_ids[0]])
    )
    held_back, _ = answer(make_loop(), PROMPT, sampling)
    assert len(held_back) >= 6
    assert token_ids[0] not in held_back[:6]


def test_a_sequence_may_fill_the_memory_and_no_more(make_loop: MakeLoop) -> None:
    loop = make_loop(num_blocks=15)
    sampling = Sampling(max_tokens=9, temperature=0.0)
    sequence_id = loop.submit(PROMPT, sampling)
    loop.run()
    assert len(PROMPT) + sampling.max_tokens == loop.limits.max_model_len
    assert loop.answers[sequence_id].finish is FinishReason.LENGTH
    assert max(row.end for plan in loop.runner.plans for row in plan.rows) == 47 + 8


@pytest.mark.parametrize("num_steps", range(16))
def test_a_sequence_can_be_canceled_in_any_step(
    make_loop: MakeLoop,
    sampling: Sampling,
    whole: tuple[list[int], torch.Tensor],
    num_steps: int,
) -> None:
    loop = make_loop(max_num_batched_tokens=11, max_tiles_per_step=1, max_num_seqs=3)
    canceled = loop.submit(PROMPT, GREEDY)
    kept = loop.submit(PROMPT, sampling)
    waiting = [loop.submit(PROMPT, GREEDY) for _ in range(2)]
    for _ in range(num_steps):
        loop.step()
    for sequence_id in (canceled, waiting[1]):
        loop.cancel(sequence_id)
    num_outputs = len(loop.answers[canceled].outputs)
    loop.run()
    assert len(loop.answers[canceled].outputs) == num_outputs
    assert loop.answers[canceled].finish is None or num_outputs == GREEDY.max_tokens
    assert_same(loop, kept, whole)


def test_media_that_cannot_be_encoded_fail_their_own_sequences_alone(
    make_loop: MakeLoop, sampling: Sampling, whole: tuple[list[int], torch.Tensor]
) -> None:
    loop = make_loop(max_tiles_per_step=16)
    empty = replace(image(1), pixels=np.zeros((0, 4, 3), dtype=np.uint8))
    broken = prompt_of([words(3), (b"broken", empty), words(3)])
    failing = [loop.submit(broken, GREEDY), loop.submit(broken, GREEDY)]
    kept = loop.submit(PROMPT, sampling)
    loop.run()
    assert [loop.answers[sequence_id].has_failed for sequence_id in failing] == [True, True]
    assert loop.answers[failing[0]].outputs == []
    assert_same(loop, kept, whole)


@pytest.mark.parametrize("num_steps", range(15))
def test_a_step_out_of_memory_fails_its_largest_sequence_alone(
    make_loop: MakeLoop,
    model: NemotronNanoVL,
    sampling: Sampling,
    whole: tuple[list[int], torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
    num_steps: int,
) -> None:
    def run_out(*_: object) -> torch.Tensor:
        """Halfway: some layers' states of the step's sequences have moved on, others not."""
        monkeypatch.undo()
        raise torch.OutOfMemoryError("out of memory")

    loop = make_loop(max_num_batched_tokens=30)
    largest = loop.submit(prompt_of([words(70)]), LONG)
    kept = loop.submit(PROMPT, sampling)
    for _ in range(num_steps):
        loop.step()
    assert loop.answers[kept].finish is None
    monkeypatch.setattr(model.language_model.mixers[3], "forward", run_out)
    loop.run()
    assert loop.answers[largest].has_failed
    assert len(loop.answers[largest].outputs) < LONG.max_tokens
    assert not loop.answers[kept].has_failed
    assert_same(loop, kept, whole)


def test_log_probabilities_are_of_the_raw_distribution(make_loop: MakeLoop) -> None:
    loop = make_loop()
    loop.submit(PROMPT, GREEDY)
    sequence_id = loop.submit(PROMPT, SEEDED)
    loop.run()
    expected = loop.logits(sequence_id).log_softmax(dim=-1)
    outputs = loop.answers[sequence_id].outputs
    assert len(outputs) == 12
    for output, line in zip(outputs, expected, strict=True):
        (logprob,) = output.logprobs
        assert logprob.token_id == output.token_ids[0]
        assert logprob.logprob == pytest.approx(line[logprob.token_id].item(), abs=1e-5)
        top = line.topk(3)
        assert [token_id for token_id, _ in logprob.top] == top.indices.tolist()
        assert [value for _, value in logprob.top] == pytest.approx(top.values.tolist(), abs=1e-5)
    assert all(output.logprobs == () for output in loop.answers[0].outputs)


def test_a_random_load_leaks_nothing(make_loop: MakeLoop) -> None:
    """200 requests of all kinds, a third canceled, in memory too small for those that run."""
    rng = np.random.default_rng(0)
    loop = make_loop(num_blocks=40, max_num_batched_tokens=24, max_vision_rows=40)
    media = {b"%d" % seed: image(seed, columns=1 + seed % 3) for seed in range(6)}
    videos = {b"video%d" % seed: video(seed, num_frames=2 + seed) for seed in range(4)}
    requests: dict[int, tuple[Prompt, Sampling]] = {}
    canceled: set[int] = set()
    kinds = [GREEDY, SEEDED, Sampling(max_tokens=70, seed=3, stop_token_ids=frozenset([91, 5]))]
    for _ in range(200):
        chosen = rng.choice([*media, *videos], size=rng.integers(0, 3))
        pieces = [(key, (media | videos)[key]) for key in chosen.tolist()]
        prompt = prompt_of([words(int(rng.integers(1, 30))), *pieces])
        sampling = kinds[rng.integers(3)]
        requests[loop.submit(prompt, sampling)] = (prompt, sampling)
        for _ in range(rng.integers(0, 4)):
            loop.step()
        if rng.random() < 0.5:
            victim = int(rng.integers(len(loop.answers)))
            if loop.answers[victim].finish is None:
                canceled.add(victim)
                loop.cancel(victim)
    loop.run()
    assert loop.records[-1].num_preempted > 10
    assert len(canceled) > 20
    for sequence_id, result in loop.answers.items():
        assert (result.finish is None) == (sequence_id in canceled)
        assert not result.has_failed
    for sequence_id in sorted(requests.keys() - canceled)[::10]:
        alone, _ = answer(make_loop(), *requests[sequence_id])
        assert loop.answers[sequence_id].token_ids == alone
