"""Which slots of Mamba state are free. Knows numbers, not memory."""


class SlotPool:
    """Slots 1 to num_slots - 1; slot 0 is padding and never given out."""

    def __init__(self, *, num_slots: int) -> None:
        self._free = list(range(num_slots - 1, 0, -1))
        self.num_usable = len(self._free)

    @property
    def num_free(self) -> int:
        return len(self._free)

    def take(self) -> int:
        """Takes a slot; the caller has looked at num_free."""
        return self._free.pop()

    def give_back(self, slot: int) -> None:
        """Gives a slot back. What is in it stays until the next owner overwrites it."""
        assert 0 < slot <= self.num_usable
        assert slot not in self._free
        self._free.append(slot)

    def check_integrity(self, num_held: int) -> None:
        """Every slot is either free, once, or held."""
        assert len(self._free) + num_held == self.num_usable, "slots leaked"
        assert len(set(self._free)) == len(self._free), "slots freed twice"
