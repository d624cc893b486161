import torch

from inference_server.ops.slots import SlotStates


def test_slot_of_a_new_sequence_reads_as_zeros_whatever_is_stale_there() -> None:
    states = torch.full((3, 2, 2), torch.inf)
    states[2] = 5
    read = SlotStates(states, torch.tensor([1, 2]), torch.tensor([0, 7], dtype=torch.int32)).read()
    assert read[0].eq(0).all()
    assert read[1].eq(5).all()


def test_writing_changes_named_slots_only() -> None:
    states = torch.zeros(4, 2, dtype=torch.bfloat16)
    slots = SlotStates(states, torch.tensor([3, 1]), torch.tensor([0, 7]))
    slots.write(torch.tensor([[1.0, 1.0], [2.0, 2.0]]))
    assert states[:, 0].tolist() == [0, 2, 0, 1]
