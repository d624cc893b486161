import pytest
import torch
from torch import Tensor

from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.ssd import chunk_scan, scan_alike, ssd_scan
from inference_server.ops.mamba.state_update import state_update
from inference_server.ops.slots import SlotStates

HEADS, HEAD_SIZE, GROUPS, STATE = 4, 6, 2, 5
Inputs = dict[str, Tensor]


def make_inputs(num_tokens: int) -> Inputs:
    random = torch.Generator().manual_seed(num_tokens)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random)

    return {
        "x": normal(num_tokens, HEADS, HEAD_SIZE),
        # From 0.00005 to 2: far below the 0.001 that some implementations clamp to.
        "dt": torch.exp(torch.empty(num_tokens, HEADS).uniform_(-10, 0.7, generator=random)),
        "a": -torch.exp(normal(HEADS)),
        "b": normal(num_tokens, GROUPS, STATE),
        "c": normal(num_tokens, GROUPS, STATE),
        "d": normal(HEADS),
    }


def make_states(num_sequences: int) -> Tensor:
    random = torch.Generator().manual_seed(7)
    return torch.randn(num_sequences, HEADS, HEAD_SIZE, STATE, generator=random)


def rows(inputs: Inputs, which: slice) -> Inputs:
    return {name: t[which] if name in ("x", "dt", "b", "c") else t for name, t in inputs.items()}


def recur(inputs: Inputs, state: Tensor) -> tuple[Tensor, Tensor]:
    """The recurrence by its formula, head by head and token by token."""
    x, dt, a, b, c, d = (inputs[name] for name in ("x", "dt", "a", "b", "c", "d"))
    states = list(state)
    y = torch.empty_like(x)
    for t in range(len(x)):
        for head in range(HEADS):
            group = head // (HEADS // GROUPS)
            fed = dt[t, head] * torch.outer(x[t, head], b[t, group])
            states[head] = torch.exp(dt[t, head] * a[head]) * states[head] + fed
            y[t, head] = states[head] @ c[t, group] + d[head] * x[t, head]
    return y, torch.stack(states)


@pytest.mark.parametrize("chunk_size", [1, 4, 16, 64])
def test_scan_of_packed_sequences_is_the_recurrence_of_each(chunk_size: int) -> None:
    lengths = (5, 16, 1, 21)
    inputs, states = make_inputs(sum(lengths)), make_states(len(lengths))
    y, final = ssd_scan(**inputs, lengths=lengths, states=states, chunk_size=chunk_size)
    start = 0
    for index, length in enumerate(lengths):
        end = start + length
        expected, expected_state = recur(rows(inputs, slice(start, end)), states[index])
        torch.testing.assert_close(y[start:end], expected, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(final[index], expected_state, atol=1e-4, rtol=1e-4)
        start = end


@pytest.mark.parametrize("cut", [1, 2, 8, 19])
def test_scan_in_two_parts_is_the_scan_in_one(cut: int) -> None:
    inputs, states = make_inputs(20), make_states(1)
    whole, final = ssd_scan(**inputs, lengths=(20,), states=states, chunk_size=8)
    head, middle = ssd_scan(**rows(inputs, slice(cut)), lengths=(cut,), states=states, chunk_size=8)
    tail, end = ssd_scan(
        **rows(inputs, slice(cut, None)), lengths=(20 - cut,), states=middle, chunk_size=8
    )
    torch.testing.assert_close(torch.cat([head, tail]), whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(end, final, atol=1e-5, rtol=1e-5)


def make_recurrence() -> Recurrence:
    """A recurrence that limits steps to 0.05 and 2; projections around zero reach both limits."""
    random = torch.Generator().manual_seed(3)
    a_log, d, dt_bias = torch.randn(3, HEADS, generator=random).unbind()
    return Recurrence(a_log=a_log, d=d, dt_bias=dt_bias, time_step_limit=(0.05, 2.0))


def make_pool(slots: Tensor) -> tuple[Tensor, Tensor]:
    """States in nine slots, and those that three sequences read: zeros for the second, new one."""
    pool = make_states(9)
    states = pool[slots]
    states[1] = 0
    pool[slots[1]] = torch.inf
    return pool, states


def scan_by_hand(inputs: Inputs, lengths: tuple[int, ...], states: Tensor) -> tuple[Tensor, Tensor]:
    recurrence = make_recurrence()
    steps = torch.log1p(torch.exp(inputs["dt"] + recurrence.dt_bias)).clamp(0.05, 2.0)
    given = inputs | {"dt": steps, "a": -torch.exp(recurrence.a_log), "d": recurrence.d}
    return ssd_scan(**given, lengths=lengths, states=states, chunk_size=4)


NUM_COMPUTED = torch.tensor([3, 0, 1], dtype=torch.int32)


@pytest.mark.parametrize("lengths", [(1, 1, 1), (6, 1, 9)])
def test_scan_of_chunks_goes_from_their_slots_to_their_slots(lengths: tuple[int, ...]) -> None:
    inputs, slots = make_inputs(sum(lengths)), torch.tensor([5, 2, 8])
    inputs["dt"] = 2 * make_inputs(sum(lengths) + 1)["x"][1:, :, 0]
    pool, states = make_pool(slots)
    untouched, y = pool.clone(), torch.full_like(inputs["x"], torch.nan)
    chunk_scan(
        inputs["x"],
        inputs["dt"],
        inputs["b"],
        inputs["c"],
        make_recurrence(),
        bounds=torch.tensor([0, *lengths]).cumsum(0).int(),
        states=SlotStates(pool, slots, NUM_COMPUTED),
        chunk_size=4,
        y=y,
    )
    expected, final = scan_by_hand(inputs, lengths, states)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(pool[slots], final)
    untouched[slots] = pool[slots]
    assert torch.equal(pool, untouched)


def test_update_is_the_scan_of_one_token_of_each_sequence() -> None:
    inputs, slots = make_inputs(3), torch.tensor([5, 2, 8])
    inputs["dt"] = 2 * make_inputs(4)["x"][1:, :, 0]
    pool, states = make_pool(slots)
    untouched, y = pool.clone(), torch.full_like(inputs["x"], torch.nan)
    state_update(
        inputs["x"],
        inputs["dt"],
        inputs["b"],
        inputs["c"],
        make_recurrence(),
        states=SlotStates(pool, slots, NUM_COMPUTED),
        y=y,
    )
    expected, final = scan_by_hand(inputs, (1, 1, 1), states)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(pool[slots], final)
    untouched[slots] = pool[slots]
    assert torch.equal(pool, untouched)


def test_long_decay_leaves_finite_gradients() -> None:
    inputs = make_inputs(64)
    inputs["dt"] = torch.full_like(inputs["dt"], 20.0).requires_grad_()
    y, _ = ssd_scan(**inputs, lengths=(64,), states=make_states(1), chunk_size=32)
    y.sum().backward()
    assert inputs["dt"].grad is not None
    assert inputs["dt"].grad.isfinite().all()


def test_gradients_of_the_scan_are_those_of_the_recurrence() -> None:
    inputs, states = make_inputs(11), make_states(1)
    gradients = []
    for forward in (
        lambda: ssd_scan(**inputs, lengths=(11,), states=states, chunk_size=4)[0],
        lambda: recur(inputs, states[0])[0],
    ):
        leaves = [inputs[name].requires_grad_() for name in ("x", "dt", "a", "b", "c", "d")]
        gradients.append(torch.autograd.grad(forward().sin().sum(), leaves))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("chunk_size", [4, 5, 16])
def test_scan_by_shape_equals_that_by_lengths(chunk_size: int) -> None:
    x, dt, a = torch.randn(3, 12, 4, 5), torch.rand(3, 12, 4), -torch.rand(4)
    b, c, d = torch.randn(3, 12, 2, 3), torch.randn(3, 12, 2, 3), torch.randn(4)
    packed, _ = ssd_scan(
        x.flatten(0, 1),
        dt.flatten(0, 1),
        a,
        b.flatten(0, 1),
        c.flatten(0, 1),
        d,
        lengths=[12, 12, 12],
        states=torch.zeros(3, 4, 5, 3),
        chunk_size=3,
    )
    y = scan_alike(x, dt, a, b, c, d, chunk_size=chunk_size)
    torch.testing.assert_close(y.flatten(0, 1), packed)
