"""Keeps track of free Mamba state slots by number; the tensors belong to the cache."""


class SlotPool:
    """Slots 1 to num_slots - 1. Slot 0 holds padding and is never given out."""

    def __init__(self, *, num_slots: int) -> None:
        self._free = list(range(num_slots - 1, 0, -1))
        self.num_usable = len(self._free)

    @property
    def num_free(self) -> int:
        return len(self._free)

    def take(self) -> int:
        """Returns a free slot. The caller has checked num_free."""
        return self._free.pop()

    def give_back(self, slot: int) -> None:
        """Returns a slot to the pool. Its stale state stays until the next owner overwrites it."""
        assert 0 < slot <= self.num_usable
        assert slot not in self._free
        self._free.append(slot)

    def check_integrity(self, num_held: int) -> None:
        """Asserts that each slot is either held or free, and free only once."""
        assert len(self._free) + num_held == self.num_usable, "slots leaked"
        assert len(set(self._free)) == len(self._free), "slots freed twice"
