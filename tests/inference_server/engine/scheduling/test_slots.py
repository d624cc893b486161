import pytest

from inference_server.engine.scheduling.slots import SlotPool


def test_gives_out_every_slot_once_and_never_the_padding() -> None:
    pool = SlotPool(num_slots=4)
    assert sorted(pool.take() for _ in range(3)) == [1, 2, 3]
    assert pool.num_free == 0


def test_refuses_a_slot_that_is_free_already() -> None:
    pool = SlotPool(num_slots=4)
    slot = pool.take()
    pool.give_back(slot)
    with pytest.raises(AssertionError):
        pool.give_back(slot)


def test_refuses_the_padding_slot() -> None:
    pool = SlotPool(num_slots=4)
    pool.take()
    with pytest.raises(AssertionError):
        pool.give_back(0)


def test_integrity_notices_a_leak() -> None:
    pool = SlotPool(num_slots=4)
    pool.take()
    pool.check_integrity(1)
    with pytest.raises(AssertionError, match="leaked"):
        pool.check_integrity(0)
