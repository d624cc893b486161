import pytest
import torch
from torch import Tensor

from inference_server.engine.execution.sampler import Sampler, noise_key
from inference_server.engine.scheduling.plan import Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Sampling
from tests.inference_server.engine.prompts import prompt_of

VOCAB = 8
GREEDY = Sampling(max_tokens=100, temperature=0.0)


def make_sampler(num_slots: int = 9) -> Sampler:
    return Sampler(num_slots=num_slots, vocab_size=VOCAB, device=torch.device("cpu"))


def row_of(
    sampling: Sampling, *, prompt: list[int] | None = None, slot: int = 1, output_index: int = 0
) -> Row:
    sequence = Sequence(slot, prompt_of([prompt or [0]]), sampling)
    sequence.slot = slot
    return Row(sequence=sequence, start=0, length=1, is_sampled=True, output_index=output_index)


def sample(logits: Tensor | list[list[float]], rows: list[Row], num_decodes: int = 0) -> list[int]:
    sampled = make_sampler().sample(torch.as_tensor(logits).clone(), rows, num_decodes=num_decodes)
    return sampled.token_ids.tolist()


def frequencies(logits: list[float], sampling: Sampling, count: int = 4000) -> Tensor:
    """The share of each token over many output indices of one seed."""
    rows = [row_of(sampling, output_index=index) for index in range(count)]
    token_ids = sample(torch.tensor([logits]).repeat(count, 1), rows)
    return torch.bincount(torch.tensor(token_ids), minlength=len(logits)) / count


def test_greedy_takes_the_likeliest() -> None:
    logits = [[0.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.9]]
    assert sample(logits, [row_of(GREEDY)]) == [1]
    nearly = Sampling(max_tokens=1, temperature=1e-38)
    assert sample(logits, [row_of(nearly)]) == [1]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_with_the_probabilities_of_the_softmax(temperature: float) -> None:
    logits = [0.0, 1.0, 2.0, -1.0, 0.5, -2.0, 1.5, 0.2]
    expected = (torch.tensor(logits) / temperature).softmax(dim=-1)
    drawn = frequencies(logits, Sampling(max_tokens=1, temperature=temperature, seed=3))
    torch.testing.assert_close(drawn, expected, atol=0.04, rtol=0)


def test_the_same_seed_and_index_draw_the_same_in_any_batch() -> None:
    logits = torch.randn(6, VOCAB, generator=torch.Generator().manual_seed(0))
    rows = [
        row_of(
            Sampling(max_tokens=1, seed=index % 3, top_p=0.9), output_index=index, slot=index + 1
        )
        for index in range(6)
    ]
    together = sample(logits, rows)
    assert together == [sample(logits[i : i + 1], rows[i : i + 1])[0] for i in range(6)]
    assert together[::-1] == sample(logits.flip(0), rows[::-1])


def test_rows_of_all_kinds_go_together() -> None:
    logits = [[0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 4
    rows = [
        row_of(GREEDY),
        row_of(Sampling(max_tokens=1, top_k=1), slot=2),
        row_of(Sampling(max_tokens=1, temperature=0.0, logit_bias=((6, 9.0),)), slot=3),
        row_of(
            Sampling(max_tokens=1, temperature=0.0, min_tokens=1, stop_token_ids=frozenset([1])),
            slot=4,
        ),
    ]
    token_ids = sample(logits, rows)
    assert token_ids[:3] == [1, 1, 6]
    assert token_ids[3] != 1


@pytest.mark.parametrize(
    ("sampling", "kept"),
    [
        (Sampling(max_tokens=1, top_k=1), {7}),
        (Sampling(max_tokens=1, top_k=3), {5, 6, 7}),
        (Sampling(max_tokens=1, top_k=8), set(range(8))),
        (Sampling(max_tokens=1, top_p=0.5), {7}),
        (Sampling(max_tokens=1, top_p=0.7), {6, 7}),
        (Sampling(max_tokens=1, top_p=1e-9), {7}),
        (Sampling(max_tokens=1, min_p=0.2), {6, 7}),
        (Sampling(max_tokens=1, min_p=1.0), {7}),
        (Sampling(max_tokens=1, top_k=2, top_p=0.99), {6, 7}),
        # Of the two that top-k leaves the first has 0.73, so top-p drops the other.
        (Sampling(max_tokens=1, top_k=2, top_p=0.7), {7}),
    ],
)
def test_only_tokens_that_truncation_keeps_are_drawn(sampling: Sampling, kept: set[int]) -> None:
    # The likeliest has 0.63, the next 0.23, then 0.086.
    drawn = frequencies([float(index) for index in range(8)], sampling, count=8000)
    seen = set(drawn.nonzero().flatten().tolist())
    assert seen <= kept
    assert {7} | {token for token in kept if token >= 4} <= seen


def test_frequency_and_presence_count_outputs_and_repetition_the_prompt_too() -> None:
    sampler = make_sampler()
    sampling = Sampling(
        max_tokens=9,
        temperature=0.0,
        frequency_penalty=1.0,
        presence_penalty=0.5,
        repetition_penalty=2.0,
    )
    row = row_of(sampling, prompt=[3, 4])
    logits = torch.tensor([[0.0, 0.0, 0.0, 8.0, -1.0, 5.0, 0.0, 0.0]])
    first = logits.clone()
    assert sampler.sample(first, [row], num_decodes=0).token_ids.tolist() == [5]
    assert first.tolist() == [[0.0, 0.0, 0.0, 4.0, -2.0, 5.0, 0.0, 0.0]]
    second = logits.clone()
    assert sampler.sample(second, [row], num_decodes=1).token_ids.tolist() == [3]
    assert second.tolist() == [[0.0, 0.0, 0.0, 4.0, -2.0, 2.5 - 1.5, 0.0, 0.0]]
    third = logits.clone()
    sampler.sample(third, [row], num_decodes=1)
    assert third.tolist() == [[0.0, 0.0, 0.0, 4.0 - 1.5, -2.0, 2.5 - 1.5, 0.0, 0.0]]


def test_a_run_that_starts_counts_its_earlier_outputs_and_nothing_of_the_slots_last_owner() -> None:
    sampler = make_sampler()
    sampling = Sampling(max_tokens=9, temperature=0.0, frequency_penalty=2.0)
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0]])
    sampler.sample(logits.clone(), [row_of(sampling)], num_decodes=0)
    resumed = row_of(sampling, output_index=3)
    resumed.sequence.output_ids = [2, 2, 6]
    seen = logits.clone()
    sampler.sample(seen, [resumed], num_decodes=0)
    assert seen.tolist() == [[0.0, 0.0, -4.0, 0.0, 0.0, 5.0, -2.0, 0.0]]


def test_rows_without_penalties_are_left_alone() -> None:
    logits = torch.randn(2, VOCAB, generator=torch.Generator().manual_seed(0))
    changed = logits.clone()
    rows = [row_of(GREEDY), row_of(Sampling(max_tokens=1, presence_penalty=1.0), slot=2)]
    make_sampler().sample(changed, rows, num_decodes=0)
    assert torch.equal(changed[0], logits[0])


def test_stop_tokens_are_held_back_only_before_min_tokens() -> None:
    logits = [[0.0, 0.0, 9.0, 0.0, 0.0, 1.0, 0.0, 0.0]] * 2
    sampling = Sampling(
        max_tokens=9, min_tokens=4, temperature=0.0, stop_token_ids=frozenset([2, 7])
    )
    rows = [
        row_of(sampling, output_index=3, slot=1),
        row_of(sampling, output_index=4, slot=2),
    ]
    assert sample(logits, rows) == [5, 2]


def test_log_probabilities_are_of_the_logits_as_they_came() -> None:
    logits = torch.randn(3, VOCAB, generator=torch.Generator().manual_seed(0))
    asking = Sampling(
        max_tokens=1, temperature=0.0, logit_bias=((2, 50.0),), top_logprobs=2, min_p=0.5
    )
    rows = [row_of(GREEDY), row_of(asking, slot=2), row_of(asking, slot=3)]
    sampled = make_sampler().sample(logits.clone(), rows, num_decodes=0)
    expected = logits[1:].log_softmax(dim=-1)
    assert sampled.logprobs is not None
    assert sampled.top_ids is not None
    assert sampled.token_ids.tolist()[1:] == [2, 2]
    torch.testing.assert_close(sampled.logprobs, expected[:, 2])
    assert torch.equal(sampled.top_ids[:, 0], expected.argmax(dim=-1))


def test_no_log_probabilities_unless_asked_for() -> None:
    sampled = make_sampler().sample(torch.zeros(1, VOCAB), [row_of(GREEDY)], num_decodes=0)
    assert sampled.logprobs is None


def test_each_slot_remembers_its_newest_token() -> None:
    sampler = make_sampler()
    logits = torch.eye(8)[[3, 5, 1]] * 100
    rows = [row_of(GREEDY, slot=7), row_of(GREEDY, slot=2), row_of(Sampling(max_tokens=1), slot=4)]
    sampler.sample(logits, rows, num_decodes=0)
    assert sampler.last_tokens.tolist() == [0, 0, 5, 0, 1, 0, 0, 3, 0]
    sampler.sample(logits[:1], [row_of(GREEDY, slot=2)], num_decodes=1)
    assert sampler.last_tokens.tolist() == [0, 0, 3, 0, 1, 0, 0, 3, 0]


def test_a_step_that_samples_nothing_is_none() -> None:
    sampled = make_sampler().sample(torch.empty(0, VOCAB), [], num_decodes=0)
    assert sampled.token_ids.shape == (0,)


@pytest.mark.parametrize("seed", [0, -1, 2**63 - 1, -(2**63)])
def test_any_seed_of_64_bits_has_its_own_noise(seed: int) -> None:
    assert noise_key(seed, 0) != noise_key(seed ^ 1, 0)
    assert noise_key(seed, 0) != noise_key(seed, 1)
    assert all(-(2**31) <= word < 2**31 for word in noise_key(seed, 0))
